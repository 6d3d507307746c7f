"""The windows of trials to learn from, with everything about a window in one place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from rtdreamer.data.trials import TrialSource
from rtdreamer.errors import DataError
from rtdreamer.signal.features import Features, Spec, extract

LAST_SECONDS = 60.0
"""Windows come from the end of a trial, where a clip has had its effect."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Features and ratings of n windows.

    Attributes
    ----------
    source : str
        Name of the trials' source.
    people : str
        Who its subjects are.
    simulated : bool
        Whether the source simulates its people.
    spec : Spec
        What made the features.
    signals : ndarray, shape (n, 14, n_times), float32
        ``Features.signals``.
    de : ndarray, shape (n, n_bands, 14), float32
        Nats.
    edge_weight : ndarray, shape (n, n_bands, 14, 14), float32
        0–1.
    ratings : ndarray, shape (n, 2)
        Valence and arousal, 1 to 5.
    subject, trial : ndarray, shape (n,)
        1-based.
    """

    source: str
    people: str
    simulated: bool
    spec: Spec
    signals: NDArray[np.float32]
    de: NDArray[np.float32]
    edge_weight: NDArray[np.float32]
    ratings: NDArray[np.int64]
    subject: NDArray[np.int64]
    trial: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.subject)

    def labels(self, threshold: float) -> NDArray[np.float32]:
        """1 where a rating is at least ``threshold``, else 0; shape (n, 2)."""
        return (self.ratings >= threshold).astype(np.float32)

    def of(self, subjects: tuple[int, ...]) -> "Windows":
        """The windows of some subjects."""
        chosen = np.isin(self.subject, subjects)
        return replace(
            self,
            signals=self.signals[chosen],
            de=self.de[chosen],
            edge_weight=self.edge_weight[chosen],
            ratings=self.ratings[chosen],
            subject=self.subject[chosen],
            trial=self.trial[chosen],
        )


def load_windows(
    source: TrialSource,
    spec: Spec,
    per_trial: int = 6,
    n_jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Windows:
    """Extract the features of every trial's windows.

    Parameters
    ----------
    source : TrialSource
        All of its trials are taken.
    spec : Spec
        What to extract.
    per_trial : int
        Windows, spread evenly over the last 60 s of the trial; a single one is the last 10 s.
    n_jobs : int
        Processes that extract.
    progress : callable
        Told how many trials are done, and of how many.

    Raises
    ------
    DataError
        If ``per_trial`` is below 1, or a trial is shorter than a window.
    """
    if per_trial < 1:
        raise DataError(f"asked for {per_trial} windows of each trial: ask for at least 1")
    keys = [(subject, trial) for subject in source.subjects for trial in source.trials]
    shape = (len(keys), per_trial)
    n_bands, n_channels = len(spec.bands), len(spec.ch_names)
    signals = np.empty((*shape, n_channels, spec.n_times), np.float32)
    de = np.empty((*shape, n_bands, n_channels), np.float32)
    edge_weight = np.empty((*shape, n_bands, n_channels, n_channels), np.float32)
    ratings = np.empty((len(keys), 2), np.int64)

    def windows() -> Iterator[list[NDArray[np.float64]]]:
        for index, key in enumerate(keys):
            trial = source.trial(*key)
            ratings[index] = trial.valence, trial.arousal
            where = f"{source.name}: subject {key[0]}, trial {key[1]}"
            yield cut_windows(trial.stimuli, spec, per_trial, where)

    # Only the extraction goes to other processes: a source may hold gigabytes.
    pool = Parallel(n_jobs=n_jobs, return_as="generator")
    results = pool(delayed(_extract_all)(some, spec) for some in windows())
    for index, features in enumerate(results):
        signals[index] = [f.signals for f in features]
        de[index] = [f.de for f in features]
        edge_weight[index] = [f.edge_weight for f in features]
        progress(index + 1, len(keys))

    return Windows(
        source=source.name,
        people=source.people,
        simulated=source.simulated,
        spec=spec,
        signals=signals.reshape(-1, *signals.shape[2:]),
        de=de.reshape(-1, *de.shape[2:]),
        edge_weight=edge_weight.reshape(-1, *edge_weight.shape[2:]),
        ratings=ratings.repeat(per_trial, axis=0),
        subject=np.repeat([subject for subject, _ in keys], per_trial),
        trial=np.repeat([trial for _, trial in keys], per_trial),
    )


def cut_windows(
    stimuli: NDArray[np.float64], spec: Spec, per_trial: int, where: str
) -> list[NDArray[np.float64]]:
    """Cut windows of shape (14, n_times), evenly over the last 60 s.

    Parameters
    ----------
    stimuli : ndarray, shape (14, n_times)
        A trial, µV.
    spec : Spec
        Gives the windows' length.
    per_trial : int
        How many.
    where : str
        Names the trial in the error.

    Raises
    ------
    DataError
        If the trial is shorter than a window.
    """
    last = stimuli.shape[1] - spec.n_times
    if last < 0:
        raise DataError(f"{where} has {stimuli.shape[1]} samples, a window needs {spec.n_times}")
    first = max(0, stimuli.shape[1] - int(LAST_SECONDS * spec.sfreq))
    starts = np.linspace(last, first, per_trial).round().astype(int)[::-1]
    return [stimuli[:, start : start + spec.n_times] for start in starts]


def _extract_all(windows: list[NDArray[np.float64]], spec: Spec) -> list[Features]:
    return [extract(window, spec) for window in windows]
