"""Waveforms on a person's own scale: frequency by frequency, since EEG is no white noise.

In EEG as it comes, drift and blinks hold nearly all of the variance, and how much of each rhythm
there is depends on skull, hair and contact more than on what is felt. Divided by the amplitude
of the person's baseline at each frequency, all frequencies count alike, and 1 is the baseline.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

LEAST_DENSITY_UV = 0.01
"""µV²/Hz: a channel that was dead in a profile would else be magnified without bound. Living ones
have ten times as much at 45 Hz."""


def whitened(
    signals: NDArray[np.floating],
    log_density: NDArray[np.floating],
    l_freq: float,
    sfreq: float,
) -> NDArray[np.float32]:
    """Divide each channel's amplitude at each frequency by that of a baseline.

    By a filter without phase, over the window as if it repeated. What lies outside the frequencies
    of ``log_density`` is taken away.

    Parameters
    ----------
    signals : ndarray, shape (..., n_channels, n_times)
        µV; NaN throughout a channel that is not known.
    log_density : ndarray, shape (..., n_channels, n_freqs)
        Natural logarithm of the baseline's power density, µV²/Hz, in steps of 1 Hz.
    l_freq : float
        Of ``log_density`` the first frequency, Hz.
    sfreq : float
        Hz.

    Returns
    -------
    ndarray, shape (..., n_channels, n_times), float32
        White noise of variance 1 where the density is the baseline's; 0 in channels not known.
    """
    n_times, n_freqs = signals.shape[-1], log_density.shape[-1]
    weights, passed = _between(n_times, n_freqs, l_freq, sfreq)
    # In single precision, since these may be all windows of a person.
    baseline = log_density.astype(np.float32) @ weights
    gain = np.exp(-np.maximum(baseline, math.log(LEAST_DENSITY_UV)) / 2) / math.sqrt(n_freqs)
    known = signals.astype(np.float32, copy=False)
    if (unknown := np.isnan(signals[..., 0])).any():
        known = np.where(unknown[..., None], np.float32(0), known)
    spectrum = fft.rfft(known)
    spectrum[..., : passed.start] = spectrum[..., passed.stop :] = 0.0
    spectrum[..., passed] *= gain
    return fft.irfft(spectrum, n_times, overwrite_x=True)  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _between(
    n_times: int, n_freqs: int, l_freq: float, sfreq: float
) -> tuple[NDArray[np.float32], slice]:
    """How frequencies of a Fourier transform are between those of a density, and which are passed.

    Between two, the logarithm is on the straight line.

    Returns
    -------
    weights : ndarray, shape (n_freqs, n_passed)
        Of each frequency of the density.
    passed : slice
        Of the transform's frequencies.
    """
    freqs = fft.rfftfreq(n_times, 1 / sfreq)
    within = np.flatnonzero(np.abs(freqs - l_freq - (n_freqs - 1) / 2) <= n_freqs / 2)
    passed = slice(int(within[0]), int(within[-1]) + 1)
    place = np.clip(freqs[passed] - l_freq, 0, n_freqs - 1)
    distance = np.abs(place - np.arange(n_freqs)[:, None])
    return np.maximum(1 - distance, 0.0).astype(np.float32), passed
