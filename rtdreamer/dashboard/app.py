"""Run a session under the dashboard: Qt in this thread, the session in one worker thread."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import NoReturn

from PyQt5.QtCore import QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PyQt5.QtWidgets import QApplication

from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.window import DashboardWindow
from rtdreamer.errors import RtdreamerError
from rtdreamer.live.summary import ModelFacts

JOIN_S = 10.0
"""How long the session may take to end, seconds."""

DISPLAY_LOST = "connection broke"
"""What Qt says, under X11 and Wayland, right before it ends the process on the spot."""

WAKE_MS = 100
"""Python sees a signal only when it runs; under Qt's loop it runs at least this often."""


class _Worker:
    """The session's thread, and what it raised."""

    def __init__(self, work: Callable[[Bridge, threading.Event], None], bridge: Bridge) -> None:
        self._work = work
        self._bridge = bridge
        self._stop = threading.Event()
        self.error: BaseException | None = None
        # A daemon: one that does not end must not keep the process alive for ever.
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Ask the session to stop and wait for it.

        Raises
        ------
        RtdreamerError
            If it does not end in ``JOIN_S`` seconds.
        """
        self._stop.set()
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            raise RtdreamerError(
                f"the session was asked to stop and still runs after {JOIN_S:g} s; "
                "it is cut off when the program ends"
            )

    def _run(self) -> None:
        try:
            self._work(self._bridge, self._stop)
        except BaseException as error:  # raised again in the GUI thread
            self.error = error
        finally:
            self._bridge.work_ended.emit()


def run_dashboard(
    work: Callable[[Bridge, threading.Event], None],
    model: ModelFacts,
    clock: Callable[[], float],
    hop: int,
    leave: Callable[[], NoReturn],
) -> None:
    """Show the dashboard until the session ends or the user ends it.

    The window closes when ``work`` returns or fails. Closing the window, SIGINT (Ctrl-C) and
    SIGTERM set the event that ``work`` was given. Must be called in the main thread.

    Parameters
    ----------
    work : callable
        The session: feeds the bridge it is given, and returns soon after the event is set.
    model : ModelFacts
        The model that makes the predictions.
    clock : callable
        LSL time now, seconds.
    hop : int
        Samples from one prediction to the next.
    leave : callable
        Ends the process, saying that the display is gone: there is no way back from that.

    Raises
    ------
    RtdreamerError
        If the session does not stop when asked to.
    BaseException
        Whatever ``work`` raised, or a view.
    """
    app = application()
    bridge = Bridge()
    window = DashboardWindow(model, bridge, clock, hop)
    window.closed.connect(app.quit)
    bridge.work_ended.connect(window.end)
    worker = _Worker(work, bridge)
    with (
        _closed_by_signals(window),
        _closed_by_errors(window) as view_errors,
        _left_without_display(worker, leave),
    ):
        window.show()
        worker.start()
        app.exec()
        worker.end()
    for error in (worker.error, *view_errors):
        if error is not None:
            raise error


def application() -> QApplication:
    """Return the process's one QApplication, sharp on dense screens."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    return QApplication(["rtdreamer"])


@contextmanager
def _closed_by_signals(window: DashboardWindow) -> Iterator[None]:
    def close(signum: int, frame: FrameType | None) -> None:
        # Through the event loop: a signal that arrives before the loop runs is not lost.
        QTimer.singleShot(0, window.end)

    previous = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    wake = QTimer()
    wake.timeout.connect(lambda: None)
    wake.start(WAKE_MS)
    try:
        yield
    finally:
        wake.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _closed_by_errors(window: DashboardWindow) -> Iterator[list[BaseException]]:
    """Collect what views raise. Without a hook PyQt aborts the process on the first of them."""
    errors: list[BaseException] = []

    def collect(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        errors.append(error)
        QTimer.singleShot(0, window.end)

    previous, sys.excepthook = sys.excepthook, collect
    try:
        yield errors
    finally:
        sys.excepthook = previous


@contextmanager
def _left_without_display(worker: _Worker, leave: Callable[[], NoReturn]) -> Iterator[None]:
    """End the session when the display goes, for Qt would leave it no time."""

    def hear(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
        if not message or DISPLAY_LOST not in message:
            with suppress(OSError):
                sys.stderr.write(f"{message}\n")
            return
        try:
            worker.end()
        finally:
            leave()

    previous = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)
