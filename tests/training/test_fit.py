import math
import os
import pickle
import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest
import torch

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.metrics.scores import auc
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.criterion import judge_held_out
from rtdreamer.training.fit import (
    MAX_GRADIENT,
    Epoch,
    Learner,
    LossParts,
    fit,
    split_subjects,
)
from rtdreamer.training.predict import predict_logits
from tests.broken_off import interrupt_after

QUICK = TrainingConfig(epochs=4, patience=4, batch_size=8, lr=3e-3, validation=0.25)
NOBODY = replace(QUICK, validation=0.0)
CPU = torch.device("cpu")
BY_GRADIENT = tuple(name for name in BUILT_IN if not find_architecture(name).is_linear)


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(n_subjects=4, n_trials=6, n_times=256)


@pytest.fixture(scope="module")
def of_everybody(windows):
    """What an undisturbed fit gives that holds nobody out."""
    return fit(windows, NOBODY, "vae-gnn")


@pytest.fixture(scope="module")
def unbroken(windows):
    """What an undisturbed fit gives, by architecture."""
    return {name: fit(windows, QUICK, name) for name in ("spectral", "gnn", "eegnet")}


def weights(fitted):
    return fitted.network.state_dict()


def assert_same(a, b):
    """Bit for bit the same network, by the same way."""
    assert list(weights(a)) == list(weights(b))
    assert all(torch.equal(x, weights(b)[key]) for key, x in weights(a).items())
    assert a.epochs == b.epochs
    assert a.validation_subjects == b.validation_subjects


@pytest.fixture
def no_more_learning(monkeypatch):
    def forbid():
        def fail(self):
            raise AssertionError("learned again")

        monkeypatch.setattr(Learner, "learn_once", fail)

    return forbid


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


# Going on


@pytest.mark.parametrize("architecture", ["spectral", "eegnet"])
def test_broken_off_after_every_epoch_it_ends_the_same(
    architecture, windows, unbroken, tmp_path, no_more_learning
):
    state = tmp_path / "x.state"
    for number in range(1, QUICK.epochs + 1):
        with pytest.raises(KeyboardInterrupt):
            fit(windows, QUICK, architecture, state=state, progress=interrupt_after(number))
    no_more_learning()  # all of it is in the state
    told = []
    fitted = fit(windows, QUICK, architecture, state=state, progress=told.append)
    assert_same(fitted, unbroken[architecture])
    assert tuple(told) == fitted.epochs


def test_broken_off_within_an_epoch_it_ends_the_same(windows, unbroken, tmp_path, monkeypatch):
    steps = []

    def step(self, index):
        steps.append(index)
        if len(steps) == 5:  # the second of the second epoch
            raise KeyboardInterrupt
        return undisturbed(self, index)

    undisturbed = Learner.step
    monkeypatch.setattr(Learner, "step", step)
    with pytest.raises(KeyboardInterrupt):
        fit(windows, QUICK, "spectral", state=tmp_path / "x.state")
    fitted = fit(windows, QUICK, "spectral", state=tmp_path / "x.state")
    assert len(steps) == 5 + 3 * 3
    assert_same(fitted, unbroken["spectral"])


