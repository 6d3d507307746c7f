import json
import math

import numpy as np
import pytest
from sklearn import metrics as sk

from rtdreamer.training.metrics import (
    auc,
    auc_interval,
    balanced_accuracy,
    brier,
    calibration_error,
    f1,
    target_metrics,
)


@pytest.fixture
def answers():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200).astype(float)
    # Rounded, so that there are ties.
    return labels, np.round(np.clip(0.3 * labels + rng.uniform(0, 0.7, 200), 0, 1), 2)


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


def test_thresholded_scores_are_those_of_sklearn(answers):
    labels, p = answers
    said = p >= 0.5
    assert balanced_accuracy(labels, said) == pytest.approx(
        sk.balanced_accuracy_score(labels, said)
    )
    assert f1(labels, said) == pytest.approx(sk.f1_score(labels, said))
    assert brier(labels, p) == pytest.approx(sk.brier_score_loss(labels, p))


def test_f1_without_any_high_is_zero():
    assert f1(np.zeros(3), np.zeros(3, bool)) == 0


def test_calibration_error_of_literals():
    labels = np.array([1.0, 0.0, 1.0, 1.0])
    # A bin at 0.2 that is right half of the time, and one at 1 that is always right.
    assert calibration_error(labels, np.array([0.2, 0.2, 1.0, 1.0])) == pytest.approx(0.15)
    assert calibration_error(labels, np.full(4, 0.75)) == pytest.approx(0)


def test_the_interval_widens_when_one_persons_trials_hang_together():
    rng = np.random.default_rng(1)
    subject = np.repeat(np.arange(20), 18)
    labels = rng.integers(0, 2, 360).astype(float)
    alone = labels + rng.normal(0, 1.5, 360)
    # People who are read rightly, and people who are read the wrong way round.
    sign = np.repeat(rng.choice([-1, 1], 20), 18)
    together = sign * (labels - 0.5) + rng.normal(0, 0.5, 360)
    widths = [np.diff(auc_interval(labels, s, subject))[0] for s in (alone, together)]
    assert widths[1] > 2 * widths[0]


def test_the_interval_holds_the_auc_and_is_reproducible(answers):
    labels, scores = answers
    subject = np.repeat(np.arange(10), 20)
    low, high = auc_interval(labels, scores, subject)
    assert low < auc(labels, scores) < high
    assert auc_interval(labels, scores, subject) == (low, high)


def test_one_person_gives_no_interval(answers):
    assert all(math.isnan(x) for x in auc_interval(*answers, np.ones(200)))


def windows_of_trials():
    """Two people with two trials of two windows each."""
    subject = np.repeat([1, 1, 2, 2], 2)
    trial = np.repeat([1, 2, 1, 2], 2)
    labels = np.repeat([1, 0, 1, 1], 2)
    p = np.array([0.9, 0.7, 0.2, 0.4, 0.4, 0.2, 0.6, 0.8])
    return labels, p, subject, trial


def test_trials_are_means_over_their_windows():
    found = target_metrics(*windows_of_trials(), base_rate=0.7)
    # Trials: 0.8 and 0.3 of the first, 0.3 and 0.7 of the second person; the low one is at 0.3.
    assert found.high == 0.75
    assert found.auc == pytest.approx(2.5 / 3)
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert found.accuracy == 0.75
    assert found.accuracy_of_high == 0.75
    assert found.f1 == pytest.approx(0.8)
    assert found.f1_of_high == pytest.approx(6 / 7)


def test_windows_are_compared_with_the_base_rate():
    labels, p, subject, trial = windows_of_trials()
    found = target_metrics(labels, p, subject, trial, base_rate=0.7)
    assert found.window_auc == pytest.approx(sk.roc_auc_score(labels, p))
    assert found.brier == pytest.approx(((p - labels) ** 2).mean())
    assert found.brier_of_base_rate == pytest.approx(0.75 * 0.3**2 + 0.25 * 0.7**2)
    assert found.ece_of_base_rate == pytest.approx(0.05)


def test_the_order_of_windows_does_not_matter():
    order = np.random.default_rng(0).permutation(8)
    shuffled = [column[order] for column in windows_of_trials()]
    ordered = target_metrics(*windows_of_trials(), 0.7).to_json()
    assert target_metrics(*shuffled, 0.7).to_json() == pytest.approx(ordered)


def test_what_does_not_exist_is_none_in_json():
    found = target_metrics([1, 1], [0.2, 0.4], [1, 1], [1, 2], 0.5)
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert values["auc"] is None
    assert values["accuracy"] == 0
