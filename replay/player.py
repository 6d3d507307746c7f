"""The fake headset: sends items sample for sample as time goes by."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from replay.ahead import one_ahead
from replay.layout import Layout
from replay.playlist import Item, marker_text
from rtdreamer.headset import EPOC
from rtdreamer.lsl.outlets import MarkerOutlet, SignalOutlet

CHUNK = 4
"""Samples sent at once: 31 ms, the shortest chunk EmotivPRO offers beside single samples."""

POLL_S = 0.05
LINGER_S = 1.0
"""An outlet that ends takes what is still on its way along: let listeners have it first."""

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


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a replay stands: what is played, seconds of it so far and in all, and listeners."""

    label: str
    position: float
    duration: float
    has_consumers: bool


class Player:
    """Streams items on LSL at the pace of a headset.

    Parameters
    ----------
    name, source_id : str
        Of the signal stream; the marker stream adds ``-Markers``.
    layout : Layout
        The channels to send.
    speed : float
        1 is real time; what is not is told in the stream's description.
    clock : callable
        LSL time now, seconds.
    sleep : callable
        Waits for so many seconds, or less if the player shall stop.
    """

    def __init__(
        self,
        name: str,
        source_id: str,
        layout: Layout,
        speed: float,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        self._layout = layout
        self._rate = EPOC.sfreq * speed
        self._clock = clock
        self._sleep = sleep
        self._signals = SignalOutlet(
            name, source_id, layout.ch_names, layout.units, EPOC.sfreq, speed
        )
        self._markers = MarkerOutlet(f"{name}-Markers", f"{source_id}-markers")

    def wait_for_consumer(self, should_stop: Callable[[], bool]) -> None:
        """Hold until someone listens to the signals."""
        while not self._signals.has_consumers and not should_stop():
            self._sleep(POLL_S)

    def play(self, items: Iterable[Item], should_stop: Callable[[], bool]) -> Iterator[Progress]:
        """Send all items, yielding after every chunk.

        The samples go out only as far as the iterator is run. Each item but the first is made while
        the one before is sent, and what goes wrong with it is raised when its turn comes.
        """
        target = TargetClock(self._rate, self._clock)
        sent = 0
        for item in one_ahead(items):
            n_times = item.data.shape[1]
            self._markers.push(marker_text(item.start), target.stamp(sent))
            for start in range(0, n_times, CHUNK):
                piece = item.data[:, start : start + CHUNK]
                length = piece.shape[1]
                if (wait := target.wait_for(sent + length - 1)) > 0:
                    self._sleep(wait)
                if should_stop():
                    return
                stamps = np.array([target.stamp(sent + i) for i in range(length)])
                self._signals.push(self._layout.arrange(piece, stamps, sent), stamps)
                sent += length
                position = (start + length) / EPOC.sfreq
                yield Progress(
                    item.label, position, n_times / EPOC.sfreq, self._signals.has_consumers
                )
            self._markers.push(marker_text(item.end), target.stamp(sent - 1))
        self._sleep(LINGER_S)

    def close(self) -> None:
        """End both streams."""
        self._signals.close()
        self._markers.close()
