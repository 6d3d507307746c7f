import numpy as np
import pytest

from rtdreamer.data.simulated_people import (
    State,
    draw_moment,
    draw_person,
    felt,
    moment_covariance,
)
from rtdreamer.headset import EPOC
from rtdreamer.window import BANDS

BAND = {band.name: index for index, band in enumerate(BANDS)}
CHANNEL = {name: index for index, name in enumerate(EPOC.ch_names)}


@pytest.fixture
def person():
    return draw_person(np.random.default_rng(0))


def power(state, band, channel):
    return state.power[BAND[band], CHANNEL[channel]]


def test_what_is_felt_is_linear_in_the_effect(person):
    once, twice = felt(person, 5, 1, 0.2), felt(person, 5, 1, 0.4)
    assert np.allclose(twice.power, 2 * once.power)
    assert twice.symmetry == pytest.approx(2 * once.symmetry)
    assert twice.frontal_coupling == pytest.approx(2 * once.frontal_coupling)


@pytest.mark.parametrize(("valence", "arousal", "effect"), [(3, 3, 1.0), (5, 1, 0.0)])
def test_a_neutral_rating_or_no_effect_changes_nothing(person, valence, arousal, effect):
    state = felt(person, valence, arousal, effect)
    assert not state.power.any()
    assert state.symmetry == state.frontal_coupling == 0


def test_arousal_lowers_posterior_alpha_and_its_symmetry_and_raises_fast_frontal_power(person):
    state = felt(person, 3, 5, 1.0)
    assert power(state, "alpha", "O1") < power(state, "alpha", "P7") < 0
    assert power(state, "alpha", "O1") == power(state, "alpha", "O2")
    assert power(state, "beta", "F3") > power(state, "theta", "F3") > 0
    assert power(state, "gamma", "F4") > 0
    assert state.symmetry < 0
    assert state.frontal_coupling == 0


def test_valence_lowers_left_frontal_alpha_against_the_right(person):
    state = felt(person, 5, 3, 1.0)
    for left, right in (("AF3", "AF4"), ("F3", "F4"), ("F7", "F8"), ("FC5", "FC6")):
        assert power(state, "alpha", left) < 0 < power(state, "alpha", right)
        assert power(state, "beta", left) > power(state, "beta", right)
    assert state.frontal_coupling > 0
    assert state.symmetry == 0


def test_people_differ_more_than_affect_moves_them():
    rng = np.random.default_rng(1)
    people = [draw_person(rng) for _ in range(200)]
    between = np.std([one.habit.power for one in people], axis=0)
    strongest = np.max(np.abs(felt(people[0], 5, 5, 0.3).power))
    assert between.min() > strongest


def test_people_are_plausible():
    rng = np.random.default_rng(2)
    for _ in range(100):
        one = draw_person(rng)
        assert 8.5 <= one.alpha_peak <= 11.5
        assert 5 < one.blink_rate < 40
        assert 100 <= one.blink_uv <= 250
        assert 0.3 < one.valence_strength < 3
        assert 0.3 < one.arousal_strength < 3


def test_a_moment_has_no_preferred_direction():
    rng = np.random.default_rng(3)
    moments = np.array([draw_moment(rng).power for _ in range(2000)])
    standard_error = moments.std(axis=0) / np.sqrt(len(moments))
    assert np.abs(moments.mean(axis=0) / standard_error).max() < 4.5


def test_states_add_up():
    rng = np.random.default_rng(4)
    a, b = draw_moment(rng), draw_moment(rng)
    assert np.array_equal((a + b).power, a.power + b.power)
    assert (a + b).symmetry == a.symmetry + b.symmetry
    assert (a + b).frontal_coupling == a.frontal_coupling + b.frontal_coupling


def test_a_state_is_scaled_in_all_it_has():
    state = draw_moment(np.random.default_rng(6))
    assert np.array_equal((state * 3).vector(), 3 * state.vector())


def test_the_covariance_of_a_moment_is_that_of_its_draws():
    rng = np.random.default_rng(5)
    n = 20_000
    draws = np.array([draw_moment(rng).vector() for _ in range(n)])
    expected = moment_covariance()
    variance = np.diag(expected)
    # Of a sample covariance of Gaussians; 2628 different entries stay within 5 of them.
    standard_error = np.sqrt((expected**2 + np.outer(variance, variance)) / n)
    assert np.abs((np.cov(draws.T) - expected) / standard_error).max() < 5


def test_a_state_as_a_vector_is_power_band_by_band_and_the_couplings():
    state = State(np.arange(70.0).reshape(5, 14), symmetry=-1.0, frontal_coupling=-2.0)
    assert state.vector().tolist() == [*range(70), -1, -2]
