import json
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.data import simulated
from rtdreamer.data.dataset import Dataset, of_source
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.trials import dreamer_trial
from rtdreamer.errors import DataError
from rtdreamer.evaluation.model_evaluation import classify_trial, evaluate_model
from rtdreamer.evaluation.protocols import LeakError
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.registry import find_architecture
from rtdreamer.model.trained_model import Calibration, TrainingRecord
from rtdreamer.signal.features import Spec, encode_spec
from rtdreamer.training.cache import load_windows
from rtdreamer.training.calibration import probabilities
from rtdreamer.training.fit import predict_logits
from rtdreamer.training.windows import WindowPlan, window_hash
from tests.untrained import untrained

SPEC = Spec(n_times=256, standardise=False)


class Noise:
    """A source of noise: trials 1 and 2 are rated low and high."""

    simulated = True
    subjects, trials = (1, 2), (1, 2)
    name = "noise.mat"

    def __init__(self, people="noise people", n_times=1000, n_baseline=300):
        self.people = self.clips = people
        self.n_times = n_times
        self.n_baseline = n_baseline

    def trial(self, subject, trial):
        rng = np.random.default_rng([subject, trial])
        stimuli = rng.normal(4200, 20, (14, self.n_times))
        baseline = rng.normal(4200, 20, (14, self.n_baseline))
        rating = 2 * trial
        return dreamer_trial(subject, trial, stimuli, baseline, (rating, rating, 3))


def of_others(spec, average=None, architecture="spectral"):
    """A model that was made from subjects 1 and 2 of other people."""
    return untrained(
        architecture,
        find_architecture(architecture).configure(spec),
        spec,
        calibration=Calibration((0.5, 0.1), (0.3, -0.2)),
        calibration_over_time=Calibration((0.3, 0.05), (0.2, -0.1)),
        average=average,
        record=TrainingRecord(
            "others.mat", "other people", True, (1, 2), (2,), 3.0, (0.6, 0.7), 4, 0, 1
        ),
    )


def evaluate(checkpoint, source, subjects=None, **kwargs):
    whom = None if subjects is None else tuple(map(str, subjects))
    return evaluate_model(checkpoint, of_source(source), whom, **kwargs)


@pytest.fixture(scope="module")
def checkpoint():
    return of_others(SPEC)


@pytest.mark.parametrize("architecture", ["as-written", "spectral", "eegnet", "ridge", "tangent"])
@pytest.mark.parametrize("standardise", [True, False])
def test_judged_live_or_from_the_cache_is_the_same(
    standardise, architecture, tmp_path, monkeypatch
):
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (65, 20) + (10,) * 16)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 20)
    data, spec = "simulated:subjects=1,seed=8", Spec(standardise=standardise)
    windows = load_windows(data, spec, WindowPlan(), tmp_path, with_signals=True).with_targets(2)
    average = windows.profiles[1] if standardise else None
    checkpoint = of_others(spec, average, architecture)
    found = evaluate(checkpoint, SimulatedDreamer(1, 8)).predictions
    assert np.array_equal(found.subject, windows.subject)
    assert np.array_equal(found.trial, windows.trial)
    assert np.bincount(found.trial)[1:3].tolist() == [6, 2]
    assert np.array_equal(found.labels, windows.labels(3.0))
    model = checkpoint.network()
    logits = predict_logits(model, windows)
    expected = probabilities(checkpoint.calibration, logits)
    assert expected.std(axis=0).min() > 0.001
    assert found.probabilities == pytest.approx(expected, abs=1e-5)


def test_an_evaluation_counts_what_it_saw(checkpoint):
    told = []
    found = evaluate(checkpoint, Noise(), progress=lambda *counts: told.append(counts))
    assert (found.method, found.data, found.protocol) == ("tiny", "noise.mat", "loso")
    assert not found.leaks
    assert found.split == "people never seen, same clips on both sides; trained once, on others"
    assert found.n_subjects == 2
    assert len(found.predictions) == 4 * 3
    assert (found.predictions.base_rate == (0.6, 0.7)).all()
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for levels in found.metrics.values():
        assert levels["trial"].n == 4
        assert levels["trial"].high == 0.5


