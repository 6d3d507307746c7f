import csv
import json
from typing import ClassVar

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import rtdreamer
from rtdreamer.data.dataset import Dataset
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.evaluation.benchmark import make_cells, run_cells
from rtdreamer.evaluation.benchmark_files import write_benchmark
from rtdreamer.evaluation.evaluation import cross_validate
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.evaluation.folds_audit import audit_folds
from rtdreamer.evaluation.folds_rows import read_folds, read_outcomes
from rtdreamer.evaluation.predictions_file import read_predictions
from rtdreamer.evaluation.runs import paired_runs
from rtdreamer.metrics.target_metrics import target_metrics
from rtdreamer.model.registry import find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.training.settings import training_config, window_plan, window_spec
from tests.odd_dataset import PEOPLE, STIMULI, odd_dataset, odd_trials

FEW = {"calibration_groups": 2}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def judge(cache):
    """``rtdreamer.evaluate`` on the odd data set, which is extracted once."""

    def judge(method="ridge", protocol="crossed", **kwargs):
        return rtdreamer.evaluate(
            odd_dataset(),
            method,
            protocol,
            **{"settings": FEW, "n_folds": 3, "cache": cache} | kwargs,
        )

    return judge


class Loudness:
    """Has no parameters, so that scikit-learn can only copy it; says what it saw."""

    seen: ClassVar = []

    def fit(self, x, y):
        type(self).seen.append((x.shape, sorted(set(y.tolist()))))
        self.middle = np.median(x[:, 0])

    def predict_proba(self, x):
        p = 1 / (1 + np.exp(self.middle - x[:, 0]))
        return np.stack([1 - p, p], axis=1)


def log_power(window):
    return np.log(np.var(window, axis=1))


@pytest.mark.parametrize("protocol", ["crossed", "loso", "trial", "window"])
def test_a_data_set_unlike_dreamer_goes_through_every_protocol(protocol, judge, tmp_path):
    result = judge(protocol=protocol)
    found = result.evaluation
    assert set(result.predictions["subject"].tolist()) == set(PEOPLE)
    assert set(result.predictions["clip"].tolist()) == set(STIMULI)
    trials = {(t.subject, t.name): t for t in odd_trials()}
    rows = zip(
        *(result.predictions[c] for c in ("subject", "trial", "clip", "target", "rating", "label")),
        strict=True,
    )
    judged = set()
    for subject, trial, clip, target, rating, label in rows:
        one = trials[subject, trial]
        assert (clip, rating) == (one.stimulus, one.ratings[target])
        assert label == (rating >= 5)
        judged.add((subject, trial))
    assert judged == set(trials)
    assert found.without_baseline == ("007", "12", "Ann", "b 2", "eve", "zoë")
    assert "6 of 6 people had no baseline" in str(result)
    assert ("LEAKS" in str(result)) == (protocol == "window")
    json.dumps(found.to_json(), allow_nan=False)
    result.save(tmp_path)
    again = read_predictions(tmp_path / "predictions.csv").predictions
    assert again.by_trial().names.each("subject", again.by_trial().subject) == list(
        found.trials.names.each("subject", found.trials.subject)
    )
    audited = read_folds(tmp_path / "folds.csv")
    outcomes = read_outcomes(audited, tmp_path / "predictions.csv", 5.0)
    assert audit_folds(audited, outcomes).protocol == protocol


def test_what_is_never_seen_is_never_learned_from(judge):
    found = judge(protocol="crossed").evaluation
    rows = found.predictions
    for number, learned in enumerate(found.learned_from):
        judged = rows.fold == number
        for kind in ("subject", "stimulus"):
            values = getattr(rows, kind)
            assert not set(values[learned].tolist()) & set(values[judged].tolist())
    # A stimulus that was seen in two sessions is one stimulus, but two trials.
    assert len({*rows.trial.tolist()}) > len({*rows.stimulus.tolist()}) == 7


def test_figures_come_back_from_the_file_as_they_were(judge, tmp_path):
    result = judge()
    result.save(tmp_path)
    trials = read_predictions(tmp_path / "predictions.csv").predictions.by_trial()
    for k, target in enumerate(result.figures):
        again = target_metrics(trials, k, permute_clips=True)
        assert again.to_json() == result.figures[target].to_json()


def test_a_tiny_network_learns_from_it(judge):
    settings = FEW | {"epochs": 1}
    result = judge("spectral", "loso", settings=settings)
    p = result.predictions["p"]
    assert len(p) == 2 * 2 * len(list(odd_trials()))  # windows and targets
    assert ((p > 0) & (p < 1)).all()
    assert len(np.unique(p)) > 10


