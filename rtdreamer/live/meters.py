"""How fast samples come, and how much was lost lately."""

from collections import deque

from rtdreamer.live.advice import LATELY_S
from rtdreamer.stream.gaps import Piece

SPAN_S = 5.0
MAX_PIECES = 4096


class Lately:
    """How much a count that only grows grew over the last ``LATELY_S``."""

    def __init__(self) -> None:
        self._changes: deque[tuple[float, int]] = deque(maxlen=MAX_PIECES)
        self._total = 0

    def count(self, total: int, now: float) -> None:
        """Take the count so far."""
        if total > self._total:
            self._changes.append((now, total - self._total))
        self._total = total

    def over(self, now: float) -> int:
        """How much it grew."""
        while self._changes and now - self._changes[0][0] > LATELY_S:
            self._changes.popleft()
        return sum(n for _, n in self._changes)


class RateMeter:
    """Samples per second of LSL time over the last ``SPAN_S`` seconds."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, int]] = deque(maxlen=MAX_PIECES)

    def add(self, piece: Piece) -> None:
        """Count a piece's samples, but for those that bridge a gap."""
        self._pieces.append((float(piece.timestamps[-1]), piece.n_times - piece.n_bridged))

    def skip(self, seconds: float) -> None:
        """Let time pass in which nothing came that counts."""
        if self._pieces:
            self._pieces.append((self._pieces[-1][0] + seconds, 0))

    def rate(self, now: float) -> float | None:
        """Hz at ``now``, LSL seconds; None where too little came to tell."""
        while self._pieces and now - self._pieces[0][0] > SPAN_S:
            self._pieces.popleft()
        if len(self._pieces) < 2:
            return None
        # The first piece only marks the start: its own samples lie before it.
        start, first = self._pieces[0]
        elapsed = self._pieces[-1][0] - start
        n_samples = sum(n for _, n in self._pieces) - first
        return n_samples / elapsed if elapsed > 0 else None
