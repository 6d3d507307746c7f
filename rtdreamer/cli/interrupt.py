"""Ctrl-C as the ordinary end of a command that has none of its own.

Two ways of ending, one for each part of such a command. While libraries are imported and files
read, nothing has to be closed and the process may leave at once; Python's own KeyboardInterrupt
would not do, since libraries swallow it now and then when it hits them in their import. While the
command runs, an event asks it to stop.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def leave_on_interrupt(
    clean_up: Callable[[], None] = lambda: None, code: int = 0
) -> Iterator[None]:
    """End the process on the spot at SIGINT (Ctrl-C) or SIGTERM.

    Parameters
    ----------
    clean_up : callable
        Called before.
    code : int
        The exit code.
    """

    def leave() -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        clean_up()
        sys.stdout.flush()
        os._exit(code)

    with _handling(leave):
        yield


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Give an event that SIGINT (Ctrl-C) and SIGTERM set."""
    stop = threading.Event()
    with _handling(stop.set):
        yield stop


@contextmanager
def _handling(action: Callable[[], None]) -> Iterator[None]:
    def handle(signum: int, frame: FrameType | None) -> None:
        action()

    previous = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