def test_an_object_sees_the_training_side_alone_and_any_features(judge):
    Loudness.seen.clear()
    result = judge(Loudness(), "loso", n_folds=2, features=log_power, calibrate=False, name="loud")
    n = 2 * len(list(odd_trials()))  # windows
    assert len(Loudness.seen) == 2 * 2  # folds and targets
    assert sum(shape[0] for shape, _ in Loudness.seen) == 2 * n  # each window judged once
    assert {shape[1] for shape, _ in Loudness.seen} == {14}
    assert all(classes == [0, 1] for _, classes in Loudness.seen)
    assert result.method == "loud"
    rows = result.evaluation.predictions
    x = {
        (t.subject, t.name, k): log_power(window)[0]
        for t in odd_trials()
        for k, window in enumerate((t.eeg[:, -2560:-1280], t.eeg[:, -1280:]))
    }
    names = [rows.names.each(kind, getattr(rows, kind)) for kind in ("subject", "trial")]
    own = np.array([x[key] for key in zip(*names, result.evaluation.window, strict=True)])
    for k in (0, 1):
        for fold in (0, 1):
            of = rows.fold == fold
            middle = np.median(own[~of])
            expected = 1 / (1 + np.exp(middle - own[of]))
            np.testing.assert_allclose(rows.probabilities[of, k], expected)


