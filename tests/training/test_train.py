import shutil
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
import torch

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.metrics.scores import auc, collapsed_targets
from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.registry import find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training import learn as learn_module
from rtdreamer.training import run as run_module
from rtdreamer.training import train as train_module
from rtdreamer.training.calibration import (
    calibration_groups,
    carry_over,
    fit_calibration,
    probabilities,
)
from rtdreamer.training.code_version import versions
from rtdreamer.training.fit import fit, predict_logits
from rtdreamer.training.train import (
    TrainingRun,
    _calibration_over_time,
    _last_windows,
    fit_piece,
    train,
)
from rtdreamer.training.windows import WindowPlan
from tests.odd_dataset import odd_dataset
from tests.short_training import CONFIG, RUN, BrokenOffError, assert_same, stop_at

pytestmark = pytest.mark.usefixtures("short_clips")
DEFAULT = find_architecture(RUN.architecture)
N_FITS = 3


@pytest.fixture(scope="module")
def unbroken(cache, windows):
    """A training from beginning to end."""
    return train(RUN, "tiny", cache)


@pytest.fixture
def fitted(monkeypatch):
    """Who was fitted to, fit by fit."""
    calls = []

    def counted(windows, *arguments):
        calls.append(windows.subjects)
        return fit(windows, *arguments)

    monkeypatch.setattr(learn_module, "fit", counted)
    return calls


def test_a_checkpoint_says_what_made_it(unbroken, windows, tmp_path):
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(path, unbroken.checkpoint)
    found = load_checkpoint(path)
    record = found.record
    assert found.name == "tiny"
    assert (found.spec, found.config) == (RUN.spec, DEFAULT.configure(RUN.spec))
    expected = {"architecture": "vae-gnn", "hop": 1280, "device": "cpu", "scale": [1.0, 5.0]}
    assert dict(record.settings) == asdict(CONFIG) | expected
    assert dict(record.versions) == versions()
    assert (record.seed, record.label_threshold) == (5, 3.0)
    assert record.simulated
    assert record.data == "simulated DREAMER (4 subjects, seed 3, effect 3, clip 0.4)"
    assert record.people == "simulated with seed 3"
    assert record.subjects == (1, 2, 3, 4)
    assert len(record.validation_subjects) == 1
    assert set(record.validation_subjects) < set(record.subjects)
    assert record.n_windows == 3 * 17
    assert record.base_rate == pytest.approx(windows.labels(3.0).mean(axis=0))
    assert record.last_windows == "".join(f"{one % 2**64:016x}" for one in windows.hash.tolist())
    assert len(record.last_windows) == 4 * 17 * 16
    assert unbroken.too_short == ((1, 1), (2, 1), (3, 1), (4, 1))
    best = max(epoch.number for epoch in unbroken.epochs if epoch.best)
    assert record.epochs == best <= len(unbroken.epochs) <= 2


def test_of_very_many_trials_some_of_each_person_are_kept(make_windows, monkeypatch):
    monkeypatch.setattr(train_module, "MOST_HASHES", 20)
    kept = _last_windows(make_windows(n_subjects=5, n_trials=8))
    assert [int(kept[k : k + 16], 16) for k in range(0, len(kept), 16)] == list(range(1, 41, 2))
    assert _last_windows(make_windows(n_subjects=1).take(np.array([], int))) == ""


def test_over_time_it_is_calibrated_by_the_means_of_trials(make_windows):
    rng = np.random.default_rng(0)
    windows = make_windows(n_subjects=4, n_trials=6, per_trial=3)
    windows = windows.take(rng.permutation(len(windows)))
    labels = windows.labels(3.0)
    logits = rng.normal(labels, 2.0)
    unlearned = np.flatnonzero(windows.subject > 2)
    kept = 3 * logits[unlearned] + rng.normal(1, 0.5, (len(unlearned), 2))
    trials = [(s, t) for s in range(1, 5) for t in range(1, 7)]

    def means(values, rows):
        keys = list(zip(windows.subject[rows], windows.trial[rows], strict=True))
        of_trial = [[v for v, key in zip(values, keys, strict=True) if key == t] for t in trials]
        return np.array([np.mean(found, axis=0) for found in of_trial if found])

    everybody = np.arange(len(windows))
    fitted = fit_calibration(means(logits, everybody), means(labels, everybody))
    expected = carry_over(fitted, means(logits[unlearned], unlearned), means(kept, unlearned))
    whole = {"unlearned": unlearned, "logits": kept}
    found = _calibration_over_time(windows, labels, logits, whole)
    assert found.temperature == pytest.approx(expected.temperature)
    assert found.bias == pytest.approx(expected.bias)
    # The mean is surer of itself than a window: independent errors cancel.
    of_windows = fit_calibration(logits, labels)
    assert all(a < b for a, b in zip(fitted.temperature, of_windows.temperature, strict=True))


