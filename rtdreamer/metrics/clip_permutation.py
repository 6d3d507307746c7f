"""Could the clips have come out in this order by chance?"""

import math

import numpy as np
from numpy.typing import NDArray

from rtdreamer.metrics.intervals import variance_of_fits
from rtdreamer.metrics.predictions import HeldOutPredictions, nth_of_its_kind

N_PERMUTATIONS = 1000

Array = NDArray[np.float64]


def clip_permutation_p(predictions: HeldOutPredictions, target: int, seed: int = 0) -> float:
    """How often an AUC within a person is as far from .5 when clips' labels change places.

    The labels that all people gave one clip move together to another clip that the same folds
    judged, so that people's habits and what is alike among the people who saw a clip stay as they
    are; of a clip that people saw in several sessions, those of all showings do. That is exact for
    one fit on other people and other clips. Fits that share what they learned from owe more to
    chance than such exchanges show, so the exchanged AUCs are spread as ``variance_of_fits`` says.

    It is a test of reading affect only where no clip is both learned from and judged: else the
    fits know the clips, and exchanged labels do not.

    Parameters
    ----------
    predictions : HeldOutPredictions
        By trial.
    target : int
        Its place in ``TARGETS``.
    seed : int
        Of the exchanges.

    Returns
    -------
    float
        Two-sided p, at least 1 / (1 + N_PERMUTATIONS) (Phipson & Smyth, Statistical Applications in
        Genetics and Molecular Biology 9, 2010); NaN where there is no AUC.

    Raises
    ------
    ValueError
        If a trial has two rows.
    """
    score, label, fold = _tables(predictions, target)
    n_showings = score.shape[2]
    score, fold = (table.reshape(len(table), -1) for table in (score, fold))
    same_fold = fold[:, :, None] == fold[:, None, :]
    difference = score[:, :, None] - score[:, None, :]
    order = ((np.sign(difference) + 1) / 2 * same_fold).reshape(len(score), -1)
    together = _alike(fold.reshape(len(fold), -1, n_showings))
    rng = np.random.default_rng(seed)
    found = _auc(label.reshape(score.shape), order, same_fold)
    if math.isnan(found):
        return math.nan
    stretch = math.sqrt(variance_of_fits(predictions.fold))
    n_as_far = 0
    for _ in range(N_PERMUTATIONS):
        place = np.arange(len(together))
        for group in np.unique(together):
            members = np.flatnonzero(together == group)
            place[members] = rng.permutation(members)
        moved = label[:, place].reshape(score.shape)
        by_chance = stretch * abs(_auc(moved, order, same_fold) - 0.5)
        n_as_far += by_chance >= abs(found - 0.5) - 1e-12
    return (1 + n_as_far) / (1 + N_PERMUTATIONS)


def _tables(predictions: HeldOutPredictions, target: int) -> tuple[Array, Array, Array]:
    """Probability, label and fold of each person, clip and showing; NaN for a trial not there."""
    if len(np.unique(np.stack([predictions.subject, predictions.trial]), axis=1).T) < len(
        predictions
    ):
        raise ValueError("a trial has two rows: take predictions by trial")
    subjects, person = np.unique(predictions.subject, return_inverse=True)
    clips, clip = np.unique(predictions.stimulus, return_inverse=True)
    showing = nth_of_its_kind(person * len(clips) + clip)
    tables = np.full((3, len(subjects), len(clips), showing.max() + 1), math.nan)
    columns = predictions.probabilities, predictions.labels, predictions.fold[:, None]
    for table, values in zip(tables, columns, strict=True):
        table[person, clip, showing] = values[:, target if values.shape[1] > 1 else 0]
    return tables[0], tables[1], tables[2]


def _alike(fold: Array) -> NDArray[np.int64]:
    """A number for each clip; clips judged by the same folds have the same one."""
    sets = [tuple(np.unique(table[~np.isnan(table)])) for table in fold.swapaxes(0, 1)]
    numbers = {folds: number for number, folds in enumerate(dict.fromkeys(sets))}
    return np.array([numbers[folds] for folds in sets])


def _auc(label: Array, order: Array, same_fold: NDArray[np.bool_]) -> float:
    pairs = ((label == 1)[:, :, None] & (label == 0)[:, None, :] & same_fold).reshape(order.shape)
    total = np.count_nonzero(pairs)
    return float(order[pairs].sum() / total) if total else math.nan
