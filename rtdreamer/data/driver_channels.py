"""What a headset's driver sends beside its sensors: a counter, what it made up, the contact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import find_channels, plain_label
from rtdreamer.headset import EPOC

BEST = 4.0
"""Emotiv's programs write 0, 1, 2 and 4 for no, very poor, poor and good contact."""

_COUNTER = ("COUNTER",)
_INTERPOLATED = ("INTERPOLATE", "INTERPOLATED")
_CONTACT = ("CQ_", "CQ.", "CQ ")


@dataclass(frozen=True, slots=True)
class DriverChannels:
    """Where they are among a file's channels.

    Attributes
    ----------
    counter, interpolated : int or None
        The index of each; None where it is not there.
    contact : tuple of int
        That of each sensor, in the order of ``EPOC.ch_names``; empty unless all are there.
    """

    counter: int | None
    interpolated: int | None
    contact: tuple[int, ...]


class DriverValues(TypedDict):
    """Their samples, as ``SensorData`` has them."""

    counter: NDArray[np.float64] | None
    interpolated: NDArray[np.bool_] | None
    contact: NDArray[np.float64] | None


def find_driver_channels(labels: Sequence[str]) -> DriverChannels:
    """Find them by label, as Emotiv's programs spell them: ``COUNTER``, ``CQ_AF3`` and the like."""
    plain = [plain_label(label) for label in labels]
    prefixed = [
        next((label.removeprefix(p) for p in _CONTACT if label.startswith(p)), "")
        for label in plain
    ]
    contact = find_channels(prefixed, EPOC.ch_names)
    return DriverChannels(
        _only(plain, _COUNTER),
        _only(plain, _INTERPOLATED),
        () if contact.missing else contact.rows,
    )


def driver_values(
    found: DriverChannels, row: Callable[[int], NDArray[np.float64] | None]
) -> DriverValues:
    """Read them.

    Parameters
    ----------
    found : DriverChannels
    row : callable
        From a channel's index to its samples, shape (n_times,); None if they are not one for each
        sample of EEG.
    """
    counter = None if found.counter is None else row(found.counter)
    made_up = None if found.interpolated is None else row(found.interpolated)
    contact = [values for one in found.contact if (values := row(one)) is not None]
    return {
        "counter": counter,
        # 0 and 1, but for the steps of formats of few bits.
        "interpolated": None if made_up is None else made_up > 0.5,
        "contact": quality(contact) if len(contact) == len(found.contact) else None,
    }


def quality(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """Contact from 0 to 1 of what Emotiv's programs write, one row a sensor.

    None where it is 0 throughout: then it was not told, or nobody wore the headset.
    """
    if not rows or not np.any(rows):
        return None
    found: NDArray[np.float64] = np.nan_to_num(np.clip(np.stack(rows) / BEST, 0.0, 1.0))
    return found


def _only(plain: Sequence[str], names: Sequence[str]) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)
