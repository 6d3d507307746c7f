"""Run a session under the dashboard: Qt in this thread, the session in one worker thread."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from types import TracebackType
from typing import NoReturn

from PyQt5.QtCore import (
    QMessageLogContext,
    QSettings,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PyQt5.QtWidgets import QApplication

from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.ordering import Control
from rtdreamer.dashboard.window import NO_CONTROL, DashboardWindow
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.worker import Worker

DISPLAY_LOST = "connection broke"
"""What Qt says, under X11 and Wayland, right before it ends the process on the spot."""

CHATTER = ("XDG_RUNTIME_DIR", "propagateSizeHints")
"""In what Qt says of folders and platforms that work all the same."""

WATCH_MS = 100
"""Between two looks whether to stop."""

NICENESS = 10
"""How far this process stands back where there are more at work than cores. A frame that is late is
not seen; a prediction that is late is measured. (Of Linux and macOS; Windows has another scale.)"""


def run_dashboard(
    work: Callable[[Bridge, Callable[[], bool]], None],
    model: ModelFacts,
    clock: Callable[[], float],
    hop: int,
    should_stop: Callable[[], bool],
    leave: Callable[[], NoReturn],
    control: Control = NO_CONTROL,
) -> None:
    """Show the dashboard until the session ends or the user ends it.

    The window closes when ``work`` returns or fails, and when ``should_stop`` says so. Must be
    called in the main thread.

    Parameters
    ----------
    work : callable
        The session: feeds the bridge it is given, and is told like ``should_stop`` to return once
        the window is closed.
    model : ModelFacts
        The model that makes the predictions.
    clock : callable
        LSL time now, seconds.
    hop : int
        Samples from one prediction to the next.
    should_stop : callable
        Whether to end all.
    leave : callable
        Ends the process, saying that the display is gone: there is no way back from that.
    control : Control, optional
        How the screen reaches the session.

    Raises
    ------
    RtdreamerError
        If the session does not stop when asked to.
    BaseException
        Whatever ``work`` raised. A view that fails says so in its place, and ends nothing.
    """
    give_way()
    app = application()
    bridge = Bridge()
    window = DashboardWindow(model, bridge, clock, hop, settings(), control=control)
    window.closed.connect(app.quit)
    bridge.work_ended.connect(window.end)
    worker = Worker(lambda is_closed: work(bridge, is_closed), bridge.work_ended.emit)
    watch = QTimer()
    watch.timeout.connect(lambda: window.end() if should_stop() else None)
    with _told_to_views(window) as ends, _left_without_display(worker, leave):
        window.show()
        watch.start(WATCH_MS)
        worker.start()
        app.exec()
        worker.end()
    for error in (worker.error, *ends):
        if error is not None:
            raise error


def give_way() -> None:
    """Let the session, in a process that was started before, go first."""
    if sys.platform != "win32" and os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def application() -> QApplication:
    """Return the process's one QApplication, sharp on dense screens."""
    _listen_to_qt()
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    return QApplication(["rtdreamer"])


def settings() -> QSettings:
    """Return where choices and sizes are remembered: a file in the user's own configuration."""
    return QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "rtdreamer", "dashboard"
    )


_leaving: list[Callable[[], object]] = []
"""What to do when the display goes, the newest last."""


@cache
def _listen_to_qt() -> None:
    # Once, and for good: what it says hangs on no window.
    qInstallMessageHandler(hear)


def hear(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    """Print what Qt has to say, but for what says nothing to the one who reads it.

    That the display is gone is acted upon.
    """
    if message and DISPLAY_LOST in message and _leaving:
        _leaving[-1]()
    elif not message or not any(words in message for words in CHATTER):
        with suppress(OSError):
            sys.stderr.write(f"{message}\n")


@contextmanager
def _told_to_views(window: DashboardWindow) -> Iterator[list[BaseException]]:
    """Tell the window what its views raise, and collect what is no error but an end.

    Without a hook PyQt aborts the process on the first of either.
    """
    ends: list[BaseException] = []

    def collect(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            window.hear_fault(error)
            return
        ends.append(error)
        QTimer.singleShot(0, window.end)

    previous, sys.excepthook = sys.excepthook, collect
    try:
        yield ends
    finally:
        sys.excepthook = previous


@contextmanager
def _left_without_display(worker: Worker, leave: Callable[[], NoReturn]) -> Iterator[None]:
    """End the session when the display goes, for Qt would leave it no time."""

    def end() -> None:
        try:
            worker.end()
        finally:
            leave()

    _leaving.append(end)
    try:
        yield
    finally:
        _leaving.remove(end)
