"""Changes of a session's state as an LSL stream of markers."""

from collections.abc import Callable

from rtdreamer.live.json_lines import event_json
from rtdreamer.live.state import State
from rtdreamer.lsl.outlets import MarkerOutlet


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
