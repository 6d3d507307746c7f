"""An open stream: a headset's channels in order, in µV, on this machine's clock."""

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pylsl
from numpy.typing import NDArray
from pylsl import util

from rtdreamer.errors import StreamLostError
from rtdreamer.headset import Headset
from rtdreamer.lsl.channel_plan import AS_IT_SAYS, Reading, plan_channels
from rtdreamer.lsl.contact import Contact
from rtdreamer.lsl.discovery import DESCRIPTION_TIMEOUT_S, FoundStream
from rtdreamer.lsl.neighbours import Neighbours, SilenceWatch
from rtdreamer.stream.chunk import Chunk, OpenedStream, RawChunk

BUFFER_S = 360
"""liblsl keeps this much for a reader that is late and drops older samples without a word."""

PULL_SAMPLES = 1024

HELD_UP_S = 0.1
GATHER_S = 0.02
"""After so long a silence, wait so long for what was held up: it is told from what was lost by
coming all at once."""

MAX_GATHER_S = 0.2
"""So long at most, as long as it goes on coming faster than it is measured."""

STALL_S = 0.6
PATIENCE = 3
"""After so long a silence, longer than between a usual sender's batches, all of it that many times
as long: a sender that catches up may do so in pieces with pauses between."""

WATCH_S = 2.0
"""After so long without a sample, look whether the stream speaks elsewhere."""


class Inlet:
    """Reads a headset's channels from a stream, by label, at the rate it is sent.

    Parameters
    ----------
    found : FoundStream
        The stream to open.
    headset : Headset
        What it should be of.
    lookalikes : collection of str
        The uids of others that are known to look like it.
    reading : Reading
        What the user says of it.

    Attributes
    ----------
    description : StreamDescription
        The stream.
    note : str
        What had to be assumed about it, for the user to know; empty if nothing.

    Raises
    ------
    StreamLostError
        If the stream does not answer: it may be gone already.
    StreamError
        If it sends no numbers, lacks one of the headset's channels, or has a rate or unit
        that cannot be used.
    """

    def __init__(
        self,
        found: FoundStream,
        headset: Headset,
        lookalikes: Collection[str] = (),
        reading: Reading = AS_IT_SAYS,
    ) -> None:
        # Not found again by liblsl, which would not notice if its channels are others now.
        self._inlet = pylsl.StreamInlet(
            found.handle,
            max_buflen=BUFFER_S,
            recover=False,
            # As sent: the clocks are compared here, so that it is known what was added.
            processing_flags=pylsl.proc_none,
            as_numpy=True,
        )
        name = found.description.name
        try:
            full = self._inlet.info(timeout=DESCRIPTION_TIMEOUT_S)
            self._plan = plan_channels(full, headset, reading)
            self._correction = float(self._inlet.time_correction(DESCRIPTION_TIMEOUT_S))
            self._inlet.open_stream(timeout=DESCRIPTION_TIMEOUT_S)
        except (util.TimeoutError, util.LostError) as error:
            raise StreamLostError(
                f"stream {name!r} is announced but does not answer; "
                "is it still running, and does a firewall block it?"
            ) from error
        self.description = replace(found.description, speed=self._plan.speed)
        self._opened = OpenedStream(self.description, full.as_xml(), self._plan.to_json())
        self.note = self._plan.note
        self._heard_at = time.monotonic()
        self._uid = found.handle.uid()
        self._neighbours = Neighbours(found, lookalikes)
        self._silence_watch: SilenceWatch | None = None
        self._contact = Contact(self._neighbours.contact, headset)

    def pull(self, timeout: float) -> Chunk:
        """Take everything that has arrived, waiting up to ``timeout`` s for a first sample.

        Returns
        -------
        Chunk
            With no samples if none came.

        Raises
        ------
        StreamLostError
            If the stream is gone, was restarted elsewhere, or the connection to it broke.
        """
        pulled = [self._pull(timeout)]
        silence = time.monotonic() - self._heard_at
        if len(pulled[0][1]) and silence > HELD_UP_S:
            pulled += self._gather(PATIENCE if silence > STALL_S else 1)
        while len(pulled[-1][1]) == PULL_SAMPLES:
            pulled.append(self._pull(0.0))
        timestamps = np.concatenate([timestamps for _, timestamps in pulled])
        n_times = len(timestamps)
        self._watch(n_times)
        self._contact.look()
        if n_times:
            self._compare_clocks()
        values = np.concatenate([samples for samples, _ in pulled])
        return self._plan.chunk(
            RawChunk(values, timestamps, self._correction, self._opened),
            received=float(pylsl.local_clock()),
            contact=self._contact.take() if n_times else None,
        )

    @property
    def lookalikes(self) -> frozenset[str]:
        """The uids of others that looked like the stream while it sent."""
        return self._neighbours.lookalikes

    def close(self) -> None:
        """Leave the stream. Inlets must be closed before outlets of the same process."""
        self._end_watch()
        self._contact.close()
        self._neighbours.close()
        self._inlet.close_stream()
        # A closed inlet keeps a thread and sockets of liblsl for as long as it exists.
        del self._inlet

    def _pull(self, timeout: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        try:
            samples, timestamps = self._inlet.pull_chunk(
                timeout=timeout, max_samples=PULL_SAMPLES, min_samples=1
            )
        except util.LostError as error:
            raise StreamLostError(f"stream {self.description.name!r} is gone") from error
        return samples, timestamps

    def _compare_clocks(self) -> None:
        """Take the newest of what liblsl finds out, every few seconds, of the sender's clock."""
        with suppress(util.TimeoutError, util.LostError):
            self._correction = float(self._inlet.time_correction(0.0))

    def _gather(self, patience: int) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Take what was held up with what has just come."""
        pulled: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        end, step = time.monotonic() + patience * MAX_GATHER_S, patience * GATHER_S
        n_even = 2 * step * (self.description.sfreq or np.inf)
        while not pulled or (len(pulled[-1][1]) > n_even and time.monotonic() < end):
            time.sleep(step)
            pulled.append(self._pull(0.0))
        return pulled

    def _watch(self, n_times: int) -> None:
        """Notice that a silent stream speaks elsewhere."""
        if n_times:
            self._heard_at = time.monotonic()
            self._end_watch()
            self._neighbours.look()
        elif self._silence_watch is not None:
            if finding := self._silence_watch.finding():
                raise StreamLostError(f"stream {self.description.name!r} {finding}")
        elif time.monotonic() - self._heard_at > WATCH_S:
            self._silence_watch = SilenceWatch(self._uid, self._neighbours.candidates)

    def _end_watch(self) -> None:
        if self._silence_watch is not None:
            self._silence_watch.close()
            self._silence_watch = None