def test_it_was_calibrated_on_people_left_out(unbroken, windows):
    logits, group_of = np.full((len(windows), 2), np.nan), np.zeros(len(windows))
    groups = calibration_groups(windows, 2, CONFIG.seed)
    for number, group in enumerate(groups):
        learners = [s for s in windows.subjects if s not in group]
        others = fit(windows.of(learners), CONFIG, RUN.architecture)
        judged = np.isin(windows.subject, group)
        logits[judged], group_of[judged] = predict_logits(others.network, windows.of(group)), number
    labels = windows.labels(3.0)
    expected = fit_calibration(logits, labels)
    # And brought to the network that is kept, by those it did not learn from either.
    unlearned = np.isin(windows.subject, unbroken.checkpoint.record.validation_subjects)
    kept_of = windows.take(np.flatnonzero(unlearned))
    kept = predict_logits(unbroken.checkpoint.network(), kept_of)
    assert unbroken.checkpoint.calibration == carry_over(expected, logits[unlearned], kept)
    said = probabilities(expected, logits)
    assert unbroken.checkpoint.record.collapsed == collapsed_targets(said)
    # Within each person, of whom one fit judged all: weighted by pairs.
    for k, found in enumerate(unbroken.checkpoint.metrics["out_of_fold_windows"].values()):
        rows = [windows.subject == s for s in windows.subjects]
        pairs = [labels[r, k].sum() * (1 - labels[r, k]).sum() for r in rows]
        own = np.nan_to_num([auc(labels[r, k], said[r, k]) for r in rows])
        assert found["auc"] == pytest.approx(np.average(own, weights=pairs))


def test_its_network_was_fitted_to_everybody(unbroken, windows):
    whole = fit(windows, CONFIG, RUN.architecture).network.state_dict()
    weights = unbroken.checkpoint.weights
    assert all(torch.equal(weights[key], whole[key]) for key in whole)


@pytest.fixture(scope="module")
def of_everybody(cache, windows):
    """A training with nobody held out."""
    run = replace(RUN, config=replace(CONFIG, validation=0.0))
    return train(run, "everybody", cache)


def test_with_nobody_held_out_it_says_so(of_everybody, tmp_path):
    path = tmp_path / "everybody.safetensors"
    save_checkpoint(path, of_everybody.checkpoint)
    record = load_checkpoint(path).record
    assert (record.validation_subjects, record.n_windows, record.epochs) == ((), 4 * 17, 2)
    assert record.settings["validation"] == 0
    assert [(epoch.number, epoch.auc) for epoch in of_everybody.epochs] == [(1, ()), (2, ())]
    assert all(w.isfinite().all() for w in of_everybody.checkpoint.weights.values())


def test_with_nobody_held_out_the_calibration_is_that_of_those_left_out(of_everybody, windows):
    config = replace(CONFIG, validation=0.0)
    logits = np.full((len(windows), 2), np.nan)
    for group in calibration_groups(windows, 2, CONFIG.seed):
        others = fit(windows.of([s for s in windows.subjects if s not in group]), config)
        assert others.validation_subjects == ()
        judged = np.isin(windows.subject, group)
        logits[judged] = predict_logits(others.network, windows.of(group))
    expected = fit_calibration(logits, windows.labels(3.0))
    assert of_everybody.checkpoint.calibration == expected
    # Each trial is one window here.
    over_time = of_everybody.checkpoint.calibration_over_time
    assert over_time.temperature == pytest.approx(expected.temperature)
    assert over_time.bias == pytest.approx(expected.bias)


@pytest.mark.parametrize(
    ("where", "point", "n_finished"),
    [
        ("extracting", (5,), 0),
        ("fitting", (1,), 1),
        ("fitting", (3,), 3),
        ("epochs", (2,), 1),
        ("epochs", (3,), 2),
    ],
)
def test_broken_off_and_repeated_it_ends_the_same(
    where, point, n_finished, fresh, unbroken, fitted
):
    if where == "extracting":
        shutil.rmtree(next(fresh.glob("windows-*")))
    with pytest.raises(BrokenOffError):
        train(RUN, "tiny", fresh, **{where: stop_at(point)})
    begun = len(fitted)
    assert begun == n_finished + (where == "epochs")
    epochs = []
    again = train(RUN, "tiny", fresh, epochs=lambda *told: epochs.append(told))
    assert_same(again.checkpoint, unbroken.checkpoint)
    assert again.epochs == unbroken.epochs
    # What was finished is not fitted again, and no epoch is told twice.
    assert len(fitted) - begun == N_FITS - n_finished
    numbers = [(number, epoch.number) for number, _, epoch in epochs]
    assert len(set(numbers)) == len(numbers)
    assert {number for number, _ in numbers} == set(range(n_finished + 1, N_FITS + 1))


