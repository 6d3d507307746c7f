"""A sink that has others send what the session says, in a thread of its own."""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from rtdreamer.live.channel import Channel, Said
from rtdreamer.live.osc import OscSender
from rtdreamer.live.output_config import OutputConfig
from rtdreamer.live.sink import Sink, State
from rtdreamer.live.websocket import WebSocketServer
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.marker import Marker

MAX_WAITING = 1024
"""What was said and not yet taken by the thread that sends: at hop 1 eight seconds'."""

REPEAT_S = 10.0
"""As on LSL: who listens to OSC is not known, so that the current state is sent again."""

END_S = 3.0
"""So long the end of a session waits for that thread."""

_Started = Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]


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
        self._inbox: queue.Queue[Said] = queue.Queue(MAX_WAITING)
        self._n_lost = self._n_lost_told = 0
        self._is_woken = False
        self._channels: list[Channel] = []
        if config.osc is not None:
            self._channels.append(OscSender(config.osc, self._news.append))
        if config.websocket is not None:
            listening = config.websocket.listen(config.token)
            self._channels.append(
                WebSocketServer(listening, config.token, clock, self._news.append)
            )
        started: _Started = Future()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="outputs", daemon=True
        )
        self._thread.start()
        self._loop, self._end = started.result()

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
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(END_S)

    def _hand_over(self, what: State | Prediction | Marker) -> None:
        try:
            self._inbox.put_nowait(Said(what, self._clock()))
        except queue.Full:
            self._n_lost += 1
            if self._n_lost.bit_count() == 1:  # the 1st, 2nd, 4th, … time
                self._news.append(
                    f"this machine is too slow to send all: {self._n_lost} messages dropped so far"
                )
        if not self._is_woken:
            self._is_woken = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # First, so that what is put in from now on wakes it again.
        self._is_woken = False
        with suppress(queue.Empty):
            while True:
                said = self._inbox.get_nowait()
                for channel in self._channels:
                    channel.send(said)
        n_lost = self._n_lost - self._n_lost_told
        if n_lost:
            self._n_lost_told += n_lost
            for channel in self._channels:
                channel.lose(n_lost)

    def _run(self, started: _Started) -> None:
        try:
            asyncio.run(self._serve(started))
        except Exception as error:  # whatever it is, it must not end unseen
            if not started.done():
                started.set_exception(error)
            self._tell_of_fault(error)

    async def _serve(self, started: _Started) -> None:
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda _, context: self._tell_of_fault(context.get("exception")))
        for channel in self._channels:
            await channel.open()
        started.set_result((loop, end))
        while not end.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(end.wait(), REPEAT_S)
                break
            for channel in self._channels:
                channel.repeat()
        self._deliver()
        for channel in self._channels:
            await channel.close()

    def _tell_of_fault(self, error: BaseException | None) -> None:
        said = f"what is sent out has a fault of this program: {type(error).__name__}: {error}"
        if said not in self._news:
            self._news.append(said)
