"""From twice a headset's rate to its own: the same of a stream as it comes and of a file."""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import Headset
from rtdreamer.stream.gaps import Piece

N_TAPS = 27
"""Of the EPOC: passes up to 45 Hz and stops what would be folded there, from 83 Hz up, by 60 dB."""


def delay_s(headset: Headset) -> float:
    """Seconds by which the causal filter answers late; the EPOC's 51 ms.

    The timestamps are set back by it, so it shows as latency.
    """
    return (N_TAPS - 1) / 2 / (2 * headset.sfreq)


def _taps(headset: Headset) -> NDArray[np.float64]:
    from scipy import signal  # half a second of imports, for what few streams need

    highest, sfreq = headset.h_freq, headset.sfreq
    edges = (0, highest, sfreq - highest, sfreq)
    taps: NDArray[np.float64] = signal.remez(N_TAPS, edges, (1, 0), fs=2 * sfreq)
    taps /= taps.sum()
    return taps


def decimate(data: NDArray[np.float64], headset: Headset) -> NDArray[np.float64]:
    """Low-pass signals of twice the headset's rate and keep every other sample, from the second on.

    The filter is causal: each sample is that of ``delay_s`` before. Before the first one it sees
    the first value, as if it had been there for ever: no step from 0 to 4200 µV.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        Finite.
    headset : Headset
        Whose signals they are.

    Returns
    -------
    ndarray, shape (n_channels, n_times // 2)
    """
    return np.ascontiguousarray(_filtered(_taps(headset), _before(data), data)[:, 1::2])


class Decimator:
    """Does with a stream's pieces what ``decimate`` does with a file's signals.

    The filter goes on from piece to piece, so the result does not depend on how the stream was
    cut; after a gap that was not bridged, and in another source, it starts over. Each sample that
    is kept stands for two, and is from where the worse of them is from.
    """

    def __init__(self, headset: Headset) -> None:
        self._taps, self._delay_s = _taps(headset), delay_s(headset)
        self._history: NDArray[np.float64] | None = None
        # Of a pair of which the second sample has not come.
        self._origin = np.empty(0, np.uint8)
        self._interval = np.empty(0)
        # What must be told with the next sample that is kept.
        self._missing = 0
        self._is_new_source = False

    def n_pairs(self, n_missing: int) -> int:
        """How many samples are missing if ``n_missing`` of twice the rate are missing now."""
        return (len(self._origin) + n_missing + 1) // 2 if n_missing else 0

    def decimate(self, piece: Piece) -> Piece | None:
        """Return the piece at half its rate; None if it does not complete a pair."""
        if piece.starts_over:
            self._missing += self.n_pairs(piece.missing)
            self._is_new_source |= piece.from_new_source
            self._origin, self._interval = self._origin[:0], self._interval[:0]
            self._history = None
        history = _before(piece.data) if self._history is None else self._history
        filtered = _filtered(self._taps, history, piece.data)
        self._history = np.concatenate([history, piece.data], axis=1)[:, -(N_TAPS - 1) :]
        kept = slice(1 - len(self._origin), None, 2)
        origin = np.concatenate([self._origin, piece.origin])
        interval = np.concatenate([self._interval, piece.interval])
        n_paired = len(origin) // 2 * 2
        self._origin, self._interval = origin[n_paired:], interval[n_paired:]
        if n_paired == 0:
            return None
        missing, self._missing = self._missing, 0
        is_new_source, self._is_new_source = self._is_new_source, False
        return Piece(
            filtered[:, kept],
            piece.timestamps[kept] - self._delay_s,
            np.maximum(origin[:n_paired:2], origin[1:n_paired:2]),
            interval[:n_paired:2] + interval[1:n_paired:2],
            missing,
            is_new_source,
            piece.contact,
        )


def _before(data: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.repeat(data[:, :1], N_TAPS - 1, axis=1)


def _filtered(
    taps: NDArray[np.float64], before: NDArray[np.float64], data: NDArray[np.float64]
) -> NDArray[np.float64]:
    n_times = data.shape[1]
    reach = np.concatenate([before, data], axis=1)
    # Tap by tap: what is computed for a sample must not depend on how many come with it.
    filtered = np.zeros(data.shape)
    for start, tap in enumerate(taps[::-1]):
        filtered += tap * reach[:, start : start + n_times]
    return filtered
