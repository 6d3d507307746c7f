"""A session's predictions and events as OSC messages, over UDP."""

from collections.abc import Callable

from pythonosc.udp_client import SimpleUDPClient

from rtdreamer.live.message import Message, Sender
from rtdreamer.live.output_config import Endpoint
from rtdreamer.live.sink import State
from rtdreamer.prediction import Prediction
from rtdreamer.stream.marker import Marker

ROOT = "/rtdreamer/"


class OscSender(Sender):
    """Sends each prediction, change of state and marker in plain values, and whole as JSON.

    Only types of OSC 1.0 are sent, which every listener reads: float32, int32 and string. Who
    listens is not known in UDP: the current state is repeated, and what cannot be sent is dropped.

    Parameters
    ----------
    to : Endpoint
        Where to.
    tell : callable
        Is told, in one line, what goes wrong.

    Raises
    ------
    RtdreamerError
        If the host has no address.
    """

    def __init__(self, to: Endpoint, tell: Callable[[str], None]) -> None:
        self._family, (self._host, self._port, *_) = to.resolve()
        self._to = to
        self._tell = tell
        self._problem = ""
        self._n_dropped = 0
        self._state: Message | None = None
        self._model: tuple[str, int] | None = None

    async def open(self) -> None:
        # By its address: a name would be looked up again for each message.
        self._client = SimpleUDPClient(self._host, self._port, family=self._family)

    def send(self, said: Message) -> None:
        if isinstance(said.what, Prediction):
            self._send_prediction(said, said.what)
        elif isinstance(said.what, Marker):
            self._message("event", said.json())
            self._message("marker", said.what.text, said.what.stream)
        else:
            self._state = said
            self._send_state(said, said.what)

    def lose(self, n_lost: int) -> None:
        self._n_dropped += n_lost

    def repeat(self) -> None:
        if self._state is not None and isinstance(self._state.what, State):
            self._send_state(self._state, self._state.what, repeated=True)
        if self._model is not None:
            self._message("model", *self._model)

    async def close(self) -> None:
        self._message("ended")
        self._client.close()

    def _send_prediction(self, said: Message, prediction: Prediction) -> None:
        model = (prediction.model, int(prediction.simulated_model))
        if model != self._model:
            self._model = model
            self._message("model", *model)
        self._message("prediction", said.json())
        self._message("quality", prediction.quality.overall)
        if prediction.affect is None:
            self._message("withheld", prediction.reason)
        else:
            self._message("valence", prediction.affect.valence)
            self._message("arousal", prediction.affect.arousal)

    def _send_state(self, said: Message, state: State, repeated: bool = False) -> None:
        self._message("event", said.json(repeated))
        self._message("state", state.phase.value, state.message)

    def _message(self, name: str, *values: str | float | int) -> None:
        try:
            if self._n_dropped:
                self._client.send_message(f"{ROOT}dropped", self._n_dropped)
                self._n_dropped = 0
            self._client.send_message(ROOT + name, values)
        except OSError as error:
            self._n_dropped += 1
            problem = error.strerror or str(error)
            if problem != self._problem:
                self._tell(f"OSC cannot be sent to {self._to}: {problem}; tried again")
            self._problem = problem
        else:
            self._problem = ""
