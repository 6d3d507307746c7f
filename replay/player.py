"""The fake headset: sends items sample for sample as time goes by."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from replay.ahead import one_ahead
from replay.layout import Layout
from replay.playlist import SHORT_GAP_S, Item, RecordingMarker, TrialMarker, marker_text
from rtdreamer.headset import EPOC
from rtdreamer.lsl.contact_outlet import ContactOutlet
from rtdreamer.lsl.outlets import MarkerOutlet, RatingsOutlet, SignalOutlet
from rtdreamer.stream.gaps import JITTER_S
from rtdreamer.stream.rated import RatedTrial

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

    def stamp(self, sample: float) -> float:
        """Return the time of a sample, seconds."""
        return self._start + sample / self._rate

    def wait_for(self, sample: float) -> float:
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
    has_contact : bool
        Whether the items tell the contact of the electrodes: a third stream sends it.
    has_ratings : bool
        Whether the items are rated trials: another stream says how the one that is played was.
    """

    def __init__(
        self,
        name: str,
        source_id: str,
        layout: Layout,
        speed: float,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        has_contact: bool = False,
        has_ratings: bool = False,
    ) -> None:
        self._layout = layout
        self._speed = speed
        self._rate = EPOC.sfreq * speed
        self._clock = clock
        self._sleep = sleep
        self._signals = SignalOutlet(
            name, source_id, layout.ch_names, layout.units, EPOC.sfreq, speed
        )
        self._markers = MarkerOutlet(f"{name}-Markers", f"{source_id}-markers")
        # The source_id of the signals: so EmotivPRO's are known to be of one headset.
        self._contact = ContactOutlet(f"{name}-Contact-Quality", source_id) if has_contact else None
        self._ratings = RatingsOutlet(f"{name}-Ratings", source_id) if has_ratings else None

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
        # In samples since the start: which are due, and which the headset has counted.
        sent, counted = 0.0, 0
        for item in one_ahead(items):
            seconds, began, markers = item.seconds, sent, deque(self._placed(item))
            self._markers.push(marker_text(item.start), target.stamp(sent))
            rated = rated_trial(item.start, target.stamp(sent))
            for start, stop, gap in item.chunks(CHUNK):
                sent += self._seconds_of(gap) * self._rate
                counted += round(gap * EPOC.sfreq)
                length = stop - start
                if (wait := target.wait_for(sent + length - 1)) > 0:
                    self._sleep(wait)
                if should_stop():
                    return
                # What was marked after the last sample goes out with it.
                end = math.inf if stop == item.data.shape[1] else sent - began + length - 1
                while markers and markers[0][0] <= end:
                    place, text = markers.popleft()
                    self._markers.push(text, target.stamp(began + place))
                stamps = np.array([target.stamp(sent + i) for i in range(length)])
                if self._ratings and rated is not None:
                    self._ratings.push(rated, float(stamps[0]))
                self._send(item, slice(start, stop), stamps, counted)
                sent, counted = sent + length, counted + length
                yield Progress(
                    item.label,
                    float(seconds[stop - 1]) + 1 / EPOC.sfreq,
                    float(seconds[-1]) + 1 / EPOC.sfreq,
                    self._signals.has_consumers,
                )
            self._markers.push(marker_text(item.end), target.stamp(sent - 1))
        self._sleep(LINGER_S)

    def _placed(self, item: Item) -> list[tuple[float, str]]:
        """An item's markers, each in samples sent since the first one; below 0 before it."""
        if not item.markers:
            return []
        n_times = item.data.shape[1]
        before = np.zeros(n_times)
        for gap in item.gaps:
            before[gap.sample] = self._seconds_of(gap.seconds) * self._rate
        number = np.arange(n_times)
        at = np.array([marker.sample for marker in item.markers])
        outside = np.minimum(at, 0) + np.maximum(at - number[-1], 0)
        places = np.interp(at, number, number + np.cumsum(before)) + outside
        return [(p, one.text) for p, one in zip(places.tolist(), item.markers, strict=True)]

    def _seconds_of(self, gap: float) -> float:
        """How long a gap lasts here: what speed makes too short would be none to a listener."""
        shortest = min(gap, SHORT_GAP_S) if gap > JITTER_S else 0.0
        return max(gap / self._speed, shortest)

    def _send(self, item: Item, part: slice, stamps: NDArray[np.float64], counted: int) -> None:
        """Send a part of an item; ``counted`` numbers its first sample where no file does."""
        n_times = len(stamps)
        own = np.arange(counted, counted + n_times) % round(EPOC.sfreq)
        counter = own.astype(np.float64) if item.counter is None else item.counter[part]
        no = np.zeros(n_times, np.bool_)
        flags = no if item.interpolated is None else item.interpolated[part]
        self._signals.push(self._layout.arrange(item.data[:, part], stamps, counter, flags), stamps)
        if self._contact and item.contact is not None:
            self._contact.push(item.contact[:, part], stamps)

    def close(self) -> None:
        """End all streams."""
        self._signals.close()
        self._markers.close()
        for beside in (self._contact, self._ratings):
            if beside is not None:
                beside.close()


def rated_trial(marker: TrialMarker | RecordingMarker, began: float) -> RatedTrial | None:
    """What is said of a trial that begins at an LSL time, seconds; None of a recording."""
    if not isinstance(marker, TrialMarker):
        return None
    return RatedTrial(
        marker.subject, marker.trial, marker.valence, marker.arousal, marker.simulated, began
    )
