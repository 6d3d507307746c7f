"""How good predictions of one target are, in numbers that a trivial answer cannot flatter."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

TARGETS = ("valence", "arousal")

N_BINS = 10
"""Of equal width, for the calibration error."""

N_RESAMPLES = 1000

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetMetrics:
    """Metrics of one target.

    A trial's probability is the mean over its windows. Probabilities are judged window by window,
    since that is how they are shown.

    Attributes
    ----------
    high : float
        Share of trials that were rated high.
    auc, auc_low, auc_high : float
        Over trials, with the ends of its 95 % interval over people.
    window_auc : float
        Over windows.
    balanced_accuracy : float
        Over trials, mean of both classes; always saying one class scores 0.5.
    accuracy, accuracy_of_high : float
        Over trials; the second is that of always saying high.
    f1, f1_of_high : float
        The same for the F1 of the high class.
    brier, brier_of_base_rate : float
        Over windows; the second is that of always saying the training people's base rate.
    ece, ece_of_base_rate : float
        The same for the expected calibration error.
    """

    high: float
    auc: float
    auc_low: float
    auc_high: float
    window_auc: float
    balanced_accuracy: float
    accuracy: float
    accuracy_of_high: float
    f1: float
    f1_of_high: float
    brier: float
    brier_of_base_rate: float
    ece: float
    ece_of_base_rate: float

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold; what does not exist, as an AUC of one class, is None."""
        return {k: None if math.isnan(v) else v for k, v in asdict(self).items()}


def target_metrics(
    labels: ArrayLike,
    probabilities: ArrayLike,
    subject: ArrayLike,
    trial: ArrayLike,
    base_rate: float,
) -> TargetMetrics:
    """All metrics of one target.

    Parameters
    ----------
    labels, probabilities, subject, trial : array_like, shape (n_windows,)
        Labels are 0 or 1, the same in all windows of a trial.
    base_rate : float
        Share of the high class among the people trained on.
    """
    y, p = np.asarray(labels, np.float64), np.asarray(probabilities, np.float64)
    trials, index = np.unique(np.stack([subject, trial]), axis=1, return_inverse=True)
    n_windows = np.bincount(index.ravel())
    trial_y = np.bincount(index.ravel(), y) / n_windows
    trial_p = np.bincount(index.ravel(), p) / n_windows
    said, always = trial_p >= 0.5, np.ones(len(trial_y), bool)
    low, high = auc_interval(trial_y, trial_p, trials[0])
    constant = np.full(len(y), base_rate)
    return TargetMetrics(
        high=float(trial_y.mean()),
        auc=auc(trial_y, trial_p),
        auc_low=low,
        auc_high=high,
        window_auc=auc(y, p),
        balanced_accuracy=balanced_accuracy(trial_y, said),
        accuracy=float((said == trial_y).mean()),
        accuracy_of_high=float(trial_y.mean()),
        f1=f1(trial_y, said),
        f1_of_high=f1(trial_y, always),
        brier=brier(y, p),
        brier_of_base_rate=brier(y, constant),
        ece=calibration_error(y, p),
        ece_of_base_rate=calibration_error(y, constant),
    )


def auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve by average ranks (Mann–Whitney); NaN without both classes.

    Hanley & McNeil, Radiology 143 (1982).
    """
    is_high = np.asarray(labels) == 1
    n_high = int(is_high.sum())
    n_low = len(is_high) - n_high
    if not n_high or not n_low:
        return math.nan
    rank_sum = rankdata(scores)[is_high].sum()
    return float((rank_sum - n_high * (n_high + 1) / 2) / (n_high * n_low))


def auc_interval(
    labels: Array, scores: Array, subject: NDArray[Any], seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the AUC by bootstrap over people, since one person's trials hang together.

    Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. NaN for fewer than
    two people.
    """
    people = [np.flatnonzero(subject == s) for s in np.unique(subject)]
    if len(people) < 2:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(people), size=len(people)) for _ in range(N_RESAMPLES))
    resamples = (np.concatenate([people[i] for i in drawn]) for drawn in draws)
    found = np.array([auc(labels[chosen], scores[chosen]) for chosen in resamples])
    if np.isnan(found).all():
        return math.nan, math.nan
    low, high = np.nanquantile(found, [0.025, 0.975])
    return float(low), float(high)


def balanced_accuracy(labels: Array, said: NDArray[np.bool_]) -> float:
    """Mean of both classes' accuracies; NaN without both classes."""
    classes: Sequence[NDArray[np.bool_]] = (said[labels == 1], ~said[labels == 0])
    if not all(len(right) for right in classes):
        return math.nan
    return float(np.mean([right.mean() for right in classes]))


def f1(labels: Array, said: NDArray[np.bool_]) -> float:
    """F1 of the high class: 2 TP / (2 TP + FP + FN); 0 where nothing is high or said to be."""
    hits = 2 * float((said & (labels == 1)).sum())
    either = float(said.sum() + (labels == 1).sum())
    return hits / either if either else 0.0


def brier(labels: Array, probabilities: Array) -> float:
    """Mean squared error of the probabilities (Brier, Monthly Weather Review 78, 1950)."""
    return float(((probabilities - labels) ** 2).mean())


def calibration_error(labels: Array, probabilities: Array) -> float:
    """Expected calibration error over ten bins of equal width (Guo et al., ICML 2017)."""
    bins = np.minimum((probabilities * N_BINS).astype(int), N_BINS - 1)
    gap = np.bincount(bins, probabilities - labels, N_BINS)
    return float(np.abs(gap).sum() / len(labels))
