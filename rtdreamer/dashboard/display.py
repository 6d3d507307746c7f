"""Whether a Qt window can be opened here, and if not, why not and what helps.

Qt opens windows by its platform plugin, which may miss libraries of the system.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROBE = "from PyQt5.QtWidgets import QApplication; QApplication(['probe'])"
PROBE_TIMEOUT_S = 30.0
NEEDS_DISPLAY = ("", "xcb", "wayland", "wayland-egl")
"""Platforms of Qt on Linux that draw on a display server; the first is its own choice."""

PLUGIN_FILES = {"win32": "qwindows.dll", "darwin": "libqcocoa.dylib"}
"""By ``sys.platform``; all others draw on X11."""


def display_problem() -> str | None:
    """Say in one sentence why no Qt window can be opened here, and the remedy; None if one can.

    Qt ends the whole process when its platform plugin cannot be loaded, so it is tried out in a
    process of its own.
    """
    if sys.platform.startswith("linux") and _lacks_display():
        return (
            "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): start it on a "
            "desktop, connect with ssh -X, or run without the dashboard"
        )
    try:
        probe = subprocess.run(
            [sys.executable, "-c", PROBE],
            env={**os.environ, "QT_DEBUG_PLUGINS": "1"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return (
            f"Qt did not open a display within {PROBE_TIMEOUT_S:g} s: is the display that "
            f"{_display_names()} names still there?"
        )
    return explain(probe.stdout + probe.stderr) if probe.returncode else None


def explain(output: str) -> str:
    """Turn what Qt printed before it gave up into one sentence with the remedy."""
    missing = _libraries_named(output)
    if missing:
        return remedy(missing)
    if "No module named" in output:
        return "PyQt5 is not installed: pip install PyQt5"
    refused = re.search(r"could not connect to display (\S*)", output)
    if refused:
        return (
            f"the display {refused[1]} cannot be reached: check DISPLAY and that you may use it "
            "(xhost, or ssh -X), or run without the dashboard"
        )
    for variable in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM"):
        if os.environ.get(variable):
            return (
                f"Qt finds no usable platform plugin while {variable} is "
                f"{os.environ[variable]!r} (OpenCV sets such for its own Qt): unset it"
            )
    lines = [line for line in output.splitlines() if line.strip()]
    return (
        f"Qt cannot open a window ({lines[-1].strip() if lines else 'it says nothing'}): "
        "reinstall PyQt5, or run without the dashboard"
    )


def _libraries_named(output: str) -> tuple[str, ...]:
    """Name the system libraries that Qt's output says it lacks.

    The loader names only the first that is missing; the plugin itself tells the others.
    """
    names = [*named_libraries(output)]
    for plugin in re.findall(r"[Cc]annot load library (\S+?\.so)\b", output):
        if "wayland" not in plugin:
            names += missing_libraries(Path(plugin)) or ()
    return tuple(dict.fromkeys(names))


def _lacks_display() -> bool:
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    has_server = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return platform in NEEDS_DISPLAY and not has_server


def _display_names() -> str:
    names = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY")
             if os.environ.get(name)]  # fmt: skip
    return " and ".join(names) or "this desktop"


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
