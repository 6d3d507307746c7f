"""What is not finite in a fit: a loss, a gradient, an input."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rtdreamer.errors import DataError
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.training import fit as module
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.criterion import split_subjects
from rtdreamer.training.fit import MOST_SKIPPED, Learner, best_epoch, fit
from tests.broken_off import interrupt_after

QUICK = TrainingConfig(epochs=4, patience=4, batch_size=8, lr=3e-3, validation=0.25)
NOBODY = replace(QUICK, validation=0.0)
CPU = torch.device("cpu")
BY_GRADIENT = tuple(name for name in BUILT_IN if not find_architecture(name).is_linear)


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(n_subjects=4, n_trials=6, n_times=256)


def weights(fitted):
    return fitted.network.state_dict()


def not_finite_at(monkeypatch, calls, where):
    """Let the loss, or its gradient alone, be NaN at these calls."""
    count = iter(range(10_000))

    class Flaky(module.AffectLoss):
        def forward(self, output, labels):
            loss = super().forward(output, labels)
            if next(count) not in calls:
                return loss
            zero = (0 * output.logits).abs().sum()
            bad = zero.sqrt() if where == "gradient" else zero / 0
            return loss._replace(total=loss.total + bad)

    monkeypatch.setattr(module, "AffectLoss", Flaky)


def everything(learner):
    yield from learner.network.state_dict().values()
    yield from learner.loss.state_dict().values()
    for of_parameter in learner.optimizer.state_dict()["state"].values():
        yield from of_parameter.values()


@pytest.mark.parametrize("architecture", BY_GRADIENT)
@pytest.mark.parametrize("what", ["loss", "gradient", "input"])
def test_a_step_that_is_not_finite_changes_nothing(architecture, what, windows, monkeypatch):
    if what != "input":
        not_finite_at(monkeypatch, {1}, what)
    torch.manual_seed(0)
    learner = Learner(windows, windows.labels(3), QUICK, find_architecture(architecture), CPU)
    learner.step(torch.arange(8))  # the bounds on EEGNet's weights are kept from here on
    learner.network.eval()
    learner.predict(windows)
    learner.network.train()
    learner.inputs = tuple(x.clone() for x in learner.inputs)
    if what == "input":
        for x in learner.inputs:
            x[9] = torch.nan
    before = [x.clone() for x in everything(learner)]
    assert learner.step(torch.arange(8, 16)) is None
    assert (learner.skipped_steps, learner.skipped_in_a_row) == (1, 1)
    after = list(everything(learner))
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert learner.step(torch.arange(16, 24)) is not None
    assert (learner.skipped_steps, learner.skipped_in_a_row) == (1, 0)
    assert not all(torch.equal(a, b) for a, b in zip(before, everything(learner), strict=True))


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_skipped_steps_are_counted(where, windows, monkeypatch):
    not_finite_at(monkeypatch, {0, 1, 4}, where)  # of three an epoch
    fitted = fit(windows, QUICK, "gnn")
    assert [epoch.skipped_steps for epoch in fitted.epochs] == [2, 3, 3, 3]
    assert all(np.isfinite(epoch.loss).all() for epoch in fitted.epochs)
    assert all(w.isfinite().all() for w in weights(fitted).values())


def test_a_window_of_nans_costs_its_steps_and_no_more(windows):
    learners, _ = split_subjects(windows, QUICK)
    signals = windows.inputs.signals.copy()
    broken = replace(windows, inputs=windows.inputs._replace(signals=signals))
    signals[np.flatnonzero(windows.subject == learners[0])[0]] = np.nan
    fitted = fit(broken, QUICK, "eegnet")
    assert [epoch.skipped_steps for epoch in fitted.epochs] == [1, 2, 3, 4]
    assert all(w.isfinite().all() for w in weights(fitted).values())
    assert all(math.isfinite(epoch.log_loss) for epoch in fitted.epochs)


def test_an_epoch_without_a_finite_step_is_never_the_best(windows, monkeypatch):
    not_finite_at(monkeypatch, {0, 1, 2}, "loss")
    fitted = fit(windows, QUICK, "gnn")
    assert not fitted.epochs[0].best
    assert math.isnan(fitted.epochs[0].loss.total)
    assert best_epoch(fitted.epochs) > 1


def test_steps_that_stay_not_finite_end_the_fit(windows, monkeypatch):
    config = replace(QUICK, batch_size=3, epochs=20, patience=20)  # six steps an epoch
    not_finite_at(monkeypatch, range(1, 1 + MOST_SKIPPED), "loss")
    told = []
    with pytest.raises(DataError, match=f"{MOST_SKIPPED} steps of the fit in a row") as refused:
        fit(windows, config, "gnn", progress=told.append)
    assert "\n" not in str(refused.value)
    assert len(told) == 3


def test_steps_skipped_now_and_then_do_not(windows, monkeypatch):
    config = replace(QUICK, batch_size=3, epochs=8, patience=8)  # 48 steps
    not_finite_at(monkeypatch, set(range(48)) - {15, 31}, "loss")
    assert fit(windows, config, "gnn").epochs[-1].skipped_steps == 46


def test_the_count_of_skipped_steps_survives_a_break(windows, monkeypatch, tmp_path):
    config = replace(QUICK, batch_size=3, epochs=20, patience=20)
    not_finite_at(monkeypatch, range(100), "loss")
    with pytest.raises(KeyboardInterrupt):
        fit(windows, config, "gnn", "cpu", tmp_path / "x", interrupt_after(3))
    told = []
    with pytest.raises(DataError, match=f"{MOST_SKIPPED} steps"):
        fit(windows, config, "gnn", "cpu", tmp_path / "x", told.append)
    assert len(told) == 3  # two more steps were enough


def test_without_one_finite_step_there_is_no_network(windows, monkeypatch):
    not_finite_at(monkeypatch, range(100), "loss")
    with pytest.raises(DataError, match="no epoch of the fit") as refused:
        fit(windows, QUICK, "gnn")
    assert "\n" not in str(refused.value)


def test_a_learning_rate_beyond_all_bounds_ends_in_one_line(windows):
    with pytest.raises(DataError, match=r"learning rate 1e\+30"):
        fit(windows, replace(QUICK, lr=1e30, epochs=20), "spectral")


def test_with_nobody_held_out_the_last_finite_epoch_is_kept(windows, monkeypatch):
    not_finite_at(monkeypatch, range(6, 12), "loss")  # of three an epoch: the last two
    fitted = fit(windows, NOBODY, "gnn")
    assert [epoch.best for epoch in fitted.epochs] == [True, True, False, False]
    assert best_epoch(fitted.epochs) == 2
    assert all(x.isfinite().all() for x in weights(fitted).values())
