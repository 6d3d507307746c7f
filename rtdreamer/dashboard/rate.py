"""The rate at which samples really arrive."""

from collections import deque

from rtdreamer.live.state import Phase
from rtdreamer.stream.gaps import Piece

SPAN_S = 5.0
MAX_PIECES = 4096

FLOWING = (Phase.FILLING, Phase.LIVE, Phase.POOR)
"""Phases in which samples arrive."""


class RateMeter:
    """Samples per second of LSL time over the last ``SPAN_S`` seconds."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, int]] = deque(maxlen=MAX_PIECES)

    def add(self, piece: Piece) -> None:
        """Count a piece's samples, but for those that bridge a gap."""
        self._pieces.append((float(piece.timestamps[-1]), piece.n_times - piece.n_bridged))

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
