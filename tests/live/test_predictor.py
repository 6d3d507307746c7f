"""One raw window in, one prediction out, without any stream."""

import math

import numpy as np
import pytest

from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.live.predictor import Predictor
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.quality import assess
from rtdreamer.signal.ring import Window
from rtdreamer.stream.gaps import Origin
from rtdreamer.window import WINDOW


class Classifier:
    """Answers with how many channels it saw, and keeps the samples it was asked about."""

    name, simulated = "a-model", True

    def __init__(self, standardise=True):
        self.spec = Spec(standardise=standardise)
        self.samples = []

    def extract(self, window):
        return extract(window, self.spec)

    def classify(self, features, sample):
        self.samples.append(sample)
        affect = Affect(np.isfinite(features.de).all(axis=0).sum() / EPOC.n_channels, 0.25)
        return affect, OverTime(affect, 10.0 * len(self.samples))

    def reset(self):
        self.samples.clear()


def eeg(seed=0):
    return 4200 + np.random.default_rng(seed).normal(0, 10, (EPOC.n_channels, WINDOW))


def due(data, sample=WINDOW - 1, n_bridged=0, contact=None):
    origin = np.zeros(WINDOW, np.uint8)
    origin[:n_bridged] = Origin.BRIDGED
    return Window(data, 50.0, sample, origin, np.full(WINDOW, 1 / 128), contact)


def test_one_raw_window_is_enough():
    window = eeg()
    found = Predictor(Classifier()).predict(window)
    assert found.affect == Affect(1.0, 0.25)
    assert found.over_time == OverTime(found.affect, 10.0)
    assert found.quality == assess(window, EPOC)
    assert (found.reason, found.excluded, found.model) == ("", (), "a-model")
    assert (found.skipped, found.missing, found.driver_interpolated) == (0, 0, 0)
    assert math.isnan(found.timestamp)


def test_windows_by_themselves_follow_each_other_until_it_starts_anew():
    classifier = Classifier()
    predictor = Predictor(classifier)
    found = [predictor.predict(eeg(seed)) for seed in range(3)]
    assert classifier.samples == [WINDOW - 1, 2 * WINDOW - 1, 3 * WINDOW - 1]
    assert [(p.sample, p.hop) for p in found] == [(s, WINDOW) for s in classifier.samples]
    assert found[-1].over_time.seconds == 30.0
    predictor.reset()
    assert predictor.predict(eeg()).over_time.seconds == 10.0


def test_a_window_of_a_stream_gets_the_same_answer_as_by_itself():
    predictor = Predictor(Classifier())
    alone = Predictor(Classifier()).predict(eeg())
    found, features = predictor.predict_due(due(eeg()))
    assert (found.affect, found.quality, found.sample) == (alone.affect, alone.quality, WINDOW - 1)
    assert found.timestamp == 50.0
    np.testing.assert_array_equal(features.de, extract(eeg(), Spec()).de)


@pytest.mark.parametrize("standardise", [True, False])
def test_bad_channels_are_excluded_only_where_they_can_be(standardise):
    window = eeg()
    window[3] = 4200.0
    found, features = Predictor(Classifier(standardise)).predict_due(due(window))
    assert found.excluded == ((3,) if standardise else ())
    assert found.affect.valence == (13 / 14 if standardise else 1.0)
    assert np.isnan(features.de[:, 3]).all() == standardise


def test_the_headset_s_own_word_counts():
    contact = np.ones(EPOC.n_channels)
    contact[5] = 0.0
    found, _ = Predictor(Classifier()).predict_due(due(eeg(), contact=contact))
    assert found.excluded == (5,)
    assert found.quality.flaws[5] == "contact"


def test_of_several_reasons_the_first_is_given_and_nothing_is_classified():
    """What makes the signals worthless before what is wrong with them."""
    classifier = Classifier()
    predictor = Predictor(classifier)
    flat = np.full((EPOC.n_channels, WINDOW), 4200.0)
    for n, (n_bridged, doubt, reason) in enumerate(
        [(0, "", "0 of 14 electrodes are good"), (500, "", "39 % of the window was not measured"),
         (500, "too slow", "too slow")]
    ):  # fmt: skip
        window = due(flat, (n + 1) * WINDOW, n_bridged)
        found, _ = predictor.predict_due(window, doubt)
        assert found.reason.startswith(reason)
        assert (found.affect, found.over_time) == (None, None)
    assert classifier.samples == []


def test_the_time_it_took_is_told_by_the_clock_it_is_given():
    times = iter([10.0, 10.25])
    assert Predictor(Classifier(), lambda: next(times)).predict(eeg()).compute_ms == 250


@pytest.mark.parametrize("shape", [(13, WINDOW), (14, WINDOW - 1), (14,)])
def test_a_window_of_another_shape_is_refused(shape):
    with pytest.raises(DataError, match="shape"):
        Predictor(Classifier()).predict(np.zeros(shape))


def test_a_value_that_is_not_finite_is_refused():
    window = eeg()
    window[2, 7] = np.nan
    with pytest.raises(DataError, match="finite"):
        Predictor(Classifier()).predict(window)


@pytest.mark.parametrize(("factor", "said"), [(1e-3, "1,000 times"), (1e6, "a 1,000,000th")])
def test_a_window_in_another_unit_is_said_to_be(factor, said):
    window = 4200 + np.random.default_rng(0).normal(0, 3, (14, WINDOW)).cumsum(axis=1)
    prediction = Predictor(Classifier()).predict(window * factor)
    assert prediction.affect is None
    assert prediction.reason.endswith(
        f"it would be EEG at {said} the size: is the unit right? --unit says another"
    )
