"""What was said of windows by someone who had not been shown them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.metrics.names import Names

Array = NDArray[np.float64]

ROWS = ("subject", "trial", "fold", "labels", "probabilities", "base_rate", "ratings")
"""Fields of ``HeldOutPredictions`` that always are arrays of n rows."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutPredictions:
    """Held-out predictions of n windows (or trials), and the truth.

    Attributes
    ----------
    subject, trial : ndarray, shape (n,)
        Numbers from 1: who, and which of that person's trials.
    fold : ndarray, shape (n,)
        From 0: who said it. Only what one fold said of two windows can be compared.
    labels : ndarray, shape (n, n_targets)
        Of the first ``n_targets`` of valence, arousal and dominance: 1 high, 0 low; the same in
        all windows of a trial.
    probabilities : ndarray, shape (n, n_targets)
        Of the high class.
    base_rate : ndarray, shape (n, n_targets)
        Share of the high class in that fold's training windows.
    ratings : ndarray, shape (n, n_targets)
        What was rated, of which the labels are one side of a threshold.
    shown : ndarray, shape (n,), or None
        The stimulus of each; None where a trial's number is that of its stimulus, as in DREAMER.
    names : Names
        What subjects, stimuli and trials are called.
    """

    subject: NDArray[np.int64]
    trial: NDArray[np.int64]
    fold: NDArray[np.int64]
    labels: Array
    probabilities: Array
    base_rate: Array
    ratings: Array
    shown: NDArray[np.int64] | None = None
    names: Names = Names()  # noqa: RUF009 (frozen)

    @property
    def stimulus(self) -> NDArray[np.int64]:
        """The stimulus of each, shape (n,)."""
        return self.trial if self.shown is None else self.shown

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def above_base_rate(self) -> NDArray[np.bool_]:
        """Where high is said, shape (n, n_targets), if the base rate is the threshold.

        That is the middle of the evidence: at .5, a calibrated forecast of a target that is high in
        .73 of the cases says high of everything.
        """
        return self.probabilities > self.base_rate

    def take(self, index: NDArray[np.int64]) -> "HeldOutPredictions":
        """Some of the rows, in the order of ``index``."""
        taken: dict[str, Any] = {name: getattr(self, name)[index] for name in ROWS}
        return replace(self, **taken, shown=None if self.shown is None else self.shown[index])

    def by_trial(self) -> "HeldOutPredictions":
        """One row for each trial: the mean over its windows.

        Where a trial's windows lie in several folds, as they do when windows are split at random,
        its fold is -1.
        """
        keys = np.stack([self.subject, self.trial])
        trials, first, index = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        index = index.ravel()
        n_windows = np.bincount(index)[:, None]

        def mean(values: Array) -> Array:
            # Of what a trial's first window has: means of the same are the same, however many they
            # are of. Else rounding would order what a constant forecast says of trials.
            start = values[first]
            more = np.stack([np.bincount(index, c) for c in (values - start[index]).T], axis=1)
            return start + more / n_windows

        same_fold = np.bincount(index, self.fold != self.fold[first][index]) == 0
        return HeldOutPredictions(
            subject=trials[0],
            trial=trials[1],
            fold=np.where(same_fold, self.fold[first], -1),
            labels=mean(self.labels),
            probabilities=mean(self.probabilities),
            base_rate=mean(self.base_rate),
            ratings=mean(self.ratings),
            shown=None if self.shown is None else self.shown[first],
            names=self.names,
        )


def nth_of_its_kind(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many rows before each one have the same key, shape (n,)."""
    _, index, count = np.unique(keys, return_inverse=True, return_counts=True)
    first = np.repeat(np.cumsum(count) - count, count)
    number = np.empty(len(keys), np.int64)
    number[np.argsort(index, kind="stable")] = np.arange(len(keys)) - first
    return number


def number_windows(subject: NDArray[np.int64], trial: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of its trial's windows each one is, from 0, where a trial's come in order."""
    keys = np.unique(np.stack([subject, trial]), axis=1, return_inverse=True)[1]
    return nth_of_its_kind(keys.ravel())
