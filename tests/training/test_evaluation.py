import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.model.checkpoint import Calibration, Checkpoint, TrainingRecord
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.network import AffectNetwork, NetworkConfig
from rtdreamer.signal.features import Spec
from rtdreamer.training.evaluation import classify_trial, evaluate

SPEC = Spec(n_times=256)


class Noise:
    """A source of noise: trials 1 and 2 are rated low and high."""

    simulated = True
    subjects, trials = (1, 2), (1, 2)

    name = "noise.mat"

    def __init__(self, people="noise people", n_times=1000):
        self.people = people
        self.n_times = n_times

    def trial(self, subject, trial):
        stimuli = np.random.default_rng([subject, trial]).normal(4200, 20, (14, self.n_times))
        rating = 2 * trial
        return Trial(subject, trial, stimuli, stimuli[:, :10], rating, rating, 3, True)


@pytest.fixture(scope="module")
def checkpoint():
    torch.manual_seed(0)
    config = NetworkConfig(n_times=256, width=2, n_latent=6, n_node=3, n_graph=8)
    record = TrainingRecord(
        "others.mat", "other people", True, (1, 2), (2,), 3.0, (0.6, 0.7), 4, 0, 1
    )
    weights = AffectNetwork(config).state_dict()
    return Checkpoint("tiny", config, SPEC, weights, Calibration(), record)


def test_an_evaluation_counts_what_it_saw(checkpoint):
    told = []
    found = evaluate(checkpoint, Noise(), progress=lambda *counts: told.append(counts))
    assert found.model == "tiny"
    assert found.data == "noise.mat"
    assert found.subjects == (1, 2)
    assert found.n_trials == 4
    assert found.n_windows == 4 * 3
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert found.valence.high == found.arousal.high == 0.5


def test_windows_overlap_where_the_hop_says_so(checkpoint):
    assert evaluate(checkpoint, Noise(), hop=128).n_windows == 4 * 6


def test_only_the_asked_subjects_are_seen(checkpoint):
    found = evaluate(checkpoint, Noise(), subjects=(2,))
    assert found.subjects == (2,)
    assert found.n_trials == 2


def test_a_subject_named_twice_counts_once(checkpoint):
    found = evaluate(checkpoint, Noise(), subjects=(2, 1, 2))
    assert found.subjects == (2, 1)
    assert found.n_trials == 4
    assert found.n_windows == 4 * 3


def test_a_trial_is_classified_as_its_windows_are(checkpoint):
    classifier, trial = Classifier(checkpoint), Noise().trial(1, 1)
    windows = [trial.stimuli[:, start : start + 256] for start in (0, 256, 512)]
    assert classify_trial(classifier, trial, 256) == [classifier.classify(w)[0] for w in windows]


def test_only_the_last_minute_counts(checkpoint):
    classifier, trial = Classifier(checkpoint), Noise(n_times=9000).trial(1, 1)
    answers = classify_trial(classifier, trial, 256)
    assert len(answers) == 30
    assert answers == classify_trial(
        classifier, replace(trial, stimuli=trial.stimuli[:, -7680:]), 256
    )


@pytest.mark.parametrize("subjects", [None, (2,)])
def test_people_it_was_trained_on_are_refused(checkpoint, subjects):
    with pytest.raises(DataError, match=r"trained on subjects .*2: evaluate on other people"):
        evaluate(checkpoint, Noise("other people"), subjects)


def test_others_of_the_same_source_are_not_refused(checkpoint):
    record = replace(checkpoint.record, people="noise people", subjects=(1,))
    found = evaluate(replace(checkpoint, record=record), Noise(), subjects=(2,))
    assert found.n_trials == 2


def test_a_trial_shorter_than_a_window_is_refused(checkpoint):
    with pytest.raises(DataError, match="subject 1, trial 1 is shorter"):
        evaluate(checkpoint, Noise(n_times=255))


def test_an_evaluation_fits_into_json(checkpoint):
    found = evaluate(checkpoint, Noise(), subjects=(1,))
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert values["subjects"] == [1]
    assert values["valence"]["auc"] == found.valence.auc
    assert values["valence"]["auc_low"] is None
