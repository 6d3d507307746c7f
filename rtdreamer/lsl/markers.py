"""Streams of markers that other programs send, followed beside the EEG."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pylsl
from pylsl import util

from rtdreamer.stream.marker import MARKS, TAKERS, Marker

TYPE = "Markers"

LOOK_S = 0.25
"""Between two looks at what is there."""

DAY_S = 86_400.0
"""Timestamps that are within a day of the time of day, and farther from LSL's, are Unix time."""

UNIX, AS_SENT = "right", "as-sent"
CLOCKS = (UNIX, AS_SENT)
"""What is done with markers that are stamped in Unix time: put right, or left as they came."""


class MarkerStreams:
    """Follows streams of markers by their names, whenever there are any.

    Nothing here waits, and what goes wrong here never stops the EEG.

    Parameters
    ----------
    names : sequence of str
        A stream is followed if its name, or source_id, is one of these, ignoring case.
    clock : str
        One of ``CLOCKS``.
    now : callable
        Unix time, seconds.
    """

    def __init__(
        self, names: Sequence[str], clock: str = UNIX, now: Callable[[], float] = time.time
    ) -> None:
        self._names = {name.casefold() for name in (*names, MARKS)}
        self._clock = clock
        self._now = now
        self._look_at = 0.0
        self._news: list[str] = []
        self._streams: dict[str, _Stream] = {}
        self._takers: dict[str, _Takers] = {}
        self._resolver: pylsl.ContinuousResolver | None = pylsl.ContinuousResolver(
            "type", TYPE, forget_after=3.0
        )

    def take(self) -> list[Marker]:
        """Return the markers that came since the last call, each stream's in their order."""
        self._look()
        markers = []
        for uid, stream in self._streams.items():
            try:
                found = [self._marker(stream, *sample) for sample in stream.take()]
                if stream.handle.name() == MARKS:
                    found = found[:1]  # it is sent again to those who come late
                    self._answer(uid, stream, bool(found))
                markers += found
            except util.LostError:
                self._leave(uid)
        return markers

    def _answer(self, uid: str, stream: "_Stream", is_taken: bool) -> None:
        """Let the one who set a mark know that it is still to be taken here, or was."""
        if is_taken:
            self._leave(uid)
        elif stream.is_open and uid in self._takers:
            self._takers[uid].join()

    def _leave(self, uid: str) -> None:
        """Follow a stream no more, and not again as long as it is announced."""
        self._streams[uid].close()
        if uid in self._takers:
            self._takers[uid].leave()

    def news(self) -> str:
        """Return what there is to say since this was last asked, in one line; else nothing."""
        news, self._news = self._news, []
        return "; ".join(news)

    def close(self) -> None:
        """Leave all streams."""
        self._resolver = None
        for uid in self._streams:
            self._leave(uid)

    def _look(self) -> None:
        if self._resolver is None or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_S
        handles = self._resolver.results()
        takers = {one.source_id(): one for one in handles if one.name() == TAKERS}
        self._takers = {uid: self._takers.get(uid, _Takers(one)) for uid, one in takers.items()}
        # Of those that have ended nothing is kept: there may be thousands in a day.
        here = {handle.uid() for handle in handles}
        self._streams = {
            uid: one for uid, one in self._streams.items() if one.is_followed or uid in here
        }
        for handle in handles:
            words = {handle.name().casefold(), handle.source_id().casefold()}
            if handle.uid() not in self._streams and words & self._names:
                self._streams[handle.uid()] = _Stream(handle)
                if handle.name() != MARKS:
                    self._news.append(f"following the markers {handle.name()!r:.60}")

    def _marker(
        self, stream: "_Stream", values: Sequence[object], sent: float, correction: float
    ) -> Marker:
        here, of_day = float(pylsl.local_clock()), self._now()
        if abs(sent - of_day) < DAY_S < abs(sent + correction - here):
            done = "left as they came"
            if self._clock == UNIX:
                done = "put right"
                sent = sent - of_day + here - correction
            if not stream.is_told_of:
                stream.is_told_of = True
                name = stream.handle.name()
                self._news.append(f"markers {name!r:.60} are stamped in Unix time: {done}")
        return Marker(
            tuple(map(str, values)), sent + correction, correction, stream.handle.name(),
            stream.header,
        )  # fmt: skip


class _Takers:
    """The stream that a session joins while a mark is to be taken."""

    def __init__(self, handle: pylsl.StreamInfo) -> None:
        self._handle: pylsl.StreamInfo | None = handle
        self._inlet: pylsl.StreamInlet | None = None

    def join(self) -> None:
        """Join it, once."""
        if self._inlet is None and self._handle is not None:
            self._inlet = pylsl.StreamInlet(self._handle, recover=False)
            with suppress(util.TimeoutError, util.LostError):
                self._inlet.open_stream(timeout=0.0)  # liblsl goes on trying, in a thread

    def leave(self) -> None:
        """Leave it for good."""
        if self._inlet is not None:
            self._inlet.close_stream()
        self._inlet = self._handle = None


class _Stream:
    """One stream, opened step by step as it answers."""

    def __init__(self, handle: pylsl.StreamInfo) -> None:
        self.handle = handle
        self.header = ""
        self.is_told_of = self.is_open = False
        self._inlet: pylsl.StreamInlet | None = pylsl.StreamInlet(handle, recover=False)

    @property
    def is_followed(self) -> bool:
        """Whether it was not left yet."""
        return self._inlet is not None

    def take(self) -> list[tuple[Sequence[object], float, float]]:
        """Values, time sent and correction of what came.

        Raises
        ------
        LostError
            If the stream is gone.
        """
        if self._inlet is None:
            return []
        try:
            if not self.header:
                self.header = self._inlet.info(timeout=0.0).as_xml()
            # Pulling from a stream that is not open yet waits for it, whatever the timeout.
            self._inlet.open_stream(timeout=0.0)
            self.is_open = True
            # Last: where machines are busy the clocks' difference takes seconds to measure, and
            # what is sent meanwhile is kept.
            correction = float(self._inlet.time_correction(0.0))
        except util.TimeoutError:
            return []  # liblsl goes on asking it, in a thread
        samples, timestamps = self._inlet.pull_chunk(timeout=0.0)
        return [(s, float(t), correction) for s, t in zip(samples, timestamps, strict=True)]

    def close(self) -> None:
        """Leave it."""
        if self._inlet is not None:
            self._inlet.close_stream()
        self._inlet = None