def test_killed_it_ends_the_same(windows, unbroken, tmp_path, monkeypatch):
    undisturbed = Learner.learn_once
    (tmp_path / "fit").write_bytes(pickle.dumps((windows, QUICK)))
    script = """
        import pickle, sys, time
        from pathlib import Path
        import torch
        from rtdreamer.training.fit import fit
        torch.set_num_threads(1)
        folder = Path(sys.argv[1])
        windows, config = pickle.loads((folder / "fit").read_bytes())
        def tell(epoch):
            print(epoch.number, flush=True)
            if epoch.number == 3:
                time.sleep(60)
        fit(windows, config, "spectral", state=folder / "x.state", progress=tell)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as process:
        lines = [process.stdout.readline().strip() for _ in range(3)]
        process.kill()
    assert lines == ["1", "2", "3"]
    assert process.returncode != 0
    left = []
    monkeypatch.setattr(Learner, "learn_once", lambda self: left.append(1) or undisturbed(self))
    assert_same(fit(windows, QUICK, "spectral", state=tmp_path / "x.state"), unbroken["spectral"])
    assert len(left) == 1


def test_patience_survives_a_break(windows, tmp_path):
    config = replace(QUICK, epochs=30, patience=2)
    expected = fit(windows, config, "gnn")
    assert len(expected.epochs) < 30
    for number in range(1, len(expected.epochs)):
        with pytest.raises(KeyboardInterrupt):
            fit(windows, config, "gnn", "cpu", tmp_path / "x", interrupt_after(number))
    assert_same(fit(windows, config, "gnn", "cpu", tmp_path / "x"), expected)


def damage(change):
    def damaged(path, windows):
        path.write_bytes(change(path.read_bytes()))

    return damaged


def flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def left_by(architecture="gnn", **changes):
    """The state that another fit left."""

    def leave(path, windows):
        config = replace(QUICK, **changes)
        with pytest.raises(KeyboardInterrupt):
            fit(windows, config, architecture, "cpu", path, interrupt_after(2))

    return leave


def left_by_other_windows(path, windows):
    left_by()(path, replace(windows, ratings=6 - windows.ratings))


BROKEN = {
    "truncated": damage(lambda content: content[: len(content) // 2]),
    "flipped": damage(flip),
    "empty": damage(lambda content: b""),
    "text": damage(lambda content: b"no state at all\n" * 10),
    "a checkpoint of torch": lambda path, windows: torch.save({"spectral": {}}, path),
    "another architecture": left_by("vae"),
    "the whole network": left_by("spectral"),
    "another seed": left_by(seed=1),
    "another learning rate": left_by(lr=1e-3),
    "other windows": left_by_other_windows,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_not_this_fits_state_is_ignored(broken, windows, unbroken, tmp_path):
    state = tmp_path / "x.state"
    left_by()(state, windows)
    broken(state, windows)
    told = []
    assert_same(fit(windows, QUICK, "gnn", "cpu", state, told.append), unbroken["gnn"])
    assert [epoch.number for epoch in told] == [1, 2, 3, 4]


def test_a_state_that_cannot_be_written_ends_the_fit_in_one_line(windows, tmp_path):
    (tmp_path / "x.state").mkdir()
    with pytest.raises(RtdreamerError, match=r"x\.state: cannot be written"):
        fit(windows, QUICK, "gnn", state=tmp_path / "x.state")


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
    assert fitted.best_epoch == 1 + int(np.argmin(losses))
    assert [epoch.best for epoch in fitted.epochs] == [
        loss < min(losses[:n], default=9) for n, loss in enumerate(losses)
    ]
    assert len(fitted.epochs) == fitted.best_epoch + 3 < 30

    validation = windows.of(fitted.validation_subjects)
    logits = predict_logits(fitted.network, validation)
    best, labels = fitted.epochs[fitted.best_epoch - 1], validation.labels(3)
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


# Who is learned from


@pytest.mark.parametrize(("share", "n"), [(0.0, 0), (0.01, 1), (0.25, 4), (0.5, 8), (1.0, 15)])
def test_subjects_are_split_whole(make_windows, share, n):
    windows = make_windows(n_subjects=16, n_trials=2)
    learners, held_out = split_subjects(windows, replace(QUICK, validation=share))
    assert sorted(learners + held_out) == list(range(1, 17))
    assert len(held_out) == n
    assert learners == tuple(sorted(learners))


@pytest.mark.parametrize("seed", range(8))
def test_who_would_have_one_class_only_is_not_held_out_alone(make_windows, seed):
    windows = make_windows(n_subjects=6, n_trials=8)
    windows.ratings[np.isin(windows.subject, (1, 2, 3)), 1] = 5
    windows.ratings[np.isin(windows.subject, (4, 5, 6)), 1] = np.tile([1, 5], 12)
    config = replace(QUICK, seed=seed, validation=0.2)
    _, held_out = split_subjects(windows, config)
    assert held_out[0] in (4, 5, 6)
    assert fit(windows, replace(config, epochs=1), "gnn").validation_subjects == held_out


def test_the_seed_decides_who_is_held_out(make_windows):
    windows = make_windows(n_subjects=16, n_trials=2)
    splits = {split_subjects(windows, replace(QUICK, seed=seed)) for seed in (0, 0, 1, 2)}
    assert len(splits) == 3


def test_nothing_is_learned_from_those_held_out(windows):
    config = replace(QUICK, epochs=1)
    _, held_out = split_subjects(windows, config)
    theirs = np.isin(windows.subject, held_out)
    changed = replace(
        windows,
        inputs=type(windows.inputs)(
            *(np.where(theirs.reshape(-1, *[1] * (x.ndim - 1)), -x, x) for x in windows.inputs)
        ),
        ratings=np.where(theirs[:, None], 6 - windows.ratings, windows.ratings),
    )
    first, second = (fit(w, config, "gnn") for w in (windows, changed))
    assert first.validation_subjects == second.validation_subjects == held_out
    assert first.epochs[0].loss == second.epochs[0].loss
    assert all(torch.equal(w, weights(second)[key]) for key, w in weights(first).items())


def test_one_subject_is_too_few(windows):
    with pytest.raises(DataError, match="1 subject to fit to: at least 2") as refused:
        fit(windows.of((1,)), QUICK)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("rating", [1, 5])
@pytest.mark.parametrize(("target", "name"), [(0, "valence"), (1, "arousal")])
@pytest.mark.parametrize("of_those_held_out", [False, True])
def test_one_class_is_too_few(windows, target, name, rating, of_those_held_out):
    # One person alone rates both, so whoever is held out: one side has one class.
    learners, held_out = split_subjects(windows, QUICK)
    whom, both = (held_out, learners[0]) if of_those_held_out else (learners, held_out[0])
    ratings = windows.ratings.copy()
    ratings[windows.subject != both, target] = rating
    numbers = ", ".join(map(str, whom))
    with pytest.raises(DataError, match=f"every {name} of subjects {numbers} is") as refused:
        fit(replace(windows, ratings=ratings), QUICK, "gnn")
    assert "\n" not in str(refused.value)


def test_the_rarer_class_weighs_more(windows):
    labels = np.zeros((24, 2), np.float32)
    labels[:18, 0] = labels[:6, 1] = 1
    learner = Learner(windows, labels, QUICK, find_architecture("gnn"), CPU)
    assert learner.loss.alpha.tolist() == [0.25, 0.75]


# With nobody held out


def test_with_nobody_held_out_the_last_epochs_weights_are_kept(of_everybody, windows):
    torch.manual_seed(NOBODY.seed)
    labels = windows.labels(3)
    learner = Learner(windows, labels, NOBODY, find_architecture("vae-gnn"), CPU)
    for epoch in of_everybody.epochs:
        assert learner.learn_once() == epoch.loss
        assert math.isnan(epoch.log_loss)
        assert epoch.auc == ()
        assert epoch.best
    assert of_everybody.best_epoch == len(of_everybody.epochs) == NOBODY.epochs
    expected = learner.network.state_dict()
    assert all(torch.equal(x, expected[key]) for key, x in weights(of_everybody).items())
    assert all(x.isfinite().all() for x in weights(of_everybody).values())


def test_everybody_is_learned_from(of_everybody, windows):
    assert of_everybody.validation_subjects == ()
    for subject in windows.subjects:
        ratings = windows.ratings.copy()
        theirs = windows.subject == subject
        ratings[theirs] = 6 - ratings[theirs]
        other = fit(replace(windows, ratings=ratings), replace(NOBODY, epochs=1), "vae-gnn")
        assert other.epochs[0].loss != of_everybody.epochs[0].loss


def test_with_nobody_held_out_broken_off_it_ends_the_same(of_everybody, windows, tmp_path):
    state = tmp_path / "x.state"
    for number in range(1, NOBODY.epochs):
        with pytest.raises(KeyboardInterrupt):
            fit(windows, NOBODY, "vae-gnn", state=state, progress=interrupt_after(number))
    told = []
    fitted = fit(windows, NOBODY, "vae-gnn", state=state, progress=told.append)
    assert all(torch.equal(x, weights(fitted)[key]) for key, x in weights(of_everybody).items())
    # Not ==, since NaN is not NaN.
    assert repr(tuple(told)) == repr(fitted.epochs) == repr(of_everybody.epochs)


def test_weights_that_say_nothing_finite_are_never_kept(windows):
    """The loss of an epoch of one step is that of the weights before it."""
    config = replace(NOBODY, lr=1e30, batch_size=100, epochs=2)
    with pytest.raises(DataError, match="no epoch of the fit gave finite numbers"):
        fit(windows, config, "vae-gnn")


def test_only_one_person_may_be_left_to_learn_from(make_windows):
    two = make_windows(n_subjects=2, n_trials=8, n_times=256)
    fitted = fit(two, replace(QUICK, epochs=1), "vae-gnn")
    assert len(fitted.validation_subjects) == 1
    assert all(x.isfinite().all() for x in weights(fitted).values())


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
