"""How sure a figure is, when other people might have watched other clips: intervals, and a test.

People and clips are both samples: of people who might have come, and of clips that might have been
shown. To resample people alone is to take it that just these clips count (Westfall, Nichols &
Yarkoni, Wellcome Open Research 1:23, 2016).
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from rtdreamer.metrics.predictions import HeldOutPredictions, nth_of_its_kind

N_RESAMPLES = N_PERMUTATIONS = 1000

FEW_PEOPLE = 6
"""With fewer, no null was ever simulated: how often intervals hold the truth is not known."""

SHARED_BY_LABELS, SHARED_BY_RATINGS = 0.7, 0.5
"""What ``variance_of_fits`` takes for figures of labels, which fits learn from, and of ratings, of
which they learn one threshold. Ridge regression on simulated states that had nothing to do with
ratings had, by 15 designs (protocol, 6 to 23 people, clips with and without EEG of their own; 150
draws of each, both targets), 1.1 to 1.9 times the variance of a single fit's AUC, 1.0 to 1.6 times
that of its concordance; with these the 95 % intervals exclude .5 in 4.3 % and 3.6 % of all."""

Array = NDArray[np.float64]
Interval = tuple[float, float]

Statistic = Callable[[Array, Array], Array]
"""From how often each person, shape (B, n), and each clip, shape (B, m), is taken to B values; NaN
where none exists."""

NONE: Interval = (math.nan, math.nan)


def two_way_interval(
    statistic: Statistic,
    n_people: int,
    n_clips: int,
    spread: float = 1.0,
    seed: int = 0,
) -> tuple[float, Interval]:
    """A statistic of everyone and every clip, each taken once, and its 95 % interval.

    The interval has the shape of a bootstrap that draws people and clips independently, and the
    width that two-way clustering gives: such a bootstrap's own variance counts what people and
    clips have in common, the noise of a single trial, three times (Owen, Annals of Applied
    Statistics 1, 2007, theorem 1). With V(people), V(clips) and V(both) bootstrapped, the variance
    is 2 V(people) + 2 V(clips) − V(both), which counts it once, and never below V(people). A
    bootstrap of n people is too narrow by √((n − 1)/n), and by what a normal quantile lacks to
    Student's t (Hesterberg, The American Statistician 69, 2015), here with the degrees of freedom
    of the fewer of both (Cameron, Gelbach & Miller, Journal of Business & Economic Statistics 29,
    2011).

    Parameters
    ----------
    statistic : callable
        As ``Statistic``.
    n_people, n_clips : int
        How many there are to draw from.
    spread : float
        What the variance is multiplied by, as by ``variance_of_fits``.
    seed : int
        Of the draws.

    Returns
    -------
    value : float
    interval : tuple of two floats
        Of NaN where there are fewer than two people or clips.
    """
    value = float(statistic(np.ones((1, n_people)), np.ones((1, n_clips)))[0])
    if n_people < 2 or n_clips < 2 or math.isnan(value):
        return value, NONE
    rng = np.random.default_rng(seed)
    people, clips = draw_counts(n_people, rng), draw_counts(n_clips, rng)
    both = statistic(people, clips)
    both = both[~np.isnan(both)]
    of_people = np.nanvar(statistic(people, np.ones_like(clips)))
    of_clips = np.nanvar(statistic(np.ones_like(people), clips))
    counted_once = 2 * of_people + 2 * of_clips - both.var()
    variance = max(counted_once, of_people * n_people / (n_people - 1))
    if not both.var() > 0:
        return value, (value, value)
    longer = t.ppf(0.975, min(n_people, n_clips) - 1) / norm.ppf(0.975)
    width = longer * math.sqrt(spread * variance / both.var())
    low, high = (value + width * (np.quantile(both, [0.025, 0.975]) - value)).tolist()
    return value, (low, high)


def draw_counts(n: int, rng: np.random.Generator, n_draws: int = N_RESAMPLES) -> Array:
    """How often each of n things is drawn, shape (n_draws, n), n times with replacement.

    Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    return rng.multinomial(n, np.full(n, 1 / n), n_draws).astype(np.float64)


def variance_of_fits(fold: NDArray[np.int64], shared: float = SHARED_BY_LABELS) -> float:
    """How much larger a variance is because several fits judged the rows: 1 for one fit.

    Two rows of different folds meet twice, once as learned from and once as judged, and both
    meetings owe in part to the same chance; two rows of one fold do not meet (cf. Nadeau & Bengio,
    Machine Learning 52, 2003). So 1 plus ``shared`` times the share of pairs of rows that lie in
    different folds.

    Parameters
    ----------
    fold : ndarray, shape (n,)
        Of each row; -1 where its windows lie in several.
    shared : float
        0 to 1: how much of chance two meetings share.
    """
    _, n_rows = np.unique(fold[fold >= 0], return_counts=True)
    return 1 + shared * (1 - float(((n_rows / len(fold)) ** 2).sum()))


def ratio(part: Array, whole: Array) -> Array:
    """NaN where there is nothing to divide by."""
    result = np.full(np.shape(whole), math.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


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
