"""The answers of the last minutes, in arrays of fixed size: half a second in each place."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.prediction import Affect, Prediction

SPAN_S = 600.0
BIN_S = 0.5

N_BINS = round(SPAN_S / BIN_S) + 1


@dataclass(frozen=True, slots=True)
class Past:
    """The answers as seen at one moment, oldest first.

    Attributes
    ----------
    age : ndarray, shape (n_bins,)
        Seconds ago.
    raw, steady : ndarray, shape (n_bins, 2)
        Mean of the answers in each half second, valence and arousal, 0–1, and what was said of the
        seconds up to then; NaN where there was none.
    joined : ndarray of bool, shape (n_bins,)
        Whether a line leads here from the last answer before.
    reasons : list of str
        Why an answer was withheld; empty where none was.
    silent : ndarray of bool, shape (n_bins,)
        Where no prediction was made, though one was before.
    """

    age: NDArray[np.float64]
    raw: NDArray[np.float64]
    steady: NDArray[np.float64]
    joined: NDArray[np.bool_]
    reasons: list[str]
    silent: NDArray[np.bool_]


class Track:
    """Takes each prediction in constant time and memory.

    Parameters
    ----------
    hop_s, window_s : float
        From one prediction to the next, as asked for, and how long a window is, seconds.
    """

    def __init__(self, hop_s: float, window_s: float) -> None:
        self._hop_s, self._window_s = hop_s, window_s
        self._n = np.zeros(N_BINS)
        self._sum = np.zeros((N_BINS, 2))
        self._steady = np.full((N_BINS, 2), np.nan)
        self._joined = np.zeros(N_BINS, np.bool_)
        self._made = np.zeros(N_BINS, np.bool_)
        self._reasons = [""] * N_BINS
        self._first: int | None = None
        self._newest = 0
        self._last = -math.inf
        self._last_answered = False

    def add(self, prediction: Prediction, means: Affect | None) -> None:
        """Take a prediction, and what is said of the last seconds with it."""
        place = math.floor(prediction.timestamp / BIN_S)
        if self._first is None or not 0 <= place - self._newest < N_BINS:
            self._forget(place)
        for between in range(self._newest + 1, place + 1):
            self._clear(between % N_BINS)
        self._newest = place
        row = place % N_BINS
        if prediction.affect is not None:
            if not self._n[row]:
                self._joined[row] = self._last_answered and self._follows(prediction.timestamp)
            self._n[row] += 1
            self._sum[row] += prediction.affect.valence, prediction.affect.arousal
            if means is not None:
                self._steady[row] = means.valence, means.arousal
        else:
            self._reasons[row] = prediction.reason or "withheld"
        self._made[row] = True
        self._last, self._last_answered = prediction.timestamp, prediction.affect is not None

    def past(self, now: float) -> Past:
        """What was said up to ``now``, LSL seconds."""
        if self._first is None:
            none = np.zeros((0, 2))
            nothing = np.zeros(0, np.bool_)
            return Past(np.zeros(0), none, none, nothing, [], nothing)
        first = max(self._first, self._newest - N_BINS + 1)
        places = np.arange(first, self._newest + 1)
        rows = places % N_BINS
        n = self._n[rows]
        known = n > 0
        raw = np.full((len(rows), 2), np.nan)
        raw[known] = self._sum[rows][known] / n[known, None]
        # Where predictions are far apart, those between are not silent.
        reach = max(self._hop_s, 2 * BIN_S) / BIN_S
        made = np.flatnonzero(self._made[rows])
        gap = np.diff(made, append=len(rows))
        silent = np.zeros(len(rows), np.bool_)
        joined = self._joined[rows]
        # What the oldest one was joined to is no longer there.
        joined[np.flatnonzero(known)[:1]] = False
        for start, length in zip(made.tolist(), gap.tolist(), strict=True):
            stop = start + length
            if length > reach + 1 and not (stop < len(rows) and joined[stop]):
                silent[start + 1 : stop] = True
        return Past(
            np.asarray(now - (places + 0.5) * BIN_S, np.float64),
            raw,
            self._steady[rows],
            joined,
            [self._reasons[row] for row in rows.tolist()],
            silent,
        )

    @property
    def newest(self) -> float:
        """LSL time of the last prediction, seconds; −∞ before the first."""
        return self._last

    def _follows(self, timestamp: float) -> bool:
        """Whether no window had to fill between: predictions that are skipped leave a line."""
        since = timestamp - self._last
        return since < self._window_s or since <= 1.5 * self._hop_s

    def _forget(self, place: int) -> None:
        self._first = self._newest = place
        self._last_answered = False
        self._reasons = [""] * N_BINS
        for array, nothing in ((self._n, 0), (self._sum, 0), (self._steady, np.nan)):
            array[:] = nothing
        self._joined[:] = self._made[:] = False

    def _clear(self, row: int) -> None:
        self._n[row], self._sum[row], self._steady[row] = 0, 0, np.nan
        self._joined[row] = self._made[row] = False
        self._reasons[row] = ""