def test_in_the_middle_of_a_fit_no_epoch_is_learned_again(fresh, unbroken, monkeypatch):
    from rtdreamer.training.fit import Learner

    learned, learn_once = [], Learner.learn_once

    def counted(learner):
        learned.append(1)
        return learn_once(learner)

    monkeypatch.setattr(Learner, "learn_once", counted)

    def stop_after_one(number, n_fits, epoch):
        if (number, epoch.number) == (2, 1):
            raise BrokenOffError

    with pytest.raises(BrokenOffError):
        train(RUN, "tiny", fresh, epochs=stop_after_one)
    assert len(learned) == 2 + 1
    assert_same(train(RUN, "tiny", fresh).checkpoint, unbroken.checkpoint)
    assert len(learned) == 2 * N_FITS


def test_another_process_ends_the_same(fresh, unbroken):
    # One is enough: each loads torch and all else. That there may be two is the runner's affair.
    shutil.copytree(unbroken.folder, fresh / unbroken.folder.name)
    (fresh / unbroken.folder.name / f"piece-{N_FITS - 1:03d}.npz").unlink()
    steps = []
    found = train(RUN, "tiny", fresh, n_jobs=2, fitting=lambda *step: steps.append(step))
    assert_same(found.checkpoint, unbroken.checkpoint)
    assert found.epochs == unbroken.epochs
    assert steps == [(N_FITS - 1, N_FITS), (N_FITS, N_FITS)]


def test_the_work_is_cleared_and_the_windows_are_kept(fresh, unbroken):
    found = train(replace(RUN, config=replace(CONFIG, epochs=1)), "tiny", fresh)
    assert list(found.folder.iterdir())
    found.clear()
    assert not found.folder.exists()
    assert len(list(fresh.glob("windows-*"))) == 1


def test_every_change_of_the_order_is_another_order(monkeypatch):
    changed = [
        replace(RUN, data="simulated:subjects=4,seed=4,effect=3"),
        replace(RUN, spec=Spec(standardise=False)),
        replace(RUN, plan=WindowPlan(None)),
        replace(RUN, architecture="ridge"),
        *(
            replace(RUN, config=replace(CONFIG, **{f.name: getattr(CONFIG, f.name) + 1}))
            for f in fields(CONFIG)
        ),
    ]
    keys = [run.key() for run in (RUN, *changed)]
    monkeypatch.setattr(run_module, "code_version", lambda patterns: "another")
    assert len({*keys, RUN.key()}) == len(changed) + 2


def test_without_standardisation_there_is_no_average_person(tmp_path):
    run = replace(RUN, spec=Spec(standardise=False), config=replace(CONFIG, epochs=1))
    checkpoint = train(run, "absolute", tmp_path).checkpoint
    assert checkpoint.average is None
    save_checkpoint(tmp_path / "absolute.safetensors", checkpoint)
    assert load_checkpoint(tmp_path / "absolute.safetensors").spec == run.spec


def test_two_people_are_too_few(tmp_path):
    run = replace(RUN, data="simulated:subjects=2,seed=3")
    with pytest.raises(DataError, match="2 subjects to learn from: at least 3 needed"):
        train(run, "tiny", tmp_path)
    assert [path.name.split("-")[0] for path in tmp_path.iterdir()] == ["windows"]


def test_a_device_that_is_not_there_is_refused_in_a_line(fresh):
    with pytest.raises(RtdreamerError, match=r"^device 'cuda:99' cannot be used") as error:
        train(RUN, "tiny", fresh, device="cuda:99")
    assert "\n" not in str(error.value)


def test_a_worker_with_other_data_or_code_is_refused(fresh):
    with pytest.raises(RtdreamerError, match=r"^a worker has other data.*give it the same$"):
        fit_piece(RUN, "the key of another", fresh, fresh, "cpu", 0, None)


def test_a_model_can_be_trained_on_any_data_set(tmp_path):
    run = TrainingRun(
        odd_dataset(), Spec(), WindowPlan(), replace(CONFIG, label_threshold=5.0), "ridge"
    )
    made = train(run, "odd", tmp_path).checkpoint
    save_checkpoint(tmp_path / "odd.safetensors", made)
    record = load_checkpoint(tmp_path / "odd.safetensors").record
    assert record.subjects == ("007", "12", "Ann", "b 2", "eve", "zoë")
    assert (record.people, record.clips, record.label_threshold) == ("odd", "odd", 5.0)
    assert record.settings["scale"] == [1.0, 9.0]
