"""EEG in XDF, as LabRecorder writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import microvolts
from rtdreamer.counting import are, counted
from rtdreamer.data.boundaries import gaps_at
from rtdreamer.data.driver_channels import driver_values, find_driver_channels
from rtdreamer.data.sensors import RecordedMarker, SensorData, old_names, pick_sensors
from rtdreamer.data.stamped_gaps import (
    Stamped,
    counted_on,
    find_gaps,
    is_off,
    right_order,
    stamped_rate,
    with_counted,
)
from rtdreamer.data.xdf_moments import CONTACT, arrivals, contact_beside, find_moments, near
from rtdreamer.data.xdf_sensors import UNKNOWN_PAUSES, XdfSensors, at_its_speed
from rtdreamer.data.xdf_streams import XdfStream, load_streams
from rtdreamer.errors import DataError
from rtdreamer.stream.gaps import JITTER_S

MAX_OFF = 0.25
"""How far stamps may be off the announced rate, as in live."""

_WORTH_SAYING = 0.05
"""How far they may be off unsaid: clocks are off by a thousandth at most."""

_MOST_LISTED = 8

_FEWEST = 8
"""Samples; what fewer stamps tell is chance."""

OUT_OF_ORDER = "its chunks are out of order: put in that of their time stamps"

_OTHERS = (
    CONTACT, "eeg-quality", "motion", "performance-metrics", "band-power", "markers",
)  # fmt: skip
"""Types of streams that have a channel for each sensor too, or nothing to do with them."""


def read_xdf(
    path: Path,
    rename: Mapping[str, str],
    source_id: str | None = None,
    sfreq: float | None = None,
    name: str | None = None,
) -> SensorData:
    """Read the device whose stream carries the 14 sensors.

    Streams of type EEG are taken before others. What one device sent, by its source id, is one
    recording, however often it was connected anew. Nothing is resampled, and where samples are
    missing is a gap.

    Parameters
    ----------
    path : Path
    rename : mapping
        What to read in the place of some labels.
    source_id : str, optional
        Which device to take where there are several.
    sfreq : float, optional
        Hz, as the user says it. The stamps of a stream that does not tell its rate must agree with
        it; where they do so and contradict what the stream tells, it is taken.
    name : str, optional
        The name or source id of its stream.

    Raises
    ------
    DataError
        If the file cannot be read, not exactly one device fits, or the time stamps contradict the
        rate or each other.
    """
    streams, damaged = load_streams(path)
    found = sensors_in(path, streams, damaged, rename, source_id, sfreq, name)
    return _with_markers(found, streams, found.data.sfreq or sfreq)


def _with_markers(
    found: XdfSensors, streams: Sequence[XdfStream], sfreq: float | None
) -> SensorData:
    """Place all markers among the samples, and take gaps that are none out.

    Where this program recorded the session it is known when samples arrived, and a clock that was
    set is no gap.
    """
    data, said = found.data, find_moments(streams)
    if not sfreq:
        return replace(data, notes=(*data.notes, *found.assumed))
    scales = [microvolts(unit) or 1.0 for unit in data.units]
    laid = found.lay(sfreq, np.array(scales))
    axis = laid.axis
    if found.arrivals is not None:
        data = replace(data, gaps=axis.gaps, notes=(*data.notes, *laid.notes))
    else:
        data = replace(data, notes=(*data.notes, *found.assumed))
    stamps = np.array([one.stamp for one in said.markers], np.float64)
    seconds = axis.seconds(found.at_its_speed(stamps))
    samples = axis.samples(seconds)
    is_near, notes = near(seconds, axis.place[-1] / sfreq)
    kept = [
        RecordedMarker(sample, one.text)
        for sample, one, keep in zip(samples.tolist(), said.markers, is_near, strict=True)
        if keep
    ]
    doubt = (UNKNOWN_PAUSES,) * (found.arrivals is None and len(kept) > 0)
    return replace(data, markers=tuple(kept), notes=(*data.notes, *said.notes, *notes, *doubt))


@np.errstate(over="ignore", invalid="ignore")  # what is no number is refused later
def sensors_in(
    path: Path,
    streams: Sequence[XdfStream],
    damaged: bool,
    rename: Mapping[str, str],
    source_id: str | None = None,
    sfreq: float | None = None,
    name: str | None = None,
) -> XdfSensors:
    """Find the device among a file's streams, as ``read_xdf`` does."""
    chosen, notes = _choose(path, streams, rename, source_id, name)
    sent = np.concatenate([stream.stamps for stream in chosen])
    arrived = arrivals(streams, len(sent))
    if stampless := int(sum((~np.isfinite(stream.stamps)).sum() for stream in chosen)):
        chosen = [_counted_on(path, stream, sfreq) for stream in chosen]
        notes = (*notes, f"{counted(stampless, 'sample')} without a time: counted on")
    ordered = [stream if arrived else _in_order(stream) for stream in chosen]
    if any(one is not stream for one, stream in zip(ordered, chosen, strict=True)):
        chosen, notes = ordered, (*notes, OUT_OF_ORDER)
    first = chosen[0]
    for stream in chosen[1:]:
        if (stream.sfreq, stream.speed, stream.labels, stream.units) != (
            first.sfreq, first.speed, first.labels, first.units
        ):  # fmt: skip
            raise DataError(
                f"{path}: streams {_listed(chosen)} are of one source but differ in rate, speed, "
                "labels or units: keep one"
            )
    contact, origin = contact_beside(streams, chosen), float(first.stamps[0])
    chosen = [replace(one, stamps=at_its_speed(one.stamps, origin, one.speed)) for one in chosen]
    stamped = [_stamped(path, stream, sfreq) for stream in chosen]
    rate, overruled = _rate(chosen, stamped, sfreq)
    picks = pick_sensors(first.labels, rename, where=f"{path}: stream {first}")
    samples = np.concatenate([stream.samples for stream in chosen])
    gaps, assumed = gaps_at(_boundaries(path, chosen, stamped), len(samples))
    driver = find_driver_channels(first.labels)
    values = driver_values(driver, lambda row: samples[:, row].astype(np.float64))
    if values["contact"] is None:
        values["contact"] = contact
    data = SensorData(
        np.ascontiguousarray(samples[:, picks].T, np.float64),
        units=tuple(first.units[pick] for pick in picks),
        sfreq=rate,
        part="what can be read of a damaged file" if damaged else "",
        gaps=gaps,
        notes=notes + old_names(first.labels, picks) + _about(chosen) + overruled,
        **values,
    )
    stamps = np.concatenate([stream.stamps for stream in chosen])
    counter = None if driver.counter is None else samples[:, driver.counter].astype(np.float64)
    return XdfSensors(data, stamps, first, sent, counter, arrived, assumed)


