"""A window that would be EEG in another unit."""

import numpy as np
from numpy.typing import NDArray

PLAUSIBLE_UV = (3.0, 300.0)
"""How far an EEG's samples lie from their median, half of them farther: with the eyes shut and on
a good electrode as with loose ones. Units differ by a factor of a thousand, or a million."""


def unit_hint(window: NDArray[np.float64]) -> str:
    """Say by what factor a window's unit seems to be wrong; empty if it does not.

    Parameters
    ----------
    window : ndarray, shape (n_channels, n_times)
        In what is taken for µV; finite.
    """
    middle = np.median(window, axis=-1, keepdims=True)
    # A few dead electrodes are no ground for doubt, nor is one whose values are all there are.
    spread = float(np.median(np.median(np.abs(window - middle), axis=-1)))
    low, high = PLAUSIBLE_UV
    if low <= spread <= high:
        return ""
    for factor in (1e3, 1e6, 1e-3, 1e-6):
        if low <= spread * factor <= high:
            times = f"{factor:,.0f} times" if factor > 1 else f"a {1 / factor:,.0f}th"
            return f"it would be EEG at {times} the size: is the unit right? --unit says another"
    return ""
