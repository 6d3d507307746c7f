"""``rtdreamer doctor``: what this machine has and lacks."""

import platform
import sys
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path

import click

from rtdreamer import __version__
from rtdreamer.errors import RtdreamerError

PACKAGES = (
    "torch", "torch-geometric", "numpy", "scipy", "scikit-learn", "joblib", "pylsl", "mne", "pyxdf",
    "PyQt5", "pyqtgraph", "safetensors", "click", "rich", "python-osc", "websockets",
)  # fmt: skip


@click.command()
def doctor() -> int:
    """Check what the program needs, and say what helps where something is missing.

    Exit code 2 if something is; a machine without a display can do all but show the dashboard.
    """
    needed: list[tuple[str, Callable[[], str]]] = [
        *((package, partial(_version, package)) for package in PACKAGES),
        ("liblsl", _liblsl),
        ("models", _models),
    ]
    system = f"Python {platform.python_version()}, {platform.platform()}"
    click.echo(f"rtdreamer {__version__}, {system}")
    found = [_check(name, check, "LACKS") for name, check in needed]
    # Without these all but the dashboard works, or all but finding a new stream.
    _check("LSL's ports", _ports, "note ")
    _check("Qt platform plugin", _platform_plugin, "note ")
    _check("display", _display, "note ")
    return 0 if all(found) else 2


def _check(name: str, check: Callable[[], str], otherwise: str) -> bool:
    try:
        found = check()
    except RtdreamerError as error:
        click.echo(f"  {otherwise}  {name}: {error}")
        return False
    click.echo(f"  ok     {name}: {found}")
    return True


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise RtdreamerError(f"not installed; {sys.executable} -m pip install {package}") from None


def _liblsl() -> str:
    try:
        from rtdreamer.lsl import library
    except ImportError as error:
        raise RtdreamerError(f"cannot be checked ({error}); pip install pylsl") from error
    library.silence_information()
    configuration = library.configuration_file()
    return library.version() + (f", configured by {configuration}" if configuration else "")


def _ports() -> str:
    try:
        from rtdreamer.lsl import library
    except ImportError as error:
        raise RtdreamerError(f"cannot be checked ({error}); pip install pylsl") from error
    if shortage := library.port_shortage():
        raise RtdreamerError(shortage)
    return "some are left for another stream"


def _platform_plugin() -> str:
    from rtdreamer.dashboard import display

    try:
        plugin = display.plugin_file()
    except ImportError as error:
        if named := display.named_libraries(str(error)):
            raise RtdreamerError(display.remedy(named)) from error
        raise RtdreamerError(f"cannot be checked ({error}); pip install PyQt5") from error
    if not plugin.is_file():
        raise RtdreamerError(f"there is no {plugin}; pip install --force-reinstall PyQt5")
    return _loadable(plugin) if sys.platform.startswith("linux") else str(plugin)


def _loadable(plugin: Path) -> str:
    from rtdreamer.dashboard import display

    missing = display.missing_libraries(plugin)
    if missing is None:
        return f"{plugin}; ldd cannot tell here whether it misses libraries"
    if missing:
        raise RtdreamerError(display.remedy(missing))
    return f"{plugin} misses no library"


def _display() -> str:
    try:
        from rtdreamer.dashboard.display import display_problem
    except ImportError as error:
        raise RtdreamerError(f"cannot be checked ({error}); pip install PyQt5 pyqtgraph") from error
    if problem := display_problem():
        raise RtdreamerError(problem)
    return "a window can be opened"


def _models() -> str:
    from rtdreamer.model.checkpoint_file import load_checkpoint
    from rtdreamer.model.released import find_model, released_models

    names = released_models()
    if not names:
        raise RtdreamerError("none is installed; install rtdreamer again")
    for name in names:
        load_checkpoint(find_model(name))
    return ", ".join(names)
