from dataclasses import replace

import numpy as np
import pytest
import torch

from rtdreamer.errors import DataError
from rtdreamer.model.checkpoint import load_checkpoint, save_checkpoint
from rtdreamer.signal.features import Spec
from rtdreamer.training.fit import (
    Learner,
    TrainingConfig,
    collapsed_targets,
    fit,
    predict_logits,
    split_subjects,
)
from rtdreamer.training.metrics import auc
from rtdreamer.training.windows import Windows

SPEC = Spec(n_times=128)
QUICK = TrainingConfig(epochs=2, batch_size=16, lr=3e-3, validation=0.25)


def made_up(n_subjects=4, n_trials=16, seed=0, effect=1.5):
    """Windows whose DE follows the ratings: one band for valence, another for arousal."""
    rng = np.random.default_rng(seed)
    n = n_subjects * n_trials
    ratings = np.where(rng.permuted(np.arange(2 * n).reshape(n, 2) // 2 % 2, axis=0), 4, 2)
    de = rng.normal(0, 1, (n, 5, 14))
    de[:, 2] += effect * (ratings[:, :1] - 3)
    de[:, 4] += effect * (ratings[:, 1:] - 3)
    weight = rng.uniform(0, 1, (n, 5, 14, 14))
    return Windows(
        source="made up",
        people="nobody",
        simulated=True,
        spec=SPEC,
        signals=rng.normal(0, 1, (n, 14, 128)).astype(np.float32),
        de=de.astype(np.float32),
        edge_weight=((weight + weight.swapaxes(-1, -2)) / 2).astype(np.float32),
        ratings=ratings.astype(np.int64),
        subject=np.repeat(np.arange(1, n_subjects + 1), n_trials),
        trial=np.tile(np.arange(1, n_trials + 1), n_subjects),
    )


@pytest.fixture(scope="module")
def windows():
    return made_up()


@pytest.fixture(scope="module")
def fitted(windows):
    return fit(windows, replace(QUICK, epochs=8), "tiny")


def test_what_can_be_told_apart_is_told_apart_on_other_people(fitted):
    others = made_up(seed=1)
    logits, labels = predict_logits(fitted.network(), others), others.labels(3)
    assert auc(labels[:, 0], logits[:, 0]) > 0.95
    assert auc(labels[:, 1], logits[:, 1]) > 0.95


def test_what_cannot_be_told_apart_is_not():
    noise, others = made_up(effect=0), made_up(seed=1, effect=0)
    logits = predict_logits(fit(noise, QUICK, "noise").network(), others)
    labels = others.labels(3)
    assert 0.25 < auc(labels[:, 0], logits[:, 0]) < 0.75


def test_the_record_says_what_happened(fitted, windows):
    record = fitted.record
    assert fitted.name == "tiny"
    assert fitted.spec == SPEC
    assert record.data == "made up"
    assert record.simulated
    assert set(record.subjects) == {1, 2, 3, 4}
    assert len(record.validation_subjects) == 1
    assert record.n_windows == 48
    assert 1 <= record.epochs <= 8
    assert record.skipped_steps == 0
    assert record.collapsed == ()
    assert record.base_rate == pytest.approx(tuple(windows.labels(3).mean(axis=0)))
    assert record.settings["lr"] == QUICK.lr


def test_a_fitted_checkpoint_can_be_saved_and_loaded(fitted, tmp_path):
    save_checkpoint(tmp_path / "x.safetensors", fitted)
    loaded = load_checkpoint(tmp_path / "x.safetensors")
    assert loaded.record == fitted.record
    assert loaded.calibration == fitted.calibration


def test_a_seed_gives_one_network_and_leaves_the_global_generator_alone(windows):
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    first, second = (fit(windows, QUICK, "x").weights for _ in range(2))
    assert torch.equal(torch.randn(3), expected)
    assert all(torch.equal(first[key], second[key]) for key in first)
    other = fit(windows, replace(QUICK, seed=1), "x").weights
    assert not torch.equal(first["valence.weight"], other["valence.weight"])


def test_progress_tells_of_every_epoch(windows):
    told = []
    checkpoint = fit(windows, QUICK, "x", told.append)
    assert [epoch.number for epoch in told] == [1, 2]
    assert told[0].best
    assert [epoch.number for epoch in told if epoch.best][-1] == checkpoint.record.epochs
    assert all(np.isfinite(epoch.loss).all() for epoch in told)


def test_the_best_epoch_is_kept_and_patience_ends_the_fit(windows):
    told = []
    fit(windows, replace(QUICK, epochs=30, patience=1), "x", told.append)
    assert len(told) < 30
    assert not told[-1].best


def test_a_step_that_is_not_finite_changes_nothing(windows):
    broken = replace(windows, signals=windows.signals.copy())
    broken.signals[3, 0, 0] = np.nan
    learner = Learner(broken, windows.labels(3), QUICK)
    learner.step(torch.arange(8, 16))
    before = {key: value.clone() for key, value in learner.network.state_dict().items()}
    assert learner.step(torch.arange(0, 8)) is None
    assert all(torch.equal(v, before[key]) for key, v in learner.network.state_dict().items())
    assert learner.step(torch.arange(8, 16)) is not None
    assert not torch.equal(learner.network.valence.weight, before["valence.weight"])


def test_skipped_steps_are_counted(windows):
    config = replace(QUICK, epochs=1, batch_size=8)
    learners, _ = split_subjects(windows, config)
    broken = replace(windows, signals=windows.signals.copy())
    broken.signals[np.flatnonzero(windows.subject == learners[0])[0]] = np.nan
    told = []
    checkpoint = fit(broken, config, "x", told.append)
    assert checkpoint.record.skipped_steps == told[-1].skipped_steps == 1
    assert all(weight.isfinite().all() for weight in checkpoint.weights.values())


def test_without_one_finite_step_there_is_no_checkpoint(windows):
    broken = replace(windows, signals=np.full_like(windows.signals, np.nan))
    with pytest.raises(DataError, match="no step"):
        fit(broken, QUICK, "x")


def test_subjects_are_split_whole(windows):
    many = replace(windows, subject=np.repeat(np.arange(1, 17), 4))
    learners, held_out = split_subjects(many, QUICK)
    assert sorted(learners + held_out) == list(range(1, 17))
    assert len(held_out) == 4
    assert split_subjects(many, replace(QUICK, seed=1))[1] != held_out


@pytest.mark.parametrize("validation", [0.0, 1.0])
def test_each_side_of_the_split_keeps_somebody(windows, validation):
    assert all(split_subjects(windows, replace(QUICK, validation=validation)))


def test_one_subject_is_too_few(windows):
    with pytest.raises(DataError, match="at least 2"):
        fit(windows.of((1,)), QUICK, "x")


def test_one_class_is_too_few(windows):
    same = replace(windows, ratings=np.where([True, False], windows.ratings, 5))
    with pytest.raises(DataError, match="every arousal"):
        fit(same, QUICK, "x")


def test_collapse_is_noticed():
    assert collapsed_targets(np.array([[0.6, 0.4], [0.7, 0.6]])) == ("valence",)
    assert collapsed_targets(np.array([[0.6, 0.4], [0.7, 0.3]])) == ("valence", "arousal")
    assert collapsed_targets(np.array([[0.6, 0.4], [0.3, 0.7]])) == ()
    assert collapsed_targets(np.array([[0.5, 0.5], [0.7, 0.4]])) == ("valence",)


def test_collapse_is_judged_as_users_see_it():
    """Nothing to be learned and 3 of 4 high: what calibration makes of it says high always."""
    noise = made_up(n_trials=32, effect=0)
    noise = replace(noise, ratings=np.where(noise.trial[:, None] % 4, 4, [2, 2]))
    checkpoint = fit(noise, replace(QUICK, lr=1e-3), "noise")
    validation = noise.of(checkpoint.record.validation_subjects)
    logits = torch.from_numpy(predict_logits(checkpoint.network(), validation))
    raw = logits >= 0
    assert raw.any(dim=0).all()
    assert not raw.all(dim=0).any()
    assert (checkpoint.calibration.apply(logits) >= 0.5).all()
    assert checkpoint.record.collapsed == ("valence", "arousal")
