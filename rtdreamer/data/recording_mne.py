"""EEG in the formats that MNE reads."""

import warnings
from collections.abc import Mapping
from pathlib import Path

from rtdreamer.data.sensors import SensorData, pick_sensors
from rtdreamer.epoc import CH_NAMES
from rtdreamer.errors import DataError

MNE_SUFFIXES = (".edf", ".bdf", ".fif", ".vhdr", ".set")


def read_with_mne(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read EDF, BDF, FIF, BrainVision or EEGLAB. MNE hands everything over in volts.

    Raises
    ------
    DataError
        If MNE cannot read the file, or sensors are missing.
    """
    import mne

    # MNE raises whatever the broken bytes lead to, and warns of naming conventions.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            raw = mne.io.read_raw(path, verbose="ERROR")
        except Exception as error:
            raise _unreadable(path, error) from None
        picks = pick_sensors(raw.ch_names, rename, where=str(path))
        try:
            data = raw.get_data(picks=picks)
        except Exception as error:
            raise _unreadable(path, error) from None
    return SensorData(data, units=("V",) * len(CH_NAMES), sfreq=float(raw.info["sfreq"]))


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return DataError(f"{path}: cannot be read as {path.suffix}: {reason}")
