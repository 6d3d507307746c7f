"""How long after a sample its prediction is there, over LSL and under the dashboard."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from rtdreamer.bench.stages import Times
from rtdreamer.data.simulated import SimulatedDreamer
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


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """What a session made of single samples.

    Attributes
    ----------
    n_predictions, skipped, missing : int
        Predictions that were timed; and, from the start, those skipped and samples missing.
    latency : Times
        From a sample to its prediction, ms.
    frame : Times or None
        From one frame of the traces to the next, ms; None without a dashboard.
    """

    n_predictions: int
    skipped: int
    missing: int
    latency: Times
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
    with _stream(headset) as name:
        probe = _Probe(seconds)
        with closing(RemoteSession(_config(name, model, hop))) as session:
            session.relay(probe, probe.is_over)
    return probe.found(None)


def measure_dashboard(model: str | None, facts: ModelFacts, hop: int, seconds: float) -> EndToEnd:
    """Follow a stream of single samples under the dashboard, and time its frames, too."""
    from rtdreamer.bench.frames import timed_dashboard

    probe = _Probe(seconds)
    with (
        _stream(facts.spec.headset) as name,
        closing(RemoteSession(_config(name, model, hop))) as session,
    ):

        def work(sink: Sink, should_stop: Callable[[], bool]) -> None:
            probe.sink = sink
            session.relay(probe, lambda: should_stop() or probe.is_over())

        frames = timed_dashboard(work, facts, library.clock, hop, probe.has_begun)
    return probe.found(frames)


def _config(name: str, model: str | None, hop: int) -> RemoteConfig:
    return RemoteConfig(FollowConfig(name, hop, time.monotonic(), publish=False), model)


class _Probe(Sink):
    """Passes everything on, and notes how old each prediction is."""

    def __init__(self, seconds: float) -> None:
        self.sink = Sink()
        self.latencies: list[float] = []
        self._seconds = seconds
        self._end = time.monotonic() + WAIT_S
        self._last: Prediction | None = None

    def has_begun(self) -> bool:
        return bool(self.latencies)

    def is_over(self) -> bool:
        return time.monotonic() > self._end

    def found(self, frames: list[float] | None) -> EndToEnd:
        return EndToEnd(
            len(self.latencies),
            0 if self._last is None else self._last.skipped,
            0 if self._last is None else self._last.missing,
            Times.of(self.latencies),
            None if frames is None else Times.of(frames),
        )

    def on_state(self, state: State) -> None:
        self.sink.on_state(state)

    def on_samples(self, piece: Piece) -> None:
        self.sink.on_samples(piece)

    def on_unusable(self, missing: int) -> None:
        self.sink.on_unusable(missing)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        if not self.latencies:
            self._end = time.monotonic() + self._seconds
        self.latencies.append(1e3 * (library.clock() - prediction.timestamp))
        self._last = prediction
        self.sink.on_prediction(prediction, features)


@contextmanager
def _stream(headset: Headset) -> Iterator[str]:
    """Send a simulated person's samples one by one, from a process of its own."""
    library.silence_information()
    name = f"rtdreamer-bench-{os.getpid()}"
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    sender = context.Process(target=_send, args=(name, headset, theirs), daemon=True)
    sender.start()
    theirs.close()
    try:
        yield name
    finally:
        ours.close()
        sender.join(5.0)
        sender.terminate()


def _send(name: str, headset: Headset, pipe: Connection) -> None:
    """Send until the other end is closed; each sample is stamped with when it was due."""
    library.silence_information()
    eeg = SimulatedDreamer(1, 0).trial(1, 1).eeg
    units = ("microvolts",) * headset.n_channels
    with closing(SignalOutlet(name, name, headset.ch_names, units, headset.sfreq)) as outlet:
        start, n = library.clock(), 0
        while not pipe.poll():
            due = start + n / headset.sfreq
            if (wait := due - library.clock()) > 0:
                time.sleep(wait)
            outlet.push(eeg[:, [n % eeg.shape[1]]], np.array([due]))
            n += 1
