"""EEG in the formats that MNE reads."""

import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rtdreamer.data.mat_tags import check_tags
from rtdreamer.data.sensors import SensorData, pick_sensors
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

MNE_SUFFIXES = (".edf", ".bdf", ".fif", ".vhdr", ".set")

_FEWEST_BYTES = 2  # of a sample of one channel, in the formats that are not in memory yet


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
            raw = _READERS.get(path.suffix.lower(), mne.io.read_raw)(path, verbose="ERROR")
            _check_length(raw)
        except Exception as error:
            raise _unreadable(path, error) from None
        picks = pick_sensors(raw.ch_names, rename, where=str(path))
        try:
            data = raw.get_data(picks=picks)
        except Exception as error:
            raise _unreadable(path, error) from None
    return SensorData(data, units=("V",) * len(EPOC.ch_names), sfreq=float(raw.info["sfreq"]))


def _read_fif(path: Path, verbose: str) -> Any:
    """Read a FIF file and those that it names as its next parts, looking at each before MNE does.

    MNE would go round parts that name each other until memory is full.
    """
    import mne

    parts: set[Path] = set()

    class Raw(mne.io.Raw):  # type: ignore[misc]
        def _read_raw_file(self, fname: Path, *how: Any, **more: Any) -> Any:
            part = fname.resolve()
            if part in parts:
                raise ValueError(f"its parts name each other as next: {part.name} comes again")
            parts.add(part)
            _check_chain(part)
            return super()._read_raw_file(fname, *how, **more)

    return Raw(path, verbose=verbose)


def _check_chain(path: Path) -> None:
    """Follow a FIF file's chain of tags: MNE would go round a closed one until memory is full."""
    most = path.stat().st_size // 16
    with path.open("rb") as file:
        position, n_tags = 0, 0
        while len(tag := file.read(16)) == 16:
            if n_tags == most:
                raise ValueError("its chain of tags is closed")
            size, following = struct.unpack(">8xii", tag)
            if following < 0:
                return
            position, n_tags = following or position + 16 + size, n_tags + 1
            file.seek(position)


def _read_set(path: Path, verbose: str) -> Any:
    """Read an EEGLAB file, looking at its tags before scipy does, which they can crash."""
    import mne

    check_tags(path)
    return mne.io.read_raw(path, verbose=verbose)


_READERS = {".fif": _read_fif, ".set": _read_set}
"""For what makes MNE, or what it calls, hang or crash."""


def _check_length(raw: Any) -> None:
    """Believe a header only what its bytes can hold: the samples are given memory before a read."""
    n_bytes = sum(Path(name).stat().st_size for name in raw.filenames if name)
    if not raw.preload and raw.n_times * len(EPOC.ch_names) * _FEWEST_BYTES > n_bytes:
        raise ValueError(f"it claims {raw.n_times} samples, more than its bytes can hold")


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return DataError(f"{path}: cannot be read as {path.suffix}: {reason}")
