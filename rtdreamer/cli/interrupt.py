"""Ctrl-C as the ordinary end of a command that has none of its own.

Two ways of ending, one for each part of such a command. While libraries are imported and files
read, nothing has to be closed and the process may leave at once; Python's own KeyboardInterrupt
would not do, since libraries swallow it now and then when it hits them in their import. While the
command runs, an event asks it to stop.
"""

import _thread
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)

PATIENCE_S = 12.0
"""A session is given ten to end."""

_IMPORTLIB = "<frozen importlib"
"""What the names of the files begin with in which Python's own import is written."""

_COMMANDS = Path(__file__).parent

AGAIN_S = 0.05
"""How often it is looked whether the import is over in which Ctrl-C came."""

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
        _leave(code)

    with _handling(leave):
        yield


@contextmanager
def defer_in_imports() -> Iterator[None]:
    """Let Ctrl-C raise its KeyboardInterrupt as ever, but not in the middle of an import.

    There libraries swallow it now and then, and torch aborts the process. Where a command imports
    what it needs, nothing is to be closed yet, and the process leaves at once. Where a library
    imports in the middle of the work, the import is awaited.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # Ignored, as where a shell began it in the background; or another's to care for.
        return

    def handle(signum: int, frame: FrameType | None) -> None:
        importer = _importer(frame)
        if importer is None:
            raise KeyboardInterrupt
        if Path(importer).parent == _COMMANDS:
            _leave(INTERRUPTED)
        threading.Thread(target=_interrupt_after_import, daemon=True).start()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt_after_import() -> None:
    main = threading.main_thread().ident or 0
    while _importer(sys._current_frames().get(main)) is not None:
        time.sleep(AGAIN_S)
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, signal.SIGINT)  # wakes it if it sleeps
    else:
        _thread.interrupt_main()


def _importer(frame: FrameType | None) -> str | None:
    """The file whose code asked for what is being imported, the first of several; or None."""
    importer, is_import = None, False
    while frame is not None:
        name = frame.f_code.co_filename
        if is_import and not name.startswith(_IMPORTLIB):
            importer = name
        is_import = name.startswith(_IMPORTLIB)
        frame = frame.f_back
    return importer


def _leave(code: int) -> NoReturn:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    # What the signal broke into may have been writing itself.
    with suppress(OSError, RuntimeError):
        sys.stdout.flush()
    os._exit(code)


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
