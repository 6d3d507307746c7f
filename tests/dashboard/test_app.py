import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PyQt5.QtCore import Qt, QTimer, qWarning
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QWidget

from rtdreamer.dashboard.app import NICENESS, run_dashboard
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.faults import FaultLine
from rtdreamer.dashboard.heads import HeadsView
from rtdreamer.dashboard.history import HistoryView, Stretches
from rtdreamer.dashboard.readout import Readout
from rtdreamer.dashboard.status import FiguresView, StateView
from rtdreamer.dashboard.traces import TracesView
from rtdreamer.dashboard.window import DashboardWindow
from rtdreamer.errors import RtdreamerError, StreamError
from rtdreamer.live import worker as worker_module
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import Session
from rtdreamer.live.sink import Phase, State
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Spec, extract
from tests.made_up_predictions import FACTS

pytestmark = pytest.mark.usefixtures("watchdog")


def run(work, leave=None, should_stop=lambda: False):
    run_dashboard(work, FACTS, lambda: 110.0, 16, should_stop, leave)


def wait_for(is_closed):
    """Wait as a session does; return whether it was told to end."""
    deadline = time.monotonic() + 20
    while not is_closed() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_closed()


def sessions():
    return [thread for thread in threading.enumerate() if thread.name == "session"]


def test_updates_reach_the_views_in_the_gui_thread_only(
    monkeypatch, make_piece, make_prediction, features, stream
):
    seen = []

    def spy(view, name):
        original = getattr(view, name)

        def recorded(self, *values):
            seen.append((name, threading.get_ident()))
            original(self, *values)

        monkeypatch.setattr(view, name, recorded)

    spy(TracesView, "show_samples")
    spy(HeadsView, "show_prediction")
    spy(DashboardWindow, "_show_state")
    worker = []

    def work(bridge, is_closed):
        worker.append(threading.get_ident())
        bridge.on_state(State(Phase.LIVE, "live", stream))
        for start in range(0, 1280, 64):
            bridge.on_samples(make_piece(start, start + 64))
        bridge.on_prediction(make_prediction(), features)

    run(work)
    gui = threading.get_ident()
    assert worker != [gui]
    assert [name for name, _ in seen] == ["_show_state", *["show_samples"] * 20, "show_prediction"]
    assert {thread for _, thread in seen} == {gui}


def test_a_real_session_reaches_the_window(monkeypatch, make_chunk, stream):
    class Source:
        description, note = stream, ""

        def __init__(self):
            self.chunks = [make_chunk(start, start + 64) for start in range(0, 1280, 64)]

        def pull(self, timeout):
            return self.chunks.pop(0) if self.chunks else make_chunk(0, 0)

    class Classifier:
        name, simulated, spec = "a-model", True, Spec()

        def extract(self, window):
            return extract(window, self.spec)

        def classify(self, features, sample):
            return Affect(0.6, 0.4), OverTime(Affect(0.55, 0.45), 10.0)

        def reset(self):
            pass

    windows = []
    close_event = DashboardWindow.closeEvent

    def kept(self, event):
        windows.append(self)
        close_event(self, event)

    monkeypatch.setattr(DashboardWindow, "closeEvent", kept)

    def work(bridge, is_closed):
        source = Source()
        session = Session(Predictor(Classifier()), [bridge], hop=128)
        session.follow(source, lambda: is_closed() or not source.chunks)

    run(work)
    (window,) = windows
    assert "LIVE" in window.state.badge.text()
    assert window.figures.fields["rate"].text() == "128.0 Hz"
    assert np.unique(window.track.past(110.0).raw[:, 0]).tolist() == pytest.approx([0.6])
    assert window.heads.heads[0].edges.max() > 0.3


def test_closing_the_window_stops_and_joins_the_session(app, make_piece):
    ended = []
    # The loop ends with the dashboard, whatever other windows the process may have.
    other = QWidget()
    other.show()

    def close_once_drawn():
        for window in app.topLevelWidgets():
            is_open = isinstance(window, DashboardWindow) and window.isVisible()
            if is_open and window.traces.buffer.total:
                window.close()

    def work(bridge, is_closed):
        bridge.on_samples(make_piece())
        ended.append(wait_for(is_closed))

    timer = QTimer()
    timer.timeout.connect(close_once_drawn)
    timer.start(20)
    run(work)
    timer.stop()
    assert ended == [True]
    assert sessions() == []


@pytest.mark.parametrize("late", [False, True])
def test_what_asks_to_stop_closes_the_window_even_before_it_is_drawn(late):
    ended, stop = [], threading.Event()
    if not late:
        stop.set()

    def work(bridge, is_closed):
        stop.set()
        ended.append(wait_for(is_closed))

    hook = sys.excepthook
    run(work, should_stop=stop.is_set)
    assert ended == [True]
    assert sys.excepthook is hook
    assert sessions() == []


