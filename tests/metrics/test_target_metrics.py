import json
import math
from dataclasses import fields, replace

import numpy as np
import pytest
from sklearn import metrics as sk

from rtdreamer.errors import DataError
from rtdreamer.metrics.intervals import SHARED_BY_LABELS
from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.scores import (
    auc,
    bin_of,
    calibration_error,
    collapsed_targets,
    error_if_right,
    f1,
)
from rtdreamer.metrics.target_metrics import TargetMetrics, estimate_of_pairs, target_metrics


def drawn(n_people=8, n_trials=18, n_folds=2, effect=0.3, seed=0):
    """Trials whose probabilities are multiples of 1/128 between 1/4 and 3/4, with ties."""
    rng = np.random.default_rng(seed)
    n = n_people * n_trials
    person = np.repeat(np.arange(n_people), n_trials)
    labels = (rng.uniform(size=(n, 2)) < rng.uniform(0.3, 0.9, (n_people, 2))[person]).astype(float)
    p = 0.5 + effect * (labels - 0.5) * 0.5 + rng.uniform(-0.1, 0.1, (n, 2))
    fold = person % n_folds
    return HeldOutPredictions(
        subject=person + 1,
        trial=np.tile(np.arange(1, n_trials + 1), n_people),
        fold=fold,
        labels=labels,
        probabilities=np.round(np.clip(p, 0.25, 0.75) * 128) / 128,
        base_rate=np.linspace(0.45, 0.55, n_folds)[fold][:, None] * np.ones(2),
        ratings=2 + 2 * labels,
    )


def literal(subject, labels, probabilities, fold=0, base_rate=0.5):
    """The same labels and probabilities for both targets."""
    n = len(subject)
    ratings = 2 + 2 * np.asarray(labels)
    both = (
        np.broadcast_to(x, n).astype(float)[:, None] * np.ones(2)
        for x in (labels, probabilities, base_rate, ratings)
    )
    return HeldOutPredictions(
        np.asarray(subject), np.arange(1, n + 1), np.broadcast_to(fold, n).astype(int), *both
    )


@pytest.fixture
def answers():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200).astype(float)
    # Rounded, so that there are ties.
    return labels, np.round(np.clip(0.3 * labels + rng.uniform(0, 0.7, 200), 0, 1), 2)


# The plain AUC.


def test_auc_is_that_of_sklearn(answers):
    assert auc(*answers) == pytest.approx(sk.roc_auc_score(*answers))


def test_auc_of_literals():
    assert auc([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]) == 1
    assert auc([0, 0, 1, 1], [0.4, 0.3, 0.2, 0.1]) == 0
    assert auc([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]) == 0.5
    assert auc([0, 1, 1], [0.2, 0.1, 0.3]) == 0.5


def test_auc_sees_order_only(answers):
    labels, scores = answers
    assert auc(labels, np.exp(5 * scores)) == auc(labels, scores)
    assert auc(1 - labels, -scores) == pytest.approx(auc(labels, scores))


def test_auc_of_one_class_does_not_exist():
    assert math.isnan(auc([1, 1], [0.1, 0.2]))


# Pairs of the same person, and of the same fold.


def test_only_pairs_of_the_same_person_and_fold_count():
    # Person 1: right in fold 0, wrong in fold 1. Person 2: 2 pairs in fold 0, both right.
    found = target_metrics(
        literal(
            subject=[1, 1, 1, 1, 2, 2, 2],
            labels=[1, 0, 1, 0, 1, 1, 0],
            probabilities=[0.3, 0.1, 0.6, 0.7, 0.9, 0.8, 0.2],
            fold=[0, 0, 1, 1, 0, 0, 0],
        ),
        0,
    )
    assert found.auc == 3 / 4
    # In fold 0 the high ones have .3, .9 and .8, the low ones .1 and .2: 6 pairs, all right.
    assert found.auc_pooled == pytest.approx(6 / 7)


def test_with_one_fold_the_pooled_auc_is_the_usual_one():
    predictions = drawn(n_folds=1)
    for k in (0, 1):
        found = target_metrics(predictions, k)
        p, y = predictions.probabilities[:, k], predictions.labels[:, k]
        assert found.auc_pooled == pytest.approx(sk.roc_auc_score(y, p))


