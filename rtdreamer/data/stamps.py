"""What the samples' own times tell: the rate, and where moments lie apart."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from rtdreamer.data.sensors import Gap
from rtdreamer.stream.gaps import JITTER_S

FEWEST = 16
"""Samples; the times of fewer tell no rate."""

CLOSE = 0.015
"""How far two rates of one file may differ: clocks do by less, 125 and 128 Hz by more."""

_CLOSE_UNEVEN = 0.05  # where each sample has the time at which it, or its batch, arrived
_MOST_OFF = 0.2  # that small losses make of a rate
_EVEN = 0.3  # of a step: of whole milliseconds, 3 and 4 make 256 Hz
_NEAR = 0.4  # of the time over a lag
_LAG = 64  # samples: some batches
_HELD_UP = 256  # samples: after so many those that were held up have caught up
_BACK_S = 0.5
_UNKNOWN_S = 1.0


def rate_of(seconds: NDArray[np.float64]) -> tuple[float, float] | None:
    """Find the rate of samples by their times, whatever gaps are between.

    Parameters
    ----------
    seconds : ndarray, shape (n_times,)
        Finite.

    Returns
    -------
    tuple of float, or None
        The rate in Hz and by which share it may be wrong; None where the times do not tell.
    """
    if len(seconds) < FEWEST:
        return None
    steps = np.diff(seconds)
    typical = float(np.median(steps))
    even = np.abs(steps - typical) <= _EVEN * np.abs(typical)
    # Stamps may run on evenly within each batch, and faster than the samples.
    going_on = steps[np.abs(steps) <= JITTER_S]
    whole = float(going_on.mean()) if len(going_on) else 0.0
    if typical > 0 and even.mean() >= 0.8 and whole <= typical / (1 - _MOST_OFF):
        # The mean of whole milliseconds is finer than any of them.
        mean = float(steps[even].mean())
        return 1 / mean, CLOSE + _resolution(seconds) / (mean * np.count_nonzero(even))
    # Batches with one time each, or times of arrival: only over some of them is there a rate.
    per_time = len(seconds) / len(np.unique(seconds))
    lag = round(max(_LAG, 4 * per_time))
    if lag > len(seconds) // 2:
        return None
    over = seconds[lag:] - seconds[:-lag]
    # Of whole seconds the mean; not over gaps.
    near = np.abs(over - np.median(over)) <= _NEAR * np.median(over)
    mean = float(over[near].mean()) / lag if near.any() else 0.0
    return (1 / mean, _CLOSE_UNEVEN) if mean > 0 else None


def gaps_of(seconds: NDArray[np.float64], rate: float) -> tuple[tuple[Gap, ...], int]:
    """Find where time passes that no samples fill.

    As live does it, less than 0.1 s is taken for uneven delivery, and samples that were held up
    and then came at once are late, not lost.

    Parameters
    ----------
    seconds : ndarray, shape (n_times,)
        Finite.
    rate : float
        Hz.

    Returns
    -------
    tuple of Gap
        Where the times go back, how much is missing is not known: a second is assumed.
    int
        How often they go back.
    """
    backs = np.flatnonzero(np.diff(seconds) < -_BACK_S) + 1
    gaps = [Gap(int(back), _UNKNOWN_S) for back in backs]
    starts = [0, *backs.tolist()]
    for start, stop in zip(starts, [*backs.tolist(), len(seconds)], strict=True):
        # By how much each sample is later than those before account for.
        late = seconds[start:stop] - np.arange(stop - start) / rate
        # The least of what follows: only what nothing catches up with is lost.
        lost = minimum_filter1d(late, _HELD_UP, origin=-(_HELD_UP // 2), mode="nearest")
        steps, here = np.diff(lost), np.diff(late)
        # Where the samples around are on time, their own times tell it best.
        steps = np.where(np.abs(here - steps) < JITTER_S / 2, here, steps)
        places = [*np.flatnonzero(steps > JITTER_S).tolist(), len(late)]
        gaps += [
            Gap(start + at + 1, float(steps[at]))
            for at, following in pairwise(places)
            if _stays(late, at + 1, following)
        ]
    return tuple(sorted(gaps, key=lambda gap: gap.sample)), len(backs)


def _stays(late: NDArray[np.float64], at: int, following: int) -> bool:
    """Whether what comes up to the following place is later than any before.

    That is not so of a batch that is cut.
    """
    before, after = late[max(at - _HELD_UP, 0) : at], late[at : min(following + 1, at + _HELD_UP)]
    return bool(after.max() - before.max() > JITTER_S)


def gaps_of_counter(counter: NDArray[np.float64], rate: float) -> tuple[Gap, ...]:
    """Find where a counter that rises by one, and starts over now and then, passes samples over.

    Whole rounds of it cannot be told.

    Parameters
    ----------
    counter : ndarray, shape (n_times,)
        Finite.
    rate : float
        Hz.
    """
    steps = np.diff(counter)
    falls = counter[:-1][steps < 0]
    if len(steps) == 0 or np.mean(steps == 1) < 0.9:
        return ()  # It counts something else.
    # It starts over after its largest value, or was not seen to.
    n_values = float(falls.max()) + 1 if len(falls) else np.inf
    passed = np.where(steps > 0, steps, steps + n_values) - 1
    where = np.flatnonzero((passed > 0) & (passed < rate))
    return tuple(Gap(int(at + 1), float(passed[at] / rate)) for at in where)


def _resolution(seconds: NDArray[np.float64]) -> float:
    """The step in which times are written: their least difference, 0 where it is no such step."""
    steps = np.abs(np.diff(np.sort(seconds)))
    differences = np.unique(np.round(steps[steps > 0], 7))
    return float(np.diff(differences).min(initial=np.inf)) if len(differences) > 1 else 0.0
