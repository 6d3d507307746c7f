"""How often what is found in nothing is taken for something."""

from dataclasses import dataclass

import numpy as np

from rtdreamer.evaluation.chance import exchanged, regression
from rtdreamer.evaluation.protocols import PROTOCOLS, make_folds
from rtdreamer.metrics import intervals
from rtdreamer.metrics.comparison import compare
from rtdreamer.metrics.intervals import SHARED_BY_RATINGS, variance_of_fits
from rtdreamer.metrics.pairs import pairs_by_label, pairs_by_rating
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.target_metrics import estimate_of_pairs, target_metrics
from tests import made_up_rows

N_EXCHANGES = 99
"""Enough for a p of .05."""


@dataclass(frozen=True, slots=True)
class Found:
    """Of one draw and target: what was found, and what was taken for something; NaN: not asked."""

    auc: float
    half_width: float
    by_auc: bool
    by_auc_less_clips: float
    by_concordance: bool
    by_p: float
    by_exchange: bool
    by_difference: bool
    by_t: bool
    by_pooled: float
    by_balanced: float


def judged(draw, folds, columns):
    """What ridge regression on some of the features says of the trials of each fold."""
    x, y = draw.x[:, columns], 2 * draw.labels - 1
    p, fold = np.empty(y.shape), np.empty(len(x), int)
    base_rate = np.empty(y.shape)
    for number, one in enumerate(folds):
        said = regression(x[one.train], y[one.train], x[one.test])
        p[one.test] = np.clip((1 + said) / 2, 0, 1)
        base_rate[one.test] = draw.labels[one.train].mean(axis=0)
        fold[one.test] = number
    return HeldOutPredictions(
        draw.person + 1, draw.clip + 1, fold, draw.labels, p, base_rate, draw.ratings
    )


def excludes(ends, null=0.5):
    low, high = ends
    return bool(low > null or high < null)


def judge(draw, protocol, seed, everything):
    """Both targets of a draw, or of those whose pairs exist."""
    folds = make_folds(protocol, made_up_rows.rows(draw.person + 1, draw.clip + 1), None, seed)
    n = draw.x.shape[1]
    rows = judged(draw, folds, slice(None))
    halves = np.random.default_rng(seed).permutation(n)
    one, other = (judged(draw, folds, half) for half in (halves[: n // 2], halves[n // 2 :]))
    apart = not PROTOCOLS[protocol].same_clips
    sides = [(fold.train, fold.test) for fold in folds]
    alone = exchanged(draw.x, draw.labels, draw.person, draw.clip, sides, seed, N_EXCHANGES)
    spread = variance_of_fits(rows.fold)
    of_ratings = variance_of_fits(rows.fold, SHARED_BY_RATINGS)
    for k in (0, 1):
        auc, ends = estimate_of_pairs(pairs_by_label(rows, k), spread, seed)
        _, of_concordance = estimate_of_pairs(pairs_by_rating(rows, k), of_ratings, seed)
        p = intervals.clip_permutation_p(rows, k, seed) if apart else np.nan
        difference = compare([one], [other], k, clips_apart=apart, seed=seed)
        all_of_it = target_metrics(rows, k, seed) if everything else None
        yield Found(
            auc=auc,
            half_width=(ends[1] - ends[0]) / 2,
            by_auc=excludes(ends),
            by_auc_less_clips=np.nan if apart else excludes(alone[k].taken_off(auc, ends)[1]),
            by_concordance=excludes(of_concordance),
            by_p=p <= 0.05 if apart else np.nan,
            by_exchange=alone[k].p <= 0.025 or alone[k].p >= 0.975,
            by_difference=excludes((difference.low, difference.high), 0.0),
            by_t=difference.p <= 0.05,
            by_pooled=excludes(all_of_it.auc_pooled_ci) if all_of_it else np.nan,
            by_balanced=excludes(all_of_it.balanced_accuracy_ci) if all_of_it else np.nan,
        )
