"""A headset over a bad connection: hands out its samples as a session's source, in made-up time."""

from dataclasses import dataclass

import numpy as np

from rtdreamer.errors import StreamLostError
from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk, StreamDescription
from tests.soak.headset import MARK_UV

START_S = 10_000.0
"""LSL time of the first sample."""

SAMPLE_S = 1.00002 / EPOC.sfreq
"""The headset's own clock is slow by 20 millionths."""

DELAY_S = 0.0005
JITTER_S = 0.0004

LONGEST_CHUNK = 256
"""But where the samples were held back."""

SHORT_CHUNKS = 0.01
"""Chance, after each chunk, of only short ones for some seconds, as from a headset."""

DESCRIPTION = StreamDescription(
    "EPOC", "EEG", "soak", "host", EPOC.sfreq, EPOC.n_channels, EPOC.ch_names
)


def true_time(number):
    """When a sample was taken, LSL seconds."""
    return START_S + number * SAMPLE_S


@dataclass(frozen=True, slots=True)
class Delivery:
    """The truth about a chunk.

    Attributes
    ----------
    number : ndarray, shape (n_times,)
        Of each sample.
    usable : ndarray of bool, shape (n_times,)
        Whether all its values are finite.
    time_error : ndarray, shape (n_times,)
        By how much its timestamp is wrong, seconds, a clock that is wrong for good left out.
    has_counter : bool
        Whether the headset's counter came with it.
    made_up : ndarray of bool, shape (n_times,)
        Whether each is said to be made up.
    contact : ndarray, shape (n_channels,), or None
        What the headset says of its electrodes.
    silence : float
        Seconds since the last usable sample, or since this source was connected.
    is_new_source : bool
        Whether it is the first one of its source.
    """

    number: np.ndarray
    usable: np.ndarray
    time_error: np.ndarray
    has_counter: bool
    made_up: np.ndarray
    contact: np.ndarray | None
    silence: float
    is_new_source: bool


