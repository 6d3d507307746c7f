"""The channels a fake headset sends: the 14 sensors alone, or all that EmotivPRO adds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import EPOC

_Array = NDArray[np.float64]

MICROVOLTS = ("microvolts",) * EPOC.n_channels


@dataclass(frozen=True, slots=True)
class Layout:
    """The channels of a stream.

    Attributes
    ----------
    ch_names, units : tuple of str
        One each a channel.
    arrange : callable
        From data (14, n_times), timestamps (n_times,) in s, the headset's counter (n_times,) and
        whether its driver made a sample up (n_times,) to (n_channels, n_times).
    """

    ch_names: tuple[str, ...]
    units: tuple[str, ...]
    arrange: Callable[[_Array, _Array, _Array, NDArray[np.bool_]], _Array]


def _sensors_alone(
    data: _Array, timestamps: _Array, counter: _Array, interpolated: NDArray[np.bool_]
) -> _Array:
    return data


def _as_emotivpro(
    data: _Array, timestamps: _Array, counter: _Array, interpolated: NDArray[np.bool_]
) -> _Array:
    nothing = np.zeros(data.shape[1])
    return np.vstack([timestamps, counter, interpolated, data, nothing, nothing])


LAYOUTS = {
    "epoc": Layout(EPOC.ch_names, MICROVOLTS, _sensors_alone),
    "emotiv": Layout(
        ("Timestamp", "Counter", "Interpolate", *EPOC.ch_names, "HardwareMarker", "Markers"),
        ("s", "", "", *MICROVOLTS, "", ""),
        _as_emotivpro,
    ),
}
"""``emotiv`` is EmotivPRO's layout of 19 channels."""
