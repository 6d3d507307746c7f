import json
from dataclasses import fields, replace

import numpy as np
import pytest

from rtdreamer.data import simulated
from rtdreamer.data.dataset import of_source
from rtdreamer.data.sources import open_dreamer
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.evaluation import evaluation, fold_judge, methods
from rtdreamer.evaluation.evaluation import cross_validate, number_windows
from rtdreamer.evaluation.fold_judge import EvaluationRun, judge_fold
from rtdreamer.evaluation.methods import OTHER_METHODS
from rtdreamer.evaluation.protocols import PROTOCOLS, Fold, LeakError, make_folds
from rtdreamer.signal.features import Spec
from rtdreamer.training import cache as cache_module
from rtdreamer.training import run as run_module
from rtdreamer.training.code_version import versions
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.run import windows_of
from rtdreamer.training.windows import WindowPlan

SECONDS = (20,) * 5 + (9,) + (10,) * 12
"""Of the clips: one is shorter than a window."""

CONFIG = TrainingConfig(epochs=1, calibration_groups=2)
RUN = EvaluationRun(
    "simulated:subjects=4,seed=3,effect=3", Spec(), WindowPlan(), CONFIG, "loso", None, "logistic"
)
HONEST = [name for name, protocol in PROTOCOLS.items() if not protocol.leaks]
FIGURES = {"auc", "auc_ci", "balanced_accuracy", "brier", "ece", "accuracy", "f1"}


LOSO = "people never seen, same clips on both sides"


@pytest.fixture(autouse=True, scope="module")
def _short_clips():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "CLIP_SECONDS", SECONDS)
        patch.setattr(simulated, "BASELINE_SECONDS", 10)
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Windows are computed once for all tests; folds they clear away."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def ask(cache):
    """Judge by folds of its own: nothing is finished before, or stays behind."""

    def judge(run=RUN, **how):
        return cross_validate(run, cache, **how)

    yield judge
    for folder in cache.glob("folds-*"):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@pytest.fixture
def calls(monkeypatch):
    """What logistic regression was given, fold by fold; it still does its work."""
    given = []

    def method(train, test, config, device):
        given.append((train, test))
        return OTHER_METHODS["logistic"](train, test, config, device)

    monkeypatch.setattr(methods, "OTHER_METHODS", {**OTHER_METHODS, "logistic": method})
    return given


