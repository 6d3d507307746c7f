import numpy as np
import pytest
import torch

from rtdreamer.model.checkpoint import Calibration, Checkpoint, TrainingRecord
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.network import AffectNetwork, NetworkConfig
from rtdreamer.signal.features import Spec, extract

SPEC = Spec()


def make_classifier(calibration):
    torch.manual_seed(0)
    network = AffectNetwork(NetworkConfig(width=2, n_latent=6, n_node=3, n_graph=8))
    record = TrainingRecord("people.mat", "people", True, (1, 2), (2,), 3.0, (0.6, 0.7), 4, 0, 1)
    weights = network.state_dict()
    return Classifier(Checkpoint("tiny", network.config, SPEC, weights, calibration, record))


@pytest.fixture(scope="module")
def classifier():
    return make_classifier(Calibration())


def eeg(seed=0):
    return 4200 + np.random.default_rng(seed).normal(0, 20, (14, SPEC.n_times))


def glitched():
    window = eeg()
    window[:, ::100] = 1e6
    return window


def one_flat():
    window = eeg()
    window[3] = 4200.0
    return window


EXTREMES = {
    "silence": np.zeros((14, SPEC.n_times)),
    "flat": np.full((14, SPEC.n_times), 4200.0),
    "one flat channel": one_flat(),
    "glitches": glitched(),
    "all channels alike": np.tile(eeg()[:1], (14, 1)),
    "rails": np.where(np.arange(SPEC.n_times) % 2, 8400.0, 0.0) * np.ones((14, 1)),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_any_finite_window_gets_a_probability(classifier, case):
    affect, _ = classifier.classify(EXTREMES[case])
    assert 0 <= affect.valence <= 1
    assert 0 <= affect.arousal <= 1


def test_the_same_window_gets_the_same_answer(classifier):
    first, _ = classifier.classify(eeg())
    classifier.classify(eeg(1))
    assert classifier.classify(eeg())[0] == first


def test_another_window_gets_another_answer(classifier):
    assert classifier.classify(eeg())[0] != classifier.classify(eeg(1))[0]


def test_the_features_are_those_of_extract(classifier):
    _, features = classifier.classify(eeg())
    expected = extract(eeg(), SPEC)
    assert np.array_equal(features.de, expected.de)
    assert np.array_equal(features.mi, expected.mi)
    assert np.array_equal(features.signals, expected.signals)


def test_a_read_only_view_will_do(classifier):
    long = np.hstack([eeg(), eeg(1)])
    long.flags.writeable = False
    affect, _ = classifier.classify(long[:, 640 : 640 + SPEC.n_times])
    assert np.isfinite(affect.valence)


def test_calibration_shapes_the_probability():
    plain, _ = make_classifier(Calibration()).classify(eeg())
    shaped, _ = make_classifier(Calibration((1.0, 4.0), (2.0, 0.0))).classify(eeg())

    def log_odds(p):
        return np.log(p / (1 - p))

    assert log_odds(shaped.valence) == pytest.approx(log_odds(plain.valence) + 2, abs=1e-5)
    assert log_odds(shaped.arousal) == pytest.approx(log_odds(plain.arousal) / 4, abs=1e-5)


def test_what_it_says_of_itself(classifier):
    assert classifier.name == "tiny"
    assert classifier.simulated
    assert classifier.spec == SPEC


def test_warming_up_changes_nothing(classifier):
    before = classifier.classify(eeg())[0]
    classifier.warm_up()
    assert classifier.classify(eeg())[0] == before


@pytest.mark.parametrize("shape", [(13, 1280), (14, 1279)])
def test_a_window_of_another_shape_is_refused(classifier, shape):
    with pytest.raises(ValueError, match="shape"):
        classifier.classify(np.zeros(shape))
