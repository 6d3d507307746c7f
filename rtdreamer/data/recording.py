"""Any other EEG of the 14 sensors, brought to one form: µV, 128 Hz, the order of DREAMER."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import microvolts
from rtdreamer.data.recording_csv import read_csv
from rtdreamer.data.recording_mne import MNE_SUFFIXES, read_with_mne
from rtdreamer.data.recording_xdf import read_xdf
from rtdreamer.data.sensors import SensorData
from rtdreamer.errors import DataError
from rtdreamer.files import reading
from rtdreamer.headset import EPOC
from rtdreamer.stream.decimation import decimate

_READERS: dict[str, Callable[[Path, Mapping[str, str]], SensorData]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xdf": read_xdf,
    **dict.fromkeys(MNE_SUFFIXES, read_with_mne),
}

_MOST_UV = 1e12
"""A million volts. Far above it, sums of samples are no longer finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One stretch of EEG.

    Attributes
    ----------
    name : str
        The file's name, and which part of it this is where it is not all of it.
    data : ndarray, shape (14, n_times)
        µV, 128 Hz, in the order of ``EPOC.ch_names``.
    """

    name: str
    data: NDArray[np.float64]


def read_recording(
    path: Path | str,
    sfreq: float | None = None,
    unit: str | None = None,
    rename: Mapping[str, str] | None = None,
) -> Recording:
    """Read a recording of the 14 sensors.

    Parameters
    ----------
    path : path
        CSV (with the sensors' names in a header), EDF, BDF, FIF, BrainVision (the ``.vhdr``),
        EEGLAB or XDF.
    sfreq : float, optional
        Hz, for a file that does not say: a CSV. 256 Hz is low-passed and halved, as live does it.
    unit : str, optional
        ``uV``, ``mV`` or ``V``, for a file that does not say: a CSV, and some XDF; µV if not
        given. The formats that MNE reads always say.
    rename : mapping, optional
        What to read in the place of some of the file's labels, as ``{"P": "P7"}``.

    Raises
    ------
    DataError
        If the file is missing, unreadable or of an unknown kind, a sensor is missing, the rate
        or unit is none of those above or contradicts the file, or a value is no finite number or
        beyond a million volts.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    with reading(path, "one recording in it"):
        size = path.stat().st_size
    if reader is None:
        kinds = ", ".join(_READERS)
        raise DataError(f"{path}: unknown kind of file {path.suffix!r:.40}: can read {kinds}")
    if size == 0:
        raise DataError(f"{path}: is empty")
    if unit and reader is read_with_mne:
        raise DataError(f"{path}: a {path.suffix} carries its own unit: leave --unit out")
    found = reader(path, rename or {})
    scales = np.array([_scale(path, unit, one) for one in found.units])
    _check_values(path, found.data, _MOST_UV / scales)
    data = _at_128_hz(path, found.data * scales[:, None], _rate(path, sfreq, found.sfreq))
    name = f"{path.name} ({found.part})" if found.part else path.name
    return Recording(name, data)


def _check_values(path: Path, data: NDArray[np.float64], most: NDArray[np.float64]) -> None:
    bad = ~(np.abs(data) <= most[:, None])  # what is not a number is not below anything
    if bad.any():
        channel, sample = np.argwhere(bad)[0]
        value = data[channel, sample]
        fault = f"is {value:g}, too large" if np.isfinite(value) else "is not a finite number"
        raise DataError(
            f"{path}: {EPOC.ch_names[channel]}: sample {sample + 1} {fault}: cut it out"
        )


def _scale(path: Path, given: str | None, found: str) -> float:
    """µV that one of a sensor's unit is; what the file says in words unknown is left to say."""
    known = microvolts(found) if found.strip() else None
    unit = given or found
    scale = microvolts(unit)
    if scale is None:
        raise DataError(f"{path}: unknown unit {unit!r:.40}: say --unit uV, mV or V")
    if known not in (None, scale):
        raise DataError(f"{path}: says that its unit is {found}, not {given}: leave --unit out")
    return scale


def _rate(path: Path, given: float | None, found: float | None) -> float:
    if found is None:
        if given is None:
            raise DataError(f"{path}: does not tell its rate: say --sfreq 128 or --sfreq 256")
        return given
    if given is not None and not np.isclose(found, given):
        raise DataError(
            f"{path}: says that its rate is {found:g} Hz, not {given:g} Hz: leave --sfreq out"
        )
    return found


def _at_128_hz(path: Path, data: NDArray[np.float64], sfreq: float) -> NDArray[np.float64]:
    if np.isclose(sfreq, EPOC.sfreq):
        return data
    if np.isclose(sfreq, 2 * EPOC.sfreq):
        return decimate(data, EPOC)
    raise DataError(f"{path}: its rate is {sfreq:g} Hz: must be 128 or 256 Hz")