def test_with_a_fold_for_each_person_both_aucs_are_the_same():
    found = target_metrics(drawn(n_folds=8), 0)
    assert found.auc_pooled == found.auc
    assert found.auc_pooled_ci == found.auc_ci


def test_what_is_added_to_a_person_changes_the_pooled_auc_only():
    predictions = drawn()
    offset = np.random.default_rng(1).integers(-32, 32, 9)[predictions.subject] / 128
    moved = replace(predictions, probabilities=predictions.probabilities + offset[:, None])
    before, after = target_metrics(predictions, 0), target_metrics(moved, 0)
    assert (after.auc, after.auc_ci) == (before.auc, before.auc_ci)
    assert after.auc_pooled < before.auc_pooled - 0.05


def test_what_is_added_to_a_fold_changes_neither_auc():
    predictions = drawn()
    offset = np.array([-0.25, 0.25])[predictions.fold]
    moved = replace(predictions, probabilities=predictions.probabilities + offset[:, None])
    before, after = target_metrics(predictions, 0), target_metrics(moved, 0)
    assert (after.auc, after.auc_ci) == (before.auc, before.auc_ci)
    assert (after.auc_pooled, after.auc_pooled_ci) == (before.auc_pooled, before.auc_pooled_ci)


def test_knowing_who_somebody_is_earns_the_pooled_auc_only():
    predictions = drawn(n_people=12)
    own = [predictions.labels[predictions.subject == s].mean(axis=0) for s in predictions.subject]
    found = target_metrics(replace(predictions, probabilities=np.array(own)), 0)
    assert found.auc == 0.5
    assert found.auc_ci == (0.5, 0.5)
    assert found.auc_pooled > 0.6


def test_aucs_see_order_only():
    predictions = drawn()
    squared = replace(predictions, probabilities=predictions.probabilities**2)
    before, after = target_metrics(predictions, 1), target_metrics(squared, 1)
    for name in ("auc", "auc_ci", "auc_pooled", "auc_pooled_ci"):
        assert getattr(after, name) == getattr(before, name)


def test_rows_without_a_fold_are_compared_within_their_person():
    predictions = drawn(n_folds=1)
    nobody = replace(predictions, fold=np.full(len(predictions), -1))
    found, expected = target_metrics(nobody, 0), target_metrics(predictions, 0)
    assert (found.auc, found.auc_pooled, found.brier) == (
        expected.auc,
        expected.auc_pooled,
        expected.brier,
    )
    # They come from several fits.
    width = math.sqrt(1 + SHARED_BY_LABELS)
    wider = expected.auc + width * (np.array(expected.auc_ci) - expected.auc)
    assert found.auc_ci == pytest.approx(tuple(np.clip(wider, 0, 1)))


# Trivial forecasts.


def test_a_forecast_of_the_base_rate_gains_nothing():
    predictions = drawn()
    for rows in (predictions, predictions.by_trial()):
        found = target_metrics(replace(rows, probabilities=rows.base_rate), 0)
        assert found.auc == 0.5
        assert found.auc_ci == (0.5, 0.5)
        assert found.auc_pooled == 0.5
        assert found.balanced_accuracy == 0.5
        assert found.balanced_accuracy_ci == (0.5, 0.5)
        assert found.brier == found.brier_of_base_rate
        assert found.ece == found.ece_of_base_rate


def test_always_saying_high():
    predictions = drawn()
    found = target_metrics(replace(predictions, probabilities=np.ones_like(predictions.labels)), 0)
    assert found.accuracy == found.accuracy_of_high == found.high
    assert found.f1 == found.f1_of_high == pytest.approx(2 * found.high / (1 + found.high))
    assert found.balanced_accuracy == 0.5


def test_the_truth_is_perfect():
    predictions = drawn()
    found = target_metrics(replace(predictions, probabilities=predictions.labels), 1)
    assert found.auc == found.auc_pooled == found.balanced_accuracy == 1
    assert found.accuracy == found.f1 == 1
    assert found.brier == found.ece == 0
    assert found.auc_ci == (1, 1)


