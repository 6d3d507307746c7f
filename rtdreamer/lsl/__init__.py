"""Every pylsl line of the project: discovery, inlet, outlets."""

from rtdreamer.errors import RtdreamerError

try:
    import pylsl as _pylsl  # noqa: F401
except (OSError, RuntimeError) as error:
    # Here and nowhere else: every use of LSL comes past this file.
    raise RtdreamerError(
        f"liblsl cannot be loaded ({error}); install it from its releases page and let the "
        "environment variable PYLSL_LIB name the library file"
    ) from error
