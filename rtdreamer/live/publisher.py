"""What a session sends out on LSL: its predictions, and its changes of state."""

import math
import socket
from collections.abc import Callable

from rtdreamer.live.json_lines import event_json
from rtdreamer.live.predictor import WindowClassifier
from rtdreamer.live.sink import Sink, State
from rtdreamer.lsl.outlets import AffectOutlet, MarkerOutlet
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.chunk import StreamDescription


class Publisher(Sink):
    """A sink that publishes each change of state as a marker, and each prediction.

    Markers are stamped with the time of the change, predictions with their window's last sample.

    Parameters
    ----------
    stream, source_id : str
        As the user named what is followed; they name the stream of markers.
    classifier : WindowClassifier
        Who predicts.
    clock : callable
        LSL time now, seconds.
    """

    def __init__(
        self, stream: str, source_id: str, classifier: WindowClassifier, clock: Callable[[], float]
    ) -> None:
        self._classifier = classifier
        self._clock = clock
        self._events = MarkerOutlet(f"{stream}-Events", _source_id(stream, source_id, "events"))
        self._affect: AffectOutlet | None = None

    def open_affect(self, followed: StreamDescription) -> None:
        """Open the stream of predictions, which has the name of the one that is followed."""
        name, simulated = self._classifier.name, self._classifier.simulated
        source_id = _source_id(followed.source_id or followed.name, name)
        self._affect = AffectOutlet(f"{followed.name}-Affect", source_id, name, simulated)

    def on_state(self, state: State) -> None:
        now = self._clock()
        self._events.push(event_json(state, now), now)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        affect = prediction.affect  # None where the verdict is withheld
        values = (math.nan, math.nan) if affect is None else (affect.valence, affect.arousal)
        if self._affect is not None:
            self._affect.push(values, prediction.timestamp)

    def close(self) -> None:
        """End both streams."""
        if self._affect is not None:
            self._affect.close()
        self._events.close()


def _source_id(*words: str) -> str:
    """Return one that is the same after a restart, and not another computer's.

    LSL takes a stream up again by it alone.
    """
    return "-".join(("rtdreamer", socket.gethostname(), *words))
