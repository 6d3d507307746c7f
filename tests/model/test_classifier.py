from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
import torch
from scipy.special import expit

from rtdreamer.errors import DataError
from rtdreamer.model.as_written import AsWrittenConfig
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.trained_model import Calibration
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.covariance import relative_covariance
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.profile import Profile, RunningProfile, network_inputs
from tests.untrained import AVERAGE, untrained

SPEC = Spec()


OVER_TIME = Calibration((0.5, 2.0), (-0.1, 0.4))
LINEAR = Calibration((1.0, 0.5), (0.3, -0.2))


def checkpoint_of(architecture, calibration, standardise=True, config=None):
    spec = replace(SPEC, standardise=standardise)
    calibrations = {"calibration": calibration, "calibration_over_time": OVER_TIME}
    return untrained(architecture, config, spec, **calibrations)


def checkpoints(standardise):
    """Every kind of model."""
    calibrations = {
        "spectral": Calibration(),
        "eegnet": Calibration((0.01, 0.01)),
        "ridge": LINEAR,
        "tangent": LINEAR,
    }
    return {name: checkpoint_of(name, one, standardise) for name, one in calibrations.items()}


CHECKPOINTS = checkpoints(standardise=True)
CHECKPOINT = CHECKPOINTS["spectral"]


@pytest.fixture(params=CHECKPOINTS)
def checkpoint(request):
    """Every kind of model."""
    return CHECKPOINTS[request.param]


def eeg(seed=0):
    return 4200 + np.random.default_rng(seed).normal(0, 20, (14, SPEC.n_times))


@cache
def seen(seed=0):
    """What every model here is shown of it: extracting is most of the work."""
    return extract(eeg(seed), SPEC)


def profile_of(*seeds):
    return Profile.of([seen(seed) for seed in seeds], 10.0)


@pytest.fixture(scope="module")
def classifier():
    return Classifier(CHECKPOINT, profile_of(7, 8))


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


@cache
def seen_of_extreme(case):
    return extract(EXTREMES[case], SPEC)


def answer(classifier, features, left_out=()):
    """Of a window alone, whatever came before it."""
    classifier.reset()
    return classifier.classify(features.without(left_out), 0)[0]


@pytest.mark.parametrize("profile", [None, profile_of(7)], ids=["running", "given"])
@pytest.mark.parametrize("case", EXTREMES)
def test_any_finite_window_gets_a_probability(case, profile, checkpoint):
    affect = answer(Classifier(checkpoint, profile), seen_of_extreme(case))
    assert 0 <= affect.valence <= 1
    assert 0 <= affect.arousal <= 1


def test_the_same_window_gets_the_same_answer(checkpoint):
    classifier = Classifier(checkpoint, profile_of(7, 8))
    first = answer(classifier, classifier.extract(eeg()))
    answer(classifier, seen(1))
    assert answer(classifier, classifier.extract(eeg())) == first


@pytest.mark.parametrize("profile", [None, profile_of(7)], ids=["running", "given"])
def test_what_a_channel_holds_that_is_left_out_does_not_matter(profile, checkpoint):
    answers = []
    for bad in (eeg()[3], np.full(SPEC.n_times, 4200.0), 400 * eeg(5)[3]):
        window = eeg()
        window[3] = bad
        classifier = Classifier(checkpoint, profile)
        features = classifier.extract(window)
        for _ in range(2):
            answers.append(answer(classifier, features, [3]))
    assert answers[:2] * 3 == answers
    assert answers[0] != answer(Classifier(checkpoint, profile), seen())


@cache
def seen_flat(seed, n_flat):
    window = eeg(seed)
    window[:n_flat] = 4200.0
    return extract(window, SPEC)


@pytest.mark.parametrize("n_bad", [1, 4, 7])
def test_a_few_channels_left_out_move_the_answer_less_than_wrong_ones(n_bad, checkpoint):
    """A person whose every window is much like the others."""
    profile, bad = profile_of(7, 8, 9), list(range(n_bad))
    moved = []
    for seed in range(5):
        classifier = Classifier(checkpoint, profile)
        whole = answer(classifier, seen(seed))
        for left_out in (bad, []):
            found = answer(classifier, seen_flat(seed, n_bad), left_out)
            moved.append(abs(found.valence - whole.valence) + abs(found.arousal - whole.arousal))
    if checkpoint.architecture == "eegnet":  # to waveforms, a flat channel is one left out
        assert moved[::2] == moved[1::2]
    else:
        assert np.mean(moved[::2]) < np.mean(moved[1::2]) / 2


