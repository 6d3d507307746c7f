"""Gaps in what was stamped as it came: found in hindsight, by the measure that live goes by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.sensors import Gap
from rtdreamer.stream.gaps import AT_ONCE, JITTER_S

Array = NDArray[np.float64]

_CATCHES_UP_S = 2.5
"""Samples held up, and batches stamped at once, are over by then: 256 at 128 Hz take 2 s."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What time stamps tell.

    Attributes
    ----------
    gaps : tuple of Gap
        Where stamps go back, NaN seconds are missing.
    sfreq : float
        Hz, as the stamps have it between the gaps; NaN where they cannot tell.
    """

    gaps: tuple[Gap, ...]
    sfreq: float


def find_gaps(stamps: Array, sfreq: float) -> Stamped:
    """Find where stamps jump and stay ahead: there samples are missing.

    What is late and catches up is none: of the time that each stamp is ahead of its sample's
    number at this rate, the least is taken of what follows within ``_CATCHES_UP_S``, as a late
    stamp is always too high. Where this rises by more than ``JITTER_S`` from one sample to the
    next, so much is missing, in live as here; and where stamps go back by more, two clocks meet.

    Parameters
    ----------
    stamps : ndarray, shape (n_times,)
        Seconds, each a finite number.
    sfreq : float
        Hz, as announced. The stamps are counted at the rate that they have themselves.
    """
    found = _find(stamps, sfreq)
    own = found.sfreq
    # Twice: counted at a wrong rate, stamps run away from their numbers and hide small gaps.
    return _find(stamps, own) if 0 < own < np.inf else found


def stamped_rate(stamps: Array) -> float:
    """The rate of stamps of which none is announced, Hz: most of them; NaN if they cannot tell."""
    n = min(64, len(stamps) // 2)
    if n < 1:
        return float("nan")
    seconds = float(np.median(stamps[n:] - stamps[:-n]))
    return n / seconds if seconds > 0 else float("nan")


def _find(stamps: Array, sfreq: float) -> Stamped:
    backwards = np.flatnonzero(np.diff(stamps) < -JITTER_S) + 1
    gaps, n_steps, seconds = [], 0, 0.0
    for start, stop in zip([0, *backwards], [*backwards, len(stamps)], strict=True):
        part = stamps[start:stop]
        missing = _missing(part, sfreq)
        at = np.flatnonzero(missing > JITTER_S)
        if start:
            gaps.append(Gap(int(start), float("nan")))
        gaps += [Gap(int(start + one), float(missing[one])) for one in at]
        n_steps += len(part) - 1 - len(at)
        seconds += float(part[-1] - part[0] - np.sum(missing[at] + 1 / sfreq))
    return Stamped(tuple(gaps), n_steps / seconds if seconds > 0 else float("nan"))


def _missing(stamps: Array, sfreq: float) -> Array:
    """How many seconds are missing before each sample, shape (n_times,)."""
    # As far as stamps are ahead of their numbers, later ones cannot be below for long.
    ahead = stamps - stamps[0] - np.arange(len(stamps)) / sfreq
    least = _least_of_next(ahead, max(round(_CATCHES_UP_S * sfreq), 1))
    return np.diff(least, prepend=least[:1])


def _least_of_next(values: Array, n: int) -> Array:
    """The least of each value and the ``n`` that follow."""
    n = min(n, len(values) - 1)
    found, reach = values.copy(), 1
    while reach <= n:  # each round looks as far ahead again as all before
        step = min(reach, n + 1 - reach)
        found[:-step] = np.minimum(found[:-step], found[step:])
        reach += step
    return found


def longest_batch(stamps: Array, sfreq: float) -> int:
    """The most samples that were stamped at once."""
    apart = np.flatnonzero(np.diff(stamps) * sfreq >= AT_ONCE) + 1
    return int(np.diff([0, *apart, len(stamps)]).max())
