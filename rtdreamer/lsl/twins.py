"""Names for outlets that no other program on the network has taken."""

import time
from collections.abc import Callable

import pylsl

from rtdreamer.lsl.claims import Claims

LOOK_S = 1.0
"""By then every outlet nearby has answered, on a busy machine, too."""


class Twins:
    """Knows which source_ids are taken, from ``LOOK_S`` after it was made on.

    Two programs that follow one stream would publish under one name and source_id, and who listens
    would be handed from one to the other. Of those that begin at once on one computer, and cannot
    see each other yet, each holds its own.

    Parameters
    ----------
    sleep : callable
        Waits for so many seconds.
    """

    def __init__(self, sleep: Callable[[float], object] = time.sleep) -> None:
        self._sleep = sleep
        self._known_at = time.monotonic() + LOOK_S
        self._resolver: pylsl.ContinuousResolver | None = pylsl.ContinuousResolver()
        self._claims = Claims()

    def free(self, name: str, source_id: str) -> tuple[str, str]:
        """Return both as they are, or with the first number behind them that no one has taken."""
        self._sleep(max(self._known_at - time.monotonic(), 0.0))
        handles = [] if self._resolver is None else self._resolver.results()
        taken = {handle.source_id() for handle in handles}
        number = 1
        while (word := _numbered(source_id, number)) in taken or not self._claims.take(word):
            number += 1
        return _numbered(name, number), _numbered(source_id, number)

    def close(self) -> None:
        """Look no longer, and hold nothing."""
        self._resolver = None
        self._claims.close()


def _numbered(word: str, number: int) -> str:
    return word if number == 1 else f"{word}-{number}"
