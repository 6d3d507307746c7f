import numpy as np
import pytest
from scipy import signal

from rtdreamer.dashboard.density import (
    FLOOR_DB,
    MAINS_STANDS_OUT_DB,
    density,
    in_bands,
    mains,
    reference,
)
from rtdreamer.window import BANDS


def noise(n_channels, n_times, seed=0):
    """Pink enough to have a spectrum, around the headset's offset."""
    white = np.random.default_rng(seed).normal(size=(n_channels, n_times))
    return 4200 + signal.lfilter([1.0], [1.0, -0.9], white, axis=-1)


def by_scipy(samples, sfreq):
    length = round(2 * sfreq)
    freqs, power = signal.welch(
        samples, sfreq, "hann", length, length // 2 + length % 2, detrend="constant"
    )
    return freqs[2:], power[:, 2:]


@pytest.mark.parametrize("sfreq", [128.0, 127.5, 250.0])  # of 127.5 a piece has an odd length
@pytest.mark.parametrize("seconds", [2, 5, 10, 30])
def test_it_is_welch_s_method_as_scipy_has_it(sfreq, seconds):
    samples = noise(3, round(seconds * sfreq))
    found = density(samples, sfreq)
    freqs, power = by_scipy(samples, sfreq)
    np.testing.assert_allclose(found.freqs, freqs)
    np.testing.assert_allclose(found.power, power)


def test_no_piece_reaches_over_a_gap():
    samples = noise(2, 3000)
    samples[:, 700:900] = 1e6  # lies between two gaps, shorter than a piece
    with_gaps = samples.copy()
    with_gaps[:, 690:700] = with_gaps[:, 900:901] = np.nan
    found = density(with_gaps, 128.0)
    # 690 samples hold 4 pieces, the 2099 at the end 15.
    before, after = (by_scipy(part, 128.0)[1] for part in (samples[:, :690], samples[:, 901:]))
    np.testing.assert_allclose(found.power, (4 * before + 15 * after) / 19)
    assert found.n_used == 5 * 128 + 16 * 128


def test_where_nothing_is_long_enough_there_is_no_estimate():
    samples = noise(2, 1280)
    samples[:, ::200] = np.nan
    assert density(samples, 128.0) is None
    assert density(samples[:, :0], 128.0) is None
    assert density(np.full((2, 1280), np.nan), 128.0) is None


def test_a_sine_s_power_is_half_its_squared_amplitude():
    found = density(7.0 * np.sin(2 * np.pi * 10.3 * np.arange(1280) / 128)[None], 128.0)
    assert found.power[0].sum() / 2 == pytest.approx(7.0**2 / 2, rel=0.01)
    assert found.freqs[found.power[0].argmax()] == 10.5


def test_silence_has_the_least_there_is():
    found = density(np.full((1, 1280), 4100.0), 128.0)
    np.testing.assert_array_equal(found.decibels, FLOOR_DB)


def test_the_reference_is_the_median_of_the_other_good_ones():
    decibels = np.array([[0.0], [1.0], [50.0], [3.0], [-30.0], [2.0]])
    assert reference(decibels, 2, bad=[4]) == [1.5]
    assert reference(decibels, 0, bad=[4, 2]) == [2.0]
    assert reference(decibels, 0, bad=[4, 2, 1]) is None


def test_each_band_has_its_own_mean():
    freqs = np.arange(1, 64.5, 0.5)
    found = in_bands(freqs, freqs, BANDS)
    assert found == pytest.approx([(band.l_freq + band.h_freq) / 2 for band in BANDS])
    assert np.isnan(in_bands(freqs[:10], freqs[:10], BANDS)[4])


def test_mains_that_stand_out_are_found_with_how_far():
    samples = np.random.default_rng(0).normal(size=(3, 1280))
    t = np.arange(1280) / 128
    samples[1] += 2 * np.sin(2 * np.pi * 50 * t)
    samples[2] += 20 * np.sin(2 * np.pi * 60 * t)
    found = density(samples, 128.0)
    none, one, other = (mains(row, found.freqs) for row in found.decibels)
    assert none == []
    # White noise has 2 / 128 µV²/Hz; a Hann window spreads a sine over 1.5 bins of half a hertz.
    assert [line for line, _ in one] == [50.0]
    assert one[0][1] == pytest.approx(10 * np.log10(2 / (1.5 * 0.5) / (2 / 128)), abs=2)
    assert [line for line, _ in other] == [60.0]
    assert other[0][1] == pytest.approx(one[0][1] + 20, abs=2)


def test_noise_is_not_taken_for_mains():
    found = density(np.random.default_rng(1).normal(size=(2000, 5 * 128)), 128.0)
    assert not any(mains(row, found.freqs) for row in found.decibels)
    assert MAINS_STANDS_OUT_DB == 10


def test_a_stream_too_slow_for_mains_has_none():
    found = density(noise(1, 640), 64.0)
    assert mains(found.decibels[0], found.freqs) == []
