import sys

import pytest

from rtdreamer.dashboard.display import display_problem, explain

XCB = """\
Cannot load library /nowhere/libqxcb.so: (libxcb-icccm.so.4: cannot open shared object file: \
No such file or directory)
qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "" even though it was found.
"""


def test_a_window_can_be_opened_without_a_screen():
    assert display_problem() is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="DISPLAY is a matter of Linux")
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
