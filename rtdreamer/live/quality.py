"""How far a window's signals can be EEG at all."""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.epoc import RANGE_UV, STEP_UV

ARTEFACT_UV = 200.0
"""EEG seldom leaves its median by more; blinks reach 100–250 µV, movement far more."""


def channel_quality(window: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rate each channel of a window by plain plausibility.

    A channel that is flat, or leaves its median by more than the amplifier's half range, rates 0:
    either falsifies every feature of that channel. Otherwise its quality is the share of samples
    within 200 µV of the median.

    Parameters
    ----------
    window : ndarray, shape (n_channels, n_times)
        Raw µV.

    Returns
    -------
    ndarray, shape (n_channels,)
        0 (unusable) to 1.
    """
    distance = np.abs(window - np.median(window, axis=-1, keepdims=True))
    within = (distance <= ARTEFACT_UV).mean(axis=-1)
    flat = window.std(axis=-1) < STEP_UV
    impossible = distance.max(axis=-1) > (RANGE_UV[1] - RANGE_UV[0]) / 2
    return np.where(flat | impossible, 0.0, within)
