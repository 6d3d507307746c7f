"""Who is learned from, and who is held out to say when to stop."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rtdreamer.errors import DataError
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.criterion import split_subjects
from rtdreamer.training.fit import (
    Learner,
    best_epoch,
    fit,
)
from tests.broken_off import interrupt_after
from tests.fits import QUICK, weights

NOBODY = replace(QUICK, validation=0.0)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(n_subjects=4, n_trials=6, n_times=256)


@pytest.fixture(scope="module")
def of_everybody(windows):
    """What an undisturbed fit gives that holds nobody out."""
    return fit(windows, NOBODY, "vae-gnn")


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
    assert best_epoch(of_everybody.epochs) == len(of_everybody.epochs) == NOBODY.epochs
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
