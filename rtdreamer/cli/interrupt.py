"""Ctrl-C as the ordinary end of a command that has none of its own."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Give an event that SIGINT (Ctrl-C) and SIGTERM set, in the place of what they did before.

    For the part of a command that asks for the event all the time. Before it, while libraries are
    imported, Ctrl-C shall go on raising KeyboardInterrupt, which ends that at once.
    """
    stop = threading.Event()

    def request(signum: int, frame: FrameType | None) -> None:
        stop.set()

    previous = {
        number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def ended_by_interrupt(
    command: Callable[Parameters, Result],
) -> Callable[Parameters, Result | None]:
    """Make Ctrl-C a good end of a command at any moment, with exit code 0."""

    @wraps(command)
    def ended(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result | None:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            return None

    return ended
