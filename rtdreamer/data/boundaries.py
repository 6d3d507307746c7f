"""Marks in a recording where moments lie apart, of known and of unknown length."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.sensors import Gap

UNKNOWN_S = 1.0
"""What a gap of unknown length is taken for: too long to be bridged, and soon over."""

_WORDS = ("boundary", "bad boundary", "edge boundary", "edge", "new segment")


def is_boundary(word: str) -> bool:
    """Whether an event or annotation is one, by what EEGLAB, MNE and BrainVision write.

    They travel: who exports joined recordings from one format to another takes its words along.
    """
    return word.strip().lower().removeprefix("comment/").removesuffix("/") in _WORDS


SKIPPED = "BAD_ACQ_SKIP"
"""What MNE calls a time in which nothing was acquired: its samples stand for nothing."""


def is_skipped(word: str) -> bool:
    """Whether an annotation says that nothing was acquired while it lasts."""
    return word.strip().lower().removeprefix("comment/") == SKIPPED.lower()


def without_skipped(
    marks: Iterable[tuple[int, float | None, bool]], n_times: int, sfreq: float
) -> tuple[NDArray[np.bool_], list[tuple[int, float | None]]]:
    """Tell which samples were acquired, and where boundaries lie among those.

    Parameters
    ----------
    marks : iterable of tuple
        Before or at which sample each begins, how many seconds it lasts, if known, and whether
        nothing was acquired meanwhile; else it is a boundary.
    n_times : int
        Samples in all.
    sfreq : float
        Hz.

    Returns
    -------
    kept : ndarray of bool, shape (n_times,)
    boundaries : list of tuple
        As ``gaps_at`` takes them, in samples of those kept.
    """
    marks = list(marks)
    kept = np.ones(n_times, bool)
    for start, seconds, skipped in marks:
        if skipped:
            stop = start + round((seconds or 0.0) * sfreq)
            kept[max(start, 0) : max(stop, 0)] = False
    place = np.append(0, np.cumsum(kept))  # of each sample among those kept
    return kept, [(int(place[min(max(a, 0), n_times)]), seconds) for a, seconds, _ in marks]


def gaps_at(
    boundaries: Iterable[tuple[int, float | None]], n_times: int
) -> tuple[tuple[Gap, ...], tuple[str, ...]]:
    """Make gaps of boundaries.

    Parameters
    ----------
    boundaries : iterable of tuple
        Before which sample each lies, from 0, and how many seconds are missing there; None, or
        nothing above 0, where that is not known. Several at one sample are one.
    n_times : int
        Samples in all. What lies before the first or after the last one is no gap.

    Returns
    -------
    gaps : tuple of Gap
    notes : tuple of str
        What was assumed.
    """
    found: dict[int, float] = {}
    for sample, seconds in boundaries:
        known = seconds if seconds is not None and math.isfinite(seconds) else 0.0
        if 0 < sample < n_times:
            found[sample] = max(known, found.get(sample, 0.0))
    unknown = sum(seconds <= 0 for seconds in found.values())
    gaps = tuple(Gap(at, s if s > 0 else UNKNOWN_S) for at, s in sorted(found.items()))
    if not unknown:
        return gaps, ()
    how_many = "a gap" if unknown == 1 else f"{unknown} gaps"
    return gaps, (f"does not tell how long {how_many} lasted: taken as {UNKNOWN_S:g} s",)
