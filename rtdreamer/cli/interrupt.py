"""Ctrl-C as the ordinary end of a command that has none of its own.

Two ways of ending, one for each part of such a command. While libraries are imported and files
read, nothing has to be closed and the process may leave at once; Python's own KeyboardInterrupt
would not do, since libraries swallow it now and then when it hits them in their import. While the
command runs, an event asks it to stop.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

PATIENCE_S = 12.0
"""A session is given ten to end."""

INTERRUPTED = 130
"""The exit code of what a signal interrupted, as shells have it for Ctrl-C."""


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
        # What the signal broke into may have been writing itself.
        with suppress(OSError, RuntimeError):
            sys.stdout.flush()
        os._exit(code)

    with _handling(leave):
        yield


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Give an event that SIGINT (Ctrl-C) and SIGTERM set.

    What has not ended ``PATIENCE_S`` later, since no one reads what it writes or the display
    hangs, is cut off with exit code ``INTERRUPTED``.
    """
    stop, ended = threading.Event(), threading.Event()
    heard, told = socket.socketpair()
    told.setblocking(False)
    # Not in a handler: that runs in the main thread, which may hang or be busy with the event.
    watch = threading.Thread(target=_watch, args=(heard, stop, ended), daemon=True)
    watch.start()
    previous = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    try:
        with _handling(lambda: None):
            yield stop
    finally:
        signal.set_wakeup_fd(previous)
        ended.set()
        told.close()
        watch.join()
        heard.close()


def _watch(signals: socket.socket, stop: threading.Event, ended: threading.Event) -> None:
    while number := signals.recv(1):
        if number[0] in SIGNALS:
            stop.set()
            if not ended.wait(PATIENCE_S):
                os._exit(INTERRUPTED)


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
