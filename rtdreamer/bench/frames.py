"""The dashboard, with a look at when it draws."""

import time
from collections.abc import Callable

from PyQt5.QtCore import QEvent, QObject, QTimer

from rtdreamer.dashboard.app import application, give_way
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.window import DashboardWindow
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.sink import Sink
from rtdreamer.live.worker import Worker


class _Frames(QObject):
    """Notes when the traces are painted."""

    def __init__(self, began: Callable[[], bool]) -> None:
        super().__init__()
        self.at: list[float] = []
        self._began = began

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Paint and self._began():
            self.at.append(time.perf_counter())
        return False


def timed_dashboard(
    work: Callable[[Sink, Callable[[], bool]], None],
    model: ModelFacts,
    clock: Callable[[], float],
    hop: int,
    began: Callable[[], bool],
) -> list[float]:
    """Show the dashboard until ``work`` ends, as ``run_dashboard`` does.

    Returns
    -------
    list of float
        From one frame of the traces to the next, ms, from when ``began`` says so.
    """
    give_way()
    app, bridge = application(), Bridge()
    window = DashboardWindow(model, bridge, clock, hop)
    frames = _Frames(began)
    window.traces.installEventFilter(frames)
    window.closed.connect(app.quit)
    bridge.work_ended.connect(window.end)
    worker = Worker(lambda is_closed: work(bridge, is_closed), bridge.work_ended.emit)
    window.showMaximized()
    QTimer.singleShot(0, worker.start)
    app.exec()
    worker.end()
    if worker.error is not None:
        raise worker.error
    return [1e3 * (later - at) for at, later in zip(frames.at, frames.at[1:], strict=False)]
