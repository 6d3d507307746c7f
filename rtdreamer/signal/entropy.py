"""Differential entropy of Gaussian signals."""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import EPOC

VARIANCE_FLOOR = EPOC.step_uv**2 / 12
"""Variance of the headset's own rounding, µV². Below it there is nothing but quantisation, and a
flat channel would send the entropy to −∞."""


def differential_entropy(variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differential entropy of a signal of a variance, taken as Gaussian: ½ ln(2πe σ²).

    Cover & Thomas, Elements of Information Theory (2006), theorem 8.4.1; as an EEG feature,
    Duan et al., IEEE/EMBS NER (2013).

    Parameters
    ----------
    variance : ndarray
        Of band-limited signals, µV².

    Returns
    -------
    ndarray
        Nats (for µV).
    """
    floored = np.maximum(variance, VARIANCE_FLOOR)
    entropy: NDArray[np.float64] = 0.5 * np.log(2 * np.pi * np.e * floored)
    return entropy
