"""Gaps in what was stamped as it came: found in hindsight, by the measure that live goes by."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.sensors import Gap
from rtdreamer.stream.gaps import AT_ONCE, JITTER_S, BatchStamps

Array = NDArray[np.float64]

CATCHES_UP_S = 2.5
"""Samples held up, and batches stamped at once, are over by then: 256 at 128 Hz take 2 s."""

_MOST_ROUNDS = 5


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
    number at this rate, the least is taken of what follows within ``CATCHES_UP_S``, as a late
    stamp is always too high. Where this rises by more than ``JITTER_S`` from one sample to the
    next, so much is missing, in live as here; and where stamps go back by more, two clocks meet.

    Parameters
    ----------
    stamps : ndarray, shape (n_times,)
        Seconds, each a finite number.
    sfreq : float
        Hz, as announced. The stamps are counted at the rate that they have themselves.
    """
    found = _find(stamps, _batch_rate(stamps, sfreq))
    # Counted at a wrong rate, stamps run away from their numbers and hide gaps; and gaps the rate.
    for _ in range(_MOST_ROUNDS):
        before, own = found, found.sfreq
        if not 0 < own < np.inf:
            break
        found = _find(stamps, own)
        if found.gaps == before.gaps:
            break
    return found


def with_counted(found: Stamped, stamps: Array, counter: Array, sfreq: float) -> Stamped:
    """Add what a headset's counter passes over and the stamps are too uneven to tell.

    The counter rises by one and wraps each second. As in live it is believed as far as the stamps
    have room for it, give or take ``JITTER_S``; and not at all where fewer than three steps in four
    are by one, as that is no counter of samples.

    Parameters
    ----------
    found : Stamped
        By the stamps. Its gaps are kept; where the counter agrees but for whole seconds, which it
        cannot tell, and ``JITTER_S``, they are as long as that says.
    stamps, counter : ndarray, shape (n_times,)
    sfreq : float
        Hz, as announced.
    """
    steps = np.diff(stamps) * sfreq
    steps -= BatchStamps().explained(steps)
    known = np.abs(counter) < 2**53
    second = max(round(sfreq), 1)
    missing = (np.diff(np.where(known, counter, 0.0)) - 1) % second
    missing = np.where(known[1:] & known[:-1], missing, 0.0)
    credible = (missing > 0) & (missing <= np.maximum(steps - 1, 0) + JITTER_S * sfreq)
    if np.count_nonzero((missing == 0) & known[1:]) * 4 < len(steps) * 3:
        return found
    gaps = {int(at) + 1: float(missing[at]) / sfreq for at in np.flatnonzero(credible)}
    for gap in found.gaps:
        by_stamps, within = gap.seconds * sfreq, missing[gap.sample - 1]
        by_both = within + second * np.round((by_stamps - within) / second)
        agree = known[gap.sample - 1 : gap.sample + 1].all()
        agree &= bool(np.abs(by_both - by_stamps) <= JITTER_S * sfreq)
        gaps[gap.sample] = float(by_both) / sfreq if agree else gap.seconds
    return Stamped(tuple(Gap(at, seconds) for at, seconds in sorted(gaps.items())), found.sfreq)


def right_order(stamps: Array, sfreq: float) -> NDArray[np.intp] | None:
    """Find the order in which samples were measured whose chunks were written in another one.

    Where stamps go back a clock may have been set as well. They are out of order only if no two
    fall together once they are sorted, and if what seems to be missing is less than half as long
    then.

    Parameters
    ----------
    stamps : ndarray, shape (n_times,)
    sfreq : float
        Hz; 0 if it is not known.

    Returns
    -------
    ndarray of int, shape (n_times,), or None
        None where they are to stay as they are.
    """
    steps = np.diff(stamps)
    if not np.isfinite(steps).all() or (steps >= -JITTER_S).all():
        return None
    order = np.argsort(stamps, kind="stable")
    in_order = np.diff(stamps[order])
    missing, left = (float(one[one > JITTER_S].sum()) for one in (steps, in_order))
    return order if in_order.min() * sfreq > AT_ONCE and left < missing / 2 else None


