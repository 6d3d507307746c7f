"""The channels a fake headset sends: the 14 sensors alone, or all that EmotivPRO adds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.headset import EPOC

MICROVOLTS = ("microvolts",) * EPOC.n_channels


@dataclass(frozen=True, slots=True)
class Layout:
    """The channels of a stream.

    Attributes
    ----------
    ch_names, units : tuple of str
        One each a channel.
    arrange : callable
        From data (14, n_times), timestamps (n_times,) in s and the first sample's number to
        (n_channels, n_times).
    """

    ch_names: tuple[str, ...]
    units: tuple[str, ...]
    arrange: Callable[[NDArray[np.float64], NDArray[np.float64], int], NDArray[np.float64]]


def _sensors_alone(
    data: NDArray[np.float64], timestamps: NDArray[np.float64], first: int
) -> NDArray[np.float64]:
    return data


def _as_emotivpro(
    data: NDArray[np.float64], timestamps: NDArray[np.float64], first: int
) -> NDArray[np.float64]:
    n_times = data.shape[1]
    counter = np.arange(first, first + n_times) % round(EPOC.sfreq)
    nothing = np.zeros(n_times)
    return np.vstack([timestamps, counter, nothing, data, nothing, nothing])


LAYOUTS = {
    "epoc": Layout(EPOC.ch_names, MICROVOLTS, _sensors_alone),
    "emotiv": Layout(
        ("Timestamp", "Counter", "Interpolate", *EPOC.ch_names, "HardwareMarker", "Markers"),
        ("s", "", "", *MICROVOLTS, "", ""),
        _as_emotivpro,
    ),
}
"""``emotiv`` is EmotivPRO's layout of 19 channels; its Counter wraps each second."""
