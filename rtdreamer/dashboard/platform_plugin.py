"""Qt's platform plugin, by which it opens windows, and the system libraries it misses."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

PLUGIN_FILES = {"win32": "qwindows.dll", "darwin": "libqcocoa.dylib"}
"""By ``sys.platform``; all others draw on X11."""


def plugin_file() -> Path:
    """Return where the plugin for this system's desktop lies. Needs no display.

    Raises
    ------
    ImportError
        If PyQt5 is not installed or cannot be loaded.
    """
    # Here, since the rest of this file must work where Qt cannot be loaded.
    from PyQt5.QtCore import QLibraryInfo

    plugins = Path(QLibraryInfo.location(QLibraryInfo.LibraryLocation.PluginsPath))
    return plugins / "platforms" / PLUGIN_FILES.get(sys.platform, "libqxcb.so")


def missing_libraries(plugin: Path) -> tuple[str, ...] | None:
    """Name the shared libraries that ``ldd`` does not find for a plugin; None if it cannot tell."""
    ldd = shutil.which("ldd")
    if ldd is None:
        return None
    listed = subprocess.run(
        [ldd, plugin], capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if listed.returncode:
        return None
    return tuple(dict.fromkeys(re.findall(r"(\S+) => not found", listed.stdout)))


def named_libraries(output: str) -> tuple[str, ...]:
    """Name the shared libraries that the loader says it cannot open: of each, the first."""
    named = re.findall(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file", output)
    return tuple(dict.fromkeys(named))


def remedy(missing: tuple[str, ...]) -> str:
    """Say in one sentence which libraries are missing and how to install them."""
    packages = " ".join(dict.fromkeys(debian_package(name) for name in missing))
    return (
        f"Qt lacks the system libraries {', '.join(missing)}: on Debian or Ubuntu, "
        f"sudo apt install {packages}"
    )


def debian_package(library: str) -> str:
    """Name the Debian package of a shared library, by Debian's rule for names.

    Debian Policy Manual, section 8.1: the library's name and its version, joined by a hyphen
    where the name ends in a digit.
    """
    name, _, version = library.partition(".so")
    version = version.lstrip(".")
    if name.startswith(("libglib-2.0", "libgthread-2.0")):
        return "libglib2.0-0"
    hyphen = "-" if name[-1:].isdigit() else ""
    return f"{name}{hyphen}{version}".lower()