def test_another_window_gets_another_answer(checkpoint):
    classifier = Classifier(checkpoint, profile_of(7, 8))
    assert answer(classifier, seen()) != answer(classifier, seen(1))


@pytest.mark.parametrize("standardise", [True, False])
def test_the_features_are_those_of_extract(checkpoint, standardise):
    spec = replace(SPEC, standardise=standardise)
    average = AVERAGE if standardise else None
    found = Classifier(replace(checkpoint, spec=spec, average=average)).extract(eeg())
    for field in fields(Features):
        assert np.array_equal(getattr(found, field.name), getattr(seen(), field.name))


def test_a_read_only_view_will_do(classifier):
    long = np.hstack([eeg(), eeg(1)])
    long.flags.writeable = False
    affect = answer(classifier, classifier.extract(long[:, 640 : 640 + SPEC.n_times]))
    assert np.isfinite(affect.valence)


def test_calibration_shapes_the_probability():
    plain = answer(Classifier(CHECKPOINT), seen())
    calibrated = replace(CHECKPOINT, calibration=Calibration((1.0, 4.0), (2.0, 0.0)))
    shaped = answer(Classifier(calibrated), seen())

    def log_odds(p):
        return np.log(p / (1 - p))

    assert log_odds(shaped.valence) == pytest.approx(log_odds(plain.valence) + 2, abs=1e-5)
    assert log_odds(shaped.arousal) == pytest.approx(log_odds(plain.arousal) / 4, abs=1e-5)


def test_what_it_says_of_itself(classifier):
    assert classifier.name == "tiny"
    assert classifier.simulated
    assert classifier.spec == SPEC


@pytest.mark.parametrize("profile", [None, profile_of(7)], ids=["running", "given"])
def test_warming_up_changes_nothing(profile, checkpoint):
    cold, warm = (Classifier(checkpoint, profile) for _ in range(2))
    warm.warm_up()
    for seed in range(3):
        assert answer(warm, seen(seed)) == answer(cold, seen(seed))


def logits_by_hand(features, profile, checkpoint=CHECKPOINT):
    inputs = network_inputs(
        features.de,
        features.edge_weight,
        features.spectrum,
        profile,
        features.covariance,
        features.signals,
        checkpoint.spec,
    )
    model = checkpoint.network()
    with torch.inference_mode():
        seen = (torch.from_numpy(getattr(inputs, name))[None] for name in model.takes)
        return model.predict(*seen)[0]


def by_hand(features, profile, checkpoint=CHECKPOINT):
    logits = logits_by_hand(features, profile, checkpoint)
    return Affect(*checkpoint.calibration.apply(logits).tolist())


def test_over_time_the_logits_are_averaged_and_calibrated_for_that(checkpoint):
    profile = profile_of(7, 8)
    classifier = Classifier(checkpoint, profile)
    # The last is too far from the first two, not from the third.
    samples, counted = (1279, 2600, 4000, 9100), (1, 2, 3, 2)
    each = [logits_by_hand(seen(seed), profile, checkpoint).double() for seed in range(4)]
    for k, (sample, n) in enumerate(zip(samples, counted, strict=True)):
        affect, over_time = classifier.classify(seen(k), sample)
        mean = torch.stack(each[k + 1 - n : k + 1]).mean(dim=0)
        # Between a window's and a minute's calibration, by how far 1 / seconds lies between.
        share = (1 / n - 1 / 6) / (1 - 1 / 6)
        temperature, bias = (
            share * torch.tensor(getattr(checkpoint.calibration, name))
            + (1 - share) * torch.tensor(getattr(OVER_TIME, name))
            for name in ("temperature", "bias")
        )
        odds = mean / temperature + bias
        found = over_time.affect.valence, over_time.affect.arousal
        assert found == pytest.approx(torch.sigmoid(odds).tolist(), abs=1e-6)
        assert affect == by_hand(seen(k), profile, checkpoint)
    assert over_time.seconds == 20
    classifier.reset()
    # A window alone says the same in both ways.
    affect, alone = classifier.classify(seen(3), 100)
    assert alone == OverTime(affect, 10)


