"""EEG in EDF, BDF and their interrupted kinds.

Read here and not by a library: those take a unit that they do not know for volts, bring all
channels to the fastest one's rate, and put records that lie apart side by side.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import are, counted
from rtdreamer.data.boundaries import gaps_at, without_skipped
from rtdreamer.data.driver_channels import driver_values, find_driver_channels
from rtdreamer.data.edf_header import EdfChannel, EdfHeader, read_edf_header
from rtdreamer.data.edf_onsets import boundaries_in, gaps_between, onset_of, samples_at
from rtdreamer.data.sensors import Gap, SensorData, old_names, pick_sensors
from rtdreamer.errors import DataError

Records = NDArray[np.uint8]
"""The bytes of all whole records, shape (n_records, record_bytes)."""


@np.errstate(over="ignore", invalid="ignore")  # what is no number is refused later
def read_edf(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read EDF or BDF: the sensors at their own rate, in the unit the header names.

    Numbers are those that the header's limits make of what is stored; the unit's word is handed
    over as it stands there, so that a unit given by hand is that of these numbers.

    Raises
    ------
    DataError
        If the file is not EDF or BDF, sensors are missing, have several rates or no scale, or
        records overlap.
    """
    header = read_edf_header(path)
    labels = ["" if one.is_annotations else one.label for one in header.channels]
    found = pick_sensors(labels, rename, where=str(path))
    picks = [header.channels[pick] for pick in found]
    n_samples = _samples_a_record(path, header, picks)
    records, notes = _records(path, header)
    kept, gaps, assumed = _gaps(path, header, records, n_samples)
    driver = find_driver_channels(labels)

    def row(index: int) -> NDArray[np.float64] | None:
        channel = header.channels[index]
        # Contact is a state, and may be told more seldom; the others are of each sample.
        if channel.n_samples != n_samples and index not in driver.contact:
            return None
        found = _held(header, records, channel, n_samples)
        return None if found is None else found[kept]

    return SensorData(
        np.stack([_physical(path, header, records, one)[kept] for one in picks]),
        units=tuple(one.unit for one in picks),
        sfreq=n_samples / header.seconds,
        gaps=gaps,
        notes=old_names(labels, found) + notes + assumed,
        **driver_values(driver, row),
    )


def _samples_a_record(path: Path, header: EdfHeader, picks: list[EdfChannel]) -> int:
    if not header.seconds > 0:
        raise DataError(f"{path}: its records last {header.seconds:g} s: export it again")
    rates: dict[int, EdfChannel] = {}
    for one in picks:
        rates.setdefault(one.n_samples, one)
    if len(rates) > 1:
        told = ", ".join(f"{one.label} at {n / header.seconds:g} Hz" for n, one in rates.items())
        raise DataError(f"{path}: the sensors have several rates: {told}: export them at one")
    n_samples = picks[0].n_samples
    if n_samples == 0:
        raise DataError(f"{path}: has no samples of {picks[0].label}: export it again")
    return n_samples


def _records(path: Path, header: EdfHeader) -> tuple[Records, tuple[str, ...]]:
    """All that is there, and what of it is not as promised."""
    n_bytes = path.stat().st_size - header.n_bytes
    whole, rest = divmod(n_bytes, header.record_bytes)
    promised = header.n_records if header.n_records >= 0 else whole
    n_records = min(whole, promised)
    if n_records <= 0:
        raise DataError(f"{path}: has a header but no whole record of samples: get it again")
    records = np.memmap(path, np.uint8, "r", header.n_bytes, shape=(n_records, header.record_bytes))
    notes: tuple[str, ...] = ()
    if whole < promised:
        notes = (
            f"is cut: its header promises {counted(promised, 'record')} of {header.seconds:g} s, "
            f"{whole} {are(whole)} there",
        )
    elif whole > promised:
        notes = (f"goes on after the {counted(promised, 'record')} its header tells of: left out",)
    elif rest:
        notes = ("ends within a record: left out",)
    return records, notes


def _stored(header: EdfHeader, records: Records, channel: EdfChannel) -> NDArray[np.float64]:
    """A channel's numbers as they are stored, shape (n_records * n_samples,)."""
    size = header.sample_bytes
    cut = records[:, channel.start : channel.start + channel.n_samples * size]
    digits = np.ascontiguousarray(cut).reshape(-1, size)
    if size == 2:
        return digits.view("<i2")[:, 0].astype(np.float64)
    wide = np.zeros((len(digits), 4), np.uint8)
    wide[:, 1:] = digits  # into the upper bytes, for the sign
    return (wide.view("<i4")[:, 0] >> 8).astype(np.float64)


def _scaled(header: EdfHeader, records: Records, channel: EdfChannel) -> NDArray[np.float64] | None:
    (low, high), (bottom, top) = channel.physical, channel.digital
    step = (high - low) / (top - bottom) if top != bottom else np.nan
    if not np.isfinite(step) or step == 0:
        return None
    return (_stored(header, records, channel) - bottom) * step + low


def _physical(
    path: Path, header: EdfHeader, records: Records, channel: EdfChannel
) -> NDArray[np.float64]:
    found = _scaled(header, records, channel)
    if found is None:
        (low, high), (bottom, top) = channel.physical, channel.digital
        raise DataError(
            f"{path}: {channel.label}: its header gives no scale: {low:g} to {high:g} for the "
            f"numbers {bottom:g} to {top:g}: export it again"
        )
    return found


def _held(
    header: EdfHeader, records: Records, channel: EdfChannel, n_samples: int
) -> NDArray[np.float64] | None:
    """A channel at the sensors' rate: a slower one's value holds until the next one."""
    if not 0 < channel.n_samples <= n_samples:
        return None
    found = _scaled(header, records, channel)
    if found is None:
        return None
    place = np.arange(n_samples) * channel.n_samples // n_samples
    return found.reshape(len(records), -1)[:, place].ravel()


def _gaps(
    path: Path, header: EdfHeader, records: Records, n_samples: int
) -> tuple[NDArray[np.bool_], tuple[Gap, ...], tuple[str, ...]]:
    """Which samples were acquired, and where records lie apart or annotations say so."""
    n_times = len(records) * n_samples
    channels = [one for one in header.channels if one.is_annotations]
    if not channels and header.interrupted:
        raise DataError(
            f"{path}: is interrupted (EDF+D), but nothing in it tells when its records begin: "
            "export it again"
        )
    if not channels:
        return np.ones(n_times, bool), (), ()
    lists = [
        [bytes(one[channel.start : channel.start + channel.n_samples * header.sample_bytes])
         for one in records] for channel in channels
    ]  # fmt: skip
    onsets = np.array([onset_of(one) for one in lists[0]])
    gaps = gaps_between(path, onsets, header.seconds, n_samples, header.interrupted)
    marked = [mark for texts in lists for one in texts for mark in boundaries_in(one)]
    if not marked:
        return np.ones(n_times, bool), gaps, ()
    if not (header.interrupted or gaps):  # its records follow each other, whatever they say
        onsets = np.nan_to_num(onsets[0]) + np.arange(len(records)) * header.seconds
    places = samples_at([start for start, _, _ in marked], onsets, header.seconds, n_samples)
    marks = [
        (int(place), length, skipped)
        for place, (_, length, skipped) in zip(places, marked, strict=True)
    ]
    marks += [(gap.sample, gap.seconds, False) for gap in gaps]
    kept, boundaries = without_skipped(marks, n_times, n_samples / header.seconds)
    return kept, *gaps_at(boundaries, int(np.count_nonzero(kept)))
