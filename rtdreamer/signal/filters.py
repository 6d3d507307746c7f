"""Band-pass filtering of one window, without a state that outlives it."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

ORDER = 4


@lru_cache(maxsize=64)
def _sections(l_freq: float, h_freq: float, sfreq: float) -> NDArray[np.float64]:
    sections: NDArray[np.float64] = signal.butter(
        ORDER, (l_freq, h_freq), "bandpass", fs=sfreq, output="sos"
    )
    return sections


def bandpass(
    data: NDArray[np.float64], l_freq: float, h_freq: float, sfreq: float
) -> NDArray[np.float64]:
    """Band-pass each row by a Butterworth filter run forward and backward.

    The rows are demeaned first and padded oddly, so that the raw offset of some 4200 µV leaves no
    transient. Second-order sections: the transfer-function form is unstable at low cut-offs.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Any unit.
    l_freq, h_freq : float
        Band edges in Hz (−6 dB after both passes).
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray, shape (..., n_times)
        The same unit, zero phase.

    Raises
    ------
    ValueError
        If the edges are not 0 < l_freq < h_freq < sfreq / 2.
    """
    if not 0 < l_freq < h_freq < sfreq / 2:
        raise ValueError(f"band {l_freq}–{h_freq} Hz does not lie within 0–{sfreq / 2} Hz")
    demeaned = data - data.mean(axis=-1, keepdims=True)
    filtered: NDArray[np.float64] = signal.sosfiltfilt(
        _sections(l_freq, h_freq, sfreq), demeaned, axis=-1, padtype="odd"
    )
    return filtered