def _about(streams: Sequence[XdfStream]) -> tuple[str, ...]:
    """Say where streams are cut, or are too short to be refused for their stamps.

    They are not named: their source_id may be that of a person's headset.
    """
    speed, notes = streams[0].speed, []
    if speed != 1:
        notes.append(
            f"it was played at {speed:g} times its speed, as its stream says: all times are as if "
            "it had been played at its own"
        )
    for stream in streams:
        n_times = len(stream.samples)
        if not stream.has_footer:
            notes.append("its EEG ends without a footer: the file may be cut")
        elif stream.promised is not None and n_times < stream.promised:
            notes.append(
                f"its EEG is cut: its footer promises {counted(stream.promised, 'sample')}, "
                f"{n_times} {are(n_times)} there"
            )
        if stream.sfreq and (runs_at := _short_rate(stream.stamps, stream.sfreq)):
            notes.append(
                f"its EEG says {stream.sfreq:g} Hz, but its time stamps run at {runs_at:.4g} Hz: "
                f"{n_times} are too few to tell which is right"
            )
    return tuple(notes)


def _short_rate(stamps: NDArray[np.float64], told: float) -> float | None:
    """The rate of stamps too few to contradict what is told, where they all go by another."""
    if not _FEWEST <= len(stamps) < told / 2:
        return None
    steps = np.diff(stamps) * told
    mean = float(steps.mean())
    # Within batches, stamps may run otherwise than samples do; not over several of them.
    is_faster = max(np.quantile(steps, 0.9), mean) <= 1 / (1 + MAX_OFF)
    is_slower = min(np.quantile(steps, 0.1), mean) >= 1 / (1 - MAX_OFF)
    return told / mean if (is_faster or is_slower) and mean > 0 else None


