"""liblsl itself: its version, its clock, its log."""

import os
import socket
from configparser import ConfigParser, Error
from contextlib import closing
from pathlib import Path

import pylsl

from rtdreamer.counting import are
from rtdreamer.errors import RtdreamerError

_PORTS = 16572, 32
"""The first port by which others find a stream, and how many there are, unless configured."""

_OF_A_PLAYER = 4
"""Of signals and markers each one for IPv4 and IPv6."""


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


def port_shortage() -> str:
    """Say, in one line, that LSL's ports are taken by other streams; empty while some are left.

    Those that find none left are given others, by which only multicast finds them; where that is
    blocked, or only this machine is looked at, nothing does.
    """
    first, n_ports = _ports()
    n_free = 0
    for port in range(first, first + n_ports):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as tried:
            try:
                tried.bind(("", port))
            except OSError:
                continue
        n_free += 1
        if n_free >= _OF_A_PLAYER:
            return ""
    return (
        f"of LSL's ports {first} to {first + n_ports - 1}, {n_free} {are(n_free)} left: a new "
        "stream may not be found: end other programs that send on LSL, or set a larger PortRange "
        "under [ports] in every machine's lsl_api.cfg"
    )


def _ports() -> tuple[int, int]:
    """The first of LSL's ports, and how many there are, as its settings have it."""
    path, settings = configuration_file(), ConfigParser(strict=False, interpolation=None)
    if path is None:
        return _PORTS
    try:
        settings.read(path, encoding="utf-8")
        first = settings.getint("ports", "BasePort", fallback=_PORTS[0])
        n_ports = settings.getint("ports", "PortRange", fallback=_PORTS[1])
    except (Error, OSError, ValueError):  # liblsl goes on without, too
        return _PORTS
    return (first, n_ports) if 0 < first < first + n_ports <= 65536 else _PORTS
