"""What may take long, and must not keep a session waiting: done in threads."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Errands:
    """Does things in threads; of their ends, it tells in the thread that attends to them."""

    def __init__(self) -> None:
        self._running: list[tuple[Future[Any], Callable[[Future[Any]], object]]] = []

    def send(self, work: Callable[[], T], then: Callable[[Future[T]], object]) -> None:
        """Have something done; ``then`` is given the outcome by a later ``attend``."""
        outcome: Future[T] = Future()
        self._running.append((outcome, then))
        # No daemon: what is saved is saved, and a process that ends within a network is aborted.
        threading.Thread(target=_do, args=(work, outcome), name="errand").start()

    def attend(self) -> None:
        """See to those that have ended; whatever ``then`` raises is raised here."""
        for errand in [each for each in self._running if each[0].done()]:
            self._running.remove(errand)
            outcome, then = errand
            then(outcome)


def _do(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # raised again in the thread that asks
        outcome.set_exception(error)
