"""The loop of a live session: source → timeline → ring → predictor → sinks, in one thread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from rtdreamer.headset import Headset
from rtdreamer.live import sampling
from rtdreamer.live.orders import Report
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.sink import Phase, Sink, State
from rtdreamer.signal.ring import RingBuffer, Window
from rtdreamer.stream.chunk import Chunk, StreamDescription
from rtdreamer.stream.gaps import Piece, is_usable
from rtdreamer.stream.marker import Marker
from rtdreamer.stream.timeline import Timeline

PULL_TIMEOUT_S = 0.05
"""Bounds how long a stop has to wait; samples are taken as they arrive."""

STALL_S = 2.0
"""liblsl reports no error when an outlet freezes, so silence is what tells."""

MAX_BACKLOG_S = 1.0
"""For so long the windows of one chunk are predicted one by one; then the newest goes first."""

DOUBTFUL = "samples are late since a silence: whether time was lost in it is not known yet"

LASTING = (Phase.LIVE, Phase.POOR, Phase.STALLED)


class Source(Protocol):
    """Where samples come from."""

    @property
    def description(self) -> StreamDescription:
        """The stream."""

    @property
    def note(self) -> str:
        """What had to be assumed about the stream; empty if nothing."""

    def pull(self, timeout: float) -> Chunk:
        """Take everything that has arrived, waiting up to ``timeout`` s for a first sample."""


class MarkerSource(Protocol):
    """Where markers come from."""

    def take(self) -> Sequence[Marker]:
        """Return those that came since the last call."""

    def news(self) -> str:
        """Return what there is to say since this was last asked, in one line; else nothing."""


class Session:
    """Follows sources, one after the other, and predicts at every hop.

    Windows fall due by sample count, and each is predicted. Only where the machine is too slow for
    that, and a chunk's windows take more than ``MAX_BACKLOG_S``, the newest is predicted at once
    and those between are counted as skipped: no one ever lags further and further behind. A window
    whose samples come at another rate than they should gets no verdict, unless the stream says that
    it is a recording that is played faster. What must be known of a prediction goes with it.

    What is missing between two sources is counted like any other gap. No window holds samples of
    both, nor does the answer over the last minute: the second one may be another device. A gap
    within a source does not end it, but makes the windows before it older by what is missing. A
    window without a verdict adds nothing to that answer, and is given none.

    Parameters
    ----------
    predictor : Predictor
        Answers for each window.
    sinks : sequence of Sink
        Fed in this order, in the session's thread.
    hop : int
        Samples from one prediction to the next.
    clock : callable
        Seconds, to tell how long nothing has come.
    markers : MarkerSource, optional
        Markers to be passed on to the sinks.

    Raises
    ------
    ValueError
        If the hop is less than 1.
    """

    def __init__(
        self,
        predictor: Predictor,
        sinks: Sequence[Sink],
        hop: int,
        clock: Callable[[], float] = time.monotonic,
        markers: MarkerSource | None = None,
    ) -> None:
        spec = predictor.spec
        self._predictor = predictor
        self._sinks = sinks
        self._clock = clock
        self._markers = markers
        self._timeline = Timeline(spec.headset)
        self._ring = RingBuffer(len(spec.ch_names), spec.n_times, hop)
        self._pace = sampling.Pace(spec.sfreq)
        self._received = np.inf
        self._skipped = 0
        self._predicted_in = Phase.LIVE
        self._state: State | None = None

    def follow(self, source: Source, should_stop: Callable[[], bool]) -> None:
        """Follow a source until ``should_stop`` returns True.

        Raises
        ------
        StreamLostError
            If the source is gone for good. Another one may be followed then.
        ValueError
            If the source's rate is neither 128 nor 256 Hz.
        """
        stream = source.description
        sfreq = stream.sfreq or self.headset.sfreq
        note = f"; {source.note}" if source.note else ""
        self.enter(Phase.FILLING, f"following {stream.name}{note}", stream)
        self._timeline.start_source(sfreq)
        self._pace = sampling.Pace(self.headset.sfreq)
        usable_at, patience, unusable = self._clock(), STALL_S, ""
        while not should_stop():
            chunk = source.pull(PULL_TIMEOUT_S)
            self._pass_on(chunk)
            if chunk.n_times and self._take(chunk, stream):
                usable_at, unusable = self._clock(), ""
                # What comes in large chunks comes seldom.
                patience = STALL_S + min(chunk.n_times / sfreq, STALL_S)
                continue
            unusable = _unusable(chunk, self.headset.ch_names) or unusable
            if self._clock() - usable_at > patience:
                message = f"no usable samples for more than {STALL_S:g} s{unusable}"
                self.enter(Phase.STALLED, message, stream)

    def enter(self, phase: Phase, message: str, stream: StreamDescription | None) -> None:
        """Tell the sinks where the session stands, unless they know."""
        last, state = self._state, State(phase, message, stream)
        # In these the words may change at every window; what was said first stands.
        if last is not None and phase is last.phase and phase in LASTING:
            return
        if state != last:
            self._tell(state)

    def say(self, line: str) -> None:
        """Tell the sinks something that changes nothing; where nothing was told yet, not even this.

        Parameters
        ----------
        line : str
            One line, said in place of what is said of the phase.
        """
        if line and self._state is not None:
            self._tell(replace(self._state, message=line))

    def mark(self, marker: Marker) -> None:
        """Pass on a marker that was set by hand."""
        for sink in self._sinks:
            sink.on_marker(marker)

    def report(self, report: Report) -> None:
        """Tell the sinks what came of an order."""
        for sink in self._sinks:
            sink.on_report(report)

    def attend(self) -> None:
        """Have all sinks hear the markers that came, and what one of them has to say.

        To be called often while no source is followed: meanwhile, too, things happen that are to be
        marked.
        """
        if self._markers is not None:
            for marker in self._markers.take():
                self.mark(marker)
        if self._state is None:
            return  # there is nothing yet in place of which it would be said
        for sink in self._sinks:
            self.say(sink.news())
        if self._markers is not None:
            self.say(self._markers.news())

    def _pass_on(self, chunk: Chunk) -> None:
        """Have the sinks see what came, and hear what there is beside it."""
        if chunk.n_times:
            for sink in self._sinks:
                sink.on_chunk(chunk)
        self.attend()

    def _tell(self, state: State) -> None:
        self._state = state
        for sink in self._sinks:
            sink.on_state(state)

    def _take(self, chunk: Chunk, stream: StreamDescription) -> bool:
        """Pass a chunk on and predict if a window is due; return whether a sample was usable."""
        jumps, missing = self._timeline.jumps, self._timeline.missing
        glitches = self._timeline.glitches
        pieces = self._timeline.take(chunk)
        self._received = np.inf if chunk.received is None else chunk.received
        # What is known to be missing is no sign of another rate.
        n_times = sum(piece.n_times + piece.missing for piece in pieces)
        self._pace.arrive(n_times, chunk.received, self._timeline.jumps)
        self._tell_of_jumps(jumps, self._timeline.jumps)
        self._tell_of_glitches(glitches, self._timeline.glitches)
        # Nobody else would hear of them before the next sample that can be used.
        if not pieces and self._timeline.missing > missing:
            for sink in self._sinks:
                sink.on_unusable(self._timeline.missing)
        for piece in pieces:
            for sink in self._sinks:
                sink.on_samples(piece)
        n_due = self._fill(pieces, stream)
        if not n_due and pieces and self._phase is Phase.STALLED:
            # How the signal is now will be known at the next window.
            phase = Phase.FILLING if self._ring.fill < 1 else self._predicted_in
            self.enter(phase, "samples are back", stream)
        return bool(pieces)

    def _tell_of_jumps(self, before: int, now: int) -> None:
        """Tell of the 1st, 2nd, 4th, 8th, … jump of a clock that jumps all the time."""
        if before.bit_length() < now.bit_length() and self._state is not None:
            times = f"{now} times so far" if now > 1 else "once so far"
            message = f"the stream's clock was wrong, {times}: its samples count as they come"
            self._tell(replace(self._state, message=message))

    def _tell_of_glitches(self, before: int, now: int) -> None:
        """Tell of the 1st, 2nd, 4th, 8th, … sample that the headset cannot have measured."""
        if before.bit_length() < now.bit_length() and self._state is not None:
            count = f"{now} samples" if now > 1 else "1 sample"
            where = ", ".join(self._timeline.glitch_channels)
            message = (
                f"{count} so far that no {self.headset.name} can measure, last on {where}: "
                "counted as missing"
            )
            self._tell(replace(self._state, message=message))

    def _fill(self, pieces: Sequence[Piece], stream: StreamDescription) -> int:
        """Take samples into the ring and predict as windows fall due; return how many did."""
        too_late, n_due = self._clock() + MAX_BACKLOG_S, 0
        late: Window | None = None
        for piece in pieces:
            if piece.from_new_source:
                self._predictor.reset()
            self._pace.add(piece.n_times + piece.missing, piece.interval)
            if piece.starts_over:
                self._ring.skip(piece.missing)
            if piece.missing:
                # With the total, so that gaps of equal length are told of one by one.
                so_far = f"{piece.total_missing} so far"
                doubt = sampling.held_up(piece.interval, self.headset.sfreq, stream.speed)
                gap = f"{piece.missing} samples missing in one gap{doubt}"
                message = f"{gap}, {so_far}: starting again"
                self.enter(Phase.FILLING, message, stream)
            for window in self._ring.extend(
                piece.data, piece.timestamps, piece.origin, piece.interval, piece.contact
            ):
                n_due += 1
                if self._clock() < too_late:
                    self._predict(window, stream)
                    continue
                self._skipped += late is not None
                # Samples after it, in the same chunk, will overwrite its place in the ring.
                late = window.copy()
        if late is not None:
            self._predict(late, stream)
        return n_due

    def _predict(self, window: Window, stream: StreamDescription) -> None:
        rate, is_certain = self._wrong_rate(window, stream)
        why_not = DOUBTFUL if self._timeline.has_doubtful_silence else rate if is_certain else ""
        prediction, features = self._predictor.predict_due(window, why_not)
        notes = (
            rate if prediction.reason != rate else "",
            sampling.faster(stream.speed),
            sampling.ahead(window.timestamp, self._received),
        )
        prediction = replace(
            prediction,
            skipped=self._skipped,
            missing=self._timeline.missing,
            driver_interpolated=self._timeline.driver_interpolated,
            note="; ".join(filter(None, notes)),
        )
        # A gap after this window may have emptied the ring already.
        if self._ring.fill == 1:
            self._predicted_in = Phase.POOR if prediction.reason else Phase.LIVE
            aside = f", but {prediction.note}" if prediction.note else ""
            self.enter(self._predicted_in, prediction.reason or f"predicting{aside}", stream)
        for sink in self._sinks:
            sink.on_prediction(prediction, features)

    def _wrong_rate(self, window: Window, stream: StreamDescription) -> tuple[str, bool]:
        """Say that a window's samples come at a wrong rate, and whether that is certain."""
        sfreq, speed = self.headset.sfreq, stream.speed
        pace, arrival = sampling.pace(window.interval, sfreq), self._pace.by_arrival()
        if said := sampling.wrong_rate(pace, stream.sfreq or sfreq, speed):
            # What was held up seems fast; over the time in which it was, it is not.
            is_fast = sampling.is_fast(self._pace.by_stamps(), speed)
            return said, sampling.is_slow(pace, speed) or is_fast
        said = sampling.wrong_rate(arrival, stream.sfreq or sfreq, speed)
        return said, bool(said)

    @property
    def headset(self) -> Headset:
        """Whose samples it predicts from."""
        return self._predictor.spec.headset

    @property
    def _phase(self) -> Phase | None:
        return None if self._state is None else self._state.phase


def _unusable(chunk: Chunk, ch_names: Sequence[str]) -> str:
    """Name the channels without which a chunk cannot be used; nothing if it is empty."""
    rows = np.flatnonzero(~is_usable(chunk.data).all(axis=1)).tolist()
    return f": {', '.join(ch_names[row] for row in rows)} not finite" if rows else ""
