import json

import numpy as np
import pytest

from rtdreamer.decoding import decode
from rtdreamer.headset import EPOC
from rtdreamer.signal.covariance import relative_covariance
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.profile import Profile, RunningProfile, network_inputs
from rtdreamer.window import BANDS, WINDOW

SPEC = Spec()
NAMES = ("de", "edge_weight", "spectrum", "covariance")
SHAPES = {
    "de": (len(BANDS), EPOC.n_channels),
    "edge_weight": (len(BANDS), EPOC.n_channels, EPOC.n_channels),
    "spectrum": (EPOC.n_channels, SPEC.n_freqs),
    "covariance": (len(BANDS), EPOC.n_channels, EPOC.n_channels),
}


def eeg(seed=0, sd=20.0):
    rng = np.random.default_rng(seed)
    common, own = rng.normal(0, 1, (1, WINDOW)), rng.normal(0, 1, (EPOC.n_channels, WINDOW))
    return 4200 + sd * (0.6 * common + 0.8 * own)


@pytest.fixture(scope="module")
def windows():
    return [extract(eeg(seed), SPEC) for seed in range(4)]


def inputs(features, profile):
    return network_inputs(
        features.de,
        features.edge_weight,
        features.spectrum,
        profile,
        features.covariance,
        features.signals,
        SPEC,
    )


def constant(de=1.0, edge_weight=0.5, spectrum=2.0, covariance=4.0, seconds=60.0):
    values = zip(SHAPES.values(), (de, edge_weight, spectrum, covariance), strict=True)
    return Profile(*(np.full(shape, value) for shape, value in values), seconds)


def constant_window(de, edge_weight=0.0, spectrum=0.0, covariance=0.0):
    """Features that are all alike; ``edge_weight`` is that of every edge."""
    mi = np.full(SHAPES["edge_weight"], -0.5 * np.log(1 - edge_weight**2))
    return Features(
        np.zeros((EPOC.n_channels, 8), np.float32),
        np.full(SHAPES["spectrum"], spectrum),
        np.full(SHAPES["de"], de),
        mi,
        np.full(SHAPES["covariance"], covariance),
    )


def test_a_profile_is_the_mean_over_its_windows(windows):
    profile = Profile.of(windows, 25.0)
    for name in NAMES:
        mean = sum(getattr(window, name) for window in windows) / 4
        np.testing.assert_allclose(getattr(profile, name), mean)
        assert mean.shape == SHAPES[name]
    assert profile.seconds == 25


def test_the_average_person_is_the_mean_over_people():
    average = Profile.average([constant(1, 0.2, 5, 3, 60.0), constant(3, 0.8, -1, 7, 20.0)])
    for name, expected in zip(NAMES, (2, 0.5, 2, 5), strict=True):
        np.testing.assert_allclose(getattr(average, name), expected)
    assert average.seconds == 40


def test_without_a_profile_nothing_is_relative(windows):
    found = inputs(windows[0], None)
    np.testing.assert_array_equal(found.spectrum, windows[0].spectrum.astype(np.float32))
    np.testing.assert_array_equal(found.nodes[..., 0], windows[0].de.astype(np.float32))
    weight = windows[0].edge_weight.astype(np.float32)
    np.testing.assert_array_equal(found.nodes[..., 1:], weight)
    np.testing.assert_array_equal(found.edge_weight, weight)
    np.testing.assert_allclose(found.covariance, windows[0].covariance, rtol=1e-4, atol=1e-3)


def test_with_one_all_but_the_graphs_weights_are_differences(windows):
    profile = constant(de=1.5, edge_weight=0.25, spectrum=-2.0)
    found, raw = inputs(windows[0], profile), inputs(windows[0], None)
    np.testing.assert_allclose(found.spectrum, raw.spectrum + 2, atol=1e-5)
    np.testing.assert_allclose(found.nodes[..., 0], raw.nodes[..., 0] - 1.5, atol=1e-5)
    np.testing.assert_allclose(found.nodes[..., 1:], raw.nodes[..., 1:] - 0.25, atol=1e-6)
    np.testing.assert_array_equal(found.edge_weight, raw.edge_weight)


