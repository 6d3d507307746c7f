"""A sink that has others send what the session says, in a thread of its own."""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress

from rtdreamer.live.message import Message, Sender
from rtdreamer.live.osc import OscSender
from rtdreamer.live.output_config import OutputConfig
from rtdreamer.live.sink import Sink, State
from rtdreamer.live.websocket import WebSocketServer
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.marker import Marker

MAX_WAITING = 1024
"""What was said and not yet taken by the thread that sends: at hop 1 eight seconds'."""

POLL_S = 0.01
"""Between two looks at what was said. Being woken for each, the thread takes Python's lock from the
session: on a busy core that cost it half a millisecond each time, and 6 ms one time in a hundred.
"""

REPEAT_S = 10.0
"""As on LSL: who listens to OSC is not known, so that the current state is sent again."""

END_S = 3.0
"""So long the end of a session waits for that thread."""


class Outputs(Sink):
    """Hands over what the session says, and never waits for those who send or receive it.

    Parameters
    ----------
    config : OutputConfig
        Where to.
    clock : callable
        LSL time now, seconds.

    Raises
    ------
    RtdreamerError
        If a host has no address, or it cannot listen there.
    """

    def __init__(self, config: OutputConfig, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._news: deque[str] = deque()
        self._inbox: queue.Queue[Message] = queue.Queue(MAX_WAITING)
        self._n_lost = self._n_lost_told = 0
        self._ended = False
        self._senders: list[Sender] = []
        if config.osc is not None:
            self._senders.append(OscSender(config.osc, self._news.append))
        if config.websocket is not None:
            listening = config.websocket.listen(config.token)
            self._senders.append(WebSocketServer(listening, config.token, clock, self._news.append))
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="outputs", daemon=True
        )
        self._thread.start()
        started.result()

    def on_state(self, state: State) -> None:
        self._hand_over(state)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self._hand_over(prediction)

    def on_marker(self, marker: Marker) -> None:
        self._hand_over(marker)

    def news(self) -> str:
        """Say what goes wrong, once."""
        return self._news.popleft() if self._news else ""

    def close(self) -> None:
        """Send what is left, tell those who listen, and end. Does nothing the second time."""
        self._ended = True
        self._thread.join(END_S)

    def _hand_over(self, what: State | Prediction | Marker) -> None:
        if self._ended:
            return
        try:
            self._inbox.put_nowait(Message(what, self._clock()))
        except queue.Full:
            self._n_lost += 1
            if self._n_lost.bit_count() == 1:  # the 1st, 2nd, 4th, … time
                self._news.append(
                    f"this machine is too slow to send all: {self._n_lost} messages dropped so far"
                )

    def _deliver(self) -> None:
        with suppress(queue.Empty):
            while True:
                said = self._inbox.get_nowait()
                for sender in self._senders:
                    sender.send(said)
        n_lost = self._n_lost - self._n_lost_told
        if n_lost:
            self._n_lost_told += n_lost
            for sender in self._senders:
                sender.lose(n_lost)

    def _run(self, started: Future[None]) -> None:
        try:
            asyncio.run(self._serve(started))
        except Exception as error:  # whatever it is, it must not end unseen
            self._ended = True
            if not started.done():
                started.set_exception(error)
            self._news.append(
                "OSC and WebSocket have ended by a fault of this program: "
                f"{type(error).__name__}: {error}"
            )

    async def _serve(self, started: Future[None]) -> None:
        async with AsyncExitStack() as opened:
            for sender in self._senders:
                await sender.open()
                opened.push_async_callback(sender.close)
            started.set_result(None)
            repeated = time.monotonic()
            while not self._ended:
                self._deliver()
                if time.monotonic() - repeated >= REPEAT_S:
                    repeated = time.monotonic()
                    for sender in self._senders:
                        sender.repeat()
                await asyncio.sleep(POLL_S)
            self._deliver()