# Figures with a threshold, and of probabilities.


def test_high_is_said_above_the_rows_own_base_rate():
    labels, p = [1, 1, 0, 0], [0.7, 0.75, 0.75, 0.6]
    found = target_metrics(literal([1, 1, 2, 2], labels, p, base_rate=0.72), 0)
    assert found.balanced_accuracy == 0.5
    # At .5 all four are said to be high.
    assert found.accuracy == 0.5
    found = target_metrics(literal([1, 1, 2, 2], labels, p, base_rate=[0.6, 0.6, 0.8, 0.8]), 0)
    assert found.balanced_accuracy == 1
    # What is at the base rate itself is not above it.
    found = target_metrics(literal([1, 1, 2, 2], labels, p, base_rate=[0.6, 0.6, 0.75, 0.75]), 0)
    assert found.balanced_accuracy == 1


def test_thresholded_scores_are_those_of_sklearn():
    predictions = drawn()
    found = target_metrics(predictions, 0)
    y, p = predictions.labels[:, 0], predictions.probabilities[:, 0]
    above = p > predictions.base_rate[:, 0]
    assert found.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(y, above))
    assert found.accuracy == pytest.approx(sk.accuracy_score(y, p >= 0.5))
    assert found.f1 == pytest.approx(sk.f1_score(y, p >= 0.5))
    assert found.brier == pytest.approx(sk.brier_score_loss(y, p))
    assert found.n == len(y)
    assert found.high == y.mean()


def test_targets_are_judged_apart():
    predictions = drawn()
    swapped = {
        k: getattr(predictions, k)[:, ::-1]
        for k in ("labels", "probabilities", "base_rate", "ratings")
    }
    assert target_metrics(predictions, 0) == target_metrics(replace(predictions, **swapped), 1)
    assert target_metrics(predictions, 0) != target_metrics(predictions, 1)


def test_one_class_said_of_everything_is_a_collapse():
    assert collapsed_targets(np.array([[0.4, 0.6], [0.3, 0.5]])) == ("valence", "arousal")
    assert collapsed_targets(np.array([[0.4, 0.6], [0.6, 0.5]])) == ("arousal",)
    three = np.array([[0.4, 0.6, 0.9], [0.6, 0.5, 0.8]])
    assert collapsed_targets(three) == ("arousal", "dominance")


def test_f1_without_any_high_is_zero():
    assert f1(np.zeros(3), np.zeros(3, bool)) == 0


def test_calibration_error_of_literals():
    labels = np.array([1.0, 0.0, 1.0, 1.0])
    # A bin at 0.2 that is right half of the time, and one at 1 that is always right.
    assert calibration_error(labels, np.array([0.2, 0.2, 1.0, 1.0])) == pytest.approx(0.15)
    assert calibration_error(labels, np.full(4, 0.75)) == pytest.approx(0)


def test_bins_reach_from_0_to_1():
    np.testing.assert_array_equal(bin_of(np.array([0, 0.05, 0.1, 0.95, 1])), [0, 0, 1, 9, 9])


# Intervals.


def test_intervals_hold_the_figure_and_follow_the_seed():
    predictions = drawn()
    found = target_metrics(predictions, 0)
    for name in ("auc", "auc_pooled", "balanced_accuracy", "brier"):
        low, high = getattr(found, f"{name}_ci")
        assert low < getattr(found, name) < high
    assert target_metrics(predictions, 0) == found
    assert target_metrics(predictions, 0, seed=1).auc_ci != found.auc_ci


def test_intervals_of_guesses_mostly_hold_a_half():
    within = 0
    for seed in range(60):
        pairs = pairs_by_label(drawn(20, effect=0, seed=seed), 0)
        _, (low, high) = estimate_of_pairs(pairs, 1.0, seed)
        within += low <= 0.5 <= high
    assert within >= 52


def test_the_interval_widens_when_one_persons_trials_hang_together():
    alone = drawn(20, effect=0)
    # People who are read rightly, and people who are read the wrong way round.
    sign = np.random.default_rng(1).choice([-1, 1], 21)[alone.subject][:, None]
    together = replace(alone, probabilities=0.5 + sign * (alone.labels - 0.5) / 4)
    widths = [np.diff(target_metrics(p, 0).auc_ci)[0] for p in (alone, together)]
    assert widths[1] > 2 * widths[0]


