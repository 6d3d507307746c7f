import shutil
import subprocess
import sys

import pytest

from rtdreamer.dashboard.display import (
    debian_package,
    display_problem,
    explain,
    missing_libraries,
    named_libraries,
    plugin_file,
    remedy,
)

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a matter of Linux")
with_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")

XCB = """\
Cannot load library /nowhere/libqxcb.so: (libxcb-icccm.so.4: cannot open shared object file: \
No such file or directory)
qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "" even though it was found.
"""


def test_a_window_can_be_opened_without_a_screen():
    assert display_problem() is None


@on_linux
def test_without_a_display_the_answer_names_it(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    problem = display_problem()
    assert problem is not None
    assert "neither DISPLAY nor WAYLAND_DISPLAY" in problem


def test_a_qt_that_aborts_is_survived_and_its_cause_named(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    problem = display_problem()
    assert problem is not None
    assert "QT_QPA_PLATFORM is 'no-such-platform'" in problem
    assert "\n" not in problem


def test_missing_libraries_become_a_line_to_type():
    assert explain(XCB) == (
        "Qt lacks the system libraries libxcb-icccm.so.4: on Debian or Ubuntu, "
        "sudo apt install libxcb-icccm4"
    )


def test_a_display_that_refuses_is_named():
    assert ":78 cannot be reached" in explain("qt.qpa.xcb: could not connect to display :78\n")


def test_the_plugin_is_found_without_a_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert plugin_file().is_file()
    assert plugin_file().parent.name == "platforms"


@on_linux
@with_compiler
def test_ldd_tells_what_a_plugin_misses(tmp_path):
    build = ["gcc", "-shared", "-x", "c", "/dev/null", "-o"]
    needed, plugin = tmp_path / "libneeded.so.7", tmp_path / "libplugin.so"
    subprocess.run([*build, needed, f"-Wl,-soname,{needed.name}"], check=True)
    link = ["-x", "none", "-Wl,--no-as-needed", needed]
    subprocess.run([*build, plugin, *link], check=True)
    needed.unlink()
    assert missing_libraries(plugin) == ("libneeded.so.7",)


@on_linux
def test_what_ldd_cannot_read_is_not_called_complete(tmp_path):
    text = tmp_path / "libqxcb.so"
    text.write_text("no library", encoding="utf-8")
    assert missing_libraries(text) is None


def test_without_ldd_nothing_is_claimed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert missing_libraries(plugin_file()) is None


def test_the_loader_s_words_name_a_library():
    words = "libgthread-2.0.so.0: cannot open shared object file: No such file or directory"
    assert named_libraries(f"{words}\n{words}\n") == ("libgthread-2.0.so.0",)


def test_the_remedy_is_a_line_to_type():
    assert remedy(("libxcb-icccm.so.4", "libGL.so.1")) == (
        "Qt lacks the system libraries libxcb-icccm.so.4, libGL.so.1: on Debian or Ubuntu, "
        "sudo apt install libxcb-icccm4 libgl1"
    )


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libX11-xcb.so.1", "libx11-xcb1"),
        ("libGL.so.1", "libgl1"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
    ],
)
def test_packages_follow_debian_s_rule(library, package):
    assert debian_package(library) == package