def same(one, other):
    return one.to_json() == other.to_json() and all(
        np.array_equal(getattr(one.predictions, f.name), getattr(other.predictions, f.name))
        for f in fields(one.predictions)
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_written_is_what_was_promised(protocol, ask):
    n_folds = None if protocol == "loso" else 2
    run = replace(RUN, protocol=protocol, n_folds=n_folds, method="base-rate")
    written = json.loads(json.dumps(ask(run).to_json(), allow_nan=False))
    assert written["protocol"] == protocol
    assert written["leaks"] is (protocol == "window")
    assert set(written["targets"]) == {"valence", "arousal"}
    for levels in written["targets"].values():
        assert set(levels) == {"trial", "window"}
        for found in levels.values():
            assert set(found) >= FIGURES
            assert len(found["auc_ci"]) == 2
            assert found["auc"] == found["balanced_accuracy"] == 0.5
    # Each of 4 people has 17 trials of a window or two; the sixth clip was too short.
    assert (written["n_subjects"], written["n_trials"], written["n_windows"]) == (4, 68, 88)
    assert written["too_short"] == [[subject, 6] for subject in (1, 2, 3, 4)]
    assert written["targets"]["valence"]["trial"]["n"] == 68
    assert written["targets"]["valence"]["window"]["n"] == 88
    assert written["n_folds"] == len(written["folds"]) == {"loso": 4, "crossed": 4}.get(protocol, 2)
    assert sum(fold["n_test"] for fold in written["folds"]) == 88
    assert written["settings"]["epochs"] == 1
    assert written["settings"]["hop"] == 1280
    assert written["settings"]["n_folds"] == n_folds
    assert written["versions"] == versions()


def test_dominance_is_judged_beside_the_others_if_asked_for(ask):
    two, three = ask(), ask(replace(RUN, n_targets=3))
    assert three.targets == tuple(three.metrics) == ("valence", "arousal", "dominance")
    assert three.predictions.ratings.shape == (len(three.predictions), 3)
    written, alone = three.to_json(), two.to_json()
    assert set(written["targets"]) == set(three.targets)
    for target in two.targets:
        assert written["targets"][target] == alone["targets"][target]
    assert (alone["settings"]["n_targets"], written["settings"]["n_targets"]) == (2, 3)
    best = ask(replace(RUN, n_targets=3, method="ideal-observer"))
    assert best.metrics["dominance"]["trial"].auc == 0.5


def test_groups_are_not_passed_off_as_one_by_one(ask):
    run = replace(RUN, method="base-rate")
    one_by_one, grouped = ask(run), ask(replace(run, n_folds=2))
    assert one_by_one.is_one_by_one
    assert (
        one_by_one.split
        == "people never seen, same clips on both sides; held out one by one, 4 folds"
    )
    assert not grouped.is_one_by_one
    assert (
        grouped.split
        == "people never seen, same clips on both sides; held out in 2 groups, not one by one"
    )
    assert grouped.to_json()["split"] == grouped.split
    assert ask(replace(run, n_folds=4)).split == one_by_one.split


def test_judged_one_by_one_both_aucs_are_the_same(ask):
    for levels in ask().metrics.values():
        for found in levels.values():
            assert found.auc == found.auc_pooled
            assert found.auc_ci == found.auc_pooled_ci


def test_predictions_stand_beside_what_they_are_of(ask, monkeypatch):
    """Whatever the folds, each row is of one window: shown by a method that says which."""

    def number_of(train, test, config, device):
        return np.stack([test.subject / 100, test.trial / 100], axis=1)

    monkeypatch.setattr(methods, "OTHER_METHODS", {"telling": number_of})
    for protocol in PROTOCOLS:
        found = ask(replace(RUN, method="telling", protocol=protocol, n_folds=2)).predictions
        assert np.array_equal(found.probabilities[:, 0], found.subject / 100)
        assert np.array_equal(found.probabilities[:, 1], found.trial / 100)
        source = simulated.SimulatedDreamer(4, 3)
        keys = zip(found.subject.tolist(), found.trial.tolist(), strict=True)
        ratings = np.array([source.ratings(*key)[:2] for key in keys])
        assert np.array_equal(found.labels, ratings >= 3)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_row_names_its_window_and_each_fold_its_rows(protocol, ask, cache):
    found = ask(replace(RUN, method="base-rate", protocol=protocol, n_folds=2))
    rows = found.predictions
    keys = np.stack([rows.subject, rows.trial, found.window], axis=1)
    windows = windows_of(RUN, RUN.key(), cache)
    expected = [
        (subject, trial, number)
        for subject, trial in dict.fromkeys(
            zip(windows.subject.tolist(), windows.trial.tolist(), strict=True)
        )
        for number in range(2 if trial <= 5 else 1)
    ]
    assert sorted(map(tuple, keys.tolist())) == expected
    assert len(found.learned_from) == len(found.folds)
    for number, (learned, fold) in enumerate(zip(found.learned_from, found.folds, strict=True)):
        assert len(learned) == fold["n_train"]
        assert not (rows.fold[learned] == number).any()
        rate = rows.labels[learned].mean(axis=0)
        assert np.allclose(rows.base_rate[rows.fold == number], rate)


def test_windows_are_numbered_within_their_trial():
    subject, trial = np.array([2, 1, 2, 2, 1]), np.array([5, 5, 5, 6, 5])
    assert number_windows(subject, trial).tolist() == [0, 0, 1, 0, 1]


def test_a_method_that_peeks_sees_nothing(ask, calls):
    ask()
    for train, test in calls:
        assert train.ratings.all()
        assert not test.ratings.any()
        assert not set(train.subjects) & set(test.subjects)


def test_finished_folds_are_not_run_again(ask, calls):
    steps = []
    first = ask()
    second = ask(judging=lambda *step: steps.append(step))
    assert len(calls) == 4
    assert steps == [(4, 4)]
    assert same(first, second)


def test_an_evaluation_that_was_broken_off_goes_on(ask, calls, monkeypatch, cache):
    whole = ask()
    for file in cache.glob("folds-*/*"):
        file.unlink()
    calls.clear()
    counted = methods.OTHER_METHODS["logistic"]

    def break_off(*arguments):
        if len(calls) == 2:
            raise KeyboardInterrupt
        return counted(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(methods, "OTHER_METHODS", {"logistic": break_off})
        with pytest.raises(KeyboardInterrupt):
            ask()
    assert len(calls) == 2
    assert same(ask(), whole)
    assert [test.subjects for _, test in calls] == [
        tuple(fold["held_out"]["subjects"]) for fold in whole.folds
    ]


def test_another_process_finds_the_same(ask, cache):
    run = replace(RUN, n_folds=2, protocol="trial")
    alone = ask(run)
    # One is enough: each loads torch and all else. That there may be two is the runner's affair.
    (judged,) = cache.glob("folds-*/piece-000.npz")
    judged.unlink()
    assert same(ask(run, n_jobs=2), alone)


def test_every_change_of_the_question_is_another_question(monkeypatch):
    changed = [
        replace(RUN, data="simulated:subjects=4,seed=4,effect=3"),
        replace(RUN, data="simulated:subjects=4,seed=3,effect=0"),
        replace(RUN, data="simulated:subjects=5,seed=3,effect=3"),
        replace(RUN, spec=Spec(standardise=False)),
        replace(RUN, spec=Spec(mi_estimator="histogram")),
        replace(RUN, plan=WindowPlan(None)),
        replace(RUN, plan=WindowPlan(640)),
        replace(RUN, protocol="trial"),
        replace(RUN, n_folds=2),
        replace(RUN, method="gnn"),
        *(
            replace(RUN, config=replace(CONFIG, **{f.name: getattr(CONFIG, f.name) + 1}))
            for f in fields(CONFIG)
        ),
    ]
    keys = [run.key() for run in (RUN, *changed)]
    monkeypatch.setattr(run_module, "code_version", lambda patterns: "another")
    assert len({*keys, RUN.key()}) == len(changed) + 2
    monkeypatch.undo()
    assert replace(RUN).key() == keys[0]


def leak(protocol, rows, n_folds, seed):
    """Folds of which the last learns from one more window of what it judges."""
    subject, trial = rows.subject, rows.trial
    *folds, last = make_folds(protocol, rows, n_folds, seed)
    twin = np.flatnonzero((subject == subject[last.test[0]]) & (trial == trial[last.test[0]]))[:1]
    return (*folds, Fold(np.append(last.train, twin), np.setdiff1d(last.test, twin)))


@pytest.mark.parametrize("protocol", HONEST)
def test_a_leak_aborts_everything(protocol, ask, cache, calls, monkeypatch):
    ask(replace(RUN, method="base-rate"))  # so that the windows are there
    before = sorted(cache.rglob("*"))
    monkeypatch.setattr(evaluation, "make_folds", leak)
    with pytest.raises(LeakError, match="nothing was evaluated") as error:
        ask(replace(RUN, protocol=protocol, n_folds=2))
    assert "\n" not in str(error.value)
    assert not calls
    assert sorted(cache.rglob("*")) == before


class Doubled:
    """Simulated people of whom the last one is the second, with another offset on each channel."""

    def __init__(self, source):
        self.inner = source

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def trial(self, subject, trial):
        if subject != 4:
            return self.inner.trial(subject, trial)
        found = self.inner.trial(2, trial)
        shifted = found.eeg + np.linspace(-100, 100, 14)[:, None]
        return replace(found, subject="4", eeg=shifted)


def test_a_person_entered_twice_is_found_by_every_protocol(tmp_path, calls, monkeypatch):
    doubled = of_source(Doubled(open_dreamer(RUN.data)))
    monkeypatch.setattr(cache_module, "open_dataset", lambda data: doubled)
    for protocol in PROTOCOLS:
        run = replace(RUN, protocol=protocol, n_folds=2, plan=WindowPlan(640))
        with pytest.raises(LeakError, match=r"subject 4, trial \d+ is a copy of subject 2, trial "):
            cross_validate(run, tmp_path)
    assert not calls


def test_a_worker_looks_for_leaks_itself(cache, ask, calls, monkeypatch):
    run = replace(RUN, protocol="trial", n_folds=2)
    monkeypatch.setattr(fold_judge, "make_folds", leak_whole)
    with pytest.raises(LeakError, match=r"trial, fold 1: \d+ of its trials"):
        judge_fold(run, run.key(), cache, "cpu", 1)
    assert not calls


def leak_whole(protocol, rows, n_folds, seed):
    """Folds that learn from every other window, whatever trial it is of."""
    index = np.arange(len(rows.subject))
    return tuple(Fold(index[index % 2 != k], index[index % 2 == k]) for k in (0, 1))


def test_a_worker_with_other_data_or_code_is_refused(cache):
    with pytest.raises(RtdreamerError, match=r"^a worker has other data.*give it the same$"):
        judge_fold(RUN, "the key of another", cache, "cpu", 0)


def test_a_device_that_is_not_there_is_refused_in_a_line(ask):
    with pytest.raises(RtdreamerError, match=r"^device 'cuda:99' cannot be used") as error:
        ask(device="cuda:99")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (replace(RUN, n_folds=5), "5 folds of 4 subjects"),
        (replace(RUN, data="simulated:subjects=1"), "1 subject: folds need at least 2"),
        (
            replace(RUN, config=replace(CONFIG, label_threshold=1.0)),
            "on one side of 1: take more subjects or another threshold",
        ),
        (replace(RUN, n_folds=2), "2 subjects to learn from: at least 3"),
    ],
)
def test_too_little_data_is_refused_in_a_line(run, said, ask):
    with pytest.raises(DataError, match=said) as error:
        ask(run)
    assert "\n" not in str(error.value)


