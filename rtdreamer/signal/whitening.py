"""Waveforms on a person's own scale: frequency by frequency, since EEG is no white noise.

In EEG as it comes, drift and blinks hold nearly all of the variance, and how much of each rhythm
there is depends on skull, hair and contact more than on what is felt. Divided by the amplitude
of the person's baseline at each frequency, all frequencies count alike, and 1 is the baseline.
"""

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
    freqs = fft.rfftfreq(n_times, 1 / sfreq)
    step = np.clip(freqs - l_freq, 0, n_freqs - 1)
    low = np.minimum(step.astype(np.intp), max(n_freqs - 2, 0))
    high = np.minimum(low + 1, n_freqs - 1)
    # Between two frequencies the logarithm is on the straight line.
    baseline = log_density[..., low] + (step - low) * (
        log_density[..., high] - log_density[..., low]
    )
    density = np.maximum(np.exp(baseline), LEAST_DENSITY_UV)  # (..., n_channels, n_times // 2 + 1)
    passed = np.abs(freqs - l_freq - (n_freqs - 1) / 2) <= n_freqs / 2
    gain = np.where(passed, 1 / np.sqrt(density * n_freqs), 0.0)
    # In single precision, since these may be all windows of a person.
    known = np.nan_to_num(signals, nan=0.0).astype(np.float32)
    return fft.irfft(fft.rfft(known) * gain.astype(np.float32), n_times)  # type: ignore[no-any-return]
