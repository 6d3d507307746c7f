"""What a session tells those who show, print or publish it: states, samples, predictions."""

import enum
from dataclasses import dataclass

from rtdreamer.live.orders import Report
from rtdreamer.prediction import Prediction, Reasons
from rtdreamer.signal.features import Features
from rtdreamer.stream.chunk import Chunk, StreamDescription
from rtdreamer.stream.gaps import Piece
from rtdreamer.stream.marker import Marker


class Phase(enum.Enum):
    """The phases of a session."""

    WAITING = "waiting"
    """No stream yet."""
    FILLING = "filling"
    """Samples arrive, the first window is not full yet (or again, after a long gap)."""
    LIVE = "live"
    POOR = "poor signal"
    """Windows are full, but no verdict can be given: too poor, hardly measured, or too slow."""
    STALLED = "stalled"
    """The stream is open and nothing usable comes."""
    DISCONNECTED = "disconnected"
    """The stream was there and is gone; it is waited for."""


PREDICTING = (Phase.LIVE, Phase.POOR)
"""Phases in which every hop brings a prediction, even if its verdict is withheld."""

FLOWING = (Phase.FILLING, *PREDICTING)
"""Phases in which samples arrive."""


@dataclass(frozen=True, slots=True)
class State:
    """A phase, one plain line about it, and the stream once there is one."""

    phase: Phase
    message: str
    stream: StreamDescription | None = None

    @property
    def in_words(self) -> str:
        """The phase and the line."""
        return f"{self.phase.value}: {self.message}"


class Sink:
    """Is told everything that a session sees, in the session's own thread, and ignores it.

    Those who want some of it override what tells them of that.
    """

    def on_state(self, state: State) -> None:
        """The session entered another phase."""

    def on_chunk(self, chunk: Chunk) -> None:
        """Samples arrived; they are told of as they came, before anything is done with them."""

    def on_samples(self, piece: Piece) -> None:
        """Samples without a gap arrived."""

    def on_unusable(self, missing: int) -> None:
        """Samples arrived of which none can be used; ``missing`` is the count so far, with them."""

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        """The model answered; ``features`` is what it saw."""

    def on_reasons(self, reasons: Reasons) -> None:
        """It became known what carried a recent answer; only of a model for which that holds."""

    def on_marker(self, marker: Marker) -> None:
        """Another program said that something happened."""

    def on_report(self, report: Report) -> None:
        """Something that was ordered of the session goes on, or has ended."""

    def news(self) -> str:
        """Return what it has to say since it was last asked, in one line; empty if nothing.

        The session tells all sinks of it, as a change of state.
        """
        return ""