def counted_on(stamps: Array, sfreq: float) -> Array:
    """Stamps that are no numbers, counted on at the rate from the last one that is.

    Those before the first number are counted back from it. Where a clock was set meanwhile, the
    jump is left where stamps are numbers again.

    Parameters
    ----------
    stamps : ndarray, shape (n_times,)
        One a number at least.
    sfreq : float
        Hz.
    """
    known = np.isfinite(stamps)
    at = np.arange(len(stamps))
    last = np.maximum.accumulate(np.where(known, at, int(np.argmax(known))))
    counted: Array = np.where(known, stamps, stamps[last] + (at - last) / sfreq)
    return counted


def stamped_rate(stamps: Array) -> float:
    """The rate of stamps of which none is announced, Hz: most of them; NaN if they cannot tell."""
    n = min(64, len(stamps) // 2)
    if n < 1:
        return float("nan")
    seconds = float(np.median(stamps[n:] - stamps[:-n]))
    return n / seconds if seconds > 0 else float("nan")


def is_off(stamps: Array, runs_at: float, sfreq: float, share: float) -> bool:
    """Whether stamps that run at a rate are off another by a share or more, both in Hz.

    Those of less than half a second never are. Of a batch that is stamped at once the stamps tell
    no time: so much may be left out.
    """
    uncertain = longest_batch(stamps, sfreq) / max(len(stamps) - 1, 1)
    return len(stamps) >= sfreq / 2 and abs(runs_at / sfreq - 1) >= share + uncertain


def _batch_rate(stamps: Array, sfreq: float) -> float:
    """The rate to begin with, Hz: that of most batches, where they are so long that it matters."""
    sizes = _batches(stamps, sfreq)
    if len(sizes) < 4 or np.median(sizes) / sfreq < JITTER_S:
        return sfreq
    starts = np.cumsum(sizes) - sizes
    between = (sizes[:-1] + sizes[1:]) / 2  # of those stamped by their first or by their last
    own = float(np.median(between / np.diff(stamps[starts])))
    return own if 0 < own < np.inf else sfreq


def _find(stamps: Array, sfreq: float) -> Stamped:
    backwards = np.flatnonzero(np.diff(stamps) < -JITTER_S) + 1
    gaps, samples, seconds = [], 0.0, 0.0
    for start, stop in pairwise([0, *backwards.tolist(), len(stamps)]):
        part = stamps[start:stop]
        missing = _missing(part, sfreq)
        at = np.flatnonzero(missing > JITTER_S + _unknown(part, sfreq))
        if start:
            gaps.append(Gap(start, float("nan")))
        gaps += [Gap(start + int(one), float(missing[one])) for one in at]
        for piece in np.split(part, at):
            more = _span(piece, sfreq)
            samples, seconds = samples + more[0], seconds + more[1]
    return Stamped(tuple(gaps), samples / seconds if seconds > 0 else float("nan"))


def _span(stamps: Array, sfreq: float) -> tuple[float, float]:
    """How many samples lie between the first batch of a piece and its last one, and seconds."""
    sizes = _batches(stamps, sfreq)
    if len(sizes) > 2 and sizes[-1] < sizes[0]:  # cut: whose time it has is not known
        stamps, sizes = stamps[: -sizes[-1]], sizes[:-1]
    return float(sizes.sum() - (sizes[0] + sizes[-1]) / 2), float(stamps[-1] - stamps[0])


def _missing(stamps: Array, sfreq: float) -> Array:
    """How many seconds are missing before each sample, shape (n_times,)."""
    # As far as stamps are ahead of their numbers, later ones cannot be below for long.
    ahead = stamps - stamps[0] - np.arange(len(stamps)) / sfreq
    least = _least_of_next(ahead, max(round(CATCHES_UP_S * sfreq), 1))
    return np.diff(least, prepend=least[:1])


def _unknown(stamps: Array, sfreq: float) -> Array:
    """How much of the seconds before each sample may be a batch's, shape (n_times,).

    Of batches stamped by their first sample a short one comes late, after one that is full.
    """
    sizes = _batches(stamps, sfreq)
    of_each = np.repeat(sizes, sizes)
    shorter: Array = np.maximum(-np.diff(of_each, prepend=of_each[:1]), 0) / sfreq
    return shorter


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
    return int(_batches(stamps, sfreq).max())


def _batches(stamps: Array, sfreq: float) -> NDArray[np.int64]:
    """How many samples each stamp is for."""
    apart = np.flatnonzero(np.diff(stamps) * sfreq >= AT_ONCE) + 1
    return np.diff(np.concatenate([[0], apart, [len(stamps)]]))
