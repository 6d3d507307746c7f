"""How a window was sampled: what of it was measured, and at what rate."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from rtdreamer.stream.gaps import Origin

MAX_NOT_MEASURED = 0.1
"""Share of a window, bridged or interpolated by the headset, above which there is no verdict.
On 12 simulated people whom the released model never saw, runs of 1, 8 and 32 samples were bridged:
with a tenth of the window each answer for valence moved by .02 to .04 on average, at
most half of ``steady.ENTER``; with a fifth by .03 to .06, with half by .05 to .12."""

MAX_OFF = 0.25
"""Share by which a window may last longer or shorter than it should. Samples stamped when they are
handed over, 2 s at a time, make 10 s seem 7.9 to 12.1 s long; one sample in five lost unseen, 12.5.
A rate that is wrong is so by half or more."""


AHEAD_S = 0.02
"""Clocks are synchronised to milliseconds, and a sample comes after it was measured."""

PACE_S = 60.0
"""Samples that were held up and stamped when they were handed over look as if they came too fast;
the pause before them makes up for that."""

ARRIVAL_S = 10.0
"""Over less, when samples came says little of their rate."""

DRAINED, DRAINED_STEP = 8, 0.5
"""How many samples after a gap tell whether they are late ones, and the step, in samples, that only
those have."""

BATCH_S = 2.0
"""So much may have come at once before it was due."""


def not_measured(origin: NDArray[np.uint8]) -> str:
    """Say, in one line, that too little of a window was measured; empty if enough was.

    Parameters
    ----------
    origin : ndarray of uint8, shape (n_times,)
        Where each sample is from: an ``Origin``.
    """
    share = np.count_nonzero(origin) / len(origin)  # what is not measured is not 0
    if share <= MAX_NOT_MEASURED:
        return ""
    shares = {
        "missing": np.mean(origin == Origin.BRIDGED),
        "interpolated by the headset": np.mean(origin == Origin.INTERPOLATED),
    }
    parts = ", ".join(f"{100 * part:.0f} % {word}" for word, part in shares.items() if part)
    return f"{100 * share:.0f} % of the window was not measured: {parts}"


def pace(interval: NDArray[np.float64], sfreq: float) -> float:
    """How many times as fast as at ``sfreq``, Hz, samples came; 1 where they came all at once.

    Parameters
    ----------
    interval : ndarray, shape (n_times,)
        Each sample's time since the one before, seconds; that of the first is of no account.
    """
    lasted = float(interval[1:].sum())
    return (len(interval) - 1) / sfreq / lasted if lasted > 0 else 1.0


def is_slow(pace: float, speed: float = 1.0) -> bool:
    """Whether samples come so slowly that their rate must be another one.

    A stream that says that it is played ``speed`` times as fast may still be slower than that.
    """
    return pace < min(speed, 1.0) / (1 + MAX_OFF)


def is_fast(pace: float, speed: float = 1.0) -> bool:
    """Whether samples come so fast that their rate must be another one."""
    return pace > max(speed, 1.0) / (1 - MAX_OFF)


def wrong_rate(pace: float, sfreq: float, speed: float = 1.0) -> str:
    """Say that samples do not come at ``sfreq``, Hz, as their stream says; empty if they do."""
    if is_slow(pace, speed):
        why = "the stream names a wrong rate, or many are lost unseen"
    elif is_fast(pace, speed):
        why = "the stream names a wrong rate, or is a recording played faster"
    else:
        return ""
    return f"samples come at {pace * sfreq:.0f} Hz, not at {sfreq * speed:g}: {why}"


def held_up(interval: NDArray[np.float64], sfreq: float, speed: float) -> str:
    """Say that what is missing may have been late; empty where nothing hints at that.

    Samples that were held up on the way, and stamped when they were handed over one by one, leave
    a gap in the time stamps, and come faster after it than any are measured.

    Parameters
    ----------
    interval : ndarray, shape (n_times,)
        Time from one sample to the next, seconds, from the first one after the gap on.
    sfreq, speed : float
        At which rate in Hz they should come, and how many times as fast they are sent.
    """
    steps = interval[1 : DRAINED + 1] * sfreq * speed
    if len(steps) < DRAINED or not np.median(steps) < DRAINED_STEP:
        return ""
    return " (or held up: those after it came too fast)"


def faster(speed: float) -> str:
    """Say that a stream is played at another speed, as it says; empty if it is not."""
    return "" if speed == 1 else f"played at {speed:g} times the speed, as the stream says"


def ahead(timestamp: float, received: float) -> str:
    """Say that a sample was stamped, in LSL seconds, after it came; empty if it was not."""
    seconds = timestamp - received
    if not seconds > AHEAD_S:
        return ""
    return f"its samples are stamped {1e3 * seconds:.0f} ms ahead of when they come"


class Pace:
    """How many times as fast as they should samples came, over the last minute.

    By their timestamps, or, where the sender's clock was wrong meanwhile, by when they came: a
    sender that stamps by counting samples at a rate that is wrong has a clock that is wrong, too.

    Parameters
    ----------
    sfreq : float
        At which they should come, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self._sfreq = sfreq
        self._pieces: deque[tuple[int, float]] = deque()
        self._n_times, self._seconds = 0, 0.0
        # When so many samples had come, and how often the clock had been wrong.
        self._arrivals: deque[tuple[float, int, int]] = deque()

    def add(self, n_times: int, interval: NDArray[np.float64]) -> None:
        """Count samples, missing ones included, and the time since each one before, seconds."""
        seconds = float(interval.sum())
        if not seconds > -np.inf:
            n_times, seconds = n_times - 1, float(interval[1:].sum())
        self._pieces.append((n_times, seconds))
        self._n_times += n_times
        self._seconds += seconds
        while self._n_times > PACE_S * self._sfreq and len(self._pieces) > 1:
            n_times, seconds = self._pieces.popleft()
            self._n_times -= n_times
            self._seconds -= seconds

    def arrive(self, n_times: int, received: float | None, jumps: int) -> None:
        """Note when so many samples at once, missing ones included, came."""
        if received is None:
            return
        came = self._arrivals[-1][1] + n_times if self._arrivals else 0
        self._arrivals.append((received, came, jumps))
        while received - self._arrivals[0][0] > PACE_S:
            self._arrivals.popleft()

    def by_stamps(self) -> float:
        """By the timestamps; 1 where they say nothing."""
        return self._n_times / self._sfreq / self._seconds if self._seconds > 0 else 1.0

    def by_arrival(self) -> float:
        """By when they came, if the clock was wrong meanwhile; else, or if too few came, 1.

        Too many tell sooner: at twice the rate a window is full long before ``ARRIVAL_S``.
        """
        if not self._arrivals:
            return 1.0
        (start, before, jumps), (end, came, now) = self._arrivals[0], self._arrivals[-1]
        seconds, filled = end - start, (came - before) / self._sfreq
        if now == jumps or seconds < BATCH_S:
            return 1.0
        if seconds < ARRIVAL_S and not is_fast((filled - BATCH_S) / seconds):
            return 1.0
        return filled / seconds