def test_by_default_an_object_learns_from_entropy_and_information_and_is_calibrated(judge, cache):
    Loudness.seen.clear()
    before = sorted(cache.iterdir())
    judge(Loudness(), "loso")
    assert {shape[1] for shape, _ in Loudness.seen} == {5 * (14 + 14 * 13 // 2)}
    assert (
        len(Loudness.seen) == 3 * 2 * 3
    )  # folds and targets; two groups left out in turn, then nobody
    assert sorted(cache.iterdir()) == before  # of an own method nothing is kept


def test_processes_give_what_one_gives(judge):
    one, two = (
        judge(LogisticRegression(C=0.01), "loso", features=lambda w: log_power(w), n_jobs=n)
        for n in (1, 2)
    )
    assert np.array_equal(one.predictions["p"], two.predictions["p"])


def test_the_command_line_and_python_make_the_same_run():
    dataset = Dataset.open("simulated:subjects=3")
    architecture = find_architecture("ridge")
    spec = window_spec(architecture, Spec(), None)
    rest = (spec, window_plan(architecture, spec, None, None), training_config(architecture, {}))
    keys = {
        EvaluationRun(data, *rest, "loso", None, "ridge").key()
        for data in (dataset, "simulated:subjects=3")
    }
    assert len(keys) == 1


def test_a_person_is_told_by_their_own_trials(judge):
    result = judge()
    people = result.people
    for row, subject in enumerate(people["subject"]):
        of = (result.predictions["subject"] == subject) & (
            result.predictions["target"] == people["target"][row]
        )
        assert people["n_trials"][row] == of.sum() / 2  # windows
        base_rates = result.predictions["base_rate"][of].astype(float)
        assert people["base_rate"][row] == pytest.approx(base_rates.mean())


def test_benchmarks_take_it_as_any_other(cache, tmp_path):
    runs = []
    for method in ("ridge", "base-rate", "clip-mean"):
        architecture = find_architecture("ridge") if method == "ridge" else None
        spec = window_spec(architecture, Spec(), None)
        config = training_config(architecture, FEW | {"label_threshold": 4.0})
        plan = window_plan(architecture, spec, None, None)
        runs.append(EvaluationRun(None, spec, plan, config, "loso", 3, method))
    cells = make_cells([odd_dataset()], runs, range(2))
    found = run_cells(cells, tmp_path, cache)
    assert not found.failures
    results = write_benchmark(tmp_path, found)
    assert {result.dataset for result in results} == {"odd"}
    ((_, methods),) = paired_runs(found.judged.values()).items()
    assert set(methods) == {"ridge", "base-rate", "clip-mean"}
    assert all(cell.file(tmp_path).name.startswith("odd-loso") for cell in cells)
    rows = list(csv.DictReader(cells[0].file(tmp_path).open(encoding="utf-8")))
    assert all((float(row["rating"]) >= 4) == (row["label"] == "1") for row in rows)


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"method": "rigde"}, "method 'rigde': choose from .*ridge.*or give an object"),
        ({"method": 5}, "method 5: has no fit: give the name"),
        (
            {"method": LogisticRegression},
            "method LogisticRegression: is a class: give LogisticRegression",
        ),
        ({"protocol": "kfold"}, "protocol 'kfold': choose from crossed, loso"),
        ({"n_targets": 1}, "n_targets is 1, must be a whole number from 2 to 3"),
        ({"n_targets": 3}, "odd: not every trial is rated by dominance"),
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"seed": -1}, "seed is -1, must be a whole number from 0 to 4294967295"),
        ({"hop": 0}, "hop is 0, must be a whole number from 1"),
        ({"hop": 1.5}, r"hop is 1\.5, must be a whole number from 1"),
        ({"n_folds": 2.5}, r"n_folds is 2\.5, must be a whole number from 1"),
        ({"n_targets": 2.0}, r"n_targets is 2\.0, must be a whole number"),
        ({"protocol": ["loso"]}, r"protocol \['loso'\]: choose from"),
        ({"threshold": "5"}, r"threshold is '5', must be a number$"),
        ({"settings": [1]}, r"settings are \[1\]: must be a mapping"),
        ({"settings": {"epochs": np.nan}}, "setting epochs is nan, must be a whole number"),
        ({"settings": {"lr": np.inf}}, "setting lr is inf, must be a number from 0"),
        ({"method": Loudness(), "features": 3}, "features are 3: must be a function"),
        ({"threshold": 0.5}, "a threshold of 0.5: odd is rated from 1 to 9: choose one in between"),
        ({"settings": {"epoch": 1}}, "setting 'epoch': choose from epochs"),
        ({"settings": {"epochs": 1.5}}, "setting epochs is 1.5, must be a whole number"),
        ({"settings": {"epochs": 0}}, "setting epochs is 0, must be a whole number from 1 to 2147"),
        (
            {"settings": {"validation": 1}},
            "setting validation is 1, must be a number from 0, below 1",
        ),
        (
            {"settings": {"calibration_groups": 1}},
            "setting calibration_groups is 1, must be a whole",
        ),
        ({"settings": {"seed": 1}}, "setting seed: say seed=… instead"),
        ({"settings": {"label_threshold": 4}}, "setting label_threshold: say threshold=… instead"),
        ({"features": log_power}, "features are for an object's fit"),
        ({"n_folds": 40}, "40 folds of 6 subjects"),
        ({"protocol": "trial", "n_folds": 8}, "8 folds of 7 trials of subject 007"),
        ({"method": "best-possible"}, "odd: the ideal observer is known of simulated:… only"),
        ({"method": "ideal-observer"}, "odd: the ideal observer is known of simulated:… only"),
        ({"method": Loudness(), "features": lambda w: w}, r"features returned shape \(14, 1280\)"),
        ({"method": Loudness(), "features": lambda w: [np.nan]}, "must be a vector of finite"),
        ({"device": "abacus"}, "device 'abacus' cannot be used"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(kwargs, said, judge):
    with pytest.raises(RtdreamerError, match=said) as error:
        judge(**kwargs)
    assert "\n" not in str(error.value)


def test_numbers_of_numpys_are_numbers(judge):
    given = {"hop": 640, "seed": 3, "n_folds": 2, "n_targets": 2, "threshold": 5.0}
    kinds = dict.fromkeys(given, np.int64) | {"threshold": np.float32}
    of_numpy = {name: kinds[name](value) for name, value in given.items()}
    settings = {"calibration_groups": np.int64(2), "lr": np.float32(0.5)}
    one, other = (judge("base-rate", **them, settings=settings) for them in (given, of_numpy))
    assert str(one) == str(other)
    assert one.evaluation.to_json() == other.evaluation.to_json()


def test_what_is_no_data_set_is_refused(cache):
    with pytest.raises(RtdreamerError, match="make one of trials, or by Dataset"):
        rtdreamer.evaluate("simulated", "ridge", cache=cache)


def test_a_worker_that_has_no_trials_must_see_the_cache(tmp_path):
    spec = Spec()
    run = EvaluationRun(
        odd_dataset().for_workers(), spec, window_plan(None, spec, None, None),
        training_config(None, {"label_threshold": 5.0}), "loso", 2, "base-rate",
    )  # fmt: skip
    with pytest.raises(RtdreamerError, match="a worker does not see the cache"):
        cross_validate(run, tmp_path)


def test_the_callers_threads_are_left_as_they_were(judge):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        judge("base-rate")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_one_class_in_a_fold_is_refused_in_a_line(cache):
    flat = [t for t in odd_trials() if t.ratings["valence"] >= 5]
    with pytest.raises(DataError, match=r"every valence of subjects .* is on one side of 5"):
        rtdreamer.evaluate(Dataset("flat", flat, (1, 9)), "logistic", "loso", cache=cache)
