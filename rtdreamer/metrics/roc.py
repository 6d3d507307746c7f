"""ROC curves whose areas are the AUCs that are reported."""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.metrics.predictions import HeldOutPredictions

Array = NDArray[np.float64]

_STEP = 1e-9
"""How far beside a jump its two ends are drawn."""


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
