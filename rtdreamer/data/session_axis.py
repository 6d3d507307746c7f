"""A recorded session's one axis of time: an even grid on which gaps are as long as they were."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.boundaries import UNKNOWN_S
from rtdreamer.data.sensors import Gap
from rtdreamer.data.stamped_gaps import CATCHES_UP_S
from rtdreamer.stream.gaps import JITTER_S

Array = NDArray[np.float64]

LONGEST_GAP_S = 3600.0
"""A longer one is a clock that was set, unless it is known when samples arrived."""

MOST_ASTRAY = 0.1
"""If a smaller share of a piece's stamps is off the others', it is left out."""

AT_ONCE_S = 1.0
"""Samples that arrived within so long of each other have no gap between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Where samples and other moments lie.

    Attributes
    ----------
    place : ndarray of int, shape (n_times,)
        Of each sample on the grid, from 0.
    stamps : ndarray, shape (n_times,)
        When each was measured, with the clock's jumps taken out.
    sfreq : float
        Of the grid, Hz.
    cuts : ndarray of int
        Before which samples stamps run on from another moment, beside gaps.
    """

    place: NDArray[np.int64]
    stamps: Array
    sfreq: float
    cuts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where samples are missing on the grid."""
        steps = np.diff(self.place)
        return tuple(
            Gap(int(at) + 1, float(steps[at] - 1) / self.sfreq) for at in np.flatnonzero(steps > 1)
        )

    def samples(self, seconds: Array) -> Array:
        """Which samples lie at so many seconds after the first; fractions lie between two."""
        at, last = seconds * self.sfreq, self.place[-1]
        within = np.interp(at, self.place, np.arange(len(self.place)))
        found: Array = within + np.minimum(at, 0) + np.maximum(at - last, 0)
        return found

    def seconds(self, moments: Array) -> Array:
        """Where moments of the recording's clock lie, seconds after the first sample.

        Within each piece without gaps, stamps are taken to run evenly: of one sample they are as
        uneven as their delivery was.
        """
        cuts = np.union1d(np.flatnonzero(np.diff(self.place) > 1) + 1, self.cuts)
        bounds = [0, *cuts.tolist(), len(self.place)]
        known: list[float] = []
        seconds: list[float] = []
        for start, stop in pairwise(bounds):
            known += _even_ends(self.stamps[start:stop], self.sfreq)
            seconds += [self.place[start] / self.sfreq, self.place[stop - 1] / self.sfreq]
        ends = np.maximum.accumulate(known)
        within = np.interp(moments, ends, seconds)
        before, after = np.minimum(moments - ends[0], 0), np.maximum(moments - ends[-1], 0)
        found: Array = within + before + after
        return found


def make_axis(
    stamps: Array, gaps: tuple[Gap, ...], sfreq: float, received: Array | None
) -> tuple[Axis, tuple[str, ...]]:
    """Lay samples on a grid.

    Parameters
    ----------
    stamps : ndarray, shape (n_times,)
        As recorded, seconds.
    gaps : tuple of Gap
        As the stamps tell them.
    sfreq : float
        Hz.
    received : ndarray, shape (n_times,), or None
        When each sample was taken over, where the recording tells. Where stamps jump and samples
        did not wait, the sender's clock was set, and nothing is missing.

    Returns
    -------
    Axis
    notes : tuple of str
        Where a clock was set.
    """
    missing, stamps, at = np.zeros(len(stamps), np.int64), stamps.copy(), []
    for gap in gaps:
        jump = float(stamps[gap.sample] - stamps[gap.sample - 1]) - 1 / sfreq
        seconds = gap.seconds if math.isfinite(gap.seconds) else UNKNOWN_S
        if received is not None:
            waited = _waited(received, gap.sample)
            was_set = jump < -JITTER_S or seconds > waited + CATCHES_UP_S
            seconds = (waited if waited > AT_ONCE_S else 0.0) if was_set else seconds
        else:
            was_set = jump < -JITTER_S or seconds > LONGEST_GAP_S
            seconds = UNKNOWN_S if was_set else seconds
        missing[gap.sample] += max(round(seconds * sfreq), 0)
        if was_set:
            stamps[gap.sample :] -= jump - seconds
            at.append(gap.sample)
    place = np.arange(len(stamps)) + np.cumsum(missing)
    notes = [
        f"the sender's clock was set at {place[one] / sfreq:.1f} s: "
        f"{missing[one] / sfreq:.3g} s are taken to be missing there"
        for one in at
    ]
    return Axis(place, stamps, sfreq), tuple(notes)


def _waited(received: Array, sample: int) -> float:
    """How long before a sample's chunk was taken over the one before was, seconds."""
    first = int(np.searchsorted(received, received[sample]))
    return float(received[sample] - received[first - 1]) if first else 0.0


def _even_ends(stamps: Array, sfreq: float) -> tuple[float, float]:
    """When the first and the last sample of a piece were measured, by all of its stamps."""
    n = len(stamps)
    index = np.arange(n) - (n - 1) / 2
    if n < 2 * sfreq:  # too short to tell how fast they run
        middle, slope = float(np.median(stamps - index / sfreq)), 1 / sfreq
    else:
        slope, offset = np.polyfit(index, stamps - stamps[0], 1)
        astray = np.abs(stamps - stamps[0] - offset - slope * index) > JITTER_S
        if 0 < np.count_nonzero(astray) < MOST_ASTRAY * n:
            slope, offset = np.polyfit(index[~astray], stamps[~astray] - stamps[0], 1)
        middle = float(stamps[0] + offset)
    return middle + slope * float(index[0]), middle + slope * float(index[-1])
