import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rtdreamer.metrics.scores import auc
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.training.criterion import judge_held_out
from rtdreamer.training.fit import (
    MAX_GRADIENT,
    Epoch,
    Learner,
    LossParts,
    best_epoch,
    fit,
    predict_logits,
)
from tests.fits import QUICK, assert_same, weights

CPU = torch.device("cpu")
BY_GRADIENT = tuple(name for name in BUILT_IN if not find_architecture(name).is_linear)


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(n_subjects=4, n_trials=6, n_times=256)


@pytest.fixture(scope="module")
def unbroken(windows):
    """What an undisturbed fit gives, by architecture."""
    return {name: fit(windows, QUICK, name) for name in ("spectral", "gnn", "eegnet")}


# What the same seed gives


@pytest.mark.parametrize("architecture", ["spectral", "gnn", "eegnet"])
def test_a_seed_gives_one_network(architecture, windows, unbroken):
    assert_same(fit(windows, QUICK, architecture), unbroken[architecture])


def test_another_seed_gives_another(windows, unbroken):
    other = fit(windows, replace(QUICK, seed=1), "gnn")
    name = "heads.weight"
    assert not torch.equal(weights(other)[name], weights(unbroken["gnn"])[name])


def test_the_callers_random_numbers_are_left_alone(windows):
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    expected = torch.randn(3), np.random.random(3)  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    fit(windows, QUICK, "gnn")
    assert torch.equal(torch.randn(3), expected[0])
    assert np.array_equal(np.random.random(3), expected[1])  # noqa: NPY002


def test_the_callers_random_numbers_do_not_matter(windows, unbroken):
    torch.manual_seed(99)
    assert_same(fit(windows, QUICK, "gnn"), unbroken["gnn"])


def test_windows_are_left_as_they_are(windows):
    before = [x.copy() for x in (*windows.inputs, windows.ratings)]
    for architecture in ("gnn", "eegnet"):
        fit(windows, replace(QUICK, epochs=1), architecture)
    after = (*windows.inputs, windows.ratings)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


# Which weights are kept


def test_an_epoch_survives_as_numbers():
    epoch = Epoch(3, LossParts(5.0, 4.0, 3.0, 2.0, 1.0), 0.5, (0.625, 0.75), True, 2)
    unjudged = epoch._replace(log_loss=math.nan, auc=())
    assert repr(Epoch.from_row(unjudged.to_row())) == repr(unjudged)
    found = Epoch.from_row(np.array(epoch.to_row()).tolist())
    assert found == epoch
    assert [type(value) for value in found] == [int, LossParts, float, tuple, bool, int]


def test_progress_tells_of_every_epoch(windows):
    told = []
    fitted = fit(windows, QUICK, "gnn", progress=told.append)
    assert tuple(told) == fitted.epochs
    assert [epoch.number for epoch in told] == [1, 2, 3, 4]
    assert all(np.isfinite(epoch.loss).all() for epoch in told)
    assert told[0].best


def test_the_best_epochs_weights_are_kept(windows):
    fitted = fit(windows, replace(QUICK, epochs=30, patience=3), "gnn")
    losses = [epoch.log_loss for epoch in fitted.epochs]
    assert best_epoch(fitted.epochs) == 1 + int(np.argmin(losses))
    assert [epoch.best for epoch in fitted.epochs] == [
        loss < min(losses[:n], default=9) for n, loss in enumerate(losses)
    ]
    assert len(fitted.epochs) == best_epoch(fitted.epochs) + 3 < 30

    validation = windows.of(fitted.validation_subjects)
    logits = predict_logits(fitted.network, validation)
    best, labels = fitted.epochs[best_epoch(fitted.epochs) - 1], validation.labels(3)
    assert judge_held_out(validation, labels, logits) == (best.log_loss, best.auc)


def test_the_network_comes_back_ready_to_be_asked(unbroken):
    for fitted in unbroken.values():
        assert not fitted.network.training
        assert all(w.device.type == "cpu" for w in weights(fitted).values())


def test_many_windows_are_judged_as_each_is(unbroken, make_windows):
    many = make_windows(n_subjects=10, n_trials=26)
    network = unbroken["gnn"].network
    logits = predict_logits(network, many)
    assert logits.shape == (260, 2)
    last = predict_logits(network, many.take(np.arange(253, 260)))
    np.testing.assert_allclose(logits[-7:], last, atol=1e-5)


# What is learned


@pytest.mark.parametrize("architecture", BY_GRADIENT)
def test_what_can_be_told_apart_is_told_apart_on_other_people(architecture, make_windows):
    config = replace(QUICK, epochs=8, patience=8)
    learned = make_windows(6, 12, signal=3.0, n_times=256)
    others = make_windows(6, 12, signal=3.0, n_times=256, seed=1)
    fitted = fit(learned, config, architecture)
    logits = predict_logits(fitted.network, others)
    labels = others.labels(3)
    assert auc(labels[:, 0], logits[:, 0]) > 0.9
    assert auc(labels[:, 1], logits[:, 1]) > 0.9


@pytest.mark.parametrize("architecture", ["gnn", "eegnet"])
def test_what_cannot_be_told_apart_is_not(architecture, make_windows):
    noise = make_windows(6, 12, n_times=256)
    others = make_windows(12, 24, n_times=256, seed=1)
    fitted = fit(noise, QUICK, architecture)
    logits = predict_logits(fitted.network, others)
    labels = others.labels(3)
    for target in (0, 1):  # four standard errors
        assert abs(auc(labels[:, target], logits[:, target]) - 0.5) < 0.14


def test_a_gradient_is_cut_to_its_longest(windows):
    config = replace(QUICK, beta1=1000.0)
    torch.manual_seed(0)
    learner = Learner(windows, windows.labels(3), config, find_architecture("gnn"), CPU)
    learner.step(torch.arange(8))
    gradients = [p.grad for p in learner.parameters if p.grad is not None]
    assert math.isclose(
        torch.cat([g.flatten() for g in gradients]).norm(), MAX_GRADIENT, rel_tol=1e-4
    )
