"""EEG in the formats that laboratories exchange, each by its own reader."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rtdreamer.data.recording_brainvision import read_brainvision
from rtdreamer.data.recording_edf import read_edf
from rtdreamer.data.recording_eeglab import read_eeglab
from rtdreamer.data.recording_fif import read_fif
from rtdreamer.data.sensors import SensorData

_READERS: dict[str, Callable[[Path, Mapping[str, str]], SensorData]] = {
    ".edf": read_edf,
    ".bdf": read_edf,
    ".fif": read_fif,
    ".vhdr": read_brainvision,
    ".set": read_eeglab,
}

MNE_SUFFIXES = tuple(_READERS)


def read_with_mne(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read EDF, BDF, FIF, BrainVision or EEGLAB, by the file's suffix.

    Raises
    ------
    DataError
        If the file cannot be read, or sensors are missing.
    """
    return _READERS[path.suffix.lower()](path, rename)
