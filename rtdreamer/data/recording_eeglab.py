"""EEG in EEGLAB's format: a MAT-file, with the samples in it or beside it."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import are, counted
from rtdreamer.data.beside import first_file
from rtdreamer.data.boundaries import gaps_at, is_boundary
from rtdreamer.data.driver_channels import driver_values, find_driver_channels
from rtdreamer.data.mat_tags import check_tags
from rtdreamer.data.sensors import SensorData, old_names, pick_sensors
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

_BOUNDARY = "-99"
"""What EEGLAB calls an event where data were cut out or joined, where all types are numbers."""


@np.errstate(over="ignore", invalid="ignore")  # what is no number is refused later
def read_eeglab(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read a ``.set`` file and the ``.fdt`` that it names.

    EEGLAB works in µV and writes no unit: ``µV`` is handed over as the file's.

    Raises
    ------
    DataError
        If the file cannot be read, holds epochs, or sensors are missing.
    """
    fields = _fields(path)
    labels = _labels(fields)
    picks = pick_sensors(labels, rename, where=str(path))
    sfreq = _number(path, fields, "srate")
    if not 0 < sfreq < 1e9:
        raise DataError(f"{path}: EEG.srate is {sfreq:g} Hz: set it in EEGLAB and save again")
    if _number(path, fields, "trials", 1.0) != 1:
        raise DataError(f"{path}: holds epochs: save the continuous data set from EEGLAB")
    samples, notes = _samples(path, fields, len(labels))
    boundaries = _boundaries(fields, sfreq)
    gaps, assumed = gaps_at(boundaries, samples.shape[1])
    return SensorData(
        np.asarray(samples[picks], np.float64),
        units=("µV",) * len(EPOC.ch_names),
        sfreq=sfreq,
        gaps=gaps,
        notes=old_names(labels, picks) + notes + assumed,
        **driver_values(
            find_driver_channels(labels), lambda row: np.asarray(samples[row], np.float64)
        ),
    )


def _fields(path: Path) -> dict[str, Any]:
    """The fields of the data set: of the variable EEG, or variables of their own."""
    from scipy import io

    with path.open("rb") as file:
        if b"\x89HDF\r\n" in file.read(1024):
            raise DataError(
                f"{path}: is a v7.3 (HDF5) file: save it again from EEGLAB with 'Save files in "
                "v7.3 format' off in its memory options"
            )
    try:
        check_tags(path)  # scipy can crash on what it finds there
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = io.loadmat(path, simplify_cells=True, appendmat=False)
    except Exception as error:  # whatever the broken bytes lead to
        raise _unreadable(path, "is no EEGLAB file, or cut short or damaged: save it again") from (
            error
        )
    fields = found.get("EEG", found)
    fields = fields.get("EEG", fields) if isinstance(fields, dict) else fields
    if not isinstance(fields, dict) or "data" not in fields:
        raise _unreadable(path, "holds no one data set: save one from EEGLAB")
    return fields


def _unreadable(path: Path, fault: str) -> DataError:
    return DataError(f"{path}: cannot be read as .set: {fault}")


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """The elements of an array of structs."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, np.ndarray | list):
        yield from (one for one in value if isinstance(one, dict))


def _labels(fields: dict[str, Any]) -> list[str]:
    labels = (one.get("labels", "") for one in _records(fields.get("chanlocs")))
    return [label if isinstance(label, str) else "" for label in labels]


def _one(value: Any) -> float | None:
    """A number, if it is one."""
    try:
        number = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        return None
    return float(number.ravel()[0]) if number.size == 1 else None


def _number(path: Path, fields: dict[str, Any], name: str, otherwise: float | None = None) -> float:
    found = _one(fields[name]) if name in fields else otherwise
    if found is None or not np.isfinite(found):
        raise _unreadable(path, f"EEG.{name} is no number: save it again from EEGLAB")
    return found


def _samples(
    path: Path, fields: dict[str, Any], n_channels: int
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Samples, shape (n_channels, n_times), and what of them is not as promised."""
    data = fields["data"]
    if isinstance(data, str):
        return _samples_beside(path, fields, data, n_channels)
    if not isinstance(data, np.ndarray) or data.ndim != 2 or data.dtype.kind not in "iuf":
        raise _unreadable(path, "EEG.data are no channels × samples: save it again from EEGLAB")
    if data.shape[0] != n_channels:
        raise _unreadable(
            path, f"EEG.data has {data.shape[0]} channels, EEG.chanlocs {n_channels}: save it again"
        )
    return data, _cut(data.shape[1], _number(path, fields, "pnts", float(data.shape[1])))


def _samples_beside(
    path: Path, fields: dict[str, Any], name: str, n_channels: int
) -> tuple[NDArray[Any], tuple[str, ...]]:
    if _number(path, fields, "nbchan", float(n_channels)) != n_channels:
        raise _unreadable(path, f"EEG.chanlocs has {n_channels} channels, EEG.nbchan not")
    # Renamed files keep the old name inside, and some a whole path of another machine.
    places = [path.with_name(PureWindowsPath(name).name or path.name), path.with_suffix(".fdt")]
    beside = first_file(places, path)
    if beside is None:
        named = " ".join(name.split())[:60]
        raise DataError(f"{path}: its samples are not beside it: put {named} into the same folder")
    try:
        stored = np.fromfile(beside, "<f4")
    except OSError as error:
        raise DataError(f"{path}: its {beside.name}: cannot be read: {error.strerror}") from None
    promised = _number(path, fields, "pnts", float(len(stored) // n_channels))
    if beside.suffix.lower() == ".dat":  # as old versions wrote: channel after channel
        if len(stored) != promised * n_channels:
            raise DataError(
                f"{path}: its {beside.name} holds {len(stored)} numbers, not {promised:g} samples"
            )
        return stored.reshape(n_channels, -1), ()
    n_times = int(min(len(stored) // n_channels, max(promised, 0)))
    samples = stored[: n_times * n_channels].reshape(n_times, n_channels).T
    return samples, _cut(n_times, promised)


def _cut(n_times: int, promised: float) -> tuple[str, ...]:
    if n_times >= promised:
        return ()
    return (
        f"is cut: its header promises {counted(int(promised), 'sample')}, "
        f"{n_times} {are(n_times)} there",
    )


def _boundaries(fields: dict[str, Any], sfreq: float) -> Iterator[tuple[int, float | None]]:
    """Before which sample, and how many seconds were cut out; None of joined data sets.

    Latencies count samples from 1, and a boundary lies between two: 192.5 is before the 193rd.
    """
    for event in _records(fields.get("event")):
        kind = event.get("type", "")
        word = kind if isinstance(kind, str) else f"{_one(kind) or 0:g}"
        latency, duration = _one(event.get("latency")), _one(event.get("duration"))
        marks = word.strip() == _BOUNDARY or is_boundary(word)
        if marks and latency is not None and np.isfinite(latency):
            yield int(np.ceil(latency)) - 1, None if duration is None else duration / sfreq
