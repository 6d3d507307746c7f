from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.data.ideal_observer import dominance_forecast
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.errors import DataError
from rtdreamer.evaluation.methods import (
    OTHER_METHODS,
    base_rate,
    clip_mean,
    find_method,
    ideal_observer,
    participant_mean,
)
from rtdreamer.evaluation.protocols import PROTOCOLS, make_folds
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.scores import auc, brier
from rtdreamer.metrics.target_metrics import target_metrics
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import Inputs
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.windows import Windows

CONFIG = TrainingConfig(epochs=3, batch_size=16, lr=2e-3, calibration_groups=3)
QUICK = TrainingConfig(epochs=1, calibration_groups=2)


LEARNERS = ("logistic", "trees", *BUILT_IN)


def rated(n_subjects=23, seed=0, n_targets=2):
    """One window of no EEG for each trial of simulated people: their ratings are all there is."""
    source = SimulatedDreamer(n_subjects, seed)
    keys = [(subject, trial) for subject in source.subjects for trial in source.trials]
    subject, trial = np.array(keys).T
    nothing = np.empty((len(keys), 0), np.float32)
    return Windows(
        source=source.name,
        people=source.people,
        clips=source.clips,
        simulated=True,
        spec=Spec(),
        inputs=Inputs(nothing, nothing, nothing, nothing, nothing),
        ratings=np.array([source.ratings(*key)[:n_targets] for key in keys]),
        subject=subject,
        trial=trial,
        stimulus=trial,
        hash=np.zeros(len(keys), np.int64),
        profiles={},
    )


def judged(method, windows, protocol, n_folds=None):
    """What a method says through a protocol's folds."""
    folds = make_folds(protocol, windows, n_folds, 0)
    order = np.concatenate([fold.test for fold in folds])
    parts = [(windows.take(f.train), windows.take(f.test).without_ratings()) for f in folds]
    return HeldOutPredictions(
        subject=windows.subject[order],
        trial=windows.trial[order],
        fold=np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds]),
        labels=windows.labels(3.0)[order].astype(float),
        probabilities=np.concatenate([method(*part, CONFIG, "cpu") for part in parts]),
        base_rate=np.concatenate([base_rate(*part, CONFIG) for part in parts]),
        ratings=windows.ratings[order].astype(float),
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_base_rate_knows_nothing_by_any_protocol(protocol):
    found = judged(base_rate, rated(8), protocol)
    for target in (0, 1):
        metrics = target_metrics(found, target)
        assert metrics.auc == metrics.auc_pooled == 0.5
        assert metrics.auc_ci == metrics.auc_pooled_ci == (0.5, 0.5)
        assert metrics.balanced_accuracy == 0.5
        assert metrics.brier == metrics.brier_of_base_rate


def test_the_base_rate_is_the_share_of_high_among_those_learned_from():
    windows = rated(4)
    train, test = windows.of((1, 2, 3)), windows.of((4,))
    for threshold in (2.0, 3.0, 4.0):
        config = TrainingConfig(label_threshold=threshold)
        expected = (train.ratings >= threshold).mean(axis=0)
        assert np.array_equal(base_rate(train, test, config), np.tile(expected, (18, 1)))


@pytest.mark.parametrize("seed", range(4))
def test_the_clip_alone_gives_valence_away(seed):
    found = judged(clip_mean, rated(seed=seed), "loso")
    valence, arousal = (target_metrics(found, k) for k in (0, 1))
    # One by one, each fold judges one person.
    assert valence.auc == pytest.approx(valence.auc_pooled)
    assert 0.87 < valence.auc < 0.95
    assert 0.75 < arousal.auc < valence.auc
    assert valence.brier < valence.brier_of_base_rate - 0.05
    # .869 on DREAMER itself: whoever is judged, and whoever judges, in one ranking.
    assert 0.82 < auc(found.labels[:, 0], found.probabilities[:, 0]) < 0.92


