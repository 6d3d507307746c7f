import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from rtdreamer.live.steady import (
    ENTER,
    LEAVE,
    MEAN_S,
    SPREAD_S,
    Steadier,
    Width,
    around,
    band_in_short,
    band_in_words,
    next_side,
)
from rtdreamer.prediction import Affect

SIDES = st.sampled_from([-1, 0, 1])
DIFFERENCES = st.floats(-1, 1)


@given(SIDES, DIFFERENCES)
def test_far_from_the_base_rate_the_side_is_that_of_the_value(side, difference):
    found = next_side(side, difference)
    if abs(difference) >= ENTER:
        assert found == np.sign(difference)
    elif abs(difference) <= LEAVE:
        assert found == 0
    else:
        # Between the two edges what was said stands, unless the value lies on the other side.
        assert found == (side if side * difference > 0 else 0)


@given(SIDES, DIFFERENCES)
def test_below_and_above_are_treated_alike_and_nothing_changes_twice(side, difference):
    found = next_side(side, difference)
    assert next_side(-side, -difference) == -found
    assert next_side(found, difference) == found


@given(SIDES, st.lists(st.floats(-1, 1), min_size=2, max_size=50))
def test_a_ripple_smaller_than_the_gap_of_the_edges_changes_the_word_once_at_most(side, ripple):
    centre = 0.055
    sides = [side]
    for value in ripple:
        sides.append(next_side(sides[-1], centre + value * (ENTER - LEAVE) / 2 * 0.99))
    assert np.count_nonzero(np.diff(sides[1:])) <= 1


def told(values, step=0.125, base_rate=(0.5, 0.75)):
    steadier = Steadier(base_rate)
    for place, (valence, arousal) in enumerate(values):
        steadier.add(100 + place * step, Affect(valence, arousal))
    return steadier.steadied()


@pytest.mark.parametrize("step", [1 / 128, 0.125, 1.0])
def test_mean_and_band_are_those_of_the_last_seconds(step):
    values = np.random.default_rng(0).random((4000, 2))
    valence, arousal = told(values, step)
    times = np.arange(len(values)) * step
    age = times[-1] - times
    for row, found in enumerate((valence, arousal)):
        assert found.mean == pytest.approx(values[age <= MEAN_S, row].mean(), abs=1e-9)
        lately = values[age <= SPREAD_S, row]
        assert (found.low, found.high) == pytest.approx(np.quantile(lately, [0.1, 0.9]))


def test_before_the_first_answer_and_after_a_pause_nothing_old_is_said():
    steadier = Steadier((0.5, 0.75))
    assert steadier.steadied() == ()
    assert steadier.means is None
    for second in range(20):
        steadier.add(float(second), Affect(0.9, 0.9))
    steadier.add(19 + SPREAD_S + 0.1, Affect(0.1, 0.2))
    assert steadier.means == Affect(0.1, 0.2)
    # A clock set back is another time, too.
    steadier.add(5.0, Affect(0.3, 0.4))
    assert steadier.means == Affect(0.3, 0.4)
    assert [each.since for each in steadier.steadied()] == [5.0, 5.0]


def test_a_side_is_said_since_it_was_entered():
    values = [(0.5, 0.75)] * 80 + [(0.9, 0.75)] * 160
    valence, arousal = told(values)
    assert (valence.side, arousal.side) == (1, 0)
    # The mean over 5 s passes .58 with the ninth of .9 among 41.
    assert valence.since == pytest.approx(100 + (80 + 8) * 0.125)
    assert arousal.since == 100


def test_noise_flips_the_word_far_less_often_than_an_edge_does():
    """A person's answers, made up: a slow drift around the base rate with noise on it."""
    rng = np.random.default_rng(3)
    times = np.arange(0, 600, 0.125)
    drift = 0.5 + 0.12 * np.sin(2 * np.pi * times / 60)
    values = np.clip(drift + rng.normal(scale=0.06, size=len(times)), 0, 1)
    steadier, sides = Steadier((0.5, 0.5)), []
    for time, value in zip(times, values, strict=True):
        steadier.add(time, Affect(value, 0.5))
        sides.append(steadier.steadied()[0].side)
    edge = np.where(np.abs(values - 0.5) < 0.05, 0, np.sign(values - 0.5))
    flips, before = (np.count_nonzero(np.diff(each)) for each in (sides, edge))
    # Into each half and out of it: four a period, and none for the noise.
    assert flips <= 4 * 10 + 1
    assert before > 10 * flips


def test_where_its_width_was_measured_the_band_is_around_the_mean():
    steadier = Steadier((0.5, 0.75), Width((0.7, 0.4), 0.8, "people"))
    for place, (valence, arousal) in enumerate(np.random.default_rng(1).random((100, 2))):
        steadier.add(place * 0.125, Affect(valence, arousal))
    for found, width in zip(steadier.steadied(), (0.7, 0.4), strict=True):
        ends = expit(logit(found.mean) + np.array([-width, width]))
        assert (found.low, found.high) == pytest.approx(ends, abs=1e-12)


@given(st.floats(0, 1), st.floats(0.01, 50))
def test_a_band_holds_its_mean_and_lies_between_0_and_1(mean, log_odds):
    low, high = around(mean, log_odds)
    assert 0 <= low <= mean <= high <= 1
    other_low, other_high = around(1 - mean, log_odds)
    assert (other_low, other_high) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_what_the_band_is_said_to_be_is_what_was_measured():
    measured = Width((0.7, 0.4), 0.8, "simulated people")
    assert "8 times in 10, with simulated people" in band_in_words(measured)
    assert "not how likely it is to be right" in band_in_words(None)
    assert "simulated people" in band_in_short(measured)
    assert "8 in 10 answers of the last 10 s" in band_in_short(None)