def _choose(
    path: Path,
    streams: Sequence[XdfStream],
    rename: Mapping[str, str],
    source_id: str | None,
    name: str | None,
) -> tuple[list[XdfStream], tuple[str, ...]]:
    """One device's streams that have samples, by time; and what is to be said of the choice."""
    pool = [
        stream
        for stream in streams
        if source_id in (None, stream.source_id) and (name is None or stream.is_named(name))
    ]
    if not pool and (source_id, name) != (None, None):
        named = " named" * (name is not None) + (f" {name!r:.60}" if name is not None else "")
        of = "" if source_id is None else f" with the source id {source_id!r:.60}"
        raise DataError(f"{path}: has no stream{named}{of}: found {_listed(streams)}")
    eeg = [stream for stream in pool if stream.kind.lower() == "eeg"]
    others = [stream for stream in pool if stream.kind.lower() not in ("eeg", *_OTHERS)]
    fitting, error = _fitting(path, eeg, rename)
    notes: tuple[str, ...] = ()
    if not fitting and (fallback := _fitting(path, others, rename)[0]):
        fitting = fallback
        notes = (f"its stream {fitting[0]} is not of type EEG: taken, as it has the sensors",)
    if not fitting:
        raise error or DataError(
            f"{path}: has no stream of type EEG, nor one with the 14 sensors: found "
            f"{_listed(streams)}"
        )
    filled = [stream for stream in fitting if len(stream.samples)]
    if not filled:
        raise DataError(f"{path}: stream {fitting[0]} is empty")
    if len(filled) > 1 and len({stream.source_id or id(stream) for stream in filled}) > 1:
        error = DataError(
            f"{path}: {len(filled)} streams carry the 14 sensors: {_listed(filled)}: "
            + _what_helps(filled)
        )
        for stream in filled:
            error.add_note(stream.facts)
        raise error
    return sorted(filled, key=lambda stream: float(stream.stamps[0])), notes


def _what_helps(streams: Sequence[XdfStream]) -> str:
    for option, words in (
        ("--stream", [stream.name for stream in streams]),
        ("--source-id", [stream.source_id for stream in streams]),
    ):
        if word := next((one for one in words if one and words.count(one) == 1), ""):
            return f"take one with {option} {word:.60}"
    return "keep one"


def _fitting(
    path: Path, streams: Sequence[XdfStream], rename: Mapping[str, str]
) -> tuple[list[XdfStream], DataError | None]:
    """Those that have the sensors, and what is wrong with the first that has not."""
    fitting, errors = [], []
    for stream in streams:
        try:
            if stream.is_text:
                raise DataError(f"{path}: stream {stream} sends text: EEG comes as numbers")
            pick_sensors(stream.labels, rename, where=f"{path}: stream {stream}")
        except DataError as error:
            errors.append(error)
        else:
            fitting.append(stream)
    return fitting, errors[0] if errors else None


def _listed(streams: Sequence[XdfStream]) -> str:
    return _joined([str(stream) for stream in streams], ", ") or "no streams"


