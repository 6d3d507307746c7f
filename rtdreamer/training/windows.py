"""Windows of trials, with everything about a window in one place."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.metrics.names import TARGETS, Names
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.profile import Inputs, Profile

LAST_SECONDS = 60.0
"""Windows come from the end of a trial, where a clip has had its effect."""


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """Which windows of a trial are taken.

    Attributes
    ----------
    hop : int or None
        Samples from one window to the next, over the last 60 s; None for the last window alone.

    Raises
    ------
    DataError
        If the hop is below 1.
    """

    hop: int | None = 1280

    def __post_init__(self) -> None:
        if self.hop is not None and self.hop < 1:
            raise DataError(f"a hop of {self.hop} samples: ask for at least 1")

    def cut(self, eeg: NDArray[np.float64], spec: Spec) -> list[NDArray[np.float64]]:
        """Windows of shape (14, n_times), in order; none where the trial is shorter than one.

        Parameters
        ----------
        eeg : ndarray, shape (14, n_times)
            A trial, µV.
        spec : Spec
            Gives the windows' length.
        """
        last = eeg.shape[1] - spec.n_times
        if last < 0:
            return []
        if self.hop is None:
            return [eeg[:, last:]]
        first = max(0, eeg.shape[1] - int(LAST_SECONDS * spec.sfreq))
        starts = range(last, first - 1, -self.hop)
        return [eeg[:, start : start + spec.n_times] for start in reversed(starts)]


_GRID_UV = 0.01
_OFF_GRID = 0.1234567  # keeps the steps of a headset's converter off the borders of rounding


def window_hash(window: NDArray[np.float64]) -> int:
    """A number that a copy of a window has as well, whatever was added to its channels.

    The first 8 bytes of SHA-256 over the samples, each less its channel's first one, on a grid of
    0.01 µV. A copy scaled, filtered, rounded, resampled or shifted in time has another one.

    Parameters
    ----------
    window : ndarray, shape (n_channels, n_times)
        Raw EEG, µV.

    Returns
    -------
    int
        Of 64 bits, signed; 0 where no channel changes, since all such windows are alike.
    """
    # Not less its mean: that of samples on a grid is often just between two of its points.
    steps = np.rint((window - window[:, :1]) / _GRID_UV + _OFF_GRID)
    if not steps.any():
        return 0
    content = (steps + 0.0).astype("<f8").tobytes()  # no zero is negative
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "little", signed=True)


def baseline_windows(trial: Trial, spec: Spec) -> list[NDArray[np.float64]]:
    """Windows of a trial's baseline, side by side: what a person's profile is made from.

    None where there is no baseline, or a shorter one.
    """
    if trial.baseline is None:
        return []
    baseline, length = trial.baseline, spec.n_times
    starts = range(0, baseline.shape[1] - length + 1, length)
    return [baseline[:, start : start + length] for start in starts]


def unlabelled_profile(
    baseline: Sequence[Features], own: Sequence[Features], spec: Spec, hop: int | None
) -> Profile:
    """A person's profile from the features of all their ``baseline_windows``.

    Of someone who has none it is from all their windows during stimuli, without the ratings:
    those on which they will be judged are among them, as their EEG is before anything is told live.

    Parameters
    ----------
    baseline, own : sequence of Features
        Of the one and the other windows.
    spec : Spec
        Gives the windows' length.
    hop : int or None
        From one of ``own`` to the next, as in ``WindowPlan``.
    """
    if baseline:
        return Profile.of(baseline, len(baseline) * spec.n_times / spec.sfreq)
    step = spec.n_times if hop is None else min(hop, spec.n_times)
    return Profile.of(own, len(own) * step / spec.sfreq)


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Features and ratings of n windows.

    Attributes
    ----------
    source : str
        Name of the trials' source.
    people : str
        Who its subjects are.
    clips : str
        Which clips they watched.
    simulated : bool
        Whether the source simulates its people.
    spec : Spec
        What made the features.
    inputs : Inputs
        What a model can take, each with a leading axis of n.
    ratings : ndarray, shape (n, n_targets)
        Of the first ``n_targets`` of valence, arousal and dominance, on the data set's scale; NaN
        where a third is not rated.
    subject, trial, stimulus : ndarray, shape (n,)
        Numbers from 1: who; which of that person's trials; and what was shown.
    names : Names
        What they are called.
    hash : ndarray, shape (n,)
        ``window_hash`` of each window, so that copies are found; 0 is none.
    profiles : mapping of int to Profile
        Of each subject; empty where the spec does not standardise.
    too_short : tuple of pairs
        Subject and trial of trials shorter than a window.
    without_baseline : tuple of int
        Whose profile is from their own windows: see ``unlabelled_profile``.
    own : ndarray, shape (n, n_features), or None
        What someone's own function makes of each raw window, for a method of their own.
    """

    source: str
    people: str
    clips: str
    simulated: bool
    spec: Spec
    inputs: Inputs
    ratings: NDArray[np.float64]
    subject: NDArray[np.int64]
    trial: NDArray[np.int64]
    stimulus: NDArray[np.int64]
    hash: NDArray[np.int64]
    profiles: dict[int, Profile]
    names: Names = Names()  # noqa: RUF009 (frozen)
    too_short: tuple[tuple[int, int], ...] = ()
    without_baseline: tuple[int, ...] = ()
    own: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def subjects(self) -> tuple[int, ...]:
        """Everyone who has a window."""
        return tuple(np.unique(self.subject).tolist())

    @property
    def n_targets(self) -> int:
        """How many ratings each window has."""
        return int(self.ratings.shape[1])

    def labels(self, threshold: float) -> NDArray[np.float32]:
        """1 where a rating is at least ``threshold``, else 0; shape (n, n_targets)."""
        return (self.ratings >= threshold).astype(np.float32)

    def take(self, index: NDArray[np.int64]) -> "Windows":
        """Some of the windows, in the order of ``index``."""
        return replace(
            self,
            inputs=Inputs(*(x[index] for x in self.inputs)),
            ratings=self.ratings[index],
            subject=self.subject[index],
            trial=self.trial[index],
            stimulus=self.stimulus[index],
            hash=self.hash[index],
            own=None if self.own is None else self.own[index],
        )

    def last_hashes(self) -> NDArray[np.int64]:
        """The hash of each trial's last window, trials in ascending order; without any 0."""
        trials = np.stack([self.subject, self.trial])[:, ::-1]
        last = np.unique(trials, axis=1, return_index=True)[1]
        found = self.hash[::-1][last]
        known: NDArray[np.int64] = found[found != 0]
        return known

    def of(self, subjects: Sequence[int]) -> "Windows":
        """The windows of some subjects."""
        return self.take(np.flatnonzero(np.isin(self.subject, subjects)))

    def with_targets(self, n_targets: int) -> "Windows":
        """The same with the first so many ratings alone.

        Raises
        ------
        DataError
            If not every trial has them.
        """
        for target, column in zip(TARGETS[:n_targets], self.ratings.T, strict=False):
            if np.isnan(column).any():
                raise DataError(
                    f"{self.source}: not every trial is rated by {target}: leave it out"
                )
        return replace(self, ratings=self.ratings[:, :n_targets])

    def without_ratings(self) -> "Windows":
        """The same with every rating 0: for those who are to be judged by them."""
        return replace(self, ratings=np.zeros_like(self.ratings))
