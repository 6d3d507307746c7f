"""Pairs of a high and a low row, and how many of them their probabilities put in order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.metrics.predictions import Predictions

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of one person's high rows and one person's low rows, both judged by the same fold.

    Attributes
    ----------
    subjects : ndarray, shape (n,)
        The people, in ascending order.
    ordered, total : ndarray, shape (n, n)
        Pairs of a high row of person i and a low row of person j: those in which the high row has
        the higher probability (a tie is half of one), and all. One's own are on the diagonal.
    """

    subjects: NDArray[np.int64]
    ordered: Array
    total: Array


def count_pairs(predictions: Predictions, target: int) -> Pairs:
    """Count the pairs of every two people, and of every person, fold by fold.

    Two windows of a trial have the same label, so they never form a pair.
    """
    subjects, person = np.unique(predictions.subject, return_inverse=True)
    n = len(subjects)
    probability, is_high = predictions.probabilities[:, target], predictions.labels[:, target] == 1
    ordered, total = np.zeros((n, n)), np.zeros((n, n))
    for fold in np.unique(predictions.fold):
        in_fold = predictions.fold == fold
        high, low = in_fold & is_high, in_fold & ~is_high
        person_of_high, highs = person[high], probability[high]
        n_high = np.bincount(person_of_high, minlength=n)
        for j in np.unique(person[low]):
            lows = np.sort(probability[low & (person == j)])
            below = np.searchsorted(lows, highs, "left") + np.searchsorted(lows, highs, "right")
            ordered[:, j] += np.bincount(person_of_high, below / 2, n)
            total[:, j] += n_high * len(lows)
    return Pairs(subjects, ordered, total)