def _joined(names: Sequence[str], between: str) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return between.join(names[:_MOST_LISTED]) + more


def _counted_on(path: Path, stream: XdfStream, given: float | None) -> XdfStream:
    """The same with a stamp for each sample, if most have one."""
    known, told = np.isfinite(stream.stamps), stream.sfreq or given
    if known.mean() < 0.5 or not told:
        raise DataError(f"{path}: stream {stream}: its time stamps are no numbers: record it again")
    return stream if known.all() else replace(stream, stamps=counted_on(stream.stamps, told))


def _in_order(stream: XdfStream) -> XdfStream:
    order = right_order(stream.stamps, stream.sfreq)
    if order is None:
        return stream
    return replace(stream, samples=stream.samples[order], stamps=stream.stamps[order])


def _stamped(path: Path, stream: XdfStream, given: float | None) -> Stamped:
    """What a stream's stamps tell, once they are known to agree with its rate or the one given."""
    stamps = stream.stamps
    told = stream.sfreq or given or stamped_rate(stamps)
    if not 0 < told < 1e9:
        return Stamped((), float("nan"))
    found = find_gaps(stamps, told)
    own = _own_rate(stamps, found)
    for rate in (told, given):
        if rate and not is_off(stamps, own, rate, MAX_OFF):
            return _with_counted(stream, found, rate)
    says = f"says {told:g} Hz" if stream.sfreq else f"is given as {told:g} Hz"
    rate = round(own) if 1 < own < 1e6 else own
    raise DataError(
        f"{path}: stream {stream} {says}, but its time stamps run at {rate:g} Hz: say "
        f"--sfreq {rate:g} if the stamps are right, or record it again"
    )


def _with_counted(stream: XdfStream, found: Stamped, sfreq: float) -> Stamped:
    counter = find_driver_channels(stream.labels).counter
    if counter is None:
        return found
    return with_counted(found, stream.stamps, stream.samples[:, counter].astype(np.float64), sfreq)


def _own_rate(stamps: NDArray[np.float64], found: Stamped) -> float:
    # Where every sample is a piece of its own, there is none within pieces.
    return found.sfreq if found.sfreq > 0 else stamped_rate(stamps)


def _rate(
    streams: Sequence[XdfStream], stamped: Sequence[Stamped], given: float | None
) -> tuple[float | None, tuple[str, ...]]:
    """What is announced; what is given where the stamps and the user contradict that."""
    told, notes = streams[0].sfreq, []
    for stream, found in zip(streams, stamped, strict=True):
        own = _own_rate(stream.stamps, found)
        if given and told and is_off(stream.stamps, own, told, MAX_OFF):
            return given, (f"says {told:g} Hz, but runs at {given:g} Hz by its time stamps",)
        if told and is_off(stream.stamps, own, told, _WORTH_SAYING):
            notes.append(f"says {told:g} Hz, which is taken; its time stamps run at {own:.4g} Hz")
    return told or None, tuple(notes)


def _boundaries(
    path: Path, streams: Sequence[XdfStream], stamped: Sequence[Stamped]
) -> list[tuple[int, float | None]]:
    """Gaps within streams and between them, in samples of them all, one after the other."""
    found: list[tuple[int, float | None]] = []
    before = 0
    for stream, told in zip(streams, stamped, strict=True):
        found += [(before + gap.sample, gap.seconds) for gap in told.gaps]
        before += len(stream.samples)
    before = 0
    for (one, told), (other, _) in pairwise(zip(streams, stamped, strict=True)):
        before += len(one.samples)
        step = 1 / told.sfreq if told.sfreq > 0 else 0.0
        seconds = float(other.stamps[0] - one.stamps.max()) - step
        if seconds < -JITTER_S:
            raise DataError(
                f"{path}: streams {_listed(streams)} are of one source and overlap by "
                f"{-seconds:.1f} s: keep one"
            )
        found.append((before, seconds))
    return found
