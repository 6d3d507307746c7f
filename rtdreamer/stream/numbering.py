"""The numbers that live gives samples, found again from what came and when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import Headset
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.gaps import Origin, Piece, is_usable
from rtdreamer.stream.timeline import Timeline


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """Samples as they came, and where live put them.

    Attributes
    ----------
    number : ndarray of int, shape (n_times,)
        Of each sample, from 0, those that are missing counted. One that could not be used follows
        the one before it.
    stamps : ndarray, shape (n_times,)
        When each was measured, by a clock that was put right, seconds; NaN for those that could
        not be used.
    """

    number: NDArray[np.int64]
    stamps: NDArray[np.float64]


def number_samples(chunks: Iterable[tuple[int, Chunk]], headset: Headset, sfreq: float) -> Numbered:
    """Number samples as ``Timeline`` does in a live session, at the rate of the source.

    Parameters
    ----------
    chunks : iterable of tuple
        Which source each is of, and its samples, all that came.
    headset : Headset
        Which sent them.
    sfreq : float
        The rate of all sources, Hz.
    """
    timeline = _NumberingTimeline(replace(headset, sfreq=sfreq))
    source = None
    for number, chunk in chunks:
        if number != source:
            timeline.start_source(sfreq)
            source = number
        timeline.take(chunk)
    return timeline.numbered()


class _NumberingTimeline(Timeline):
    """Keeps where each sample came to lie, in place of the samples."""

    def __init__(self, headset: Headset) -> None:
        super().__init__(headset)
        self._n_came = self._n_looked_at = self._n_numbered = 0
        self._index: list[NDArray[np.int64]] = []
        self._numbers: list[NDArray[np.int64]] = []
        self._stamps: list[NDArray[np.float64]] = []

    def start_source(self, sfreq: float) -> None:
        super().start_source(sfreq)
        self._n_looked_at = self._n_came  # what was held back of the last one is gone

    def take(self, chunk: Chunk) -> list[Piece]:
        self._n_came += chunk.n_times
        return super().take(chunk)

    def _pieces(self, chunk: Chunk) -> list[Piece]:
        usable: NDArray[np.bool_] = np.all(is_usable(chunk.data), axis=0)
        self._index.append(self._n_looked_at + np.flatnonzero(usable))
        self._n_looked_at += chunk.n_times
        pieces = super()._pieces(chunk)
        for piece in pieces:
            came = np.flatnonzero(piece.origin != Origin.BRIDGED)
            self._numbers.append(self._n_numbered + piece.missing + came)
            self._n_numbered += piece.missing + piece.n_times
            self._stamps.append(piece.timestamps[came])
        return pieces

    def numbered(self) -> Numbered:
        """Return where all samples lie that came so far."""
        index = np.concatenate([np.zeros(0, np.int64), *self._index])
        known = np.concatenate([np.zeros(0, np.int64), *self._numbers])
        # As many more as were passed over up to the last one that could be used.
        passed = np.append(0, known - index)
        at = np.zeros(self._n_came, np.int64)
        at[index] = 1
        number = np.arange(self._n_came) + passed[np.cumsum(at)]
        stamps = np.full(self._n_came, np.nan)
        stamps[index] = np.concatenate([np.zeros(0), *self._stamps])
        return Numbered(number, stamps)
