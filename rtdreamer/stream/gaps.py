"""Samples that never came: counted always, bridged when few, never glued over."""

import enum
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rtdreamer.stream.chunk import Chunk

MAX_BRIDGE_S = 0.25
"""A longer gap empties the ring: a straight line over it would be read as EEG."""

JITTER_S = 0.1
"""Without a counter, a jump of the timestamps below this cannot be told from uneven delivery."""

RECENT = 4
"""Of so many doubts one can be resolved: a counter of another round leaves one each second."""

MOST_UV = 1e30
"""Beyond, and it is no number for what follows: sums of squares would no longer be finite."""

AT_ONCE = 0.05
"""Samples whose timestamps differ by less, in samples, were stamped when they were handed over. A
sender that does so one by one takes some microseconds for each, but 300 for the first one after a
wait; a recording that is played ten times as fast has a sample every 800. A timestamp that goes
back is a batch's that was handed over right after another one: liblsl has the last sample of a
chunk end now, and those before it at the stream's rate, whatever came before."""


class BatchStamps:
    """Tells, as a stream goes by, what of the time between two samples others took up.

    Attributes
    ----------
    run : int
        How many samples right before now came at once with the one before them.
    """

    def __init__(self) -> None:
        self.run = 0

    def explained(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for how many samples without a time of their own there is room in each step.

        Where a sender stamps whole batches they come right before it; where something held them
        up, after it: all at once, or in batches whose times overlap.

        Parameters
        ----------
        steps : ndarray, shape (n_steps,)
            From one sample's timestamp to the next one's, in samples; goes on where the last
            call's ended.

        Returns
        -------
        ndarray, shape (n_steps,)
        """
        if len(steps) == 0:
            return np.zeros(0)
        at_once = steps < AT_ONCE
        place = np.arange(len(steps))
        last = np.maximum.accumulate(np.where(at_once, -1 - self.run, place))
        before = np.append(self.run, place - last)
        self.run = int(before[-1])
        # What each step lacks to a sample's time. Longer ones need it themselves.
        lack = np.where(at_once, 1 - steps, np.minimum(1 - np.nan_to_num(steps, nan=1.0), 0))
        so_far = np.cumsum(lack)
        after = np.maximum.accumulate(so_far[::-1])[::-1] - so_far
        explained: NDArray[np.float64] = np.maximum(before[:-1], after)
        return explained


class Origin(enum.IntEnum):
    """Where a sample is from."""

    MEASURED = 0
    INTERPOLATED = 1
    """By the headset's driver, in place of one that was missing."""
    BRIDGED = 2
    """By ``GapPolicy``, over a gap."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples without a gap.

    Attributes
    ----------
    data : ndarray, shape (n_channels, n_times)
        µV, bridged samples included.
    timestamps : ndarray, shape (n_times,)
        Seconds.
    origin : ndarray of uint8, shape (n_times,)
        Where each sample is from: an ``Origin``.
    interval : ndarray, shape (n_times,)
        Each sample's time since the one before, seconds, less any jump of the clock between. NaN
        for the very first.
    missing : int
        Samples missing before the first one and not bridged.
    from_new_source : bool
        Whether it is the first of a source.
    contact : ndarray, shape (n_channels,), or None
        As the chunk's that it is of.
    total_missing : int
        Samples missing so far, bridged ones included, up to the first one that is the headset's;
        set by ``Timeline``, which counts them.
    """

    data: NDArray[np.float64]
    timestamps: NDArray[np.float64]
    origin: NDArray[np.uint8]
    interval: NDArray[np.float64]
    missing: int = 0
    from_new_source: bool = False
    contact: NDArray[np.float64] | None = None
    total_missing: int = 0

    @property
    def n_times(self) -> int:
        return len(self.timestamps)

    @property
    def starts_over(self) -> bool:
        """Whether no window may hold it together with what came before."""
        return self.from_new_source or self.missing > 0

    @property
    def n_bridged(self) -> int:
        """How many of the samples bridge a gap."""
        return int(np.count_nonzero(self.origin == Origin.BRIDGED))


def is_usable(data: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which values, µV, can be computed with; same shape."""
    usable: NDArray[np.bool_] = np.abs(data) < MOST_UV
    return usable


class GapPolicy:
    """Cuts a stream into pieces without gaps.

    A sample is missing when the headset's counter or the timestamps pass it over, or when it holds
    a value that is not finite, or as good as that. What lies between two sources is never bridged,
    however few samples it is: the second one may be another device.

    Parameters
    ----------
    sfreq : float
        The first source's rate, Hz.

    Attributes
    ----------
    unusable : int
        Samples that came since the last one that could be used.
    """

    def __init__(self, sfreq: float) -> None:
        self.unusable = 0
        self._sfreq = sfreq
        self._last: Chunk | None = None
        self._batch_stamps = BatchStamps()
        self._is_new_source = False
        # What the timestamps or the counter lately said alone, and where: see ``_agreed``.
        self._alone: deque[tuple[float, float]] = deque(maxlen=RECENT)

    def start_source(self, sfreq: float) -> None:
        """Another source of this rate, Hz, follows."""
        # Of its samples the first that can be used may come in a later chunk.
        self._is_new_source = True
        self._alone.clear()
        if sfreq != self._sfreq:
            self.unusable = round(self.unusable * sfreq / self._sfreq)
            self._sfreq = sfreq
            if self._last is not None:
                self._last = replace(self._last, counter=None)

    def split(self, chunk: Chunk) -> Iterator[Piece]:
        """Yield the chunk's samples as pieces without gaps, oldest first.

        The iterator must be run to its end.
        """
        if chunk.clock_jumped and self._last is not None:
            # No time was lost as far as anyone can tell, but for what the counter says.
            before = chunk.timestamps[:1] - (1 + self.unusable) / self._sfreq
            self._last = replace(self._last, timestamps=before)
        if self._is_whole(chunk):
            yield self._piece(chunk, 0)
            return
        usable: NDArray[np.bool_] = np.all(is_usable(chunk.data), axis=0)
        kept = chunk.take(usable)
        # The unusable ones at the end of the last chunk count as missing before this one's first.
        missing: NDArray[np.int64] = np.maximum(
            self._unusable_before(usable), self._missing_before(kept)
        )
        if kept.n_times == 0:
            return
        starts = [0, *(np.flatnonzero(missing[1:]) + 1).tolist(), kept.n_times]
        for start, stop in pairwise(starts):
            yield self._piece(kept.take(slice(start, stop)), int(missing[start]))

    @np.errstate(over="ignore", invalid="ignore")  # a counter may say anything
    def _is_whole(self, chunk: Chunk) -> bool:
        """Whether nothing is missing in a chunk, nor before it; a quick look that may miss it.

        Every value can be used, and every step is about one sample's, by the timestamps and by the
        counter: then there is neither a gap nor a batch.
        """
        last = self._last
        if last is None or self.unusable or self._batch_stamps.run or chunk.n_times == 0:
            return False
        steps = np.diff(chunk.timestamps, prepend=last.timestamps) * self._sfreq
        if not (steps.min() >= AT_ONCE and steps.max() <= 1 + JITTER_S * self._sfreq):
            return False
        if chunk.counter is not None and last.counter is not None:
            counted = np.diff(chunk.counter, prepend=last.counter)
            if not ((counted == 1) | (counted == 1 - round(self._sfreq))).all():
                return False
        return bool(np.abs(chunk.data).max() < MOST_UV)

    def _unusable_before(self, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return how many unusable samples came before each usable one."""
        position = np.flatnonzero(usable)
        # Those at the end of the last chunk came before this chunk's first.
        unusable: NDArray[np.int64] = np.diff(position, prepend=-1 - self.unusable) - 1
        if len(position):
            self.unusable = len(usable) - 1 - int(position[-1])
        else:
            self.unusable += len(usable)
        return unusable

    def _missing_before(self, chunk: Chunk) -> NDArray[np.int64]:
        """Return how many samples are missing before each, by the counter, else the timestamps."""
        timestamps, counter = chunk.timestamps, chunk.counter
        if self._last is not None:
            timestamps = np.append(self._last.timestamps, timestamps)
            if counter is not None and self._last.counter is not None:
                counter = np.append(self._last.counter, counter)
        steps = np.diff(timestamps) * self._sfreq
        steps -= self._batch_stamps.explained(steps)
        missing = np.where(steps > 1 + JITTER_S * self._sfreq, np.round(steps) - 1, 0)
        if counter is not None and len(counter) == len(timestamps):
            missing = self._missing_by_counter(counter, steps, missing, timestamps[1:])
        if self._last is None:
            missing = np.append(0, missing)[: chunk.n_times]
        return missing.astype(np.int64)

    def _missing_by_counter(
        self,
        counter: NDArray[np.float64],
        steps: NDArray[np.float64],
        by_time: NDArray[np.float64],
        timestamps: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """The counter is exact within a second; whole seconds only the timestamps can tell.

        A counter that claims more than the time that passed has room for is no counter of samples,
        or wraps elsewhere, and one that is not finite is none either: there the timestamps count.
        """
        second = round(self._sfreq)
        known = np.abs(counter) < 2**53  # beyond, one more cannot be told
        within = (np.diff(np.where(known, counter, 0.0)) - 1) % second
        seconds = np.maximum(np.round((by_time - within) / second), 0)
        # Within a batch that was stamped as a whole no time passes.
        credible = within <= np.maximum(steps - 1, 0) + JITTER_S * self._sfreq
        known = known[1:] & known[:-1]
        missing: NDArray[np.float64] = np.where(
            credible & known, within + second * seconds, by_time
        )
        alone = np.where(known, by_time - np.where(missing > 0, missing, within), 0.0)
        for at in np.flatnonzero(np.abs(alone) > JITTER_S * self._sfreq):
            missing[at] += self._agreed(float(alone[at]), float(timestamps[at]))
        return missing

    def _agreed(self, alone: float, timestamp: float) -> float:
        """Return how many samples are missing by the counter and, close by, by the timestamps.

        Of a batch that was stamped as a whole the counter tells where they are missing, and the
        timestamps that time passed before the batch or after it: neither alone is believed.

        Parameters
        ----------
        alone : float
            How many the timestamps say that the counter does not; of the counter's alone, below 0.
        timestamp : float
            Where.
        """
        for other, where in self._alone:
            is_near = abs(timestamp - where) <= 1 + abs(alone) / self._sfreq
            if other * alone < 0 and is_near and abs(other + alone) <= JITTER_S * self._sfreq:
                self._alone.remove((other, where))
                return -min(other, alone)
        self._alone.append((alone, timestamp))
        return 0.0

    def _piece(self, chunk: Chunk, missing: int) -> Piece:
        last, self._last = self._last, chunk.take(slice(-1, None))
        is_new_source, self._is_new_source = self._is_new_source, False
        data, stamps, origin = chunk.data, chunk.timestamps, _origin(chunk)
        before = np.full(1, np.nan) if last is None else last.timestamps
        can_bridge = 0 < missing <= MAX_BRIDGE_S * self._sfreq and not is_new_source
        if last is not None and can_bridge:
            weight = np.arange(1, missing + 1) / (missing + 1)
            bridge = last.data + (data[:, :1] - last.data) * weight
            between = before + (stamps[:1] - before) * weight
            data = np.concatenate([bridge, data], axis=1)
            stamps = np.concatenate([between, stamps])
            origin = np.concatenate([np.full(missing, Origin.BRIDGED, np.uint8), origin])
            missing = 0
        interval = np.diff(stamps, prepend=before)
        return Piece(data, stamps, origin, interval, missing, is_new_source, chunk.contact)


def _origin(chunk: Chunk) -> NDArray[np.uint8]:
    if chunk.interpolated is None:
        return np.full(chunk.n_times, Origin.MEASURED, np.uint8)
    return np.where(chunk.interpolated, Origin.INTERPOLATED, Origin.MEASURED).astype(np.uint8)
