"""Pairs of rows, one of which was rated higher, and how many of them were put in order."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.metrics.predictions import HeldOutPredictions

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OwnPairs:
    """Pairs of two rows of one person, both judged by the same fold.

    Attributes
    ----------
    subjects : ndarray, shape (n,)
        The people, in ascending order.
    clips : ndarray, shape (m,)
        The clips, in ascending order.
    ordered, total : ndarray, shape (n, m, m)
        Pairs of person i in which the row of clip j was rated higher than that of clip k: those in
        which it got the higher probability too (a tie is half of one), and all.
    """

    subjects: NDArray[np.int64]
    clips: NDArray[np.int64]
    ordered: Array
    total: Array

    @property
    def share_ordered(self) -> float:
        """Share of ordered pairs among all people's; NaN without any."""
        total = float(self.total.sum())
        return float(self.ordered.sum()) / total if total else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class AllPairs:
    """Pairs of a high and a low row, of any people, both judged by the same fold.

    Attributes
    ----------
    ordered, total : ndarray, shape (n, m, n, m)
        As in ``OwnPairs``: the high row's person and clip, then the low one's.
    """

    ordered: Array
    total: Array


def pairs_by_label(predictions: HeldOutPredictions, target: int) -> OwnPairs:
    """A person's pairs of a high and a low row, as the AUC counts them.

    Two windows of a trial have the same label, so they never form a pair. Two showings of one clip
    in different sessions do where they were rated differently.
    """
    return _own_pairs(predictions, predictions.labels[:, target], target)


def pairs_by_rating(predictions: HeldOutPredictions, target: int) -> OwnPairs:
    """A person's pairs of two rows whose ratings differ, as the concordance counts them."""
    return _own_pairs(predictions, predictions.ratings[:, target], target)


def _own_pairs(predictions: HeldOutPredictions, values: Array, target: int) -> OwnPairs:
    subjects, person = np.unique(predictions.subject, return_inverse=True)
    clips, clip = np.unique(predictions.stimulus, return_inverse=True)
    p = predictions.probabilities[:, target]
    ordered, total = np.zeros((2, len(subjects), len(clips), len(clips)))
    _, group = np.unique(
        np.stack([predictions.fold, person]), axis=1, return_inverse=True
    )  # who was judged by whom
    order = np.argsort(group.ravel(), kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(group.ravel()))[:-1]):
        above, below = np.nonzero(values[rows, None] > values[rows])
        one, other = rows[above], rows[below]
        place = person[one], clip[one], clip[other]
        np.add.at(ordered, place, (p[one] > p[other]) + (p[one] == p[other]) / 2)
        np.add.at(total, place, 1.0)
    return OwnPairs(subjects, clips, ordered, total)


def all_pairs(predictions: HeldOutPredictions, target: int) -> AllPairs:
    """Every pair of a high and a low row of one fold, as the usual AUC counts them."""
    subjects, person = np.unique(predictions.subject, return_inverse=True)
    clips, clip = np.unique(predictions.stimulus, return_inverse=True)
    p, is_high = predictions.probabilities[:, target], predictions.labels[:, target] == 1
    n_cells = len(subjects) * len(clips)
    cell = person * len(clips) + clip
    ordered, total = np.zeros((2, n_cells, n_cells))
    for fold in np.unique(predictions.fold):
        in_fold = predictions.fold == fold
        high, low = in_fold & is_high, in_fold & ~is_high
        cell_of_high, highs = cell[high], p[high]
        n_high = np.bincount(cell_of_high, minlength=n_cells)
        for j in np.unique(cell[low]):
            lows = np.sort(p[low & (cell == j)])
            below = np.searchsorted(lows, highs, "left") + np.searchsorted(lows, highs, "right")
            ordered[:, j] += np.bincount(cell_of_high, below / 2, n_cells)
            total[:, j] += n_high * len(lows)
    shape = (len(subjects), len(clips)) * 2
    return AllPairs(ordered.reshape(shape), total.reshape(shape))
