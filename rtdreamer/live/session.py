"""The way of a sample: source → gaps → ring → classifier → sinks, in one thread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rtdreamer.epoc import CH_NAMES
from rtdreamer.live import sampling
from rtdreamer.live.sink import Sink
from rtdreamer.live.state import Phase, State
from rtdreamer.prediction import Affect, OverTime, Prediction, Quality
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.quality import MIN_CHANNELS, MIN_CHANNELS_ABSOLUTE, assess, too_poor
from rtdreamer.signal.ring import RingBuffer, Window
from rtdreamer.stream.chunk import Chunk, StreamDescription
from rtdreamer.stream.clock import ClockCorrector
from rtdreamer.stream.gaps import GapPolicy, Piece, is_usable

PULL_TIMEOUT_S = 0.05
"""Bounds how long a stop has to wait; samples are taken as they arrive."""

STALL_S = 2.0
"""liblsl reports no error when an outlet freezes, so silence is what tells."""

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

    def contact(self, since: float) -> NDArray[np.float64] | None:
        """Each electrode's worst contact, 0–1, from ``since`` (LSL s) on; None if not known."""


class WindowClassifier(Protocol):
    """What turns a raw window into an answer."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def simulated(self) -> bool:
        """Whether it was trained on simulated people."""

    @property
    def spec(self) -> Spec:
        """What it expects of a window."""

    def extract(self, window: NDArray[np.float64]) -> Features:
        """What the model sees of one raw window, shape (n_channels, n_times), µV."""

    def classify(self, features: Features, sample: int) -> tuple[Affect, OverTime]:
        """Answer for what it sees, and for the last minute up to ``sample``, the window's last.

        What is NaN is not known, if the spec standardises.
        """

    def start_anew(self) -> None:
        """Forget the windows before: the next one is of another source."""


class Session:
    """Follows sources, one after the other, and predicts at every hop.

    Windows fall due by sample count. When several are due at once, because the machine was slow
    or samples came in a burst, the newest is predicted and the others are counted as skipped: the
    display never lags further and further behind. What bad channels say of a window is left out;
    one with too many of them gets no verdict, and the reason instead. So does one of which too
    little was measured, or whose samples come at a lower rate than they should. That they come at
    a higher one is said, since a recording that is played faster is no fault.

    What is lost between two sources is counted like any other gap. No window holds samples of both,
    nor does the answer over the last minute: the second one may be another device. A gap within a
    source does not end it, but makes the windows before it older by the samples that were lost. A
    window without a verdict adds nothing to that answer, and is given none.

    Parameters
    ----------
    classifier : WindowClassifier
        Answers for each window.
    sinks : sequence of Sink
        Fed in this order, in the session's thread.
    hop : int
        Samples from one prediction to the next.

    Raises
    ------
    ValueError
        If the hop is less than 1.
    """

    def __init__(self, classifier: WindowClassifier, sinks: Sequence[Sink], hop: int) -> None:
        spec = classifier.spec
        self._classifier = classifier
        self._sinks = sinks
        self._ring = RingBuffer(len(spec.ch_names) + sampling.N_NOTES, spec.n_times, hop)
        self._clock = ClockCorrector(spec.sfreq)
        self._gaps = GapPolicy(spec.sfreq)
        self._skipped = 0
        self._interpolated = 0
        self._predicted_sample = -1
        self._is_new_source = False
        self._judged = Phase.LIVE
        self._state: State | None = None

    def follow(self, source: Source, should_stop: Callable[[], bool]) -> None:
        """Follow a source until ``should_stop`` returns True.

        Raises
        ------
        StreamLostError
            If the source is gone for good. Another one may be followed then.
        """
        stream = source.description
        note = f"; {source.note}" if source.note else ""
        self.enter(Phase.FILLING, f"following {stream.name}{note}", stream)
        self._clock.start_anew()
        self._is_new_source = True
        usable_at, patience, unusable = time.monotonic(), STALL_S, ""
        while not should_stop():
            chunk = source.pull(PULL_TIMEOUT_S)
            if chunk.n_times and self._take(chunk, source):
                usable_at, unusable = time.monotonic(), ""
                # What comes in large chunks comes seldom.
                patience = STALL_S + min(chunk.n_times / self._classifier.spec.sfreq, STALL_S)
                continue
            unusable = _unusable(chunk) or unusable
            if time.monotonic() - usable_at > patience:
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

    def _tell(self, state: State) -> None:
        self._state = state
        for sink in self._sinks:
            sink.on_state(state)

    def _take(self, chunk: Chunk, source: Source) -> bool:
        """Pass a chunk on and predict if a window is due; return whether a sample was usable."""
        pieces: list[Piece] = []
        for part in self._on_our_clock(chunk):
            if part.interpolated is not None:
                self._interpolated += int(part.interpolated.sum())
            for sink in self._sinks:
                sink.on_chunk(part)
            pieces += self._gaps.split(part)
        window = self._fill(pieces, source.description)
        if window is not None:
            self._predict(window, source)
        elif pieces and self._phase is Phase.STALLED:
            # How the signal is now will be known at the next window.
            phase = Phase.FILLING if self._ring.fill < 1 else self._judged
            self.enter(phase, "samples are back", source.description)
        return bool(pieces)

    def _on_our_clock(self, chunk: Chunk) -> list[Chunk]:
        jumps = self._clock.jumps
        parts = self._clock.split(chunk)
        # A clock that jumps all the time is told of at its 1st, 2nd, 4th, 8th, … jump.
        now = self._clock.jumps
        if jumps.bit_length() < now.bit_length() and self._state is not None:
            times = f"{now} times so far" if now > 1 else "once so far"
            message = f"the stream's clock was wrong, {times}: its samples count as they come"
            self._tell(replace(self._state, message=message))
        if self._is_new_source:
            parts[0] = replace(parts[0], from_new_source=True)
            self._is_new_source = False
        return parts

    def _fill(self, pieces: Sequence[Piece], stream: StreamDescription) -> Window | None:
        """Take samples into the ring; return the newest window that fell due, count the others."""
        newest: Window | None = None
        for piece in pieces:
            if piece.from_new_source:
                self._classifier.start_anew()
            if piece.starts_anew:
                self._ring.skip(piece.missing)
            if piece.missing:
                # With the total, so that gaps of equal length are told of one by one.
                so_far = f"{piece.lost} so far"
                message = f"{piece.missing} samples lost in one gap, {so_far}: starting anew"
                self.enter(Phase.FILLING, message, stream)
            for window in self._ring.extend(sampling.with_notes(piece), piece.timestamps):
                self._skipped += newest is not None
                # Samples after it, in the same chunk, will overwrite its place in the ring.
                newest = replace(window, data=window.data.copy())
        return newest

    def _predict(self, window: Window, source: Source) -> None:
        start = time.perf_counter()
        spec = self._classifier.spec
        contact = source.contact(window.timestamp - spec.n_times / spec.sfreq)
        signals, steps, origin = sampling.without_notes(window.data)
        quality = assess(signals, spec.sfreq, contact)
        # Only relative to a person can a channel be as usual.
        left_out = quality.bad if spec.standardise else ()
        features = self._classifier.extract(signals).without(left_out)
        pace = sampling.pace(steps, spec.sfreq)
        rate = sampling.wrong_rate(pace, source.description.sfreq or spec.sfreq)
        reason = self._why_withheld(rate if sampling.is_slow(pace) else "", origin, quality)
        affect, over_time = None, None
        if not reason:
            affect, over_time = self._classifier.classify(features, window.sample)
        prediction = Prediction(
            timestamp=window.timestamp,
            sample=window.sample,
            affect=affect,
            reason=reason,
            quality=quality,
            left_out=left_out,
            hop=window.sample - self._predicted_sample,
            skipped=self._skipped,
            lost=self._gaps.lost,
            interpolated=self._interpolated,
            compute_ms=(time.perf_counter() - start) * 1e3,
            model=self._classifier.name,
            simulated_model=self._classifier.simulated,
            over_time=over_time,
        )
        self._predicted_sample = window.sample
        # A gap after this window may have emptied the ring already.
        if self._ring.fill == 1:
            self._judged = Phase.POOR if reason else Phase.LIVE
            aside = f", but {rate}" if rate else ""
            self.enter(self._judged, reason or f"predicting{aside}", source.description)
        for sink in self._sinks:
            sink.on_prediction(prediction, features)

    def _why_withheld(self, slow: str, origin: NDArray[np.float64], quality: Quality) -> str:
        """Say why a window gets no verdict; empty if it does.

        At a wrong rate, or where little was measured, its signals say nothing of the electrodes.
        """
        silence = DOUBTFUL if self._clock.has_doubtful_silence else ""
        standardise = self._classifier.spec.standardise
        poor = too_poor(quality, MIN_CHANNELS if standardise else MIN_CHANNELS_ABSOLUTE)
        return silence or slow or sampling.not_measured(origin) or poor

    @property
    def _phase(self) -> Phase | None:
        return None if self._state is None else self._state.phase


def _unusable(chunk: Chunk) -> str:
    """Name the channels without which a chunk cannot be used; nothing if it is empty."""
    rows = np.flatnonzero(~is_usable(chunk.data).all(axis=1)).tolist()
    return f": {', '.join(CH_NAMES[row] for row in rows)} not finite" if rows else ""