def test_the_clip_gives_nothing_away_where_clips_are_kept_apart():
    found = judged(clip_mean, rated(), "crossed")
    assert np.array_equal(found.probabilities, found.base_rate)


@pytest.mark.parametrize("protocol", ["loso", "crossed"])
def test_the_person_gives_nothing_away_where_people_are_kept_apart(protocol):
    found = judged(participant_mean, rated(), protocol)
    assert np.array_equal(found.probabilities, found.base_rate)


def test_the_person_gives_ratings_away_across_people_and_never_within_one():
    found = judged(participant_mean, rated(seed=1), "trial")
    for target in (0, 1):
        metrics = target_metrics(found, target)
        assert metrics.auc == 0.5
        assert metrics.auc_pooled > 0.51


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", ["base-rate", "clip-mean", "participant-mean"])
def test_no_eeg_is_needed_for_probabilities(name, protocol):
    found = judged(find_method(name), rated(6), protocol).probabilities
    assert found.shape == (6 * 18, 2)
    assert ((found >= 0) & (found <= 1)).all()


def test_one_class_to_learn_from_leaves_the_mean_ratings_at_the_base_rate():
    windows = rated(4)
    windows.ratings[:, 0] = 5
    train, test = windows.of((1, 2, 3)), windows.of((4,)).without_ratings()
    found = clip_mean(train, test, CONFIG)
    assert (found[:, 0] == 1).all()
    assert len(np.unique(found[:, 1])) > 2


def split(windows, n_train):
    subjects = windows.subjects
    return windows.of(subjects[:n_train]), windows.of(subjects[n_train:])


def answers(name, make_windows, signal, seed):
    takes = find_architecture(name).takes(Spec()) if name in BUILT_IN else ()
    n_times = 256 if "signals" in takes else 0
    windows = make_windows(18, 12, seed=seed, signal=signal, n_times=n_times)
    train, test = split(windows, 10)
    found = find_method(name)(train, test.without_ratings(), CONFIG, "cpu")
    assert found.shape == (len(test), 2)
    assert ((found >= 0) & (found <= 1)).all()
    labels = test.labels(3.0).astype(float)
    rate = base_rate(train, test, CONFIG)
    predictions = HeldOutPredictions(
        test.subject, test.trial, np.zeros(len(test), int), labels, found, rate, test.ratings
    )
    return predictions, [target_metrics(predictions, k) for k in (0, 1)]


@pytest.mark.parametrize("name", LEARNERS)
def test_what_shows_is_learned(name, make_windows):
    _, metrics = answers(name, make_windows, signal=2.0, seed=1)
    for found in metrics:
        assert found.auc > 0.7
        assert found.brier < found.brier_of_base_rate


@pytest.mark.parametrize("name", LEARNERS)
def test_where_nothing_shows_the_base_rate_is_said(name, make_windows):
    predictions, metrics = answers(name, make_windows, signal=0.0, seed=2)
    for target, found in enumerate(metrics):
        # 8 people with 36 pairs each: an SD of about .06.
        assert abs(found.auc - 0.5) < 0.18
        p = predictions.probabilities[:, target]
        assert p.std() < 0.12
        assert abs(p.mean() - predictions.base_rate[:, target].mean()) < 0.1
        assert brier(predictions.labels[:, target], p) < found.brier_of_base_rate + 0.04


@pytest.mark.parametrize("name", [*BUILT_IN, *OTHER_METHODS])
def test_a_third_target_is_judged_like_the_others(name, make_windows):
    windows = make_windows(6, 6, n_times=256, signal=1.0, n_targets=3)
    three, two = (split(windows.with_targets(n), 4) for n in (3, 2))
    found = find_method(name)(*three, QUICK, "cpu")
    assert found.shape == (len(three[1]), 3)
    assert ((found >= 0) & (found <= 1)).all()
    if name in OTHER_METHODS or find_architecture(name).is_linear:  # whose targets share weights
        assert np.array_equal(found[:, :2], find_method(name)(*two, QUICK, "cpu"))
        # Each column comes of the rating in its place, whichever that is.
        order = [2, 0, 1]
        turned = (replace(w, ratings=w.ratings[:, order]) for w in three)
        assert np.array_equal(find_method(name)(*turned, QUICK, "cpu"), found[:, order])


