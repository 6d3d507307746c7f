"""The rate at which samples really arrive."""

from collections import deque

from rtdreamer.live.state import Phase
from rtdreamer.stream.chunk import Chunk

SPAN_S = 5.0
MAX_CHUNKS = 4096

FLOWING = (Phase.FILLING, Phase.LIVE, Phase.POOR)
"""Phases in which samples arrive."""


class RateMeter:
    """Samples per second of LSL time over the last ``SPAN_S`` seconds."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[float, int]] = deque(maxlen=MAX_CHUNKS)

    def add(self, chunk: Chunk) -> None:
        """Count a chunk's samples."""
        if chunk.n_times:
            self._chunks.append((float(chunk.timestamps[-1]), chunk.n_times))

    def rate(self, now: float) -> float | None:
        """Hz at ``now``, LSL seconds; None where too little came to tell."""
        while self._chunks and now - self._chunks[0][0] > SPAN_S:
            self._chunks.popleft()
        if len(self._chunks) < 2:
            return None
        # The first chunk only marks the start: its own samples lie before it.
        start, first = self._chunks[0]
        elapsed = self._chunks[-1][0] - start
        n_samples = sum(n for _, n in self._chunks) - first
        return n_samples / elapsed if elapsed > 0 else None
