"""Samples that come late: held up on their way, or stamped by a clock that lags."""

from typing import NamedTuple

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
    """Since when a lag is what it is: seconds, LSL seconds, and how many samples had come."""

    lag: float
    received: float
    n_times: int


class Lag:
    """Tells samples that were held up from a clock that lags: only the former catch up.

    A sender that stamps by counting lags from a wrong start, by the drift between its rate and the
    nominal one, and by each pause in which nothing is measured.

    Parameters
    ----------
    sfreq : float
        The stream's rate, Hz.
    """

    def __init__(self, sfreq: float) -> None:
        self._sfreq = sfreq
        self._usual: float | None = None
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
    def usual(self) -> float:
        """What remains when a lag that settled is put right, seconds.

        After a silence as much as before it, so that only the silence's time is lost.
        """
        return self._usual if self._has_paused and self._usual is not None else 0.0

    def has_settled(self, lag: float, received: float, n_times: int) -> bool:
        """Whether the lag, in s, is the clock's; ``n_times`` samples came up to ``received``."""
        if self._start is None or lag <= MAX_LAG_S or self._changes(lag, received, n_times):
            return False
        return received - self._start.received >= SETTLE_S

    def note(self, lag: float, received: float, n_times: int, silence: float) -> None:
        """Take in the newest sample's lag, after so many seconds of ``silence``."""
        if lag <= MAX_LAG_S:
            self._usual, self._start, self._has_paused = lag, None, False
            return
        # Where a stream begins there was no silence: nobody listened.
        self._has_paused |= silence >= SILENCE_S and self._usual is not None
        if self._start is None or self._changes(lag, received, n_times):
            self._start = _Start(lag, received, n_times)

    def _changes(self, lag: float, received: float, n_times: int) -> bool:
        """Whether samples catch up, or more of them are being held up."""
        if self._start is None:
            return False
        came = (n_times - self._start.n_times) / self._sfreq
        passed = received - self._start.received
        return lag < self._start.lag - SHRUNK_S or came < EVEN * passed