@pytest.mark.parametrize("n_times", [1000, 9000])
def test_the_last_minute_is_judged_as_it_stands_when_a_trial_ends(checkpoint, n_times):
    found = evaluate(checkpoint, Noise(n_times=n_times))
    # Independently, from what was said of each window.
    p = found.predictions.probabilities
    own, minute = checkpoint.calibration, checkpoint.calibration_over_time
    logits = (np.log(p / (1 - p)) - own.bias) * own.temperature
    n = min(n_times, 7680) // 256
    means = logits.reshape(4, n, 2).mean(axis=1)
    share = (1 / (2 * n) - 1 / 60) / (1 / 2 - 1 / 60)
    expected = probabilities(own.mixed(minute, share), means)
    assert found.over_time.probabilities == pytest.approx(expected, abs=1e-5)
    trials = found.predictions.by_trial()
    for name in ("subject", "trial", "labels", "ratings", "base_rate"):
        assert np.array_equal(getattr(found.over_time, name), getattr(trials, name))
    values = found.to_json()["targets"]["arousal"]["last_60s"]
    assert values["n"] == 4
    assert values["brier"] == ((found.over_time.probabilities - trials.labels)[:, 1] ** 2).mean()


def test_windows_overlap_where_the_hop_says_so(checkpoint):
    assert len(evaluate(checkpoint, Noise(), hop=128).predictions) == 4 * 6


def test_only_the_asked_subjects_are_seen_each_once(checkpoint):
    for subjects, seen in (((2,), [2]), ((2, 1, 2), [2, 1])):
        found = evaluate(checkpoint, Noise(), subjects)
        assert found.folds[0]["held_out"]["subjects"] == seen
        assert len(found.predictions) == len(seen) * 2 * 3


def one_by_one(classifier, windows, hop):
    classifier.reset()
    return [
        classifier.classify(classifier.extract(window), hop * number)
        for number, window in enumerate(windows)
    ]


def test_a_trial_is_classified_as_its_windows_are(checkpoint):
    classifier, trial = Classifier(checkpoint), Noise().trial(1, 1)
    windows = WindowPlan(256).cut(trial.eeg, classifier.spec)
    assert len(windows) == 3
    assert classify_trial(classifier, trial, 256) == one_by_one(classifier, windows, 256)


@pytest.mark.parametrize(("n_times", "hop"), [(800, 100), (700, 300), (256, 1), (9000, 777)])
def test_the_windows_are_those_of_training(checkpoint, n_times, hop):
    classifier, trial = Classifier(checkpoint), Noise(n_times=n_times).trial(1, 1)
    windows = WindowPlan(hop).cut(trial.eeg, classifier.spec)
    assert classify_trial(classifier, trial, hop) == one_by_one(classifier, windows, hop)


def test_only_the_last_minute_counts(checkpoint):
    classifier, trial = Classifier(checkpoint), Noise(n_times=9000).trial(1, 1)
    answers = classify_trial(classifier, trial, 256)
    assert len(answers) == 30
    last = replace(trial, eeg=trial.eeg[:, -7680:])
    assert answers == classify_trial(classifier, last, 256)


@pytest.mark.parametrize("subjects", [None, (2,)])
def test_people_it_was_trained_on_are_refused(checkpoint, subjects):
    # Subject 2 only decided when to stop: that is a part in it as well.
    with pytest.raises(LeakError, match=r"trained on subjects .*2: evaluate on other") as error:
        evaluate(checkpoint, Noise("other people"), subjects)
    assert "\n" not in str(error.value)


def test_others_of_the_same_source_are_not_refused(checkpoint):
    record = replace(checkpoint.record, people="noise people", subjects=(1,))
    found = evaluate(replace(checkpoint, record=record), Noise(), (2,))
    assert len(found.predictions.by_trial()) == 2


class Copied(Noise):
    """One trial is another source's, with another offset on each channel."""

    def trial(self, subject, trial):
        found = super().trial(subject + 10, trial)
        if (subject, trial) == (2, 1):
            found = replace(
                found, eeg=Noise().trial(1, 2).eeg + np.linspace(-300, 300, 14)[:, None]
            )
        return replace(found, subject=str(subject))


