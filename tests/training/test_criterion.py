import math

import numpy as np
import pytest
from scipy.special import xlogy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from rtdreamer.training.calibration import fit_calibration, probabilities
from rtdreamer.training.criterion import judge_held_out


@pytest.fixture(scope="module")
def held_out(make_windows):
    """Windows, their labels, and logits that know something of them."""
    windows = make_windows(5, 12, per_trial=3, n_targets=3)
    labels = windows.labels(3.0)
    noise = np.random.default_rng(0).normal(0, 3, labels.shape)
    return windows, labels, (2 * labels + noise - 0.4).astype(np.float32)


def by_trial(windows, values):
    """Means over each trial, and whose they are: another way than the program's."""
    keys = sorted(set(zip(windows.subject.tolist(), windows.trial.tolist(), strict=True)))
    rows = [(windows.subject == s) & (windows.trial == t) for s, t in keys]
    return np.array([values[r].mean(axis=0) for r in rows]), np.array(keys)[:, 0]


def test_the_loss_is_that_of_a_logistic_regression_on_a_trials_mean_logit(held_out):
    windows, labels, logits = held_out
    mean, _ = by_trial(windows, logits)
    y_of_trials, _ = by_trial(windows, labels)
    expected = []
    for x, y in zip(mean.T[..., None], y_of_trials.T, strict=True):
        model = LogisticRegression(C=1e9, tol=1e-8).fit(x, y)
        expected.append(log_loss(y, model.predict_proba(x)[:, 1]))
    assert judge_held_out(*held_out).log_loss == pytest.approx(np.mean(expected), abs=1e-5)


def test_the_auc_is_that_of_each_persons_trials_weighted_by_pairs(held_out):
    windows, labels, logits = held_out
    calibration = fit_calibration(by_trial(windows, logits)[0], by_trial(windows, labels)[0])
    mean, person = by_trial(windows, probabilities(calibration, logits))
    y, _ = by_trial(windows, labels)
    for k, found in enumerate(judge_held_out(*held_out).auc):
        own = [(y[person == s, k], mean[person == s, k]) for s in windows.subjects]
        pairs = [of.sum() * (1 - of).sum() for of, _ in own]
        expected = np.average([roc_auc_score(*one) for one in own], weights=pairs)
        assert found == pytest.approx(expected)


def test_how_loud_and_how_biased_logits_are_does_not_matter(held_out):
    windows, labels, logits = held_out
    expected = judge_held_out(windows, labels, logits)
    found = judge_held_out(windows, labels, 3 * logits - 2)
    assert found.log_loss == pytest.approx(expected.log_loss, abs=1e-6)
    assert found.auc == pytest.approx(expected.auc, abs=1e-3)


def test_better_logits_lose_less(held_out):
    windows, labels, logits = held_out
    losses = [
        judge_held_out(windows, labels, logits + gain * labels).log_loss for gain in (-1, 0, 1, 2)
    ]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("sign", [0, -1])
def test_logits_worth_nothing_lose_as_much_as_the_base_rate(held_out, sign):
    windows, labels, logits = held_out
    rate = labels.mean(axis=0, dtype=np.float64)
    entropy = -(xlogy(rate, rate) + xlogy(1 - rate, 1 - rate)).mean()
    found = judge_held_out(windows, labels, sign * logits).log_loss
    assert found == pytest.approx(entropy, rel=0.02)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_logit_that_is_not_finite_is_worth_nothing(held_out, value):
    windows, labels, logits = held_out
    broken = logits.copy()
    broken[3, 1] = value
    found = judge_held_out(windows, labels, broken)
    assert math.isnan(found.log_loss)
    assert not found.log_loss < math.inf
    assert np.isnan(found.auc).tolist() == [True] * 3


def test_without_a_person_of_both_classes_there_is_no_auc(held_out):
    windows, labels, logits = held_out
    labels = labels.copy()
    labels[:, 1] = windows.subject > 2
    found = judge_held_out(windows, labels, logits)
    assert np.isnan(found.auc).tolist() == [False, True, False]
    assert math.isfinite(found.log_loss)


def test_huge_logits_are_judged(held_out):
    windows, labels, logits = held_out
    found = judge_held_out(windows, labels, 1e30 * logits)
    assert math.isfinite(found.log_loss)