@pytest.mark.parametrize("name", LEARNERS)
def test_judged_ratings_change_nothing(name, make_windows):
    windows = make_windows(5, 6, n_times=256, signal=1.0)
    train, test = split(windows, 4)
    shown, hidden = (
        find_method(name)(train, t, QUICK, "cpu") for t in (test, test.without_ratings())
    )
    assert np.array_equal(shown, hidden)


@pytest.mark.parametrize("name", LEARNERS)
def test_one_class_to_learn_from_is_refused_in_a_line(name, make_windows):
    windows = make_windows(5, 6, n_times=256)
    windows.ratings[:, 1] = 4
    train, test = split(windows, 4)
    with pytest.raises(DataError, match=r"on one side of 3: take more .*threshold$") as error:
        find_method(name)(train, test.without_ratings(), QUICK, "cpu")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", LEARNERS)
def test_two_people_are_too_few_to_calibrate(name, make_windows):
    train, test = split(make_windows(3, 6, n_times=256), 2)
    with pytest.raises(DataError, match="2 subjects to learn from: at least 3 needed"):
        find_method(name)(train, test.without_ratings(), CONFIG, "cpu")


def test_the_ideal_observer_is_better_than_a_guess_and_needs_an_effect():
    found = {}
    for effect in (0, 1):
        windows = rated(23, seed=2)
        data = f"simulated:seed=2,effect={effect}"
        predictions = HeldOutPredictions(
            windows.subject, windows.trial, np.zeros(len(windows), int),
            windows.labels(3.0).astype(float),
            ideal_observer(data, windows.without_ratings(), CONFIG),
            np.full((len(windows), 2), 0.5),
            windows.ratings.astype(float),
        )  # fmt: skip
        found[effect] = [target_metrics(predictions, k).auc for k in (0, 1)]
    assert found[0] == [0.5, 0.5]
    assert min(found[1]) > 0.8


def test_the_ideal_observer_of_dominance_is_one_probability():
    windows = rated(2, n_targets=3).without_ratings()
    found = ideal_observer("simulated:effect=1", windows, CONFIG)
    two = ideal_observer("simulated:effect=1", windows.with_targets(2), CONFIG)
    assert np.array_equal(found[:, :2], two)
    assert found[:, 2] == pytest.approx(dominance_forecast(CONFIG.label_threshold))


def test_the_ideal_observer_is_unknown_of_files(tmp_path):
    from rtdreamer.data.dreamer_mat import write_dreamer

    path = tmp_path / "some.mat"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rtdreamer.data.simulated.CLIP_SECONDS", (1,) * 18)
        patch.setattr("rtdreamer.data.simulated.BASELINE_SECONDS", 1)
        write_dreamer(path, SimulatedDreamer(1))
    with pytest.raises(DataError, match=r"some\.mat: the ideal observer is known of simulated"):
        ideal_observer(str(path), rated(1), CONFIG)


@pytest.mark.parametrize(("protocol", "low", "high"), [("window", 0.75, 1.0), ("loso", 0.3, 0.7)])
def test_trees_know_a_trial_again_where_the_protocol_leaks(make_windows, protocol, low, high):
    """There is nothing to learn of affect, but half of the noise lasts all through a trial."""
    windows = make_windows(n_subjects=6, n_trials=8, per_trial=6)
    rows = judged(find_method("trees"), windows, protocol, 3)
    assert low < np.mean([target_metrics(rows, k).auc for k in (0, 1)]) < high
