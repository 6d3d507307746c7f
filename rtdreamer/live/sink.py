"""What a session feeds: the dashboard, the JSON lines, the prediction outlet."""

from typing import Protocol

from rtdreamer.live.state import State
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece


class Sink(Protocol):
    """Receives everything a session sees, in the session's own thread."""

    def on_state(self, state: State) -> None:
        """The session entered another phase."""

    def on_samples(self, piece: Piece) -> None:
        """Samples without a gap arrived."""

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        """The model answered; ``features`` is what it saw."""
