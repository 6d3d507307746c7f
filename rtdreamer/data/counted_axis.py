"""The axis of a session that this program recorded: samples lie where live counted them.

A headset that measures nothing for some seconds, and then stamps on as if no time had passed, shows
in when its samples arrived only. Live goes by that, as a recording keeps it; so the very same count
is done again.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.session_axis import Axis
from rtdreamer.data.xdf_moments import Arrivals
from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.clock import MAX_BACK_S, SETTLE_S, SILENCE_S
from rtdreamer.stream.gaps import JITTER_S
from rtdreamer.stream.numbering import Numbered, number_samples

Array = NDArray[np.float64]

RATES = (EPOC.sfreq, 2 * EPOC.sfreq)
"""Of what live follows, Hz."""

MOSTLY = 0.9
"""A piece is ahead of its arrival by as much as this share of it at most."""

_MOST_SAID = 8


def counted_axis(
    data: Array, stamps: Array, counter: Array | None, arrivals: Arrivals, sfreq: float
) -> tuple[Axis, Numbered, tuple[str, ...]]:
    """Lay samples where live counted them.

    A pause that live was sure of only some time after is laid where it was: at the silence.

    Parameters
    ----------
    data : ndarray, shape (14, n_times)
        µV, as they came, in the order of ``EPOC.ch_names``.
    stamps : ndarray, shape (n_times,)
        As recorded, on the clock of the computer that recorded, seconds; any number, and none.
    counter : ndarray, shape (n_times,), or None
        The headset's own.
    arrivals : Arrivals
        Of all samples.
    sfreq : float
        One of ``RATES``, Hz.

    Returns
    -------
    Axis
    numbered : Numbered
        As live counted at this rate while it went on.
    notes : tuple of str
        Where a clock was set.
    """
    found = number_samples(_chunks(data, stamps, counter, arrivals), EPOC, sfreq)
    known = np.flatnonzero(np.isfinite(found.stamps))
    if len(known) == 0:
        return Axis(found.number, arrivals.of_each, sfreq), found, ()
    right = np.interp(found.number, found.number[known], found.stamps[known])
    at = known[np.isfinite(stamps[known])]
    moved = np.diff(found.stamps[at] - stamps[at])
    jumps = at[1:][np.abs(moved) > JITTER_S]
    by = moved[np.abs(moved) > JITTER_S]
    place, right, pauses = _at_silences(found.number, right, arrivals, sfreq)
    starts = np.cumsum(arrivals.sizes) - arrivals.sizes
    cuts = np.union1d(jumps, starts[1:][np.diff(arrivals.sources) != 0])
    cuts = cuts[(cuts > 0) & (cuts < len(place))]
    right = _not_ahead(right, np.union1d(cuts, np.flatnonzero(np.diff(place) > 1) + 1), arrivals)
    was_set = jumps[(np.abs(by) > MAX_BACK_S) & ~np.isin(jumps, pauses)]
    axis = Axis(place, right, sfreq, cuts)
    return axis, found, _said(was_set, place, sfreq)


def _chunks(
    data: Array, stamps: Array, counter: Array | None, arrivals: Arrivals
) -> Iterator[tuple[int, Chunk]]:
    start = 0
    for source, size, received in zip(
        arrivals.sources.tolist(), arrivals.sizes.tolist(), arrivals.received.tolist(), strict=True
    ):
        part = slice(start, start + size)
        counted = None if counter is None else counter[part]
        if size:  # the last ones of a log that was written farther than the EEG have none
            yield source, Chunk(data[:, part], stamps[part], counted, received=received)
        start += size


def _at_silences(
    numbers: NDArray[np.int64], stamps: Array, arrivals: Arrivals, sfreq: float
) -> tuple[NDArray[np.int64], Array, list[int]]:
    """Lay what was found to be missing some time after a silence where that was.

    Live looks for ``SETTLE_S`` whether samples catch up; those that came meanwhile are numbered as
    if nothing were missing, and stamped too early by as much.

    Returns
    -------
    place : ndarray of int, shape (n_times,)
    stamps : ndarray, shape (n_times,)
        Seconds.
    pauses : list of int
        Before which samples live found them.
    """
    place, stamps, pauses = numbers.copy(), stamps.copy(), []
    received, ends = arrivals.received, np.cumsum(arrivals.sizes)
    waited = np.diff(received, prepend=received[:1])
    for at in (np.flatnonzero(np.diff(numbers) > SILENCE_S * sfreq / 2) + 1).tolist():
        chunk = int(np.searchsorted(ends, at, side="right"))
        first = int(np.searchsorted(received, received[chunk] - 2 * SETTLE_S))
        silent = np.flatnonzero(waited[first : chunk + 1] >= SILENCE_S) + first
        if len(silent) == 0 or silent[-1] == chunk:
            continue
        since = int(ends[silent[-1]] - arrivals.sizes[silent[-1]])
        lost = float(stamps[at] - stamps[at - 1]) - 1 / sfreq
        # Samples that were held up have caught up: what is missing after them was lost there.
        before = np.searchsorted(ends, at - 1, side="right")
        if received[before] - stamps[at - 1] >= lost - JITTER_S:
            missing = numbers[at] - numbers[at - 1] - 1
            stamps[since:at] = stamps[at] - np.arange(at - since, 0, -1) / sfreq
            place[since:at] += missing
            pauses.append(at)
    return place, stamps, pauses


def _not_ahead(stamps: Array, cuts: NDArray[np.int64], arrivals: Arrivals) -> Array:
    """Put pieces back that live, which does not know what follows, took to be ahead of arrival."""
    starts = np.append(0, cuts)
    pieces = np.split(stamps - arrivals.of_each, cuts)
    ahead = np.array([np.quantile(piece, MOSTLY) for piece in pieces])
    ahead = np.where(ahead > JITTER_S, ahead, 0.0)
    found: Array = stamps - np.repeat(ahead, np.diff(starts, append=len(stamps)))
    return found


def _said(was_set: NDArray[np.int64], place: NDArray[np.int64], sfreq: float) -> tuple[str, ...]:
    """Say where the sender's clock was put right by more than a lag."""
    notes = [
        f"the sender's clock was set at {place[one] / sfreq:.1f} s: "
        f"{(place[one] - place[one - 1] - 1) / sfreq:.3g} s are taken to be missing there"
        for one in was_set[was_set > 0].tolist()
    ]
    more = len(notes) - _MOST_SAID
    return (
        *notes[:_MOST_SAID],
        *([f"the sender's clock was set {more} times more"] if more > 0 else []),
    )