def test_covariances_are_relative_and_only_there_if_asked_for(windows):
    profile, seen = Profile.of(windows[1:], 30.0), windows[0]
    found = inputs(seen, profile)
    expected = relative_covariance(seen.covariance, profile.covariance)
    np.testing.assert_allclose(found.covariance, expected, rtol=1e-5, atol=1e-6)
    unasked = network_inputs(seen.de, seen.edge_weight, seen.spectrum, profile)
    assert unasked.covariance.shape == (0, EPOC.n_channels, EPOC.n_channels)
    for name in ("spectrum", "nodes", "edge_weight"):
        np.testing.assert_array_equal(getattr(unasked, name), getattr(found, name))


def test_waveforms_are_white_and_only_there_if_asked_for(windows):
    profile, seen = Profile.of(windows[1:], 30.0), windows[0]
    found = inputs(seen, profile).signals
    assert found.shape == (EPOC.n_channels, WINDOW)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.var(axis=1), 1, atol=0.25)
    unasked = network_inputs(seen.de, seen.edge_weight, seen.spectrum, profile)
    assert unasked.signals.shape == (EPOC.n_channels, 0)
    np.testing.assert_array_equal(inputs(seen, None).signals, seen.signals)


def test_waveforms_of_channels_left_out_are_0(windows):
    profile = Profile.of(windows, 40.0)
    whole, found = inputs(windows[0], profile), inputs(windows[0].without([3, 7]), profile)
    assert not found.signals[[3, 7]].any()
    others = np.delete(np.arange(EPOC.n_channels), [3, 7])
    np.testing.assert_array_equal(found.signals[others], whole.signals[others])


def test_a_persons_own_windows_are_zero_on_average(windows):
    profile = Profile.of(windows, 40.0)
    relative = [inputs(window, profile) for window in windows]
    np.testing.assert_allclose(np.mean([x.nodes for x in relative], axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.mean([x.spectrum for x in relative], axis=0), 0, atol=1e-6)


def test_how_well_each_electrode_conducts_cancels():
    # No louder than twice, for the signals are clipped before their spectrum is taken.
    gain = np.array([0.25, 0.5, 1, 2, 2, 0.7, 1, 1.3, 1, 2, 0.25, 1, 2, 0.5])[:, None]
    plain = [extract(eeg(seed), SPEC) for seed in range(3)]
    gained = [extract(eeg(seed) * gain, SPEC) for seed in range(3)]
    mine, other = (inputs(person[0], Profile.of(person, 30.0)) for person in (plain, gained))
    for name in ("spectrum", "nodes", "edge_weight"):
        np.testing.assert_allclose(getattr(other, name), getattr(mine, name), atol=1e-5)
    # Of covariances what does not depend on the axes: how they differ from the usual one.
    values = (np.linalg.eigvalsh(person.covariance) for person in (other, mine))
    np.testing.assert_allclose(*values, rtol=1e-4)
    # Not so without a profile.
    raw = inputs(plain[0], None), inputs(gained[0], None)
    assert np.abs(raw[0].nodes - raw[1].nodes).max() > 1
    assert np.abs(raw[0].spectrum - raw[1].spectrum).max() > 1


def test_many_windows_at_once_are_as_each_alone(windows):
    profile = Profile.of(windows, 40.0)
    de, edges, spectrum, covariance, signals = (
        np.stack([getattr(w, n) for w in windows]) for n in (*NAMES, "signals")
    )
    stacked = network_inputs(de, edges, spectrum, profile, covariance, signals, SPEC)
    for k, window in enumerate(windows):
        for together, alone in zip(stacked, inputs(window, profile), strict=True):
            assert together.dtype == np.float32
            np.testing.assert_array_equal(together[k], alone)


def test_a_running_profile_is_the_weighted_mean_of_its_windows():
    # 10 s for the average person, 10 s for the first window, then what each adds: 2 s.
    running = RunningProfile(constant(6.0, 0.0, -1.0, 5.0), 10.0, 2.0)
    first = running.add(constant_window(2.0, 0.5, 3.0, 9.0))
    assert first.seconds == 10
    for name, expected in zip(NAMES, (4.0, 0.25, 1.0, 7.0), strict=True):
        np.testing.assert_allclose(getattr(first, name), expected)
    second = running.add(constant_window(4.0, 0.0, 3.0, 18.0))
    assert second.seconds == 12
    means = ((10 * 6 + 10 * 2 + 2 * 4) / 22, 10 * 0.5 / 22, (-10 * 1 + 12 * 3) / 22, 8.0)
    for name, expected in zip(NAMES, means, strict=True):
        np.testing.assert_allclose(getattr(second, name), expected)
    third = running.add(constant_window(-1.0))
    np.testing.assert_allclose(third.de, (10 * 6 + 10 * 2 + 2 * 4 - 2 * 1) / 24)
    assert third.seconds == 14


def test_a_running_profile_keeps_what_it_gave_and_what_it_was_given():
    start = constant(de=6.0)
    running = RunningProfile(start, 10.0, 10.0)
    first = running.add(constant_window(2.0))
    running.add(constant_window(-8.0))
    assert (first.de == 4).all()
    assert (start.de == 6).all()


def test_a_running_profile_forgets_the_average_person():
    running = RunningProfile(constant(de=6.0), 10.0, 0.125)
    for _ in range(1000):
        profile = running.add(constant_window(2.0))
    assert profile.seconds == 10 + 999 * 0.125
    np.testing.assert_allclose(profile.de, 2 + 4 * 10 / (10 + profile.seconds))


def test_a_profile_survives_json_bit_for_bit(windows):
    profile = Profile.of(windows, 17.5)
    again = decode(Profile, json.loads(json.dumps(profile.to_json())), "profile")
    for name in NAMES:
        np.testing.assert_array_equal(getattr(again, name), getattr(profile, name))
    assert again.seconds == profile.seconds


TABLE = np.ones((len(BANDS), EPOC.n_channels)).tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"de": TABLE[:4]}, {"de": [1.0, 2.0]}, {"de": [*TABLE[:4], [1.0]]}, {"de": None},
        {"de": "many"}, {"de": [[np.inf] * 14] * 5}, {"de": [[10**400] * 14] * 5},
        {"edge_weight": TABLE}, {"edge_weight": [TABLE] * 5}, {"edge_weight": None},
        {"spectrum": TABLE}, {"spectrum": [[np.nan] * 45] * 14}, {"spectrum": [1.0] * 14},
        {"covariance": TABLE}, {"covariance": [TABLE] * 5}, {"covariance": None},
        {"seconds": 0}, {"seconds": -1.0}, {"seconds": np.nan}, {"seconds": np.inf},
        {"seconds": None}, {"seconds": [60]}, {"seconds": 10**400}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_profile_that_makes_no_sense_is_refused(change):
    values = constant().to_json() | change
    with pytest.raises(ValueError, match=r".+"):
        decode(Profile, json.loads(json.dumps(values)), "profile")


