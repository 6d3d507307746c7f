import numpy as np
import pytest

from rtdreamer.dashboard.lanes import blinks, cut_off, into_lanes, medians, thinned
from rtdreamer.headset import EPOC
from rtdreamer.signal.quality import BLINK_UV


def test_medians_are_those_of_what_is_known(samples):
    unknown = samples.copy()
    unknown[:, :301] = np.nan
    unknown[5] = np.nan
    found = medians(unknown)
    expected = np.median(np.delete(unknown, 5, axis=0)[:, 301:], axis=1)
    np.testing.assert_allclose(np.delete(found[:, 0], 5), expected)
    assert np.isnan(found[5])


def test_each_channel_stays_in_its_lane_and_a_glitch_moves_nothing_else(samples):
    glitched = samples.copy()
    glitched[3, 500] = 700_000
    lanes = into_lanes(glitched, 200.0, medians(glitched))
    expected = into_lanes(samples, 200.0, medians(samples))
    assert (np.abs(lanes) <= 0.5).all()
    assert lanes[3, 500] == 0.5
    others = np.delete(lanes - expected, 500, axis=1)
    assert np.abs(others).max() * 200.0 < EPOC.step_uv


@pytest.mark.parametrize("first", [0, 1, 5, 12345])
@pytest.mark.parametrize("per", [3, 6, 7])
def test_thinning_loses_no_peak_and_does_not_shimmer(first, per):
    rng = np.random.default_rng(first)
    lanes = rng.normal(size=(3, 400))
    places, points = thinned(lanes, first, per)
    assert points.shape == (3, len(places))
    kept = slice(-first % per, -first % per + points.shape[1] // 2 * per)
    np.testing.assert_array_equal(points.max(axis=1), lanes[:, kept].max(axis=1))
    np.testing.assert_array_equal(points.min(axis=1), lanes[:, kept].min(axis=1))
    # The same samples are drawn together when the picture has moved by one.
    _, moved = thinned(lanes[:, 1:], first + 1, per)
    n = min(moved.shape[1], points.shape[1]) - 2
    np.testing.assert_array_equal(moved[:, -n:], points[:, -n:])


def test_few_samples_are_drawn_one_by_one():
    lanes = np.arange(12.0).reshape(2, 6)
    places, points = thinned(lanes, 3, 2)
    np.testing.assert_array_equal(points, lanes)
    np.testing.assert_array_equal(places, range(6))


def test_what_is_cut_off_is_marked_where_it_is():
    lanes = np.zeros((2, 100))
    lanes[0, 35] = 0.5
    lanes[1, 90:] = -0.5
    lanes[1, :10] = np.nan
    above, below = cut_off(lanes, 10)
    assert np.argwhere(above).tolist() == [[0, 3]]
    assert np.argwhere(below).tolist() == [[1, 9]]


def eyes_with_blinks(at, rng):
    eyes = 4200 + rng.normal(scale=8, size=(4, 1280))
    bump = 200 * np.hanning(40)
    for start in at:
        eyes[:, start : start + 40] += bump
    return eyes


def test_blinks_are_found_where_they_are():
    at = [200, 700, 1000]
    found = blinks(eyes_with_blinks(at, np.random.default_rng(1)), 128.0)
    assert len(found) == 3
    for start, (first, last) in zip(at, found, strict=True):
        assert first < start + 20 < last
        assert last - first < 0.7 * 128


def test_quiet_eyes_and_slow_drifts_are_no_blink():
    rng = np.random.default_rng(2)
    eyes = eyes_with_blinks([], rng)
    assert blinks(eyes, 128.0) == []
    assert blinks(eyes + np.linspace(0, 5 * BLINK_UV, 1280), 128.0) == []
    # Less than a second says nothing, nor does a headset without electrodes near the eyes.
    assert blinks(eyes[:, :100], 128.0) == []
    assert blinks(eyes[:0], 128.0) == []


def test_a_hole_is_no_blink_and_hides_none():
    eyes = eyes_with_blinks([900], np.random.default_rng(3))
    eyes[:, 100:400] = np.nan
    ((first, last),) = blinks(eyes, 128.0)
    assert first < 920 < last