def test_of_few_people_the_intervals_are_said_to_be_untested(ask):
    found = ask(replace(RUN, method="base-rate"))
    rows = found.predictions

    def of(n_people):
        subject = np.arange(len(rows)) % n_people + 1
        return replace(found, predictions=replace(rows, subject=subject)).to_json()["note"]

    assert of(5) == "Intervals over 5 people were never tested: judge 6 or more."
    assert of(2) is not None
    assert of(6) is None
    # Of one person there are no intervals.
    assert of(1) is None


def test_the_ideal_observer_goes_through_the_same_folds(ask):
    best = ask(replace(RUN, method="ideal-observer"))
    assert best.to_json()["folds"] == ask().to_json()["folds"]
    assert min(levels["trial"].auc for levels in best.metrics.values()) > 0.95


def test_one_class_said_of_everything_is_reported(ask):
    assert ask(replace(RUN, method="base-rate")).to_json()["collapsed"] == [
        "valence",
        "arousal",
    ]
    assert ask().collapsed() == ()


def test_progress_is_told_of_trials_and_of_folds(tmp_path):
    trials, folds = [], []
    run = replace(RUN, data="simulated:subjects=2,seed=3", method="base-rate")
    for _ in range(2):
        cross_validate(
            run,
            tmp_path,
            extracting=lambda *step: trials.append(step),
            judging=lambda *step: folds.append(step),
        )
    assert trials == [(done, 36) for done in range(1, 37)]
    assert folds == [(0, 2), (1, 2), (2, 2), (2, 2)]
