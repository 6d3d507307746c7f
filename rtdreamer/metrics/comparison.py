"""Two methods on the same people, clips and folds: how much better is one than the other?"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from rtdreamer.counting import counted
from rtdreamer.errors import DataError
from rtdreamer.metrics.intervals import (
    SHARED_BY_LABELS,
    SHARED_BY_RATINGS,
    Statistic,
    ratio,
    two_way_interval,
    variance_of_fits,
)
from rtdreamer.metrics.pairs import OwnPairs, pairs_by_label, pairs_by_rating
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.target_metrics import of_own_pairs

Array = NDArray[np.float64]

EFFECT_SIZE = "Cohen's d_z over people"

STATISTICS: Mapping[str, tuple[Callable[[HeldOutPredictions, int], OwnPairs], float]] = {
    "auc": (pairs_by_label, SHARED_BY_LABELS),
    "concordance": (pairs_by_rating, SHARED_BY_RATINGS),
}
"""What can be compared: its pairs, and what ``variance_of_fits`` takes for it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far one method, a, lies above another, b; NaN for what does not exist.

    Attributes
    ----------
    difference : float
        a less b, the mean over seeds.
    low, high : float
        Its 95 % interval over people and clips, both resampled: see ``two_way_interval``.
    p : float
        Two-sided, by the corrected resampled t-test over folds and seeds; a fold that judges the
        same with several seeds counts once, with its mean over them.
    effect_size : float
        Mean over people of each one's difference, in SD between people.
    effect_size_name : str
        What that is called.
    n_people, n_seeds : int
        Of people only those who have a pair to put in order.
    worst_subject : int or str
        The person for whom a does worst beside b.
    worst_difference : float
        That person's difference.
    seed_sd : float
        SD of the difference between seeds.
    """

    difference: float
    low: float
    high: float
    p: float
    effect_size: float
    effect_size_name: str
    n_people: int
    n_seeds: int
    worst_subject: int | str
    worst_difference: float
    seed_sd: float


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """How far one method lies above another over independent data sets; NaN for what has no value.

    Attributes
    ----------
    difference : float
        The mean of the data sets' differences.
    low, high : float
        Its 95 % interval, by Student's t.
    p : float
        Two-sided, by the same t test; NaN where all differences are 0.
    sd : float
        SD of the differences.
    n : int
        How many there are.
    """

    difference: float
    low: float
    high: float
    p: float
    sd: float
    n: int


def mean_difference(differences: Sequence[float]) -> MeanDifference:
    """Mean, interval and test of what independent data sets say, each counting once.

    Student's t with n - 1 degrees of freedom: the scatter between data sets holds all that differs
    between them, people and clips and how well the methods do there.

    Parameters
    ----------
    differences : sequence of float
        Of each data set; finite.

    Raises
    ------
    DataError
        If there are fewer than two.
    """
    d = np.array(differences, dtype=np.float64)
    if len(d) < 2:
        raise DataError(f"{len(d)} data sets have no scatter: take two or more")
    mean, sd = float(d.mean()), float(d.std(ddof=1))
    half = float(t.ppf(0.975, len(d) - 1)) * sd / math.sqrt(len(d))
    # Data sets share nothing that was learned from: no correction is left of the resampled test.
    p = corrected_resampled_t(d, test_over_train=0)
    return MeanDifference(mean, mean - half, mean + half, p, sd, len(d))


def compare(
    a: Sequence[HeldOutPredictions],
    b: Sequence[HeldOutPredictions],
    target: int,
    statistic: str = "auc",
    clips_apart: bool = False,
    seed: int = 0,
) -> Comparison:
    """Compare two methods by what they say of the same trials.

    Parameters
    ----------
    a, b : sequence of HeldOutPredictions
        Of trials, one for each seed; at each seed the same rows in the same order.
    target : int
        Its place in ``TARGETS``.
    statistic : str
        A name in ``STATISTICS``.
    clips_apart : bool
        Whether a fold's fit learned from no clip that it judged, and so from fewer rows.
    seed : int
        Of the bootstrap.

    Raises
    ------
    DataError
        If the rows, labels or folds are not the same, or no one has a pair.
    """
    _check_paired(a, b)
    pairs_of, shared = STATISTICS[statistic]
    pairs = [
        (pairs_of(one, target), pairs_of(other, target)) for one, other in zip(a, b, strict=True)
    ]
    # Pairs lie within folds, so that who has one with this seed's folds may have none with that's.
    able = np.any([one.total.sum(axis=(1, 2)) > 0 for one, _ in pairs], axis=0)
    if not able.any():
        raise DataError("no one has two trials that could be put in order: take more trials")
    pairs = [(_of(one, able), _of(other, able)) for one, other in pairs]
    differences = [_difference(one, other) for one, other in pairs]

    def mean(people: Array, clips: Array) -> Array:
        return np.mean([d(people, clips) for d in differences], axis=0)  # type: ignore[no-any-return]

    n_people, n_clips = int(able.sum()), len(pairs[0][0].clips)
    spread = float(np.mean([variance_of_fits(one.fold, shared) for one in a]))
    difference, (low, high) = two_way_interval(mean, n_people, n_clips, spread, seed)
    everyone = np.ones((1, n_people)), np.ones((1, n_clips))
    by_seed = np.array([d(*everyone)[0] for d in differences])
    by_person = np.nanmean([_by_person(one) - _by_person(other) for one, other in pairs], axis=0)
    worst = int(np.nanargmin(by_person))
    sd = float(np.nanstd(by_person, ddof=1)) if n_people > 1 else math.nan
    return Comparison(
        difference=difference,
        low=low,
        high=high,
        p=_resampled_t(a, b, target, pairs_of, clips_apart),
        effect_size=float(np.nanmean(by_person)) / sd if sd > 0 else math.nan,
        effect_size_name=EFFECT_SIZE,
        n_people=n_people,
        n_seeds=len(a),
        worst_subject=a[0].names.of("subject", pairs[0][0].subjects[worst]),
        worst_difference=float(by_person[worst]),
        seed_sd=float(by_seed.std(ddof=1)) if len(a) > 1 else math.nan,
    )


def mean_over_seeds(
    of_seeds: Sequence[HeldOutPredictions], target: int, statistic: str = "auc"
) -> float:
    """One method's own figure, as ``compare`` takes it, by trial; NaN where no one has a pair."""
    pairs_of, _ = STATISTICS[statistic]
    return float(np.mean([pairs_of(one, target).share_ordered for one in of_seeds]))


