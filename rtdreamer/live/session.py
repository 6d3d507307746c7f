"""The way of a sample: source → gaps → ring → classifier → sinks, in one thread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rtdreamer.live.gaps import GapPolicy, Piece
from rtdreamer.live.quality import channel_quality
from rtdreamer.live.sink import Sink
from rtdreamer.live.state import Phase, State
from rtdreamer.prediction import Affect, Prediction
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.ring import RingBuffer, Window
from rtdreamer.stream import Chunk, StreamDescription

PULL_TIMEOUT_S = 0.05
"""Bounds how long a stop has to wait; samples are taken as they arrive."""

STALL_S = 2.0
"""liblsl reports no error when an outlet freezes, so silence is what tells."""


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

    def classify(self, window: NDArray[np.float64]) -> tuple[Affect, Features]:
        """Answer for one raw window, shape (n_channels, n_times), µV."""


class Session:
    """Follows one stream and predicts at every hop.

    When several windows are due at once the newest is predicted and the others are counted as
    skipped, so that the answer never lags further and further behind.

    Parameters
    ----------
    source : Source
        An open stream.
    classifier : WindowClassifier
        Says by its spec what a window is.
    sinks : sequence of Sink
        Fed in this order, in the session's thread.
    hop : int
        Samples from one prediction to the next.

    Raises
    ------
    ValueError
        If the hop is less than 1.
    """

    def __init__(
        self,
        source: Source,
        classifier: WindowClassifier,
        sinks: Sequence[Sink],
        hop: int,
    ) -> None:
        spec = classifier.spec
        self._source = source
        self._classifier = classifier
        self._sinks = sinks
        self._ring = RingBuffer(len(spec.ch_names), spec.n_times, hop)
        self._gaps = GapPolicy(spec.sfreq)
        self._skipped = 0
        self._predicted_sample = -1
        self._state: State | None = None

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Follow the stream until ``should_stop`` returns True.

        Raises
        ------
        StreamLostError
            If the source is gone for good.
        """
        note = f"; {self._source.note}" if self._source.note else ""
        self._enter(Phase.FILLING, f"following {self._source.description.name}{note}")
        usable_at = time.monotonic()
        while not should_stop():
            chunk = self._source.pull(PULL_TIMEOUT_S)
            if chunk.n_times and self._take(chunk):
                usable_at = time.monotonic()
            elif time.monotonic() - usable_at > STALL_S:
                self._enter(Phase.STALLED, f"no usable samples for more than {STALL_S:g} s")

    def _take(self, chunk: Chunk) -> bool:
        """Pass a chunk on and predict if a window is due; return whether a sample was usable."""
        for sink in self._sinks:
            sink.on_chunk(chunk)
        pieces = list(self._gaps.split(chunk))
        window = self._fill(pieces)
        if window is not None:
            self._predict(window)
        elif pieces and self._state is not None and self._state.phase is Phase.STALLED:
            self._enter(Phase.FILLING if self._ring.fill < 1 else Phase.LIVE, "samples are back")
        return bool(pieces)

    def _fill(self, pieces: Sequence[Piece]) -> Window | None:
        """Take samples into the ring; return the newest window that fell due, count the others."""
        newest: Window | None = None
        for piece in pieces:
            if piece.missing:
                self._ring.skip(piece.missing)
                self._enter(
                    Phase.FILLING, f"{piece.missing} samples lost in one gap: starting anew"
                )
            for window in self._ring.extend(piece.data, piece.timestamps):
                self._skipped += newest is not None
                # Samples after it, in the same chunk, will overwrite its place in the ring.
                newest = replace(window, data=window.data.copy())
        return newest

    def _predict(self, window: Window) -> None:
        start = time.perf_counter()
        affect, features = self._classifier.classify(window.data)
        prediction = Prediction(
            timestamp=window.timestamp,
            sample=window.sample,
            affect=affect,
            quality=float(channel_quality(window.data).mean()),
            hop=window.sample - self._predicted_sample,
            skipped=self._skipped,
            lost=self._gaps.lost,
            compute_ms=(time.perf_counter() - start) * 1e3,
            model=self._classifier.name,
            simulated_model=self._classifier.simulated,
        )
        self._predicted_sample = window.sample
        # A gap after this window may have emptied the ring already.
        if self._ring.fill == 1:
            self._enter(Phase.LIVE, "predicting")
        for sink in self._sinks:
            sink.on_prediction(prediction, features)

    def _enter(self, phase: Phase, message: str) -> None:
        state = State(phase, message, self._source.description)
        if state == self._state:
            return
        self._state = state
        for sink in self._sinks:
            sink.on_state(state)
