"""liblsl itself: its version, its clock, its log."""

import os
from pathlib import Path

import pylsl

from rtdreamer.errors import RtdreamerError


def clock() -> float:
    """Now, in seconds on LSL's clock of this machine: the clock of all timestamps."""
    return float(pylsl.local_clock())


def version() -> str:
    """Return liblsl's version, such as ``1.18``.

    Raises
    ------
    RtdreamerError
        If liblsl does not answer.
    """
    try:
        number = int(pylsl.library_version())
    except (OSError, RuntimeError) as error:
        raise RtdreamerError(f"liblsl does not answer: {error}; reinstall pylsl") from error
    return f"{number // 100}.{number % 100:02d}"


def configuration_file() -> Path | None:
    """Find the file liblsl takes its settings from, if there is one."""
    candidates = [
        Path("lsl_api.cfg"),
        Path.home() / "lsl_api" / "lsl_api.cfg",
        Path("/etc/lsl_api/lsl_api.cfg"),
    ]
    if named := os.environ.get("LSLAPICFG"):
        candidates.insert(0, Path(named))
    return next((path for path in candidates if path.is_file()), None)


def silence_information() -> None:
    """Keep liblsl's log to warnings, so that what this program prints can be read.

    Must come before any other use of liblsl. Settings given this way hide a configuration file,
    so where there is one, its own log level counts.
    """
    if configuration_file() is None:
        pylsl.set_config_content("[log]\nlevel = -1\n")
