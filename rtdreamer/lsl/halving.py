"""From 256 to 128 Hz, sample by sample as they come."""

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from rtdreamer.epoc import BANDS, SFREQ
from rtdreamer.stream import Chunk

N_TAPS = 27
"""Passes up to 45 Hz and stops what would be folded there, from 83 Hz up, by 60 dB."""

_DENOMINATOR = (1.0, 0.0)
"""With (1.0,) SciPy would convolve whole chunks, whose last bits depend on the chunk's length."""

DELAY_S = (N_TAPS - 1) / 2 / (2 * SFREQ)
"""A causal filter answers late. The timestamps are set back by it, so it shows as latency."""


def _taps() -> NDArray[np.float64]:
    highest = BANDS[-1].h_freq
    edges = (0, highest, SFREQ - highest, SFREQ)
    taps: NDArray[np.float64] = signal.remez(N_TAPS, edges, (1, 0), fs=2 * SFREQ)
    taps /= taps.sum()
    return taps


class HalfRate:
    """Low-passes a stream of 256 Hz and keeps every other sample.

    The filter is causal, of finite length and linear in phase; its state goes on from chunk to
    chunk, so the result does not depend on how the stream was cut.
    """

    def __init__(self) -> None:
        self._taps = _taps()
        self._state: NDArray[np.float64] | None = None
        self._skip_first = True

    def halve(self, chunk: Chunk) -> Chunk:
        """Return the chunk at half its rate, which may leave nothing of a single sample."""
        if chunk.n_times == 0:
            return chunk
        if self._state is None:
            # As if the first value had been there for ever: no step from 0 to 4200 µV.
            self._state = signal.lfilter_zi(self._taps, _DENOMINATOR) * chunk.data[:, :1]
        filtered, self._state = signal.lfilter(self._taps, _DENOMINATOR, chunk.data, zi=self._state)
        kept = slice(1 if self._skip_first else 0, None, 2)
        self._skip_first ^= bool(chunk.n_times % 2)
        return Chunk(
            filtered[:, kept],
            chunk.timestamps[kept] - DELAY_S,
            None if chunk.counter is None else chunk.counter[kept] // 2,
        )