class Connection:
    """What stays when a source is lost and followed on: the headset, the time and the faults.

    Parameters
    ----------
    headset : Headset
        Whose samples.
    of_delivery, of_signals : Timeline
        The faults.
    n_samples : int
        Where the day ends.
    seed : int
        Of the chunks' sizes, and of what each source is like.
    on_delivery : callable
        Given each ``Delivery`` before the session gets the chunk.
    """

    def __init__(self, headset, of_delivery, of_signals, n_samples, seed, on_delivery):
        self._headset = headset
        self._of_delivery, self._of_signals = of_delivery, of_signals
        self._rng = np.random.default_rng([seed, 2])
        self._on_delivery = on_delivery
        self._steps = self._day(n_samples)
        self._step = next(self._steps, None)
        self._clock_error = 0.0
        self._is_new_source = False
        self.now = self._usable_at = START_S
        self.n_chunks = self.n_sent = 0

    @property
    def is_over(self):
        """Whether the last sample is delivered."""
        return self._step is None

    def source(self):
        """Connect: maybe with a counter or flags, maybe with the sender's clock put right."""
        if self._rng.random() < 0.5:
            self._clock_error = 0.0
        self._usable_at = self.now
        self._is_new_source = True
        return ScriptedSource(self, *(self._rng.random(2) < 0.5).tolist())

    def values(self, start, stop):
        """Return samples as they were taken, (n_channels, n_times), µV, and which are made up."""
        data, made_up = self._headset.data(start, stop), np.zeros(stop - start, bool)
        for fault, where in self._of_signals.overlapping(start, stop):
            if fault.kind == "glitch":
                data[fault.channels, where] += fault.size
            elif fault.kind == "dead":
                data[fault.channels, where] = (
                    EPOC.offset_uv + np.arange(start, stop)[where] * MARK_UV
                )
            else:
                made_up[where] = True
        return data, made_up

    def pull(self, timeout, has_counter, has_flags):
        """Let time go by until the next chunk is there, or else for ``timeout`` s."""
        nothing = Chunk(np.empty((EPOC.n_channels, 0)), np.empty(0))
        if self.is_over:
            return nothing
        start, stop, is_lost = self._step
        ready = true_time(stop - 1) + DELAY_S
        if is_lost:
            self.now = ready
            self._step = next(self._steps, None)
            raise StreamLostError("stream 'EPOC' is gone")
        if ready > self.now + timeout:
            self.now += timeout
            return nothing
        self.now = max(self.now, ready)
        self._step = next(self._steps, None)
        return self._chunk(start, stop, has_counter, has_flags)

    def _day(self, n_samples):
        """Yield what comes together: first and last sample, and whether they are lost for good."""
        at, longest = 0, LONGEST_CHUNK
        breaks = [f for f in self._of_delivery.faults if f.kind in ("hold", "source lost")]
        for start, stop, kind in [*((f.start, f.stop, f.kind) for f in breaks), (n_samples,) * 3]:
            while at < start:
                if self._rng.random() < (SHORT_CHUNKS if longest == LONGEST_CHUNK else 0.002):
                    longest = LONGEST_CHUNK + 8 - longest
                until = min(at + int(self._rng.integers(1, longest + 1)), start)
                yield at, until, False
                at = until
            if kind in ("hold", "source lost"):
                yield start, stop, kind == "source lost"
                at = stop

    def _chunk(self, start, stop, has_counter, has_flags):
        number = np.arange(start, stop)
        data, made_up = self.values(start, stop)
        here = np.ones(stop - start, bool)
        stamps = true_time(number) + self._rng.uniform(-JITTER_S, JITTER_S, stop - start)
        error = np.zeros(stop - start)
        clock_error = np.full(stop - start, self._clock_error)
        for fault, where in self._of_delivery.overlapping(start, stop):
            if fault.kind == "dropped":
                here[where] = False
            elif fault.kind == "not finite":
                data[fault.channels, where] = fault.size
            elif fault.kind == "clock jumps":
                clock_error[where.start :] += fault.size
            elif fault.kind.startswith("stamps"):
                error[where] = self._time_error(fault, number[where])
        self._clock_error = float(clock_error[-1])
        stamps += error + clock_error
        # Good everywhere, where the headset tells.
        contact = np.ones(EPOC.n_channels) if has_flags else None
        chunk = Chunk(
            data[:, here],
            stamps[here],
            number[here] % EPOC.sfreq if has_counter else None,
            made_up[here] if has_flags else None,
            self.now,
            contact,
        )
        usable = np.isfinite(data[:, here]).all(axis=0)
        told = made_up[here] & has_flags
        self.n_chunks += 1
        self.n_sent += chunk.n_times
        silence = self.now - self._usable_at
        if usable.any():
            self._usable_at = self.now
        is_new_source, self._is_new_source = self._is_new_source, False
        self._on_delivery(
            Delivery(
                *(number[here], usable, error[here], has_counter, told, contact, silence),
                is_new_source,
            )
        )
        return chunk

    def _time_error(self, fault, number):
        if fault.kind == "stamps equal":
            return true_time(fault.start) - true_time(number)
        if fault.kind == "stamps back":
            return np.full(len(number), -fault.size * SAMPLE_S)
        if fault.kind == "stamps late":
            return np.full(len(number), self._rng.uniform(0, fault.size))
        return self._rng.choice([np.nan, np.inf, -np.inf], len(number))


class ScriptedSource:
    """One connection to the headset, until it is lost."""

    description = DESCRIPTION
    note = ""

    def __init__(self, connection, has_counter, has_flags):
        self._connection = connection
        self._has_counter, self._has_flags = has_counter, has_flags

    def pull(self, timeout):
        """As ``Inlet.pull``."""
        return self._connection.pull(timeout, self._has_counter, self._has_flags)
