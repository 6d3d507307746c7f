"""EEG in BrainVision's format: a header, the samples beside it, and markers."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import are, counted
from rtdreamer.data.beside import first_file
from rtdreamer.data.boundaries import gaps_at, without_skipped
from rtdreamer.data.brainvision_ascii import read_ascii
from rtdreamer.data.brainvision_header import (
    BrainVisionChannel,
    NewSegment,
    Sections,
    new_segments,
    read_channels,
    read_sections,
    skipped_samples,
)
from rtdreamer.data.driver_channels import driver_values, find_driver_channels
from rtdreamer.data.sensors import SensorData, old_names, pick_sensors
from rtdreamer.errors import DataError

_FORMATS = {"int_16": "i2", "int_32": "i4", "uint_16": "u2", "ieee_float_32": "f4"}

Array = NDArray[np.float64]


@np.errstate(over="ignore", invalid="ignore")  # what is no number is refused later
def read_brainvision(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read BrainVision's data by their ``.vhdr``.

    Numbers are those stored times the channel's resolution, in the unit that its line names;
    ``""`` where it names none, which by definition is µV.

    Raises
    ------
    DataError
        If header or samples cannot be read, or sensors are missing.
    """
    sections = read_sections(path, str(path))
    common = sections.get("common infos", {})
    channels = read_channels(path, sections)
    labels = [one.label for one in channels]
    picks = pick_sensors(labels, rename, where=str(path))
    sfreq = _sfreq(path, common)
    if common.get("datatype", "timedomain").lower() != "timedomain":
        raise DataError(f"{path}: holds {common['datatype'][:30]}: export the signal itself")
    driver = find_driver_channels(labels)
    stored, notes = _stored(path, sections, len(channels))
    n_times = min(len(stored[pick]) for pick in picks)
    if n_times == 0:
        raise DataError(f"{path}: is cut so short that no sample of all sensors is there")

    def row(index: int) -> Array | None:
        found = stored[index][:n_times]
        return _scaled(channels[index], found)[kept] if len(found) == n_times else None

    markers, unmarked = _markers(path, common)
    kept, boundaries = without_skipped(_marks(markers, sfreq), n_times, sfreq)
    gaps, assumed = gaps_at(boundaries, int(np.count_nonzero(kept)))
    return SensorData(
        np.stack([_scaled(channels[pick], stored[pick][:n_times])[kept] for pick in picks]),
        units=tuple(channels[pick].unit for pick in picks),
        sfreq=sfreq,
        gaps=gaps,
        notes=old_names(labels, picks)
        + _cut(n_times, _promised(common))
        + notes
        + unmarked
        + assumed,
        **driver_values(driver, row),
    )


def _scaled(channel: BrainVisionChannel, stored: NDArray[Any]) -> Array:
    return stored.astype(np.float64) * channel.resolution


def _sfreq(path: Path, common: dict[str, str]) -> float:
    told = common.get("samplinginterval", "")
    try:
        interval = float(told)
    except ValueError:
        interval = 0.0
    if not 1e-3 < interval < 1e9:
        raise DataError(
            f"{path}: its SamplingInterval is {told[:20]!r}, no number of µs: export it again"
        )
    return 1e6 / interval


def _beside(path: Path, named: str) -> Path:
    """A file that the header names: ``$b`` stands for the header's own name."""
    name = PureWindowsPath(named.replace("$b", path.stem)).name
    return path.with_name(name) if name else path


def _found(path: Path, named: str, *suffixes: str) -> Path | None:
    """The file beside the header that it names, or one of its own name with these suffixes."""
    # Files that were renamed together still belong together.
    places = [_beside(path, named), *(path.with_suffix(suffix) for suffix in suffixes)]
    return first_file(places, path)


def _stored(
    path: Path, sections: Sections, n_channels: int
) -> tuple[list[NDArray[Any]], tuple[str, ...]]:
    """Each channel's numbers as they are stored, and what was left out."""
    common = sections["common infos"]
    told = common.get("datafile", "")
    beside = _found(path, told, ".eeg", ".dat")
    if beside is None:
        raise DataError(
            f"{path}: its samples are not beside it: put {told[:60] or 'its .eeg file'} into the "
            "same folder"
        )
    vectorized = common.get("dataorientation", "MULTIPLEXED").lower() == "vectorized"
    where = f"{path}: its {beside.name}"
    try:
        if common.get("dataformat", "BINARY").lower() == "ascii":
            infos = sections.get("ascii infos", {})
            return list(read_ascii(beside, where, infos, n_channels, vectorized)), ()
        numbers = np.fromfile(beside, _dtype(path, sections.get("binary infos", {})))
    except OSError as error:
        raise DataError(f"{where}: cannot be read: {error.strerror or error}") from None
    n_times, rest = divmod(len(numbers), n_channels)
    if vectorized:  # channel after channel
        each = _promised(common) or n_times
        return [numbers[row * each : (row + 1) * each] for row in range(n_channels)], ()
    frames = numbers[: n_times * n_channels].reshape(-1, n_channels)
    return list(frames.T), ("ends within a sample: left out",) if rest else ()


def _promised(common: dict[str, str]) -> int | None:
    told = common.get("datapoints", "")
    return int(told) if told.isdecimal() and told.isascii() and len(told) < 16 else None


def _cut(n_times: int, promised: int | None) -> tuple[str, ...]:
    if promised is None or n_times >= promised:
        return ()
    return (
        f"is cut: its header promises {counted(promised, 'sample')}, "
        f"{n_times} {are(n_times)} there",
    )


def _dtype(path: Path, infos: dict[str, str]) -> np.dtype[Any]:
    told = infos.get("binaryformat", "INT_16")
    if told.lower() not in _FORMATS:
        raise DataError(f"{path}: its BinaryFormat {told[:30]!r} is unknown: export it as INT_16")
    order = ">" if infos.get("usebigendianorder", "NO").lower() == "yes" else "<"
    return np.dtype(order + _FORMATS[told.lower()])


def _markers(path: Path, common: dict[str, str]) -> tuple[Sections, tuple[str, ...]]:
    """What the marker file holds, and a word if it is not there."""
    told = common.get("markerfile", "")
    beside = _found(path, told, ".vmrk")
    if beside is not None:
        return read_sections(beside, f"{path}: its {beside.name}"), ()
    if not told:
        return {}, ()
    return {}, (f"its marker file {told[:60]} is not beside it: whether it has gaps is not known",)


def _marks(markers: Sections, sfreq: float) -> Iterator[tuple[int, float | None, bool]]:
    """What was not acquired, where recording began anew, and how long after the sample before.

    The latter by the segments' dates.
    """
    yield from ((start, size / sfreq, True) for start, size in skipped_samples(markers))
    segments = sorted(new_segments(markers), key=lambda one: one.sample)
    if segments and segments[0].sample > 0:
        segments = [NewSegment(0, None), *segments]
    for before, after in pairwise(segments):
        seconds = None
        if before.when is not None and after.when is not None:
            recorded = (after.sample - before.sample) / sfreq
            seconds = (after.when - before.when).total_seconds() - recorded
        yield after.sample, seconds, False
