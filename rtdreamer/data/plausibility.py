"""Whether numbers can be a head's µV at all; what else they look like."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import microvolts

_SECOND = 128  # samples, about

LARGEST_UV = 1e12
"""A million volts. Far above it, sums of samples are no longer finite."""

MOST_OFFSET_UV = 1e6
"""A volt. Electrodes and amplifiers have offsets of some hundred millivolts at most; a raw EPOC's
is 4.2."""

MOST_UV = 2e4
"""Peak to peak within a second, of the middle sensor in the middle second. Noise over all that an
EPOC can deliver has 8.4e3; movement and drift have less."""

LEAST_UV = 0.4
"""As above. An EPOC's step is 0.5 µV, and an EEG below 2 µV counts as electrically silent."""

_TYPICAL_UV = 60.0

_UNITS = ("uV", "mV", "V", "nV")

_FACTORS = (1e3, 1e6, 1e9, 1e-3, 1e-6, 1e-9)
_LIKE_EXTENT = 10.0
_LIKE_OFFSET = 2.0
"""By how much a sensor may differ from the others and be like them still."""


def doubt(data: NDArray[np.float64], scale: float) -> str:
    """Say why a recording cannot be an EEG in this unit; "" where it can.

    Sensors that do not change at all are not judged by their range: they are flat in every unit.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        As the file has it, finite.
    scale : float
        µV that one of the unit is.

    Returns
    -------
    str
        A sentence that names the amplitudes, and the unit in which they would be plausible.
    """
    if data.shape[1] == 0:
        return ""
    offset = float(np.median(np.abs(np.median(data, axis=1))))
    extent = _middle(_extents(data))
    if _is_plausible(offset * scale, extent * scale):
        return ""
    likely = [unit for unit in _UNITS if _is_plausible(offset * _uv(unit), extent * _uv(unit))]
    likely.sort(key=lambda unit: abs(np.log(max(extent, 1e-300) * _uv(unit) / _TYPICAL_UV)))
    hint = f"it looks like {likely[0]}: say --unit {likely[0]}" if likely else "say its --unit"
    return f"{named(offset * scale)}, changing by {named(extent * scale)}, is no EEG: {hint}"


def odd_sensors(data: NDArray[np.float64]) -> Mapping[int, float]:
    """Find sensors that would be like most of the others in another unit, and are not in this.

    Where the sensors have an offset, theirs and its own decide, with how much they change. Where
    they have none, a sensor must also be beyond what any can have, as bad contact can make it
    some hundred times larger or smaller.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        µV, finite.

    Returns
    -------
    mapping of int to float
        From a sensor's row to the factor, a power of 1000, that makes it like the others.
    """
    if data.shape[1] == 0:
        return {}
    offsets, extents = np.abs(np.median(data, axis=1)), _extents(data)
    each = np.array([_middle(row) for row in extents])
    usual, offset = _middle(each), float(np.median(offsets))
    has_offset = offset > _LIKE_EXTENT * usual
    found = {}
    for row in np.flatnonzero(each > 0).tolist():
        if not has_offset and _is_plausible(float(offsets[row]), float(each[row])):
            continue
        for factor in _FACTORS:
            off = offsets[row] * factor
            fits = off <= _LIKE_OFFSET * (offset if has_offset else offset + _LIKE_EXTENT * usual)
            fits &= not has_offset or off >= offset / _LIKE_OFFSET
            if fits and 1 / _LIKE_EXTENT <= each[row] * factor / usual <= _LIKE_EXTENT:
                found[row] = factor
    return found


def _is_plausible(offset: float, extent: float) -> bool:
    return offset <= MOST_OFFSET_UV and (extent == 0 or LEAST_UV <= extent <= MOST_UV)


def _extents(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Peak to peak within each second, shape (n_channels, n_seconds)."""
    n_times = data.shape[1]
    starts = np.arange(0, max(n_times - _SECOND // 2, 1), _SECOND)
    extents: NDArray[np.float64] = np.maximum.reduceat(data, starts, axis=1)
    return extents - np.minimum.reduceat(data, starts, axis=1)


def _middle(extents: NDArray[np.float64]) -> float:
    """The median of those that are not flat."""
    changing = extents[extents > 0]
    return float(np.median(changing)) if len(changing) else 0.0


def _uv(unit: str) -> float:
    scale = microvolts(unit)
    return 1.0 if scale is None else scale


def named(amplitude: float) -> str:
    """An amplitude in µV, as people say it."""
    if amplitude >= 1e6:
        return f"{float(f'{amplitude * 1e-6:.3g}'):g} V"
    if amplitude >= 1e4:
        return f"{float(f'{amplitude * 1e-3:.3g}'):g} mV"
    return f"{amplitude:.3g} µV"
