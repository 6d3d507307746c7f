"""How long each stage from a raw window to a prediction takes, and the plain way beside it."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.bench import plain_way
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.live.predictor import Predictor
from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.trained_model import TrainedModel
from rtdreamer.signal import blas
from rtdreamer.signal.covariance import band_covariance
from rtdreamer.signal.entropy import differential_entropy
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.filters import bandpass
from rtdreamer.signal.mutual_information import gaussian_copula
from rtdreamer.signal.quality import assess
from rtdreamer.signal.spectrum import log_spectrum

N_WINDOWS = 64
WARM_UP = 10

ROOM = 0.7
"""Share of the time between two predictions that computing one may take: the rest is for what
else a machine does."""

Array = NDArray[np.float64]
Run = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, ms: half of the times, 99 of 100, and the longest."""

    p50: float
    p99: float
    longest: float

    @classmethod
    def of(cls, took: Sequence[float]) -> "Times":
        """Sum up what was measured, ms; NaN of nothing."""
        if not len(took):
            return cls(math.nan, math.nan, math.nan)
        return cls(*(float(np.percentile(took, q)) for q in (50, 99, 100)))


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage's times.

    Attributes
    ----------
    name : str
        What is done.
    times : Times
        As it is done live.
    plain : Times or None
        The plain way; None where there is no other way.
    """

    name: str
    times: Times
    plain: Times | None

    @property
    def ratio(self) -> float | None:
        """How many times as long the plain way takes, by the medians."""
        return None if self.plain is None else self.plain.p50 / self.times.p50


def measure_stages(
    model: TrainedModel,
    checkpoint: Checkpoint,
    seconds: float,
    progress: Callable[[int, int], None],
) -> list[Stage]:
    """Time every stage, the two ways in turn, so that what disturbs one disturbs the other.

    Parameters
    ----------
    model : TrainedModel
        As it runs live.
    checkpoint : Checkpoint
        The same in torch.
    seconds : float
        For each stage.
    progress : callable
        Told how many stages are done, of how many.
    """
    runs = _runs(model, checkpoint, simulated_windows(model.spec, N_WINDOWS))
    stages = []
    for number, (name, (live, plain)) in enumerate(runs.items()):
        progress(number, len(runs))
        ways = [live] if plain is None else [live, plain]
        with blas.one_thread():
            times = _interleaved(ways, seconds)
        stages.append(Stage(name, times[0], times[1] if plain else None))
    progress(len(runs), len(runs))
    return stages


def keeps_up_with(whole: Times, sfreq: float) -> int:
    """The smallest hop, in samples, at which 99 of 100 windows leave time to spare."""
    return max(1, math.ceil(whole.p99 / 1e3 * sfreq / ROOM))


def simulated_windows(spec: Spec, n_windows: int) -> list[Array]:
    """Windows of a simulated person, µV, one a quarter of a second after the other."""
    eeg = SimulatedDreamer(1, 0).trial(1, 1).eeg
    step = round(spec.sfreq / 4)
    starts = range(0, min(eeg.shape[1] - spec.n_times, n_windows * step), step)
    return [np.ascontiguousarray(eeg[:, start : start + spec.n_times]) for start in starts]


def _runs(
    model: TrainedModel, checkpoint: Checkpoint, windows: Sequence[Array]
) -> dict[str, tuple[Run, Run | None]]:
    spec = model.spec
    edges = spec.edges
    live, in_torch = Classifier.ready(model), Classifier.ready(checkpoint)
    predictor = Predictor(live)
    filtered = [bandpass(window, edges, spec.sfreq) for window in windows]
    features = [extract(window, spec) for window in windows]

    def classify(classifier: Classifier) -> Run:
        def run(i: int) -> object:
            classifier.reset()
            return classifier.classify(features[i], 0)

        return run

    def whole_plain(i: int) -> object:
        assess(windows[i], spec.headset)
        in_torch.reset()
        return in_torch.classify(plain_way.extract(windows[i], spec), 0)

    def bands(i: int) -> list[Array]:
        return [filtered[i][step][: len(of_step)] for step, of_step in spec.steps.items()]

    def broad(i: int) -> Array:
        last: Array = filtered[i][1][-1]
        return last

    return {
        "quality": (lambda i: assess(windows[i], spec.headset), None),
        "filters": (
            lambda i: bandpass(windows[i], edges, spec.sfreq),
            lambda i: [
                plain_way.bandpass(windows[i], *edge, spec.sfreq)[:, ::step]
                for step, of_step in edges.items()
                for edge in of_step
            ],
        ),
        "entropy, covariance": (
            lambda i: [
                differential_entropy(np.diagonal(band_covariance(x), axis1=-2, axis2=-1))
                for x in bands(i)
            ],
            lambda i: [
                (differential_entropy(band.var(axis=-1)), np.cov(band, bias=True))
                for x in bands(i)
                for band in x
            ],
        ),
        "mutual information": (
            lambda i: [gaussian_copula(x) for x in bands(i)],
            lambda i: [plain_way.gaussian_copula(band) for x in bands(i) for band in x],
        ),
        "spectrum": (
            lambda i: log_spectrum(broad(i), spec.sfreq, spec.l_freq, spec.h_freq),
            lambda i: plain_way.log_spectrum(broad(i), spec.sfreq, spec.l_freq, spec.h_freq),
        ),
        "all features": (
            lambda i: extract(windows[i], spec),
            lambda i: plain_way.extract(windows[i], spec),
        ),
        "network": (classify(live), classify(in_torch)),
        "whole hop": (lambda i: predictor.predict(windows[i]), whole_plain),
        # As live does it: what runs in turn with it takes its place in the processor's caches.
        "whole hop, by itself": (lambda i: predictor.predict(windows[i]), None),
    }


def _interleaved(ways: Sequence[Run], seconds: float) -> list[Times]:
    for i in range(WARM_UP):
        for way in ways:
            way(i % N_WINDOWS)
    took: list[list[float]] = [[] for _ in ways]
    end, i = time.perf_counter() + seconds, 0
    while time.perf_counter() < end or i < WARM_UP:
        for way, own in zip(ways, took, strict=True):
            start = time.perf_counter()
            way(i % N_WINDOWS)
            own.append(1e3 * (time.perf_counter() - start))
        i += 1
    return [Times.of(own) for own in took]