@pytest.mark.parametrize(
    "said",
    [
        "The X11 connection broke (error 1). Did the X11 server die?",
        "The Wayland connection broke. Did the Wayland compositor die?",
    ],
)
def test_the_session_has_ended_before_the_process_is_left_without_a_display(said, capsys):
    ended, left = [], []

    def work(bridge, is_closed):
        ended.append(wait_for(is_closed))

    QTimer.singleShot(40, lambda: qWarning("QStandardPaths: XDG_RUNTIME_DIR not set"))
    QTimer.singleShot(50, lambda: qWarning("something else"))
    QTimer.singleShot(100, lambda: qWarning(said))
    run(work, lambda: left.append([*ended, *sessions()]))
    assert left == [[True]]
    # What says nothing to the one who reads it is not passed on.
    assert capsys.readouterr().err == "something else\n"


def test_qt_s_own_chatter_does_not_reach_the_terminal(tmp_path):
    code = "from rtdreamer.dashboard.app import application; application()"
    environment = {k: v for k, v in os.environ.items() if k != "XDG_RUNTIME_DIR"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_error_of_the_session_is_raised_here():
    def work(bridge, is_closed):
        raise StreamError("the stream has 4 channels, an EPOC has 14")

    with pytest.raises(StreamError, match="an EPOC has 14"):
        run(work)


def failing(monkeypatch, kind, name, error):
    def fail(self, *arguments):
        raise error

    monkeypatch.setattr(kind, name, fail)


@pytest.mark.parametrize(
    ("kind", "name", "view"),
    [
        (TracesView, "show_samples", "traces"),
        (TracesView, "paintEvent", "traces"),
        (Readout, "paintEvent", "affect"),
        (Stretches, "paint", "history"),
        (HistoryView, "refresh", "history"),
        (StateView, "refresh", "state"),
        (FiguresView, "refresh", "figures"),
    ],
)
def test_a_view_that_fails_says_so_in_its_place_and_the_rest_goes_on(
    app, monkeypatch, make_piece, make_prediction, features, stream, capsys, kind, name, view
):
    seen = {}

    def look(window):
        # In its place, and in no other.
        (line,) = window.findChildren(FaultLine)
        seen["line"], seen["visible"] = line.words.text(), line.isVisible()
        seen["failed"] = [getattr(window, view)] == list(window.faults.failed)
        seen["hidden"] = not getattr(window, view).isVisible()
        seen["others"] = window.heads.isVisible()
        window.close()

    def work(bridge, is_closed):
        bridge.on_state(State(Phase.LIVE, "live", stream))
        bridge.on_samples(make_piece())
        bridge.on_prediction(make_prediction(), features)
        seen["told to end"] = wait_for(is_closed)

    def look_once_it_has_failed():
        for window in app.topLevelWidgets():
            if isinstance(window, DashboardWindow) and window.isVisible() and not seen:
                lines = window.findChildren(FaultLine)
                if lines and lines[0].isVisible():
                    look(window)

    failing(monkeypatch, kind, name, ZeroDivisionError("in a view"))
    timer = QTimer()
    timer.timeout.connect(look_once_it_has_failed)
    timer.start(20)
    run(work)
    timer.stop()
    assert seen == {
        "line": "This view failed: ZeroDivisionError: in a view. The rest goes on.",
        "visible": True, "failed": True, "hidden": True, "others": True, "told to end": True,
    }  # fmt: skip
    # Once, however often it is drawn.
    assert capsys.readouterr().err.count("ZeroDivisionError: in a view") == 1


def test_a_view_can_be_tried_again_and_what_is_no_view_is_said_above(
    app, monkeypatch, make_piece, stream, capsys
):
    bridge = Bridge()
    window = DashboardWindow(FACTS, bridge, lambda: 110.05, 16)
    window.show()
    with monkeypatch.context() as broken:
        failing(broken, TracesView, "show_samples", ValueError("a bad sample"))
        bridge.on_samples(make_piece())
        app.processEvents()
        assert not window.traces.isVisible()
    (line,) = window.findChildren(FaultLine)
    QTest.mouseClick(line.button, Qt.MouseButton.LeftButton)
    bridge.on_samples(make_piece())
    app.processEvents()
    assert window.traces.isVisible()
    assert window.traces.buffer.total == 1280
    try:
        raise KeyError("nobody's")
    except KeyError as error:
        window.hear_fault(error)
    said = 'a part of the screen failed: KeyError: "nobody\'s"; the rest goes on'
    assert window.state.line.text() == said
    window.close()


def test_what_is_no_error_ends_it_and_is_raised_here(monkeypatch, make_piece):
    failing(monkeypatch, TracesView, "paintEvent", KeyboardInterrupt())
    ended = []

    def work(bridge, is_closed):
        bridge.on_samples(make_piece())
        ended.append(wait_for(is_closed))

    with pytest.raises(KeyboardInterrupt):
        run(work)
    assert ended == [True]


def test_a_session_that_does_not_stop_is_reported(monkeypatch):
    monkeypatch.setattr(worker_module, "JOIN_S", 0.1)
    release = threading.Event()

    def work(bridge, is_closed):
        release.wait(20)

    with pytest.raises(RtdreamerError, match=r"still runs after 0\.1 s; it is cut off"):
        run(work, should_stop=lambda: True)
    (thread,) = sessions()
    release.set()
    thread.join(5)
    assert sessions() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another scale")
def test_the_screen_stands_back_for_the_session():
    run(lambda bridge, is_closed: None)
    assert os.getpriority(os.PRIO_PROCESS, 0) >= NICENESS
