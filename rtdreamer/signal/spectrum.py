"""Power spectra, finer than the bands."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

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
    second = round(sfreq)
    waves = _waves(second, sfreq, l_freq, h_freq)
    # In single precision, whose error is 10⁻⁵ at most. So few frequencies are wanted that one
    # product with them is faster than transforms of all.
    seconds = cut(signals, range(0, signals.shape[1] - second + 1, second - second // 2), second)
    squares = np.square(seconds.reshape(-1, second) @ waves)
    power = squares.reshape(len(signals), -1, waves.shape[1] // 2).sum(axis=1) / seconds.shape[1]
    return np.log(np.maximum(power, POWER_FLOOR).astype(np.float64))  # type: ignore[no-any-return]


def cut(signals: NDArray[np.floating], begins: Sequence[int], length: int) -> NDArray[np.float32]:
    """Copy pieces of signals, in single precision.

    Parameters
    ----------
    signals : ndarray, shape (n_channels, n_times)
        Any unit.
    begins : sequence of int
        Where each piece begins.
    length : int
        Samples of each.

    Returns
    -------
    ndarray, shape (n_channels, n_pieces, length)
    """
    pieces = [signals[:, begin : begin + length] for begin in begins]
    joined = np.concatenate(pieces, axis=1, dtype=np.float32, casting="same_kind")
    return joined.reshape(len(signals), len(begins), length)


@lru_cache(maxsize=8)
def _waves(n_times: int, sfreq: float, l_freq: float, h_freq: float) -> NDArray[np.float32]:
    """Tapered cosines and sines, shape (n_times, 2 · n_freqs), that give the root of a density."""
    number = np.arange(n_times // 2 + 1)
    number = number[(number * sfreq / n_times >= l_freq) & (number * sfreq / n_times <= h_freq)]
    phase = 2 * np.pi * np.arange(n_times)[:, None] * number / n_times
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_times) / n_times)
    # What lies at negative frequencies, too, but for those that are their own negative.
    sides = np.where((number == 0) | (2 * number == n_times), 1, 2)
    waves = np.stack([np.cos(phase), np.sin(phase)], axis=1) * hann[:, None, None]
    scaled = waves * np.sqrt(sides / (sfreq * np.square(hann).sum()))
    return scaled.reshape(n_times, -1).astype(np.float32)  # type: ignore[no-any-return]
