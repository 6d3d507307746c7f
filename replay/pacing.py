"""When each sample of a replay is due."""

from collections.abc import Callable

MAX_LAG_S = 1.0
"""After a longer sleep of the machine the replay goes on from now, as a headset would."""


class TargetClock:
    """Counts due samples against a clock that advances by itself.

    The time of sample n is start + n / rate, whatever the sleeps in between did: errors do not
    add up, so the replay does not drift.

    Parameters
    ----------
    rate : float
        Samples per second.
    clock : callable
        Now, seconds. The start is the first call.
    """

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._start = clock()

    def stamp(self, sample: int) -> float:
        """Return the time of a sample, seconds."""
        return self._start + sample / self._rate

    def wait_for(self, sample: int) -> float:
        """Return the seconds until a sample is due; below 0 if it is late."""
        late = self._clock() - self.stamp(sample)
        if late > MAX_LAG_S:
            self._start += late
            return 0.0
        return -late
