"""How good predictions of one target are, in numbers that a trivial answer cannot flatter."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.decoding import plain
from rtdreamer.errors import DataError
from rtdreamer.metrics.intervals import (
    NONE,
    SHARED_BY_RATINGS,
    Interval,
    Statistic,
    clip_permutation_p,
    ratio,
    two_way_interval,
    variance_of_fits,
)
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.pairs import AllPairs, OwnPairs, all_pairs, pairs_by_label, pairs_by_rating
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.scores import brier, calibration_error, error_if_right, f1

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetMetrics:
    """Metrics of one target over some rows: windows, or trials. What does not exist is NaN.

    Intervals hold 95 % and are bootstrapped over people and clips, see ``two_way_interval``; where
    several fits were judged they are wider as ``variance_of_fits`` says.

    Attributes
    ----------
    n : int
        Rows.
    high : float
        Share of them that were rated high.
    auc, auc_ci
        Share of rightly ordered pairs, ties counting half, among pairs of one person's rows that
        one fold judged: knowing who someone is, and thus how they rate, gains nothing, and
        different models' scores are never compared (Forman & Scholz, SIGKDD Explorations 12,
        2010).
    auc_p
        Of no more than chance, by exchanging clips: see ``clip_permutation_p``. NaN unless it was
        asked for.
    concordance, concordance_ci
        The same share among all pairs of one person's rows whose ratings differ, whichever side of
        the threshold they lie on: (Kendall's τ of p and unequal ratings + 1) / 2, Harrell's c
        (Harrell, Lee & Mark, Statistics in Medicine 15, 1996). It uses more pairs than the AUC, so
        its interval is the narrower one.
    auc_pooled, auc_pooled_ci
        The same among all pairs that one fold judged, of any people: the usual AUC.
    balanced_accuracy, balanced_accuracy_ci
        Mean of both classes' accuracies, where high is said as by
        ``HeldOutPredictions.above_base_rate``. A forecast of the base rate scores .5.
    brier, brier_ci, brier_of_base_rate
        Brier score; the last is that of always saying the base rate.
    ece, ece_of_base_rate
        The same for the expected calibration error.
    ece_if_right
        What the calibration error is on average where the probabilities are right; see there.
    accuracy, accuracy_of_high
        Where high is said from .5 on; the second is that of always saying high.
    f1, f1_of_high
        The same for the F1 of the high class.
    """

    n: int
    high: float
    auc: float
    auc_ci: Interval
    auc_p: float
    concordance: float
    concordance_ci: Interval
    auc_pooled: float
    auc_pooled_ci: Interval
    balanced_accuracy: float
    balanced_accuracy_ci: Interval
    brier: float
    brier_ci: Interval
    brier_of_base_rate: float
    ece: float
    ece_of_base_rate: float
    ece_if_right: float
    accuracy: float
    accuracy_of_high: float
    f1: float
    f1_of_high: float

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold: intervals are lists, and what does not exist is None."""
        found: dict[str, Any] = plain(asdict(self))
        return found


def target_metrics(
    predictions: HeldOutPredictions, target: int, seed: int = 0, permute_clips: bool = False
) -> TargetMetrics:
    """All metrics of one target.

    Parameters
    ----------
    predictions : HeldOutPredictions
        Of windows or of trials.
    target : int
        Its place in ``TARGETS``.
    seed : int
        Of the bootstrap.
    permute_clips : bool
        Whether to compute ``auc_p``; of trials only, and where no clip was learned from and judged.

    Raises
    ------
    DataError
        If there are no predictions, or some are no probabilities.
    """
    y, p = predictions.labels[:, target], predictions.probabilities[:, target]
    base_rate = predictions.base_rate[:, target]
    _check(p, target)
    is_high, above = y == 1, predictions.above_base_rate[:, target]
    cells = _Cells(predictions)
    spread = variance_of_fits(predictions.fold)
    of_ratings = variance_of_fits(predictions.fold, SHARED_BY_RATINGS)

    def estimate(statistic: Statistic) -> tuple[float, Interval]:
        value, ends = two_way_interval(statistic, *cells.shape, spread, seed)
        return value, within_unit(ends)

    auc, auc_ci = estimate_of_pairs(pairs_by_label(predictions, target), spread, seed)
    concordance, concordance_ci = estimate_of_pairs(
        pairs_by_rating(predictions, target), of_ratings, seed
    )
    auc_pooled, auc_pooled_ci = estimate(of_all_pairs(all_pairs(predictions, target)))
    high, low = cells.sum(is_high), cells.sum(~is_high)
    hits, rejections = cells.sum(is_high & above), cells.sum(~is_high & ~above)
    balanced, balanced_ci = estimate(
        lambda people, clips: (
            (
                ratio(of_cells(people, clips, hits), of_cells(people, clips, high))
                + ratio(of_cells(people, clips, rejections), of_cells(people, clips, low))
            )
            / 2
        )
    )
    squares, rows = cells.sum((p - y) ** 2), cells.sum(np.ones_like(p))
    _, brier_ci = estimate(
        lambda people, clips: ratio(of_cells(people, clips, squares), of_cells(people, clips, rows))
    )
    said = p >= 0.5
    return TargetMetrics(
        n=len(p),
        high=float(is_high.mean()),
        auc=auc,
        auc_ci=auc_ci,
        auc_p=clip_permutation_p(predictions, target, seed) if permute_clips else math.nan,
        concordance=concordance,
        concordance_ci=concordance_ci,
        auc_pooled=auc_pooled,
        auc_pooled_ci=auc_pooled_ci,
        balanced_accuracy=balanced,
        balanced_accuracy_ci=balanced_ci,
        brier=brier(y, p),
        brier_ci=brier_ci,
        brier_of_base_rate=brier(y, base_rate),
        ece=calibration_error(y, p),
        ece_of_base_rate=calibration_error(y, base_rate),
        ece_if_right=error_if_right(predictions, target, seed),
        accuracy=float((said == is_high).mean()),
        accuracy_of_high=float(is_high.mean()),
        f1=f1(y, said),
        f1_of_high=f1(y, np.ones_like(said)),
    )


def _check(p: Array, target: int) -> None:
    if not len(p):
        raise DataError("there are no predictions to judge: take at least one trial")
    n_wrong = int((~((p >= 0) & (p <= 1))).sum())
    if n_wrong:
        raise DataError(
            f"{TARGETS[target]}: {n_wrong} of {len(p)} predictions are not between 0 and 1: "
            "the model is broken, train it again"
        )


class _Cells:
    """People (rows) by clips (columns)."""

    def __init__(self, predictions: HeldOutPredictions) -> None:
        people, self._person = np.unique(predictions.subject, return_inverse=True)
        clips, self._clip = np.unique(predictions.stimulus, return_inverse=True)
        self.shape = len(people), len(clips)

    def sum(self, values: NDArray[Any]) -> Array:
        """Sums over each cell's rows."""
        total = np.zeros(self.shape)
        np.add.at(total, (self._person, self._clip), values)
        return total


def of_cells(people: Array, clips: Array, cells: Array) -> Array:
    """Sum over all (n, m) cells if each person and clip is taken so many times, shape (B,)."""
    return ((people @ cells) * clips).sum(axis=1)  # type: ignore[no-any-return]


def of_own_pairs(pairs: OwnPairs) -> Statistic:
    """The share of ordered pairs of one person's rows.

    Two copies of one clip are no pair, as a trial is none with itself.
    """

    def total(people: Array, clips: Array, table: Array) -> Array:
        found: Array = np.einsum("bj,bjk,bk->b", clips, _over(people, table), clips)
        return found

    return lambda people, clips: ratio(
        total(people, clips, pairs.ordered), total(people, clips, pairs.total)
    )


def estimate_of_pairs(pairs: OwnPairs, spread: float, seed: int) -> tuple[float, Interval]:
    # A person without a pair is no sample of anything.
    able = pairs.total.sum(axis=(1, 2)) > 0
    pairs = OwnPairs(pairs.subjects[able], pairs.clips, pairs.ordered[able], pairs.total[able])
    if not able.any():
        return math.nan, NONE
    value, ends = two_way_interval(of_own_pairs(pairs), able.sum(), len(pairs.clips), spread, seed)
    return value, within_unit(ends)


def of_all_pairs(pairs: AllPairs) -> Statistic:
    """The share of ordered pairs of all rows.

    Two copies of one person are not compared, which would pass one's own pairs off as pairs of
    different people; nor are two copies of one clip.
    """
    n, m = pairs.total.shape[:2]
    person, clip = np.divmod(np.arange(n * m), m)
    one_person, one_clip = person[:, None] == person, clip[:, None] == clip

    def total(people: Array, clips: Array, table: Array) -> Array:
        table = table.reshape(n * m, n * m)
        taken = (people[:, :, None] * clips[:, None, :]).reshape(-1, n * m)
        others = ((taken @ (table * ~one_person * ~one_clip)) * taken).sum(axis=1)
        own = (table * one_person).reshape(n, m, n, m).sum(axis=2)  # (n, m, m)
        alike = (table * (one_clip & ~one_person)).reshape(n, m, n, m).sum(axis=3)  # (n, m, n)
        of_people = np.einsum("bj,bjk,bk->b", clips, _over(people, own), clips)
        by_clip = _over(clips, alike.swapaxes(0, 1))
        of_clips: Array = np.einsum("bi,bik,bk->b", people, by_clip, people)
        found: Array = others + of_people + of_clips
        return found

    return lambda people, clips: ratio(
        total(people, clips, pairs.ordered), total(people, clips, pairs.total)
    )


def _over(taken: Array, tables: Array) -> Array:
    """Sums of (n, m, m) tables, each taken so many times, shape (B, m, m)."""
    n, m, _ = tables.shape
    return (taken @ tables.reshape(n, m * m)).reshape(-1, m, m)


def within_unit(ends: Interval) -> Interval:
    """An interval of what lies between 0 and 1; NaN stays."""
    low, high = np.clip(ends, 0, 1).tolist()
    return low, high
