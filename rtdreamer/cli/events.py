"""Changes of a session's state as JSON: among the JSON lines, and as an LSL stream of markers."""

import json
from collections.abc import Callable

from rtdreamer.live.state import State
from rtdreamer.lsl.outlets import MarkerOutlet


def event_json(state: State, timestamp: float) -> str:
    """Write a state as one JSON object in one line; ``timestamp`` in LSL seconds."""
    stream = state.stream
    values = {
        "event": state.phase.value,
        "timestamp": timestamp,
        "message": state.message,
        "stream": None if stream is None else stream.name,
        "source_id": None if stream is None else stream.source_id,
    }
    return json.dumps(values)


class EventMarkers:
    """A sink that publishes each change of state as a marker, stamped with the time it happened.

    Parameters
    ----------
    name, source_id : str
        Of the LSL stream.
    clock : callable
        LSL time now, seconds.
    """

    def __init__(self, name: str, source_id: str, clock: Callable[[], float]) -> None:
        self._outlet = MarkerOutlet(name, source_id)
        self._clock = clock

    def on_state(self, state: State) -> None:
        """Publish it."""
        now = self._clock()
        self._outlet.push(event_json(state, now), now)

    def on_samples(self, piece: object) -> None:
        """Nothing: only states are published."""

    def on_prediction(self, prediction: object, features: object) -> None:
        """Nothing: only states are published."""

    def close(self) -> None:
        """End the stream."""
        self._outlet.close()
