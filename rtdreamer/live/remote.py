"""A session in a process of its own, so that what draws it never keeps it waiting.

Python runs one thread at a time: beside a window that is drawn 60 times a second, a session in the
same process answered for a third of the windows at hop 1. The two are joined by a pipe alone, over
which go the calls of a sink, and orders back. Each notices when the other is gone.
"""

import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from rtdreamer.errors import RtdreamerError
from rtdreamer.live.follow import FollowConfig
from rtdreamer.live.orders import Order, Report
from rtdreamer.live.sink import Sink, State
from rtdreamer.live.worker import JOIN_S
from rtdreamer.lsl import library
from rtdreamer.prediction import Prediction, Reasons
from rtdreamer.signal import blas
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece
from rtdreamer.stream.marker import Marker

POLL_S = 0.05
"""Between two looks whether to stop, where nothing comes."""

_ENDED, _FAILED = "ended", "failed"
_STOP = "stop"
_NOTHING: Any = np.empty(0, np.float32)


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """What the first session in another process is made of, and what stays in those after it.

    Attributes
    ----------
    following : FollowConfig
        What to follow and for how long.
    model : str or Path or None
        The model, as the user named it.
    profile : Path or None
        The person's.
    in_torch : bool
        Whether the model is to run in torch.
    labels : tuple of two str
        Whom a recording that is begun later is of, and which session of theirs it is.
    """

    following: FollowConfig
    model: str | Path | None = None
    profile: Path | None = None
    in_torch: bool = False
    labels: tuple[str, str] = ("P001", "S001")


class RemoteSession:
    """A session that was started in a process of its own.

    Parameters
    ----------
    config : RemoteConfig
        What to follow, and with which model.
    """

    def __init__(self, config: RemoteConfig) -> None:
        # As a fresh process on every system: a fork would hold what this one has open.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_run, args=(config, theirs), name="session", daemon=True
        )
        with _deaf_to_interrupts():
            self._process.start()
        theirs.close()
        self._sending = threading.Lock()

    def give(self, order: Order) -> None:
        """Order something of it; one that has ended does not hear it."""
        self._send(order)

    def relay(self, sink: Sink, should_stop: Callable[[], bool]) -> None:
        """Pass on what the session says until it ends; end it when ``should_stop`` says so.

        Raises
        ------
        RtdreamerError
            What ended the session, or that its process is gone or does not end.
        """
        told_at: float | None = None
        while True:
            if told_at is None and should_stop():
                told_at = time.monotonic()
                self._send(_STOP)
            try:
                if not self._pipe.poll(POLL_S):
                    if told_at is not None and time.monotonic() - told_at > JOIN_S - 1:
                        self.close()
                        raise RtdreamerError(
                            "the session did not end when asked to: it was cut off"
                        )
                    continue
                call, arguments = self._pipe.recv()
            except (EOFError, OSError):
                self._process.join(1.0)
                if told_at is not None:
                    return
                raise RtdreamerError(
                    "the session's process is gone, with exit code "
                    f"{self._process.exitcode}: start again"
                ) from None
            if call == _ENDED:
                return
            if call == _FAILED:
                raise arguments
            getattr(sink, call)(*arguments)

    def _send(self, word: object) -> None:
        with suppress(OSError), self._sending:
            self._pipe.send(word)

    def close(self) -> None:
        """Leave nothing behind: a session that has not ended is cut off."""
        self._pipe.close()
        self._process.join(POLL_S)
        if self._process.is_alive():
            self._process.kill()  # it is deaf to the milder ones
            self._process.join(1.0)


class _PipeSink(Sink):
    """Sends each call to the other process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def on_state(self, state: State) -> None:
        self._pipe.send(("on_state", (state,)))

    def on_samples(self, piece: Piece) -> None:
        self._pipe.send(("on_samples", (piece,)))

    def on_unusable(self, missing: int) -> None:
        self._pipe.send(("on_unusable", (missing,)))

    def on_reasons(self, reasons: Reasons) -> None:
        self._pipe.send(("on_reasons", (reasons,)))

    def on_marker(self, marker: Marker) -> None:
        self._pipe.send(("on_marker", (marker,)))

    def on_report(self, report: Report) -> None:
        self._pipe.send(("on_report", (report,)))

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        # Of what the model saw, screens show the graphs alone: a tenth of all.
        graphs = replace(features, signals=_NOTHING, spectrum=_NOTHING, covariance=_NOTHING)
        self._pipe.send(("on_prediction", (prediction, graphs)))


class _Orders:
    """Hears from the other process what to do, and whether to stop; that it is gone counts, too."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._stop = False
        self._waiting: list[Order] = []

    def should_stop(self) -> bool:
        self._listen()
        return self._stop

    def take(self) -> Sequence[Order]:
        """Return what was ordered since this was last asked."""
        self._listen()
        orders, self._waiting = self._waiting, []
        return orders

    def _listen(self) -> None:
        with suppress(OSError):
            while not self._stop and self._pipe.poll():
                try:
                    word = self._pipe.recv()
                except EOFError:
                    _say("the dashboard is gone, and the session with it")
                    word = _STOP
                if word == _STOP:
                    self._stop = True
                else:
                    self._waiting.append(word)


def _run(config: RemoteConfig, pipe: Connection) -> None:
    """What the other process does."""
    for number in _of_all():
        signal.signal(number, signal.SIG_IGN)
    try:
        _follow(config, _PipeSink(pipe), _Orders(pipe))
        pipe.send((_ENDED, ()))
    except RtdreamerError as error:
        with suppress(OSError):
            pipe.send((_FAILED, error))
    except BrokenPipeError:
        _say("the dashboard is gone, and the session with it")


def _follow(config: RemoteConfig, sink: Sink, orders: _Orders) -> None:
    from rtdreamer.live.runs import Runs

    library.silence_information()
    # At each window anew it would take a seventieth of its time. The process is the session's own.
    with blas.one_thread():
        Runs(config, sink, orders.take, orders.should_stop).run()


def _say(line: str) -> None:
    with suppress(OSError, AttributeError):
        sys.stderr.write(f"rtdreamer: {line}\n")


def _of_all() -> tuple[signal.Signals, ...]:
    """What a terminal, or who ends a group of processes, sends to each of them.

    It is the dashboard's to say what follows: a session that ended by itself would be missed.
    """
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not on Windows
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start a process that never hears of those, not even before it can say so itself."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _of_all())
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    else:
        yield
