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


def check_whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Return a whole number from ``least`` to ``most``; raise ``RtdreamerError`` if it is none."""
    # To Python, True is an integer; to numpy, a difference of times.
    is_other = isinstance(value, bool | np.timedelta64)
    is_whole = isinstance(value, int | np.integer) and not is_other
    if not is_whole or value < least or (most is not None and value > most):
        to_most = "" if most is None else f" to {most}"
        raise RtdreamerError(
            f"{name} is {value!r:.40}, must be a whole number from {least}{to_most}"
        )
    return int(value)


def check_number(
    name: str, value: Any, least: float, most: float = math.inf, below: bool = False
) -> float:
    """Return a number from ``least`` to ``most``, or ``below`` it, and not NaN; raise if none."""
    is_other = isinstance(value, bool | np.timedelta64)
    is_number = isinstance(value, int | float | np.integer | np.floating) and not is_other
    if not is_number or not least <= value <= most or (below and value == most):
        from_least = f" from {least:g}" if least > -math.inf else ""
        to_most = f"{', below' if below else ' to'} {most:g}" if most < math.inf else ""
        raise RtdreamerError(f"{name} is {value!r:.40}, must be a number{from_least}{to_most}")
    return float(value)