# What does not exist.


def test_people_of_one_class_count_for_no_pair():
    both = literal([1, 1, 2, 2], [1, 0, 1, 0], [0.6, 0.4, 0.7, 0.8])
    more = literal([1, 1, 2, 2, 3, 3], [1, 0, 1, 0, 1, 1], [0.6, 0.4, 0.7, 0.8, 0.1, 0.2])
    assert target_metrics(both, 0).auc == target_metrics(more, 0).auc == 0.5
    assert target_metrics(both, 0).auc_pooled != target_metrics(more, 0).auc_pooled


def test_one_person_gives_no_interval():
    found = target_metrics(drawn(n_people=1), 0)
    assert not math.isnan(found.auc)
    for name in ("auc", "auc_pooled", "balanced_accuracy", "brier"):
        assert np.isnan(getattr(found, f"{name}_ci")).all()


def test_one_person_with_pairs_gives_no_interval_of_the_auc():
    found = target_metrics(literal([1, 1, 2, 2], [1, 0, 1, 1], [0.6, 0.4, 0.7, 0.8]), 0)
    assert found.auc == 1
    assert np.isnan(found.auc_ci).all()
    assert not np.isnan(found.brier_ci).any()


def test_json_has_none_for_what_does_not_exist():
    found = target_metrics(literal([1, 2], [1, 1], [0.2, 0.4]), 0)
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert list(values) == [field.name for field in fields(TargetMetrics)]
    assert values["auc"] is values["auc_pooled"] is values["balanced_accuracy"] is None
    assert values["auc_ci"] == values["auc_pooled_ci"] == [None, None]
    assert values["balanced_accuracy_ci"] == [None, None]
    assert values["accuracy"] == 0
    low, high = values["brier_ci"]
    assert low < values["brier"] < high
    assert values["n"] == 2


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -0.1, 1.1])
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(DataError, match=r"^arousal: 1 of 2 predictions are not between 0 and 1"):
        target_metrics(literal([1, 2], [1, 0], [0.5, wrong]), 1)


def test_nothing_to_judge_is_refused():
    with pytest.raises(DataError, match="no predictions"):
        target_metrics(literal([], [], []), 0)


def spread_out(n_people, n_windows):
    """Probabilities all over their range, labels drawn with just these, one each trial."""
    rng = np.random.default_rng(5)
    n = n_people * 18
    p = np.repeat(rng.uniform(0.2, 0.9, n), n_windows)
    y = np.repeat(rng.random(n) < p[::n_windows], n_windows).astype(float)
    rows = np.arange(n * n_windows) // n_windows
    both = np.stack([y, y], axis=1)
    return HeldOutPredictions(
        subject=rows // 18 + 1,
        trial=rows % 18 + 1,
        fold=np.zeros(len(rows), int),
        labels=both,
        probabilities=np.stack([p, p], axis=1),
        base_rate=np.full_like(both, 0.5),
        ratings=2 + 2 * both,
    )


def test_probabilities_that_are_right_err_no_more_than_by_chance():
    found = target_metrics(spread_out(23, 6), 0)
    assert 0.4 < found.ece / found.ece_if_right < 1.7
    more = error_if_right(spread_out(23 * 16, 6), 0)
    assert more == pytest.approx(found.ece_if_right / 4, rel=0.15)


def test_windows_of_one_trial_are_no_more_trials():
    one, six = (error_if_right(spread_out(23, n), 0) for n in (1, 6))
    assert six == pytest.approx(one, rel=0.15)


def test_probabilities_that_are_wrong_err_more_than_by_chance():
    right = spread_out(23, 6)
    found = target_metrics(replace(right, probabilities=1 - right.probabilities), 0)
    assert found.ece > 4 * found.ece_if_right


def test_certainty_that_is_right_never_errs():
    p = spread_out(4, 2)
    assert error_if_right(replace(p, probabilities=p.labels), 0) == 0
