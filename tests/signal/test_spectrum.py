import numpy as np
import pytest

from rtdreamer.bench import plain_way
from rtdreamer.signal.spectrum import POWER_FLOOR, log_spectrum

SFREQ = 128.0


def noise(sd, n_times=1280 * 20):
    return np.random.default_rng(0).normal(0, sd, (3, n_times))


def test_white_noise_in_closed_form():
    # All of σ² lies between 0 and 64 Hz.
    spectrum = log_spectrum(noise(8.0), SFREQ, 1, 45)
    assert spectrum.shape == (3, 45)
    np.testing.assert_allclose(spectrum, np.log(8.0**2 / 64), atol=0.25)


@pytest.mark.parametrize("freq", [1, 10, 45])
def test_a_tone_stands_where_its_frequency_is(freq):
    tone = 20 * np.sin(2 * np.pi * freq * np.arange(1280) / SFREQ)
    spectrum = log_spectrum(np.tile(tone, (2, 1)), SFREQ, 1, 45)
    assert (spectrum.argmax(axis=1) == freq - 1).all()


def test_a_gain_is_an_offset():
    plain, gained = (log_spectrum(gain * noise(5.0), SFREQ, 4, 30) for gain in (1.0, 3.0))
    np.testing.assert_allclose(gained - plain, 2 * np.log(3), atol=1e-5)


def test_a_flat_channel_is_at_the_floor():
    np.testing.assert_allclose(log_spectrum(np.zeros((1, 256)), SFREQ, 1, 45), np.log(POWER_FLOOR))


@pytest.mark.parametrize("n_times", [128, 129, 200, 1280])
@pytest.mark.parametrize("rates", [(128.0, 1, 45), (128.0, 0, 64), (127.0, 3, 9)])
def test_it_is_scipys_welch(n_times, rates):
    signals = noise(8.0, n_times)
    expected = plain_way.log_spectrum(signals, *rates)
    np.testing.assert_allclose(log_spectrum(signals, *rates), expected, atol=1e-5)
