"""Whether numbers can be a head's µV at all; what else they look like."""

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
    extent = _extent(data)
    if _is_plausible(offset * scale, extent * scale):
        return ""
    likely = [unit for unit in _UNITS if _is_plausible(offset * _uv(unit), extent * _uv(unit))]
    likely.sort(key=lambda unit: abs(np.log(max(extent, 1e-300) * _uv(unit) / _TYPICAL_UV)))
    hint = f"it looks like {likely[0]}: say --unit {likely[0]}" if likely else "say its --unit"
    return f"{_named(offset * scale)}, changing by {_named(extent * scale)}, is no EEG: {hint}"


def _is_plausible(offset: float, extent: float) -> bool:
    return offset <= MOST_OFFSET_UV and (extent == 0 or LEAST_UV <= extent <= MOST_UV)


def _extent(data: NDArray[np.float64]) -> float:
    """Peak to peak within a second: the median over seconds and sensors that are not flat."""
    n_times = data.shape[1]
    starts = np.arange(0, max(n_times - _SECOND // 2, 1), _SECOND)
    extents = np.maximum.reduceat(data, starts, axis=1) - np.minimum.reduceat(data, starts, axis=1)
    changing = extents[extents > 0]
    return float(np.median(changing)) if len(changing) else 0.0


def _uv(unit: str) -> float:
    scale = microvolts(unit)
    return 1.0 if scale is None else scale


def _named(amplitude: float) -> str:
    """An amplitude in µV, as people say it."""
    if amplitude >= 1e6:
        return f"{float(f'{amplitude * 1e-6:.3g}'):g} V"
    return f"{amplitude:.3g} µV"
