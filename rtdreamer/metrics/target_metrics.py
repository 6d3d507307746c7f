"""How good predictions of one target are, in numbers that a trivial answer cannot flatter."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.errors import DataError
from rtdreamer.metrics.pairs import count_pairs
from rtdreamer.metrics.predictions import Predictions
from rtdreamer.metrics.scores import TARGETS, brier, calibration_error, error_if_right, f1

N_RESAMPLES = 1000

CROSS_VALIDATED = math.sqrt(2)
"""How much wider an interval is than people alone make it, where several fits were judged. Each
two people then meet twice, once as learned from and once as judged, and both meetings owe the same
to chance, so that the variance is up to twice what people taken one by one have (cf. Nadeau &
Bengio, Machine Learning 52, 2003, equation 4: 2.05 times for 23 folds). Without it an AUC's 95 %
interval held .5 in 75 to 85 % of 200 cross-validations of noise with 23 people, with it in 92 to
95 %."""

FEW_PEOPLE = 10
"""Of fewer, intervals are too narrow. Where scores had nothing to do with labels and people went
astray by chance, an AUC's 95 % interval over people judged by one fit held .5 in 52 % of 1000 draws
of 2 people, 80 % of 4, 85 % of 6, 92 % of 10 and 94 % of 23."""

Array = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TargetMetrics:
    """Metrics of one target over some rows: windows, or trials. What does not exist is NaN.

    Intervals hold 95 % and are bootstrapped over people; where several fits were judged they are
    ``CROSS_VALIDATED`` times as wide.

    Attributes
    ----------
    n : int
        Rows.
    high : float
        Share of them that were rated high.
    auc, auc_ci
        Share of rightly ordered pairs, ties counting half, among pairs of one person's rows that
        one fold judged: knowing who somebody is, and thus how they rate, gains nothing, and
        different models' scores are never compared (Forman & Scholz, SIGKDD Explorations 12,
        2010).
    auc_pooled, auc_pooled_ci
        The same among all pairs that one fold judged, whoever they are of: the usual AUC.
    balanced_accuracy, balanced_accuracy_ci
        Mean of both classes' accuracies, where high is said as by ``Predictions.above_base_rate``.
        A forecast of the base rate scores .5.
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
        return {
            key: [_or_none(end) for end in value] if isinstance(value, tuple) else _or_none(value)
            for key, value in asdict(self).items()
        }


def target_metrics(predictions: Predictions, target: int, seed: int = 0) -> TargetMetrics:
    """All metrics of one target.

    Parameters
    ----------
    predictions : Predictions
        Of windows or of trials.
    target : int
        Its place in ``TARGETS``.
    seed : int
        Of the bootstrap.

    Raises
    ------
    DataError
        If there are no predictions, or some are no probabilities.
    """
    y, p = predictions.labels[:, target], predictions.probabilities[:, target]
    base_rate = predictions.base_rate[:, target]
    if not len(p):
        raise DataError("there are no predictions to judge: take at least one trial")
    n_wrong = int((~((p >= 0) & (p <= 1))).sum())
    if n_wrong:
        raise DataError(
            f"{TARGETS[target]}: {n_wrong} of {len(p)} predictions are not between 0 and 1: "
            "the model is broken, train it again"
        )
    people, person = np.unique(predictions.subject, return_inverse=True)

    def per_person(values: NDArray[Any]) -> Array:
        return np.bincount(person, values, len(people)).astype(np.float64)

    pairs = count_pairs(predictions, target)
    own_ordered, own_total = pairs.ordered.diagonal(), pairs.total.diagonal()
    is_high, above = y == 1, predictions.above_base_rate[:, target]
    n_high, n_low = per_person(is_high), per_person(~is_high)
    hits_high, hits_low = per_person(is_high & above), per_person(~is_high & ~above)
    rows, squares = per_person(np.ones_like(p)), per_person((p - y) ** 2)
    draws = resample_people(len(people), seed)
    several = len(np.unique(predictions.fold)) > 1 or (predictions.fold < 0).any()
    width = CROSS_VALIDATED if several else 1.0
    auc, auc_ci = _estimate(
        lambda times: _ratio(times @ own_ordered, times @ own_total),
        # One person's pairs say nothing about people.
        draws if (own_total > 0).sum() > 1 else draws[:0],
        width,
    )
    auc_pooled, auc_pooled_ci = _estimate(
        lambda times: _ratio(_all_pairs(times, pairs.ordered), _all_pairs(times, pairs.total)),
        draws,
        width,
    )
    balanced, balanced_ci = _estimate(
        lambda times: (
            (_ratio(times @ hits_high, times @ n_high) + _ratio(times @ hits_low, times @ n_low))
            / 2
        ),
        draws,
        width,
    )
    _, brier_ci = _estimate(lambda times: _ratio(times @ squares, times @ rows), draws, width)
    said = p >= 0.5
    return TargetMetrics(
        n=len(p),
        high=float(is_high.mean()),
        auc=auc,
        auc_ci=auc_ci,
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


def resample_people(n_people: int, seed: int) -> Array:
    """How often each person is drawn, shape (N_RESAMPLES, n_people); of one person, none.

    People are drawn and not rows, since one person's rows hang together. Efron & Tibshirani, An
    Introduction to the Bootstrap (1993), chapter 13.
    """
    if n_people < 2:
        return np.empty((0, n_people))
    rng = np.random.default_rng(seed)
    shares = np.full(n_people, 1 / n_people)
    return rng.multinomial(n_people, shares, N_RESAMPLES).astype(np.float64)


def _estimate(
    statistic: Callable[[Array], Array], draws: Array, width: float
) -> tuple[float, Interval]:
    """A statistic of everybody, each taken once, and its 95 % interval over the draws, widened."""
    value = float(statistic(np.ones((1, draws.shape[1])))[0])
    found = statistic(draws)
    found = found[~np.isnan(found)]
    if not len(found):
        return value, (math.nan, math.nan)
    ends = value + width * (np.quantile(found, [0.025, 0.975]) - value)
    low, high = np.clip(ends, 0, 1).tolist()
    return value, (low, high)


def _all_pairs(times: Array, pairs: Array) -> Array:
    """Pairs among people who are each taken so many times.

    i taken k times and j taken m times meet in k·m ways, but two copies of one person are not
    compared: that would pass one's own pairs off as pairs of different people.
    """
    own = pairs.diagonal()
    met: Array = ((times @ (pairs - np.diag(own))) * times).sum(axis=1)
    return met + times @ own


def _ratio(part: Array, whole: Array) -> Array:
    """NaN where there is nothing to divide by."""
    result = np.full(len(whole), math.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
