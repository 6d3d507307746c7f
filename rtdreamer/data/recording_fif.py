"""EEG in FIF, also compressed, read by MNE."""

import gzip
import os
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.boundaries import gaps_at, is_boundary, is_skipped, without_skipped
from rtdreamer.data.driver_channels import driver_values, find_driver_channels
from rtdreamer.data.sensors import SensorData, old_names, pick_sensors
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

_FEWEST_BYTES = 2  # of a sample of one channel

_VOLT = 107
_NO_UNIT = (-1, 0)
_PREFIXES = {0: "", -3: "m", -6: "µ", -9: "n"}
_UNITS = {112: "T", 201: "T/m", 202: "Am", 114: "S", 101: "Hz", 110: "degC", 3: "s"}


def read_fif(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read FIF, and the files that it names as its next parts.

    Numbers are those stored, times the calibration and range of each channel; their unit is made
    of the channel's unit code and multiplier. Where acquisition was skipped, or recordings were
    joined, is a gap.

    Raises
    ------
    DataError
        If the file cannot be read, or sensors are missing.
    """
    # MNE raises whatever the broken bytes lead to, and warns of naming conventions.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            raw = _open(path)
        except _Refusal as error:
            raise DataError(f"{path}: cannot be read as .fif: {error}") from None
        except Exception as error:
            raise _unreadable(path) from error
        labels = raw.ch_names
        picks = pick_sensors(labels, rename, where=str(path))
        driver = find_driver_channels(labels)
        try:
            data = raw.get_data(picks=picks)
            kept, boundaries = _boundaries(raw)
            gaps, notes = gaps_at(boundaries, int(np.count_nonzero(kept)))
            values = driver_values(driver, lambda row: raw.get_data(picks=[row])[0][kept])
        except Exception as error:
            raise _unreadable(path) from error
        channels = raw.info["chs"]
        units = tuple(_unit(channels[pick]["unit"], channels[pick]["unit_mul"]) for pick in picks)
        sfreq = float(raw.info["sfreq"])
        notes = old_names(labels, picks) + notes
    return SensorData(data[:, kept], units=units, sfreq=sfreq, gaps=gaps, notes=notes, **values)


class _Refusal(Exception):
    """What keeps a file from being read, in our words."""


def _unreadable(path: Path) -> DataError:
    return DataError(
        f"{path}: cannot be read as .fif: holds no raw recording, or is cut short or damaged: "
        "save it again"
    )


def _unit(code: int, power: int) -> str:
    """The word for a unit code and its multiplier, a power of ten."""
    if code in _NO_UNIT:
        return ""
    word = "V" if code == _VOLT else _UNITS.get(int(code), f"FIF's number {int(code)}")
    return _PREFIXES.get(int(power), f"1e{int(power)} ") + word


def _boundaries(raw: Any) -> tuple[NDArray[np.bool_], list[tuple[int, float | None]]]:
    """Which samples were acquired, and before which of those something is missing."""
    annotations, sfreq = raw.annotations, float(raw.info["sfreq"])
    # Annotations count from where sample 0 would be, and the first one there need not be it.
    starts = np.round(annotations.onset * sfreq).astype(int) - raw.first_samp
    marks = [
        (int(start), float(seconds), is_skipped(str(word)))
        for start, seconds, word in zip(
            starts, annotations.duration, annotations.description, strict=True
        )
        if is_skipped(str(word)) or is_boundary(str(word))
    ]
    return without_skipped(marks, raw.n_times, sfreq)


def _open(path: Path) -> Any:
    """Open a file and those that it names as its next parts, looking at each before MNE does.

    MNE would go round parts that name each other until memory is full.
    """
    import mne

    parts: set[Path] = set()

    class Raw(mne.io.Raw):  # type: ignore[misc]
        def _read_raw_file(self, fname: Path, *how: Any, **more: Any) -> Any:
            part = fname.resolve()
            if part in parts:
                raise _Refusal(f"its parts name each other as next: {part.name} comes again")
            parts.add(part)
            _check_chain(part)
            return super()._read_raw_file(fname, *how, **more)

    raw = Raw(path, verbose="ERROR")
    _check_length(raw)
    return raw


def _unpacked(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def _check_chain(path: Path) -> None:
    """Follow a FIF file's chain of tags: MNE would go round a closed one until memory is full."""
    with _unpacked(path) as file:
        most = file.seek(0, os.SEEK_END) // 16
        position, n_tags = file.seek(0), 0
        while len(tag := file.read(16)) == 16:
            if n_tags == most:
                raise _Refusal("its chain of tags is closed")
            size, following = struct.unpack(">8xii", tag)
            if following < 0:
                return
            position, n_tags = following or position + 16 + size, n_tags + 1
            file.seek(position)


def _check_length(raw: Any) -> None:
    """Believe a header only what its bytes can hold: the samples are given memory before a read."""
    n_bytes = 0
    for name in filter(None, raw.filenames):
        with _unpacked(Path(name)) as file:
            n_bytes += file.seek(0, os.SEEK_END)
    n_times = raw.n_times
    if not raw.preload and n_times * len(EPOC.ch_names) * _FEWEST_BYTES > n_bytes:
        raise _Refusal(f"it claims {n_times} samples, more than its bytes can hold")
