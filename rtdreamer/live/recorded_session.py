"""A recorded session as what it was made of: the chunks of its sources, and what was predicted."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import are, counted
from rtdreamer.data.recording_xdf import OUT_OF_ORDER
from rtdreamer.data.session_file import RecordedStream, SessionFile
from rtdreamer.data.stamped_gaps import right_order
from rtdreamer.errors import DataError, StreamError
from rtdreamer.headset import Headset
from rtdreamer.live.session_writer import CHUNKS, CLOCK, CONTACT, FORMAT, KIND, LOG, PREDICTIONS
from rtdreamer.lsl.channel_plan import ChannelPlan, plan_recorded
from rtdreamer.stream.chunk import Chunk, OpenedStream, RawChunk, StreamDescription

CHUNK_TIMES = 16
"""Samples taken over at once where the recording does not tell."""

_PLAIN: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSource:
    """One source of a session, and its chunks in the order in which they came."""

    description: StreamDescription
    note: str
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSession:
    """A session, ready to be followed again.

    Attributes
    ----------
    about : mapping or None
        What it was started with; None if this program did not record it.
    sources : tuple of RecordedSource
        In the order in which they were followed.
    readings : tuple of tuple of float
        For each chunk of all sources, what the session's clock said while it worked on it, seconds;
        empty where that is not known.
    predictions : tuple of mapping
        In plain values, as ``prediction_values`` has them.
    note : str
        What of the recording is not there; empty if nothing.
    """

    about: Mapping[str, Any] | None
    sources: tuple[RecordedSource, ...]
    readings: tuple[tuple[float, ...], ...]
    predictions: tuple[Mapping[str, Any], ...]
    note: str = ""


def recorded_here(file: SessionFile) -> bool:
    """Whether this program recorded it."""
    return any(stream.type == KIND and stream.name == LOG for stream in file.streams)


def from_log(file: SessionFile) -> RecordedSession:
    """Find what a session was made of in what this program recorded of it.

    Parameters
    ----------
    file : SessionFile
        Not synchronised.

    Raises
    ------
    DataError
        If what is needed is not there, or contradicts itself.
    """
    try:
        return _from_log(file)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(
            f"the record of the session is damaged: {type(error).__name__}: {error!s:.200}"
        ) from error


def from_stamps(file: SessionFile, headset: Headset, wanted: str | None) -> RecordedSession:
    """Make chunks of the samples of a session that another program recorded.

    When each was taken over is not known: timestamps count as they are, so that what is a jump of
    the sender's clock is taken for a gap.

    Parameters
    ----------
    file : SessionFile
        Synchronised.
    headset : Headset
        What it should be of.
    wanted : str or None
        Of several streams of EEG, the one with this name or source_id.

    Raises
    ------
    DataError
        If not exactly one stream fits.
    StreamError
        If that one cannot be used.
    """
    stream = _the_one([one for one in file.streams if one.type.upper() == "EEG"], wanted)
    if stream.is_text or len(stream.units) not in (0, len(stream.ch_names)):
        raise StreamError(f"stream {stream.name!r} sends no numbers that can be told apart")
    if not 0 < stream.sfreq < math.inf:
        raise StreamError(f"stream {stream.name!r} does not tell its rate: record it again")
    units = stream.units or ("",) * len(stream.ch_names)
    plan = plan_recorded(stream.name, stream.sfreq, stream.ch_names, units, headset)
    description = _description(stream)
    opened = OpenedStream(description, "", plan.to_json())
    chunks, values, stamps, note = [], np.asarray(stream.values), stream.timestamps, file.note
    if (order := right_order(stamps, stream.sfreq)) is not None:
        values, stamps = values[order], stamps[order]
        note = "; ".join(filter(None, (note, OUT_OF_ORDER)))
    for start in range(0, len(stamps), CHUNK_TIMES):
        part = slice(start, start + CHUNK_TIMES)
        raw = RawChunk(values[part], stamps[part], 0.0, opened)
        chunks.append(plan.chunk(raw, None, None))
    source = RecordedSource(description, plan.note, tuple(chunks))
    return RecordedSession(None, (source,), ((),) * len(chunks), (), note)


def _the_one(streams: Sequence[RecordedStream], wanted: str | None) -> RecordedStream:
    # Programs that are started again leave a twin without samples behind.
    full = [stream for stream in streams if len(stream.timestamps)]
    if wanted is not None:
        word = wanted.casefold()
        full = [one for one in full if word in (one.name.casefold(), one.source_id.casefold())]
    if len(full) == 1:
        return full[0]
    named = f" {wanted!r:.60}" if wanted else ""
    if not full:
        empty = f"; {', '.join(one.name for one in streams)} holds no samples" if streams else ""
        raise DataError(f"there is no stream{named} of type EEG with samples in it{empty}")
    found = ", ".join(f"{one.name} (source_id {one.source_id or 'none'})" for one in full)
    raise DataError(f"{len(full)} streams{named} of type EEG: {found}: say which, with --stream")


def _from_log(file: SessionFile) -> RecordedSession:
    streams = {stream.number: stream for stream in file.streams}
    own = {stream.name: stream for stream in file.streams if stream.type == KIND}
    lines = [json.loads(text) for text in own[LOG].texts]
    if not lines or lines[0]["record"] != "session":
        raise ValueError("what the session was started with is not there")
    _check(lines[0])
    sources = {line["source"]: line for line in lines if line["record"] == "source"}
    about, rows = lines[0], np.asarray(own[CHUNKS].values).reshape(-1, 5)
    if not (np.isfinite(rows).all() and (np.abs(rows[:, :3]) < 2**53).all()):
        raise ValueError("what was taken over at once is no number")
    numbers = rows[:, 0].astype(int)
    contacts = _contacts(own[CONTACT], numbers)
    taken = dict.fromkeys(streams, 0)
    found: dict[int, list[Chunk]] = {}
    opened: dict[int, tuple[OpenedStream, ChannelPlan]] = {}
    n_read = 0
    for contact, (_, source_number, n_times, received, correction) in zip(
        contacts, rows, strict=True
    ):
        source = int(source_number)
        line = sources.get(source)
        if line is None:
            break
        stream = streams[line["stream"]]
        start = taken[stream.number]
        stop = start + int(n_times)
        if stop <= start:
            raise ValueError(f"a chunk of {n_times:g} samples")
        if stop > len(stream.timestamps):
            break  # the end was cut off between one stream and the next
        if source not in opened:
            made = OpenedStream(_described(line["description"]), "", line["plan"])
            opened[source] = made, ChannelPlan.from_json(line["plan"])
        raw = RawChunk(
            stream.values[start:stop], stream.timestamps[start:stop], float(correction),
            opened[source][0],
        )  # fmt: skip
        found.setdefault(source, []).append(opened[source][1].chunk(raw, float(received), contact))
        taken[stream.number] = stop
        n_read += 1
    return RecordedSession(
        about,
        tuple(
            RecordedSource(opened[n][0].description, opened[n][1].note, tuple(chunks))
            for n, chunks in found.items()
        ),
        _readings(own[CLOCK], numbers[:n_read]),
        tuple(
            json.loads(text)
            for stream in file.streams
            if stream.type == PREDICTIONS
            for text in stream.texts
        ),
        "; ".join(filter(None, (file.note, _lost(numbers[:n_read])))),
    )


def _check(about: Mapping[str, Any]) -> None:
    """Look whether what the session was started with can be used."""
    if (found := about["format"]) != FORMAT:
        raise ValueError(f"it is of format {found!r:.20}, this program reads {FORMAT}")
    if type(about["hop"]) is not int or about["hop"] < 1:
        raise ValueError(f"the hop is {about['hop']!r:.20}")
    kinds = {
        "model": str, "model_sha256": str, "rtdreamer": str, "versions": dict,
        "profile": str | None, "in_torch": bool,
    }  # fmt: skip
    for name, kind in kinds.items():
        if not isinstance(about[name], kind):
            raise ValueError(f"{name} is {about[name]!r:.40}")


def _lost(numbers: NDArray[np.int64]) -> str:
    """Say that chunks are not in the file, by the numbers of those that are."""
    if len(numbers) == 0 or (n_lost := int(numbers[-1]) + 1 - len(numbers)) == 0:
        return ""
    first = int(np.argmax(numbers != np.arange(len(numbers))))
    return (
        f"{counted(n_lost, 'chunk')} of samples {are(n_lost)} not in it, the first one after "
        f"{first}, since the disk did not take them: predictions after that differ"
    )


def _contacts(
    stream: RecordedStream, numbers: NDArray[np.int64]
) -> list[NDArray[np.float64] | None]:
    """The contact of each chunk's electrodes; None where it was not known."""
    contact: NDArray[np.float64] | None = None
    changes = {int(row[0]): row[1:] for row in np.asarray(stream.values)}
    contacts = []
    for chunk in numbers.tolist():
        if chunk in changes:
            row = changes[chunk]
            contact = None if np.isnan(row).all() else row
        contacts.append(contact)
    return contacts


def _readings(stream: RecordedStream, numbers: NDArray[np.int64]) -> tuple[tuple[float, ...], ...]:
    """What the session's clock said from each chunk on until the next."""
    readings: dict[int, list[float]] = {number: [] for number in numbers.tolist()}
    for chunk, reading in np.asarray(stream.values).reshape(-1, 2).tolist():
        if chunk in readings:
            readings[chunk].append(reading)
    return tuple(map(tuple, readings.values()))


def _described(values: Mapping[str, Any]) -> StreamDescription:
    return StreamDescription(**{**values, "ch_names": tuple(values["ch_names"])})


def _description(stream: RecordedStream) -> StreamDescription:
    return StreamDescription(
        stream.name, "EEG", stream.source_id, "", stream.sfreq, len(stream.ch_names),
        stream.ch_names, stream.speed,
    )  # fmt: skip