def holm(p_values: Sequence[float]) -> list[float]:
    """P adjusted for several comparisons, so that any false one is as rare as each alone was.

    Holm, Scandinavian Journal of Statistics 6 (1979). NaN stays NaN and counts for none.
    """
    p = np.array(p_values, dtype=np.float64)
    adjusted = np.full(len(p), math.nan)
    order = [int(k) for k in np.argsort(p, kind="stable") if not math.isnan(p[k])]
    least = 0.0
    for rank, k in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * p[k]))
        adjusted[k] = least
    return adjusted.tolist()


def corrected_resampled_t(differences: Array, test_over_train: float) -> float:
    """Two-sided p of a mean difference over folds whose fits share what they learned from.

    Nadeau & Bengio, Machine Learning 52 (2003), section 3.2: the variance of the mean of J
    differences is (1/J + n_test/n_train) times theirs.

    Parameters
    ----------
    differences : ndarray, shape (J,)
        Of each fold, of each seed.
    test_over_train : float
        Rows judged for each row learned from.

    Returns
    -------
    float
        NaN of fewer than two differences, or of such as are all alike and 0.
    """
    n = len(differences)
    if n < 2:
        return math.nan
    mean, variance = float(differences.mean()), float(differences.var(ddof=1))
    if variance == 0:
        return math.nan if mean == 0 else 0.0
    return float(2 * t.sf(abs(mean) / math.sqrt((1 / n + test_over_train) * variance), n - 1))


def _check_paired(a: Sequence[HeldOutPredictions], b: Sequence[HeldOutPredictions]) -> None:
    if not a or len(a) != len(b):
        seeds = counted(len(a), "seed")
        raise DataError(f"{seeds} of one method, {len(b)} of the other: give both the same")
    for one, other in zip(a, b, strict=True):
        for name in ("subject", "trial", "stimulus", "fold", "labels", "ratings"):
            if not np.array_equal(getattr(one, name), getattr(other, name)):
                raise DataError(
                    f"the two methods did not judge the same trials in the same folds ({name} "
                    "differs): judge them with the same data, protocol and seed"
                )


def _of(pairs: OwnPairs, able: NDArray[np.bool_]) -> OwnPairs:
    return OwnPairs(pairs.subjects[able], pairs.clips, pairs.ordered[able], pairs.total[able])


def _difference(a: OwnPairs, b: OwnPairs) -> Statistic:
    of_a, of_b = of_own_pairs(a), of_own_pairs(b)
    return lambda people, clips: of_a(people, clips) - of_b(people, clips)


def _by_person(pairs: OwnPairs) -> Array:
    return ratio(pairs.ordered.sum(axis=(1, 2)), pairs.total.sum(axis=(1, 2)))


def _resampled_t(
    a: Sequence[HeldOutPredictions],
    b: Sequence[HeldOutPredictions],
    target: int,
    pairs_of: Callable[[HeldOutPredictions, int], OwnPairs],
    clips_apart: bool,
) -> float:
    # A fold that several seeds have, as one person held out is, tells nothing new: it counts once.
    differences: dict[bytes, list[float]] = {}
    shares: dict[bytes, float] = {}
    for one, other in zip(a, b, strict=True):
        for fold in np.unique(one.fold[one.fold >= 0]):
            rows = one.fold == fold
            found = [pairs_of(p.take(np.flatnonzero(rows)), target) for p in (one, other)]
            total = found[0].total.sum()
            if not total:
                continue
            judged = np.stack([one.subject, one.trial])[:, rows].tobytes()
            difference = (found[0].ordered.sum() - found[1].ordered.sum()) / total
            differences.setdefault(judged, []).append(float(difference))
            learned = ~rows
            if clips_apart:
                learned &= ~np.isin(one.subject, one.subject[rows])
                learned &= ~np.isin(one.stimulus, one.stimulus[rows])
            shares[judged] = float(rows.sum()) / max(float(learned.sum()), 1.0)
    if not differences:
        return math.nan
    means = np.array([np.mean(of_fold) for of_fold in differences.values()])
    return corrected_resampled_t(means, float(np.mean(list(shares.values()))))