def knowing(checkpoint, source):
    """The checkpoint with the hashes of a source's last windows."""
    trials = [source.trial(s, t) for s in source.subjects for t in source.trials]
    hashes = [window_hash(trial.eeg[:, -256:]) for trial in trials]
    text = "".join(f"{one % 2**64:016x}" for one in hashes if one)
    return replace(checkpoint, record=replace(checkpoint.record, last_windows=text))


def test_a_copy_of_what_it_was_trained_on_is_refused(checkpoint):
    with pytest.raises(LeakError, match="subject 2, trial 1 is a copy of one that") as error:
        evaluate(knowing(checkpoint, Noise()), Copied())
    assert "\n" not in str(error.value)
    assert evaluate(knowing(checkpoint, Noise()), Copied(), (1,)).n_subjects == 1


class Flat(Noise):
    """Nothing was connected; its second trial is shorter than a window."""

    def trial(self, subject, trial):
        found = super().trial(subject, trial)
        n_times = 200 if trial == 2 else self.n_times
        return replace(found, eeg=np.full((14, n_times), 4200.0))


def test_flat_trials_are_no_copies_of_each_other(checkpoint):
    knows = knowing(checkpoint, Noise())
    hashes = knowing(checkpoint, Flat()).record.last_windows
    assert hashes == ""
    assert len(evaluate(knows, Flat()).predictions) == 2 * 3


class OneShort(Noise):
    """The first trial of the second person is shorter than a window."""

    def trial(self, subject, trial):
        whole = super().trial(subject, trial)
        is_short = (subject, trial) == (2, 1)
        return replace(whole, eeg=whole.eeg[:, :255]) if is_short else whole


def test_a_trial_shorter_than_a_window_is_left_out_and_counted(checkpoint):
    found = evaluate(checkpoint, OneShort())
    assert found.too_short == ((2, 1),)
    written = found.to_json()
    assert written["too_short"] == written["left_out"] == [[2, 1]]
    assert found.to_json()["n_trials"] == 3


def test_trials_that_are_all_too_short_are_refused(checkpoint):
    with pytest.raises(DataError, match="of 4 trials none is as long as a window of 256"):
        evaluate(checkpoint, Noise(n_times=255))


def test_who_has_no_baseline_is_seen_as_by_the_cache(tmp_path):
    model, dataset = of_others(Spec(n_times=256)), of_source(Noise(n_baseline=200))
    found = evaluate_model(model, dataset)
    assert found.without_baseline == (1, 2)
    assert "2 of 2 people had no baseline as long as a window" in found.note
    windows = load_windows(dataset, model.spec, WindowPlan(1280), tmp_path)
    expected = probabilities(model.calibration, predict_logits(model.network(), windows))
    assert expected.std(axis=0).min() > 0.001
    last = evaluate_model(model, dataset, hop=1280).predictions
    assert last.probabilities == pytest.approx(expected, abs=1e-5)


def test_on_another_scale_the_data_sets_own_threshold_holds(checkpoint):
    trials = list(of_source(Noise()).trials())
    wide = evaluate_model(checkpoint, Dataset("wide", trials, (1, 9)))
    assert wide.predictions.by_trial().labels[:, 0].tolist() == [0, 0, 0, 0]  # of 2 and 4
    same = evaluate_model(checkpoint, Dataset("same", trials, (1, 5), threshold=4.5))
    assert same.predictions.by_trial().labels[:, 0].tolist() == [0, 1, 0, 1]


def test_an_evaluation_fits_into_json(checkpoint):
    found = evaluate(checkpoint, Noise(), (1,), hop=128)
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert values["targets"]["valence"]["window"]["auc_ci"] == [None, None]
    assert values["settings"] == {
        "hop": 128,
        "seed": 0,
        "spec": encode_spec(SPEC),
    }
    assert values["folds"] == [{"trained_on": [1, 2], "held_out": {"subjects": [1]}}]


@pytest.mark.parametrize(
    ("clips", "protocol"), [("noise people", "loso"), ("", "loso"), ("other films", "crossed")]
)
def test_other_clips_count_as_never_seen(checkpoint, clips, protocol):
    source = Noise()
    assert source.clips == "noise people"
    record = replace(checkpoint.record, clips=clips)
    found = evaluate(replace(checkpoint, record=record), source)
    assert found.protocol == protocol
    assert found.same_clips == (protocol == "loso")
