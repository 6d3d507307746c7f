"""How long after a sample its prediction is there, over LSL and under the dashboard."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
import pylsl
from pylsl import util

from rtdreamer.bench.stages import Times
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.errors import RtdreamerError
from rtdreamer.headset import Headset
from rtdreamer.live.follow import FollowConfig
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.remote import RemoteConfig, RemoteSession
from rtdreamer.live.sink import Sink, State
from rtdreamer.lsl import library
from rtdreamer.lsl.outlets import SignalOutlet
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece

WAIT_S = 60.0
"""For the first prediction, which needs a window of 10 s."""

LISTEN_S = 0.2
"""Between two looks whether to go on listening, where nothing comes."""


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """What a session made of single samples.

    Attributes
    ----------
    n_predictions, skipped, missing : int
        Predictions that were timed; and, from the start, those skipped and samples missing.
    latency : Times
        From a sample to its prediction, ms, as another program on LSL has it.
    on_screen : Times or None
        The same as the dashboard has it; None without one.
    frame : Times or None
        From one frame of the traces to the next, ms; None without a dashboard.
    """

    n_predictions: int
    skipped: int
    missing: int
    latency: Times
    on_screen: Times | None
    frame: Times | None


def measure_session(model: str | None, headset: Headset, hop: int, seconds: float) -> EndToEnd:
    """Follow a stream of single samples without a dashboard.

    Parameters
    ----------
    model : str or None
        As the user named it.
    headset : Headset
        What the stream is of.
    hop : int
        Samples from one prediction to the next.
    seconds : float
        From the first prediction on.
    """
    with _stream(headset) as stream:
        probe = _Probe(stream, seconds)
        with closing(RemoteSession(_config(stream, model, hop))) as session:
            session.relay(probe, probe.is_over)
    return probe.found(None)


def measure_dashboard(model: str | None, facts: ModelFacts, hop: int, seconds: float) -> EndToEnd:
    """Follow a stream of single samples under the dashboard, and time its frames, too."""
    from rtdreamer.bench.frames import timed_dashboard

    with _stream(facts.spec.headset) as stream:
        probe = _Probe(stream, seconds)
        with closing(RemoteSession(_config(stream, model, hop))) as session:

            def work(sink: Sink, should_stop: Callable[[], bool]) -> None:
                probe.sink = sink
                session.relay(probe, lambda: should_stop() or probe.is_over())

            frames = timed_dashboard(work, facts, library.clock, hop, probe.has_begun)
    return probe.found(frames)


def _config(stream: "_Stream", model: str | None, hop: int) -> RemoteConfig:
    return RemoteConfig(FollowConfig(stream.name, hop, time.monotonic()), model)


class _Probe(Sink):
    """Passes everything on, and notes how old each prediction is, here and in another program."""

    def __init__(self, stream: "_Stream", seconds: float) -> None:
        self.sink = Sink()
        self.ages: list[float] = []
        self._stream = stream
        self._elsewhere: list[float] | None = None
        self._seconds = seconds
        self._end = time.monotonic() + WAIT_S
        self._last: Prediction | None = None

    def has_begun(self) -> bool:
        return bool(self.ages)

    def is_over(self) -> bool:
        if time.monotonic() <= self._end:
            return False
        if self._elsewhere is None:
            # While there is still something to listen to.
            self._elsewhere = self._stream.ages()
        return True

    def found(self, frames: list[float] | None) -> EndToEnd:
        return EndToEnd(
            len(self.ages),
            0 if self._last is None else self._last.skipped,
            0 if self._last is None else self._last.missing,
            Times.of(self._elsewhere or []),
            None if frames is None else Times.of(self.ages),
            None if frames is None else Times.of(frames),
        )

    def on_state(self, state: State) -> None:
        self.sink.on_state(state)

    def on_samples(self, piece: Piece) -> None:
        self.sink.on_samples(piece)

    def on_unusable(self, missing: int) -> None:
        self.sink.on_unusable(missing)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        if not self.ages:
            self._end = time.monotonic() + self._seconds
        self.ages.append(1e3 * (library.clock() - prediction.timestamp))
        self._last = prediction
        self.sink.on_prediction(prediction, features)


@dataclass(frozen=True, slots=True)
class _Stream:
    """A simulated headset in a process of its own, which also listens to what is made of it."""

    name: str
    pipe: Connection

    def ages(self) -> list[float]:
        """Stop listening, and return how old each prediction was, ms, when it came over LSL.

        Raises
        ------
        RtdreamerError
            If its process is gone.
        """
        try:
            self.pipe.send(None)
            ages: list[float] = self.pipe.recv()
        except (EOFError, OSError):
            raise RtdreamerError("the process that sent the samples is gone: start again") from None
        return ages


@contextmanager
def _stream(headset: Headset) -> Iterator[_Stream]:
    """Send a simulated person's samples one by one."""
    library.silence_information()
    name = f"rtdreamer-bench-{os.getpid()}"
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_send, args=(name, headset, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _Stream(name, ours)
    finally:
        ours.close()
        process.join(5.0)
        process.terminate()


def _send(name: str, headset: Headset, pipe: Connection) -> None:
    """Send until the other end is closed; each sample is stamped with when it was due."""
    library.silence_information()
    eeg = SimulatedDreamer(1, 0).trial(1, 1).eeg
    units = ("microvolts",) * headset.n_channels
    ages: list[float] = []
    is_over = threading.Event()
    listener = threading.Thread(target=_listen, args=(f"{name}-Affect", ages, is_over.is_set))
    listener.start()
    with (
        suppress(EOFError, OSError),
        closing(SignalOutlet(name, name, headset.ch_names, units, headset.sfreq)) as outlet,
    ):
        start, n = library.clock(), 0
        while True:
            due = start + n / headset.sfreq
            if (wait := due - library.clock()) > 0:
                time.sleep(wait)
            outlet.push(eeg[:, [n % eeg.shape[1]]], np.array([due]))
            n += 1
            if pipe.poll():
                pipe.recv()
                is_over.set()
                listener.join()
                pipe.send(ages)
    is_over.set()


def _listen(name: str, ages: list[float], is_over: Callable[[], bool]) -> None:
    """Note how old each prediction is when it comes, ms, as any program that listens would."""
    found: list[pylsl.StreamInfo] = []
    while not found and not is_over():
        found = pylsl.resolve_byprop("name", name, 1, LISTEN_S)
    if not found:
        return
    inlet = pylsl.StreamInlet(found[0], recover=False)
    with suppress(util.LostError):
        while not is_over():
            _, timestamp = inlet.pull_sample(LISTEN_S)
            if timestamp is not None:
                ages.append(1e3 * (library.clock() - timestamp))
