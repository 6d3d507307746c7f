"""When LSL's ports are all taken, a new stream may not be found."""

import socket
from contextlib import ExitStack

import pytest

from rtdreamer.lsl import library

N_PORTS = 8


@pytest.fixture
def ports(tmp_path, monkeypatch):
    """The first of some that are free; liblsl, which has read its settings, is not touched."""
    with ExitStack() as tried:
        while True:
            first = tried.enter_context(taken(0)).getsockname()[1]
            try:
                with ExitStack() as others:
                    for port in range(first + 1, first + 1 + N_PORTS):
                        others.enter_context(taken(port))
                break
            except (OSError, OverflowError):
                continue
    path = tmp_path / "lsl_api.cfg"
    path.write_text(f"[ports]\nBasePort = {first + 1}\nPortRange = {N_PORTS}\n", encoding="utf-8")
    monkeypatch.setenv("LSLAPICFG", str(path))
    return first + 1


def taken(port):
    held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        held.bind(("", port))
    except (OSError, OverflowError):
        held.close()
        raise
    return held


@pytest.mark.parametrize("n_left", [0, 1, 3, 4, N_PORTS])
def test_it_is_said_when_no_four_ports_are_left(ports, n_left):
    with ExitStack() as held:
        for port in range(ports, ports + N_PORTS - n_left):
            held.enter_context(taken(port))
        said = library.port_shortage()
    if n_left >= 4:
        assert said == ""
    else:
        assert f"ports {ports} to {ports + N_PORTS - 1}, {n_left} " in said
        assert "PortRange" in said


@pytest.mark.parametrize(
    "content", ["", "[ports]\nBasePort = many\n", "no settings", "[ports]\nBasePort = 65530\n"]
)
def test_settings_that_liblsl_cannot_use_are_as_none(tmp_path, monkeypatch, content):
    path = tmp_path / "lsl_api.cfg"
    path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("LSLAPICFG", str(path))
    assert library._ports() == (16572, 32)
