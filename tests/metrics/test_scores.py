import numpy as np
import pytest
from sklearn.metrics import roc_curve

from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.scores import mean_roc
from rtdreamer.metrics.target_metrics import target_metrics


def drawn(n_folds):
    rng = np.random.default_rng(0)
    n = 150
    labels = rng.integers(0, 2, (n, 2)).astype(float)
    subject = rng.integers(1, 8, n)
    return HeldOutPredictions(
        subject=subject,
        trial=np.arange(n) % 18,
        fold=subject % n_folds,
        labels=labels,
        # With ties.
        probabilities=np.round(0.3 * labels + rng.uniform(0, 0.7, (n, 2)), 1),
        base_rate=np.full((n, 2), 0.5),
        ratings=2 + 2 * labels,
    )


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("n_folds", [1, 3])
def test_the_areas_are_the_aucs(n_folds, target):
    predictions = drawn(n_folds)
    found = target_metrics(predictions, target)
    for within_person, auc in ((True, found.auc), (False, found.auc_pooled)):
        false_alarms, hits = mean_roc(predictions, target, within_person)
        area = (np.diff(false_alarms) * (hits[1:] + hits[:-1]) / 2).sum()
        assert area == pytest.approx(auc, abs=1e-6)


def test_curves_rise_from_0_to_1():
    false_alarms, hits = mean_roc(drawn(3), 0, within_person=True)
    for rates in (false_alarms, hits):
        assert rates[0] == 0
        assert rates[-1] == 1
        assert (np.diff(rates) >= 0).all()


def test_the_curve_of_one_fold_is_that_of_sklearn():
    predictions = drawn(1)
    y, p = predictions.labels[:, 0], predictions.probabilities[:, 0]
    expected_x, expected_y, _ = roc_curve(y, p)
    at = np.linspace(0.011, 0.983, 40)
    found = np.interp(at, *mean_roc(predictions, 0, within_person=False))
    np.testing.assert_allclose(found, np.interp(at, expected_x, expected_y), atol=1e-6)


def test_one_class_has_no_curve():
    predictions = drawn(1)
    predictions.labels[:] = 1
    assert [len(rates) for rates in mean_roc(predictions, 0, within_person=True)] == [0, 0]