@pytest.mark.parametrize("values", [None, [], {}, {"de": TABLE, "spectrum": TABLE}])
def test_a_profile_has_exactly_its_fields(values):
    with pytest.raises(ValueError, match="exactly the fields"):
        decode(Profile, values, "profile")


def test_what_is_not_known_of_a_window_is_as_usual(windows):
    profile = Profile.of(windows, 40.0)
    known, left_out = inputs(windows[0], profile), inputs(windows[0].without([2, 9]), profile)
    others = np.delete(np.arange(EPOC.n_channels), [2, 9])
    assert not left_out.spectrum[[2, 9]].any()
    assert not left_out.nodes[:, [2, 9]].any()
    assert not left_out.nodes[:, :, [3, 10]].any()  # their edges, behind the entropy
    usual = profile.edge_weight[:, [2, 9]].astype(np.float32)
    np.testing.assert_array_equal(left_out.edge_weight[:, [2, 9]], usual)
    np.testing.assert_array_equal(left_out.spectrum[others], known.spectrum[others])
    kept = np.ix_(range(len(BANDS)), others, [0, *(others + 1)])
    np.testing.assert_array_equal(left_out.nodes[kept], known.nodes[kept])


def test_a_profile_is_the_mean_over_what_is_known_and_else_another_profiles():
    windows = [constant_window(1.0).without([4, 7]), constant_window(3.0).without([7])]
    profile = Profile.of(windows, 20.0, constant(de=8.0))
    assert (profile.de[:, 4] == 3).all()
    assert (profile.de[:, 7] == 8).all()
    assert (np.delete(profile.de, [4, 7], axis=1) == 2).all()
    with pytest.raises(ValueError, match="not finite"):
        Profile.of(windows, 20.0)


def test_a_running_profile_keeps_what_it_had_of_what_is_not_known():
    running = RunningProfile(constant(de=6.0), 10.0, 2.0)
    first = running.add(constant_window(2.0).without([5]))
    assert (first.de[:, 5] == 6).all()
    assert (np.delete(first.de, 5, axis=1) == 4).all()
    # Known at last, its first window counts in full, like the others' first.
    second = running.add(constant_window(2.0))
    assert (second.de[:, 5] == 4).all()
    assert second.seconds == 12
