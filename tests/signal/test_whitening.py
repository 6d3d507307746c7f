import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from rtdreamer.signal.spectrum import log_spectrum
from rtdreamer.signal.whitening import whitened

SFREQ, N_TIMES = 128.0, 1280
FREQS = np.arange(1, 46)


def coloured(density, n_times=N_TIMES * 100, seed=0):
    """Gaussian noise of this one-sided power density, µV²/Hz, at 1, 2, … 45 Hz and none beyond."""
    rng = np.random.default_rng(seed)
    freqs = np.fft.rfftfreq(n_times, 1 / SFREQ)
    at = np.interp(freqs, FREQS, density)
    at[(freqs < 0.5) | (freqs > 45.5)] = 0
    coefficients = rng.normal(size=(2, len(freqs))).T.copy().view(np.complex128)[:, 0]
    return np.fft.irfft(coefficients * np.sqrt(at * SFREQ * n_times / 4), n_times)


@pytest.mark.parametrize("density", [np.full(45, 3.0), 500.0 / FREQS**2, np.exp(FREQS / 20.0)])
def test_usual_eeg_becomes_white_and_of_variance_one(density):
    eeg = coloured(density).reshape(100, 1, N_TIMES)
    found = whitened(eeg, np.log(density)[None], 1.0, SFREQ)
    assert found.dtype == np.float32
    assert found.var() == pytest.approx(1, abs=0.03)
    freqs, power = signal.welch(found[:, 0], SFREQ, nperseg=256)
    inside = power.mean(axis=0)[(freqs >= 2) & (freqs <= 44)]
    np.testing.assert_allclose(inside, 1 / 45, rtol=0.25)


def test_a_sine_is_divided_by_its_frequency_s_amplitude():
    density = 500.0 / FREQS**2
    wave = np.sin(2 * np.pi * 10.0 * np.arange(N_TIMES) / SFREQ)[None]
    found = whitened(wave, np.log(density)[None], 1.0, SFREQ)
    np.testing.assert_allclose(found, wave / np.sqrt(5.0 * 45), atol=1e-5)


def test_what_lies_outside_the_frequencies_is_taken_away():
    time = np.arange(N_TIMES) / SFREQ
    wave = 100 * np.sin(2 * np.pi * np.array([[0.2], [50.0], [60.0]]) * time)
    assert np.abs(whitened(wave, np.zeros((3, 45)), 1.0, SFREQ)).max() < 1e-3


@given(st.floats(0.1, 10.0), st.integers(0, 100))
def test_a_person_of_another_amplitude_gives_the_same(factor, seed):
    eeg = np.random.default_rng(seed).normal(0, 20, (2, N_TIMES))
    profile = log_spectrum(eeg, SFREQ, 1.0, 45.0)
    once = whitened(eeg, profile, 1.0, SFREQ)
    again = whitened(factor * eeg, profile + 2 * np.log(factor), 1.0, SFREQ)
    np.testing.assert_allclose(once, again, rtol=1e-3, atol=1e-4)


def test_channels_not_known_are_0_and_change_no_other():
    eeg = np.random.default_rng(0).normal(0, 20, (3, N_TIMES))
    whole = whitened(eeg, np.zeros((3, 45)), 1.0, SFREQ)
    eeg[1] = np.nan
    found = whitened(eeg, np.zeros((3, 45)), 1.0, SFREQ)
    assert not found[1].any()
    assert np.array_equal(found[[0, 2]], whole[[0, 2]])


def test_a_channel_dead_in_the_profile_is_not_magnified_without_bound():
    eeg = np.random.default_rng(0).normal(0, 20, (1, N_TIMES))
    assert np.abs(whitened(eeg, np.full((1, 45), -50.0), 1.0, SFREQ)).max() < 200
