"""Power spectra, finer than the bands."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import welch

POWER_FLOOR = 1e-4
"""µV²/Hz, under what a 14-bit headset's rounding alone leaves: a flat channel's power has no
logarithm."""


def log_spectrum(
    signals: NDArray[np.floating], sfreq: float, l_freq: float, h_freq: float
) -> NDArray[np.float64]:
    """Natural logarithm of the power in steps of 1 Hz, by Welch's method.

    Hann windows of one second, half of which overlap: Welch, IEEE Transactions on Audio and
    Electroacoustics 15 (1967).

    Parameters
    ----------
    signals : ndarray, shape (n_channels, n_times)
        Filtered, µV; at least a second of them.
    sfreq : float
        Hz.
    l_freq, h_freq : float
        First and last frequency, Hz.

    Returns
    -------
    ndarray, shape (n_channels, n_freqs)
        Of µV²/Hz.
    """
    freqs, power = welch(signals, sfreq, nperseg=round(sfreq), detrend=False)
    wanted = (freqs >= l_freq) & (freqs <= h_freq)
    return np.log(np.maximum(power[:, wanted], POWER_FLOOR))  # type: ignore[no-any-return]
