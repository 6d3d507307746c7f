"""Timestamps that cannot be right, put where the samples arrived."""

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtdreamer.stream.chunk import Chunk

MAX_AHEAD_S = 1.0
"""No sample comes from the future, and clocks are synchronised to milliseconds."""

MAX_BACK_S = 1.0
"""Samples come in order; less than this is jitter."""

MAX_AGE_S = 60.0
"""Nothing is on its way for so long before it arrives, and all that arrived was taken last time."""

MAX_BEHIND_S = 1.0
"""By so much a clock may fall behind both the time that passes and the samples that come."""

MAX_JUMPS = 16
"""In one chunk; beyond, its timestamps are not those of any clock."""

MAX_LAG_S = 1.0
"""Less is a slow way, and a clock that is right enough."""

SETTLE_S = 2.0
"""Samples that were held up drain as fast as the network can: by then such a lag has shrunk."""

SHRUNK_S = 0.1
"""By less a lag varies by itself, as with a headset behind Bluetooth."""

EVEN = 0.8
"""If a smaller share of what is due comes, samples are still being held up."""

SILENCE_S = 1.0
"""After so long without a sample, when the next one arrives tells best what time was lost."""


class _Start(NamedTuple):
    """Since when a lag is what it is: seconds, LSL seconds, and what of samples had come, in s."""

    lag: float
    received: float
    came: float


class LagDetector:
    """Tells samples that were held up from a clock that lags: only the former catch up.

    A sender that stamps by counting lags from a wrong start, by the drift between its rate and the
    nominal one, and by each pause in which nothing is measured.
    """

    def __init__(self) -> None:
        self._small: float | None = None
        self._start: _Start | None = None
        self._has_paused = False

    @property
    def is_large(self) -> bool:
        """Whether the newest sample was late."""
        return self._start is not None

    @property
    def has_paused(self) -> bool:
        """Whether it came from a silence, in which nothing was measured if it stays."""
        return self._has_paused

    @property
    def remainder(self) -> float:
        """What remains when a lag that settled is put right, seconds.

        After a silence as much as before it, so that only the silence's time is lost.
        """
        return self._small if self._has_paused and self._small is not None else 0.0

    def has_settled(self, lag: float, received: float, came: float) -> bool:
        """Whether the lag, in s, is the clock's; ``came`` seconds of samples were ``received``."""
        if self._start is None or lag <= MAX_LAG_S or self._changes(lag, received, came):
            return False
        return received - self._start.received >= SETTLE_S

    def note(self, lag: float, received: float, came: float, silence: float) -> None:
        """Take in the newest sample's lag, after so many seconds of ``silence``."""
        if lag <= MAX_LAG_S:
            self._small, self._start, self._has_paused = lag, None, False
            return
        # Where a stream begins there was no silence: no one listened.
        self._has_paused |= silence >= SILENCE_S and self._small is not None
        if self._start is None or self._changes(lag, received, came):
            self._start = _Start(lag, received, came)

    def _changes(self, lag: float, received: float, came: float) -> bool:
        """Whether samples catch up, or more of them are being held up."""
        if self._start is None:
            return False
        passed = received - self._start.received
        is_held_up = came - self._start.came < EVEN * passed
        return lag < self._start.lag - SHRUNK_S or is_held_up


class _Moment(NamedTuple):
    """What the two clocks said, and how many seconds of samples had come."""

    timestamp: float
    received: float
    came: float


