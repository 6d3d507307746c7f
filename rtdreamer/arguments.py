"""What a caller of the Python API gave: numbers and arrays of them, or one line that says why not.

Imports none of ours but the errors.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.errors import RtdreamerError


def float_array(values: object) -> NDArray[np.float64]:
    """Return numbers as an array of float64, which is not copied if it is one.

    Raises
    ------
    ValueError
        If they are no real numbers in rows of one length, or some are masked: numpy would drop an
        imaginary part with a warning, and a mask without a word.
    """
    try:
        found = np.asanyarray(values)
        if found.dtype.kind in "biufO" and not np.ma.is_masked(found):
            return np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):  # nothing numpy makes numbers of, or rows of several lengths
        pass
    raise ValueError("no array of real numbers, all of them there")


def check_whole(name: str, value: Any, least: int) -> None:
    """Raise ``RtdreamerError`` unless ``value`` is a whole number from ``least``."""
    # To Python, True is an integer; to numpy, a difference of times.
    is_other = isinstance(value, bool | np.timedelta64)
    if is_other or not isinstance(value, int | np.integer) or value < least:
        raise RtdreamerError(f"{name} is {value!r:.40}, must be a whole number from {least}")


def check_number(name: str, value: Any, least: float) -> None:
    """Raise ``RtdreamerError`` unless ``value`` is a number from ``least``, and not NaN."""
    is_other = isinstance(value, bool | np.timedelta64)
    is_number = isinstance(value, int | float | np.integer | np.floating) and not is_other
    if not is_number or not value >= least:
        at_least = f" from {least:g}" if least > -math.inf else ""
        raise RtdreamerError(f"{name} is {value!r:.40}, must be a number{at_least}")
