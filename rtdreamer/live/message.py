"""What the ways out of a session have in common: what they carry, and how they are run."""

from dataclasses import dataclass

from rtdreamer.live.json_lines import event_json, marker_json, prediction_json
from rtdreamer.live.sink import State
from rtdreamer.prediction import Prediction
from rtdreamer.stream.marker import Marker


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a session said, and when: LSL time, seconds."""

    what: State | Prediction | Marker
    at: float

    def json(self, repeated: bool = False) -> str:
        """Write it as one JSON object, as it stands on standard output."""
        if isinstance(self.what, State):
            return event_json(self.what, self.at, repeated)
        if isinstance(self.what, Marker):
            return marker_json(self.what)
        return prediction_json(self.what, self.at)


class Sender:
    """A way out. All of it runs in the thread of an event loop, which nothing here may hold up."""

    async def open(self) -> None:
        """Begin."""

    def send(self, said: Message) -> None:
        """Send something, now or as soon as who is to get it takes it."""

    def lose(self, n_lost: int) -> None:
        """Tell those who listen that something was lost before it came here."""

    def repeat(self) -> None:
        """Say again how things stand, for who began to listen unseen."""

    async def close(self) -> None:
        """Tell those who listen that it is over, and end."""
