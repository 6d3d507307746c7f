"""How good predictions of one target are, each figure and curve by itself."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.predictions import HeldOutPredictions

N_BINS = 10
"""How many bins of equal width the calibration error takes."""

N_DRAWS = 200
"""Draws of labels; the mean over them is then known to a twentieth of its size."""

_STEP = 1e-9
"""How far beside a jump its two ends are drawn."""

Array = NDArray[np.float64]


def collapsed_targets(probabilities: NDArray[np.floating]) -> tuple[str, ...]:
    """Targets of whose column of calibrated probabilities every one says the same class."""
    high = probabilities >= 0.5
    targets = TARGETS[: high.shape[1]]
    return tuple(
        t for t, column in zip(targets, high.T, strict=True) if column.all() or not column.any()
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


def f1(labels: Array, said: NDArray[np.bool_]) -> float:
    """F1 of the high class: 2 TP / (2 TP + FP + FN); 0 where nothing is high or said to be."""
    hits = 2 * float((said & (labels == 1)).sum())
    either = float(said.sum() + (labels == 1).sum())
    return hits / either if either else 0.0


def brier(labels: Array, probabilities: Array) -> float:
    """Mean squared error of the probabilities (Brier, Monthly Weather Review 78, 1950)."""
    return float(((probabilities - labels) ** 2).mean())


def calibration_error(labels: ArrayLike, probabilities: Array) -> float:
    """Expected calibration error over ten bins of equal width (Guo et al., ICML 2017)."""
    gap = np.bincount(bin_of(probabilities), probabilities - np.asarray(labels), N_BINS)
    return float(np.abs(gap).sum() / len(probabilities))


def error_if_right(predictions: HeldOutPredictions, target: int, seed: int = 0) -> float:
    """Mean calibration error of these probabilities if each is just how often it comes true.

    Labels are drawn with the trials' mean probabilities, one for all windows of a trial, as
    ratings are. An error above 0 is then chance; of few trials much, since they fill the bins
    unevenly (Bröcker & Smith, Weather and Forecasting 22, 2007, draw such labels for
    reliability diagrams).
    """
    p = predictions.probabilities[:, target]
    keys = np.stack([predictions.subject, predictions.trial])
    trial = np.unique(keys, axis=1, return_inverse=True)[1].ravel()
    chance = np.bincount(trial, p) / np.bincount(trial)
    draws = np.random.default_rng(seed).random((N_DRAWS, len(chance)))
    return float(np.mean([calibration_error((d < chance)[trial], p) for d in draws]))


def bin_of(probabilities: Array) -> NDArray[np.int64]:
    """Which of the ``N_BINS`` bins from 0 to 1 each probability falls into, from 0."""
    return np.minimum((probabilities * N_BINS).astype(np.int64), N_BINS - 1)


def mean_roc(
    predictions: HeldOutPredictions, target: int, within_person: bool
) -> tuple[Array, Array]:
    """The mean ROC curve over folds, or over every fold's people.

    At each false alarm rate the mean of the hit rates, weighted by pairs (vertical averaging:
    Fawcett, Pattern Recognition Letters 27, 2006), so that the area below is the share of rightly
    ordered pairs.

    Returns
    -------
    false_alarms, hits : ndarray, shape (n_points,)
        Shares of the low rows and of the high rows of which high is said; empty without pairs.
    """
    labels, scores = predictions.labels[:, target], predictions.probabilities[:, target]
    groups = np.stack([predictions.fold, predictions.subject * within_person])
    _, group = np.unique(groups, axis=1, return_inverse=True)
    curves, weights = [], []
    for chosen in (group.ravel() == g for g in range(group.max() + 1)):
        high = labels[chosen] == 1
        if high.any() and not high.all():
            curves.append(_roc(high, scores[chosen]))
            weights.append(high.sum() * (~high).sum())
    if not curves:
        return np.empty(0), np.empty(0)
    jumps = np.unique(np.concatenate([false_alarms for false_alarms, _ in curves]))
    at = np.sort(np.concatenate([jumps - _STEP, jumps + _STEP])).clip(0, 1)
    hits = np.average([np.interp(at, *curve) for curve in curves], axis=0, weights=weights)
    return np.concatenate([[0], at, [1]]), np.concatenate([[0], hits, [1]])


def _roc(high: NDArray[np.bool_], scores: Array) -> tuple[Array, Array]:
    """False alarm and hit rates as the threshold falls; a straight line across a tie."""
    levels, level = np.unique(-scores, return_inverse=True)
    rates = []
    for which in (~high, high):
        counts = np.bincount(level[which], minlength=len(levels))
        rates.append(np.concatenate([[0.0], counts.cumsum() / counts.sum()]))
    return rates[0], rates[1]
