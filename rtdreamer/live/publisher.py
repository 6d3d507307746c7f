"""What a session sends out on LSL: its predictions, and its changes of state."""

import math
import socket
import threading
from collections.abc import Callable

from rtdreamer.live.json_lines import event_json
from rtdreamer.live.predictor import WindowClassifier
from rtdreamer.live.sink import Sink, State
from rtdreamer.lsl.outlets import AffectOutlet, MarkerOutlet
from rtdreamer.lsl.twins import Twins
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.chunk import StreamDescription

LISTENER_S = 0.2
"""Between two looks whether someone began to listen."""

REPEAT_S = 10.0
"""LSL tells of the first listener only: for later ones the current state is sent again."""


class Publisher(Sink):
    """A sink that publishes each change of state as a marker, and each prediction.

    Markers are stamped with the time of the change, predictions with their window's last sample.
    The current state is sent again when someone begins to listen, and now and then for those who
    do later. Where another program has taken the streams' names, these get a number.

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
        self._end = threading.Event()
        self._twins = Twins(self._end.wait)
        self._name, self._id = f"{stream}-Events", _source_id(stream, source_id, "events")
        self._lock = threading.Lock()
        # What was said so far, until there is a stream of it; then the last of it.
        self._said: list[tuple[State, float]] = []
        self._events: MarkerOutlet | None = None
        self._affect: AffectOutlet | None = None
        self._thread = threading.Thread(target=self._publish_events, name="events", daemon=True)
        self._thread.start()

    def open_affect(self, followed: StreamDescription) -> str:
        """Open the stream of predictions, which has the name of the one that is followed.

        Returns
        -------
        str
            What must be said of its name; empty if it is as it should be.
        """
        name, simulated = self._classifier.name, self._classifier.simulated
        wanted = f"{followed.name}-Affect"
        given, source_id = self._twins.free(
            wanted, _source_id(followed.source_id or followed.name, name)
        )
        self._affect = AffectOutlet(given, source_id, name, simulated)
        return "" if given == wanted else f"another one publishes {wanted}: this is {given}"

    def on_state(self, state: State) -> None:
        now = self._clock()
        with self._lock:
            if self._events is None:
                self._said.append((state, now))
            else:
                self._said = [(state, now)]
                self._events.push(event_json(state, now), now)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        affect = prediction.affect  # None where the verdict is withheld
        values = (math.nan, math.nan) if affect is None else (affect.valence, affect.arousal)
        if self._affect is not None:
            self._affect.push(values, prediction.timestamp)

    def close(self) -> None:
        """End both streams."""
        self._end.set()
        self._thread.join()
        if self._affect is not None:
            self._affect.close()
        if self._events is not None:
            self._events.close()
        self._twins.close()

    def _publish_events(self) -> None:
        """Open the stream of events, and send the state again for those who listen late."""
        name, source_id = self._twins.free(self._name, self._id)
        if self._end.is_set():
            return
        with self._lock:
            self._events = MarkerOutlet(name, source_id)
            for state, changed in self._said:
                self._events.push(event_json(state, changed), changed)
        has_listeners, repeated = False, self._clock()
        while not self._end.wait(LISTENER_S):
            with self._lock:
                had, has_listeners = has_listeners, self._events.has_consumers
                is_due = not had or self._clock() - repeated >= REPEAT_S
                if has_listeners and is_due and self._said:
                    repeated, (state, changed) = self._clock(), self._said[-1]
                    self._events.push(event_json(state, changed, repeated=True), repeated)


def _source_id(*words: str) -> str:
    """Return one that is the same after a restart, and not another computer's.

    LSL takes a stream up again by it alone.
    """
    return "-".join(("rtdreamer", socket.gethostname(), *words))