def test_of_a_whole_minute_the_calibration_is_its_own(checkpoint):
    profile = profile_of(7, 8)
    classifier = Classifier(checkpoint, profile)
    for number in range(9):
        _, over_time = classifier.classify(seen(), number * SPEC.n_times)
        assert over_time.seconds == min(10 * (number + 1), 60)
    # The mean of the same is the same.
    logits = logits_by_hand(seen(), profile, checkpoint)
    assert over_time.affect == Affect(*OVER_TIME.apply(logits).tolist())


def test_a_profile_is_what_the_answer_is_relative_to(checkpoint):
    mine, other = profile_of(7, 8), profile_of(9)
    answers = [answer(Classifier(checkpoint, profile), seen()) for profile in (mine, other)]
    assert answers == [by_hand(seen(), mine, checkpoint), by_hand(seen(), other, checkpoint)]
    assert answers[0] != answers[1]


@pytest.mark.parametrize("before", [None, profile_of(9)], ids=["none", "another"])
def test_a_profile_that_is_taken_later_is_what_answers_are_relative_to_from_then_on(
    before, checkpoint
):
    mine = profile_of(7, 8)
    classifier = Classifier(checkpoint, before, hop=16)
    answer(classifier, seen(1))
    classifier.use_profile(mine)
    assert classifier.profile is mine
    for seed in (0, 1):
        assert answer(classifier, seen(seed)) == by_hand(seen(seed), mine, checkpoint)
    asked = classifier.log_odds(seen(), mine)
    assert Affect(*expit(asked).tolist()) == by_hand(seen(), mine, checkpoint)


def test_a_profile_that_is_put_in_use_is_from_then_on(checkpoint):
    mine, other = profile_of(7, 8), profile_of(9)
    for classifier in (Classifier(checkpoint, other), Classifier(checkpoint, hop=16)):
        answer(classifier, seen(1))
        classifier.use_profile(mine)
        affect, over_time = classifier.classify(seen(), 5 * SPEC.n_times)
        assert affect == by_hand(seen(), mine, checkpoint)
        # What was said relative to another is not mixed with it.
        assert over_time.seconds == 10


def test_a_model_that_does_not_standardise_takes_no_profile_later_either():
    classifier = Classifier(checkpoint_of("ridge", LINEAR, standardise=False))
    before = answer(classifier, seen())
    classifier.use_profile(profile_of(7))
    assert answer(classifier, seen()) == before


@pytest.mark.parametrize("hop", [None, 16])
def test_without_one_it_is_estimated_from_the_average_person_on(hop, checkpoint):
    classifier = Classifier(checkpoint, hop=hop)
    running = RunningProfile(AVERAGE, 10.0, 10.0 if hop is None else 16 / 128)
    for seed in range(3):
        profile = running.add(seen(seed))
        assert answer(classifier, seen(seed)) == by_hand(seen(seed), profile, checkpoint)
    assert profile.seconds == (30 if hop is None else 10.25)


def test_the_same_windows_in_the_same_order_get_the_same_answers(checkpoint):
    first, second = Classifier(checkpoint, hop=16), Classifier(checkpoint, hop=16)
    for seed in (0, 1, 0):
        assert answer(first, seen(seed)) == answer(second, seen(seed))


AS_WRITTEN = AsWrittenConfig(width=2, n_latent=6, n_node=3, n_graph=8)
ABSOLUTE = {
    "as-written": checkpoint_of("as-written", Calibration(), False, AS_WRITTEN),
    **checkpoints(standardise=False),
}


@pytest.mark.parametrize("absolute", ABSOLUTE.values(), ids=ABSOLUTE)
@pytest.mark.parametrize("profile", [None, profile_of(7)], ids=["none", "given"])
def test_a_model_that_does_not_standardise_sees_windows_as_they_are(profile, absolute):
    classifier = Classifier(absolute, profile, hop=16)
    for seed in (0, 1, 0):
        assert answer(classifier, seen(seed)) == by_hand(seen(seed), None, absolute)


def test_covariances_are_seen_only_by_a_model_that_takes_them(monkeypatch):
    asked = []

    def counted(covariance, usual):
        asked.append(1)
        return relative_covariance(covariance, usual)

    monkeypatch.setattr("rtdreamer.signal.profile.relative_covariance", counted)
    for name, checkpoint in CHECKPOINTS.items():
        answer(Classifier(checkpoint), seen())
        assert bool(asked) == (name == "tangent")


@pytest.mark.parametrize("shape", [(13, 1280), (14, 1279)])
def test_a_window_of_another_shape_is_refused(classifier, shape):
    with pytest.raises(DataError, match="shape"):
        classifier.extract(np.zeros(shape))
