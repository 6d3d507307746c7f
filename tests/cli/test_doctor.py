import sys
from pathlib import Path

import pytest

from rtdreamer.cli import doctor as doctor_module
from rtdreamer.cli.main import run
from rtdreamer.dashboard import display


def test_this_machine_has_what_is_needed(capsys):
    assert run(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "LACKS" not in output
    assert "torch: 2." in output
    assert "models: simulated-100-ridge, simulated-23" in output


def test_what_is_missing_comes_with_its_remedy(monkeypatch, capsys):
    monkeypatch.setattr(doctor_module, "PACKAGES", ("no-such-package",))
    assert run(["doctor"]) == 2
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "LACKS" in line]
    assert "no-such-package: not installed; " in line
    assert "pip install no-such-package" in line


@pytest.fixture
def no_display(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    for variable in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)


def test_a_machine_without_a_display_is_told_and_not_failed(no_display, capsys):
    assert run(["doctor"]) == 0
    assert "note   display: there is no display here" in capsys.readouterr().out


def plugin_line(capsys):
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "Qt platform" in line]
    return line


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the plugin's name is Linux's")
def test_qt_s_plugin_is_checked_where_there_is_no_display(no_display, capsys):
    assert run(["doctor"]) == 0
    line = plugin_line(capsys)
    assert "libqxcb.so misses no library" in line or "sudo apt install" in line


def test_what_the_plugin_misses_is_a_note_with_its_packages(no_display, monkeypatch, capsys):
    missing = ("libxcb-icccm.so.4", "libxkbcommon-x11.so.0")
    monkeypatch.setattr(display, "missing_libraries", lambda plugin: missing)
    monkeypatch.setattr(display, "plugin_file", lambda: Path(__file__))
    assert run(["doctor"]) == 0
    line = plugin_line(capsys)
    assert line.startswith("  note ")
    assert line.endswith("sudo apt install libxcb-icccm4 libxkbcommon-x11-0")


def test_a_qt_that_cannot_be_loaded_names_its_library(no_display, monkeypatch, capsys):
    def fail():
        raise ImportError("libgthread-2.0.so.0: cannot open shared object file: No such file")

    monkeypatch.setattr(display, "plugin_file", fail)
    assert run(["doctor"]) == 0
    assert plugin_line(capsys).endswith("sudo apt install libglib2.0-0")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_the_plugin_s_file_is_told(monkeypatch, capsys, tmp_path, platform):
    plugin = tmp_path / display.PLUGIN_FILES[platform]
    plugin.touch()
    monkeypatch.setattr(display, "plugin_file", lambda: plugin)
    monkeypatch.setattr(doctor_module.sys, "platform", platform)
    assert doctor_module._platform_plugin() == str(plugin)
