import numpy as np
import pytest
import torch
from scipy.special import expit

from rtdreamer.training.calibration import MAX_LOG_TEMPERATURE, fit_calibration


def drawn(n=20_000, seed=0):
    """Log odds, and labels that follow them."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0.3, 1.5, (n, 2))
    return odds, (rng.uniform(size=(n, 2)) < expit(odds)).astype(float)


def test_a_known_distortion_is_undone():
    odds, labels = drawn()
    # Odds of logit / T + b come from logits of T · (odds − b).
    temperature, bias = np.array([0.5, 2.0]), np.array([0.4, -0.8])
    found = fit_calibration(temperature * (odds - bias), labels)
    assert found.temperature == pytest.approx(tuple(temperature), rel=0.06)
    assert found.bias == pytest.approx(tuple(bias), abs=0.06)


def test_what_is_calibrated_stays():
    found = fit_calibration(*drawn())
    assert found.temperature == pytest.approx((1, 1), rel=0.06)
    assert found.bias == pytest.approx((0, 0), abs=0.06)


def test_logits_that_know_nothing_become_the_base_rate():
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=(5000, 2)) < (0.3, 0.8)).astype(float)
    logits = rng.normal(0, 1, (5000, 2))
    p = fit_calibration(logits, labels).apply(torch.from_numpy(logits)).numpy()
    assert p.mean(axis=0) == pytest.approx(labels.mean(axis=0), abs=0.01)
    assert p.std(axis=0).max() < 0.03


def test_perfect_logits_stay_within_bounds():
    labels = np.repeat([[0.0, 1.0], [1.0, 0.0]], 10, axis=0)
    found = fit_calibration(4 * labels - 2, labels)
    assert min(found.temperature) >= np.exp(-MAX_LOG_TEMPERATURE) * 0.999
    assert np.isfinite(found.bias).all()
