"""From 256 to 128 Hz, sample by sample as they come."""

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from rtdreamer.epoc import BANDS, N_CHANNELS, SFREQ
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.gaps import BatchStamps

N_TAPS = 27
"""Passes up to 45 Hz and stops what would be folded there, from 83 Hz up, by 60 dB."""

GAP_S = 0.1
"""After a longer gap the filter starts anew: it must not mix two moments."""

DELAY_S = (N_TAPS - 1) / 2 / (2 * SFREQ)
"""A causal filter answers late. The timestamps are set back by it, so it shows as latency."""


def _taps() -> NDArray[np.float64]:
    highest = BANDS[-1].h_freq
    edges = (0, highest, SFREQ - highest, SFREQ)
    taps: NDArray[np.float64] = signal.remez(N_TAPS, edges, (1, 0), fs=2 * SFREQ)
    taps /= taps.sum()
    return taps


class Decimator:
    """Low-passes a stream of 256 Hz and keeps every other sample.

    The filter is causal, of finite length and linear in phase; it goes on from chunk to chunk, so
    the result does not depend on how the stream was cut.
    """

    def __init__(self) -> None:
        self._taps = _taps()
        self._history = np.empty((N_CHANNELS, 0))
        self._last_timestamp = -np.inf
        self._batch_stamps = BatchStamps()
        self._last_interpolated = np.bool_(False)
        self._skip_first = True

    @np.errstate(over="ignore", invalid="ignore")  # what is not finite is left out later
    def halve(self, chunk: Chunk) -> Chunk:
        """Return the chunk at half its rate, which may leave nothing of a single sample."""
        if chunk.n_times == 0:
            return chunk
        steps = np.diff(chunk.timestamps, prepend=self._last_timestamp) * 2 * SFREQ
        steps -= self._batch_stamps.explained(steps)
        self._last_timestamp = float(chunk.timestamps[-1])
        anew = steps > GAP_S * 2 * SFREQ
        anew[0] |= self._history.shape[1] == 0
        before, *after_gaps = np.split(chunk.data, np.flatnonzero(anew), axis=1)
        filtered = [self._filter(before), *(self._filter_anew(piece) for piece in after_gaps)]
        kept = slice(1 if self._skip_first else 0, None, 2)
        self._skip_first ^= bool(chunk.n_times % 2)
        return Chunk(
            np.concatenate(filtered, axis=1)[:, kept],
            chunk.timestamps[kept] - DELAY_S,
            None if chunk.counter is None else np.floor(chunk.counter[kept] / 2),
            None if chunk.interpolated is None else self._either(chunk.interpolated)[kept],
            chunk.received,
        )

    def _either(self, interpolated: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether a sample or the one before it was made up."""
        before = np.append(self._last_interpolated, interpolated)
        self._last_interpolated = interpolated[-1]
        either: NDArray[np.bool_] = before[:-1] | before[1:]
        return either

    def _filter_anew(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        """Filter as if the first value had been there for ever: no step from 0 to 4200 µV."""
        self._history = np.repeat(data[:, :1], N_TAPS - 1, axis=1)
        return self._filter(data)

    def _filter(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        n_times = data.shape[1]
        reach = np.concatenate([self._history, data], axis=1)
        self._history = reach[:, reach.shape[1] - (N_TAPS - 1) :]
        # Tap by tap: what is computed for a sample must not depend on how many come with it.
        filtered = np.zeros(data.shape)
        for start, tap in enumerate(self._taps[::-1]):
            filtered += tap * reach[:, start : start + n_times]
        return filtered