class ClockCorrector:
    """Keeps a sender's clock that jumps, stops or lags from showing as missing or old samples.

    From the first timestamp that cannot be right, all are moved by the same time, so that the
    sample is as old as its place in the chunk says. A lag that stays is put right, too; if it came
    from a silence, the silence's time does not count, since nothing was measured in it.

    Parameters
    ----------
    sfreq : float
        The first source's rate, Hz.

    Attributes
    ----------
    jumps : int
        How often the clock was wrong so far.
    """

    def __init__(self, sfreq: float) -> None:
        self.jumps = 0
        self._sfreq = sfreq
        self._offset = 0.0
        self._latest = -np.inf
        self._freshest: _Moment | None = None
        self._came = 0.0
        self._received = -np.inf
        self._taken = -np.inf
        self._lag = LagDetector()
        self._is_new = False

    @property
    def has_doubtful_silence(self) -> bool:
        """Whether samples are late since a silence, in which time may have been lost."""
        return self._lag.is_large and self._lag.has_paused

    def start_source(self, sfreq: float) -> None:
        """Another source of this rate, Hz, follows; on it the clock may have been put right."""
        self._sfreq = sfreq
        self._is_new = True

    @np.errstate(over="ignore", invalid="ignore")  # a timestamp may be any number, and none
    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunk with timestamps that can be right, cut where the clock was wrong."""
        if chunk.n_times == 0 or chunk.received is None:
            return [chunk]
        if self._is_new:
            self._forget_offset(float(chunk.received - chunk.timestamps[-1]))
        silence = chunk.received - self._received - chunk.n_times / self._sfreq
        stamps, cuts = self._correct(chunk.timestamps, chunk.received)
        is_time_lost = silence >= SILENCE_S
        if not cuts and self._lag.has_settled(*self._seen(stamps, chunk.received)):
            is_time_lost = self._lag.has_paused
            self._catch_up(stamps, chunk.received)
            cuts = [0]
        self._remember(stamps, chunk.received, silence, is_right=bool(cuts))
        if not (cuts or self._offset) or np.array_equal(stamps, chunk.timestamps):
            return [chunk]
        bounds = [0, *(cut for cut in cuts if cut), chunk.n_times]
        jumped = [cut for cut in cuts if cut] if is_time_lost else cuts
        chunk = replace(chunk, timestamps=stamps)
        return [
            replace(chunk.take(slice(start, stop)), clock_jumped=start in jumped)
            for start, stop in pairwise(bounds)
        ]

    def _seen(self, stamps: NDArray[np.float64], received: float) -> tuple[float, float, float]:
        """Return the newest sample's lag, when it was received, and how much came so far; all s."""
        return float(received - stamps[-1]), received, self._came

    def _catch_up(self, stamps: NDArray[np.float64], received: float) -> None:
        """Put timestamps right, in place, that have been behind for too long."""
        shift = float(received - stamps[-1]) - self._lag.remainder
        stamps += shift
        self._offset += shift
        self.jumps += 1

    def _remember(
        self, stamps: NDArray[np.float64], received: float, silence: float, is_right: bool
    ) -> None:
        """Keep what the next chunk is compared with."""
        self._latest = max(self._latest, float(stamps.max()))
        if is_right or not self._is_behind(stamps, received, 0.0):
            self._freshest = _Moment(float(stamps[-1]), received, self._came)
        self._lag.note(*self._seen(stamps, received), silence)
        self._received = received
        # A backlog may come in pieces, of which the last ones were sent after the first was taken.
        if not self._lag.is_large:
            self._taken = received

    def _forget_offset(self, age: float) -> None:
        """Trust a new source's clock by itself if samples are the younger for it; ``age`` in s."""
        self._is_new = False
        if abs(age) <= abs(age - self._offset):
            self._offset, self._freshest = 0.0, None

    def _correct(
        self, raw: NDArray[np.float64], received: float
    ) -> tuple[NDArray[np.float64], list[int]]:
        """Return timestamps that can be right, and where those of the sender were wrong."""
        stamps = raw + self._offset
        self._came += len(raw) / self._sfreq
        if self._are_plain(stamps, received):
            return stamps, []
        # Where each sample would lie if all came evenly, the last one now.
        even = received - np.arange(len(raw))[::-1] / self._sfreq
        cuts: list[int] = []
        while (wrong := self._first_wrong(stamps, received, cuts)) is not None:
            cuts.append(wrong)
            self.jumps += 1
            # Where the samples before are ahead themselves, it goes back to the present once.
            before = min(stamps[:wrong].max(initial=self._latest), received)
            shift = max(even[wrong], before) - stamps[wrong]
            if not np.isfinite(shift) or len(cuts) == MAX_JUMPS:
                stamps[wrong:] = np.maximum(even[wrong:], before)
                break
            stamps[wrong:] += shift
            self._offset += float(shift)
        return stamps, cuts

    def _are_plain(self, stamps: NDArray[np.float64], received: float) -> bool:
        """Whether none of them is wrong, as ``_first_wrong`` says; a quick look that may miss it.

        Of timestamps in order the first and the last tell.
        """
        taken = self._taken if np.isfinite(self._taken) else received
        return (
            bool(stamps[0] >= max(self._latest - MAX_BACK_S, taken - MAX_AGE_S))
            and bool(stamps[-1] <= received + MAX_AHEAD_S)
            and bool((stamps[1:] >= stamps[:-1]).all())
            and not self._is_behind(stamps, received, MAX_BEHIND_S)
        )

    def _first_wrong(
        self, stamps: NDArray[np.float64], received: float, cuts: list[int]
    ) -> int | None:
        """Return the first sample whose timestamp cannot be right; those before a cut can."""
        start = cuts[-1] if cuts else 0
        latest = np.maximum.accumulate(np.append(self._latest, stamps))[:-1]
        taken = self._taken if np.isfinite(self._taken) else received
        ahead, old = stamps > received + MAX_AHEAD_S, stamps < taken - MAX_AGE_S
        back = stamps < latest - MAX_BACK_S
        wrong = ~np.isfinite(stamps) | back | ahead | old
        first = start
        while wrong[first:].any():
            first += int(np.argmax(wrong[first:]))
            n_shared = self._n_shared(stamps[first:], float(latest[first]))
            if not n_shared:
                return first
            first += n_shared
        return 0 if not cuts and self._is_behind(stamps, received, MAX_BEHIND_S) else None

    def _n_shared(self, stamps: NDArray[np.float64], latest: float) -> int:
        """How many timestamps, from the first on, go evenly over time that others have taken up.

        So they do in a batch that was handed over right after another one.
        """
        n_back = np.ceil((latest - stamps[0]) * self._sfreq)
        if not 0 < n_back < len(stamps):
            return 0
        steps = np.diff(stamps[: int(n_back) + 1]) * self._sfreq
        return int(n_back) if (np.abs(steps - 1) < 0.5).all() else 0

    def _is_behind(self, stamps: NDArray[np.float64], received: float, seconds: float) -> bool:
        """Whether the clock lags by more than so many seconds since it last seemed right.

        Behind the time that passed alone are samples that were held up, behind the samples that
        came alone are those of a stream that is played faster.
        """
        if self._freshest is None:
            return False
        passed = received - self._freshest.received
        came = self._came - self._freshest.came
        return bool(stamps[-1] - self._freshest.timestamp < min(passed, came) - seconds)
