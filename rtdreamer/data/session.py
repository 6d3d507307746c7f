"""A recorded session on one time axis: EEG, verdicts, events and markers, for those who read it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import microvolts
from rtdreamer.data.plausibility import LARGEST_UV
from rtdreamer.data.recording_xdf import sensors_in
from rtdreamer.data.sensors import SensorData, shown_text
from rtdreamer.data.session_file import RecordedStream, read_session
from rtdreamer.data.session_verdicts import Verdicts, read_verdicts
from rtdreamer.data.xdf_moments import Moment, find_moments, json_object, near
from rtdreamer.data.xdf_sensors import UNKNOWN_PAUSES, Laid, XdfSensors
from rtdreamer.data.xdf_streams import XdfStream, texts_of
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.stream.decimation import delay_s
from rtdreamer.stream.gaps import JITTER_S

Array = NDArray[np.float64]

MOST_OFF = 0.25
"""If more predictions lie elsewhere by their numbers than by their stamps, it was another count."""

MOST_ODD = 64
"""So many samples two counts may differ by that are halved before and after."""

OTHERWISE_COUNTED = (
    "what was missing is counted otherwise than while it was recorded: predictions are placed by "
    "their time stamps"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: so many seconds after the first sample, in words."""

    seconds: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What was recorded of one headset.

    Attributes
    ----------
    name : str
        The file's.
    stream : str
        The name of the EEG's stream.
    sfreq : float
        Hz, as the stream has it.
    data : ndarray, shape (14, n_times)
        µV, in the order of ``EPOC.ch_names``; only what was measured.
    place : ndarray of int, shape (n_times,)
        Of each sample, on an even grid that begins with the first one and on which gaps are as
        long as they were.
    interpolated : ndarray of bool, shape (n_times,), or None
        Which samples the headset's driver made up, where that is known.
    contact : ndarray, shape (14, n_times), or None
        Contact of each sensor, 0 to 1, where that is known.
    verdicts : Verdicts or None
        What was predicted live; None if nothing was recorded of it.
    events : tuple of Mark
        What the live session said of itself; ``text`` begins with the phase.
    markers : tuple of Mark
        Of all streams of markers.
    about : mapping
        What the session was started with, as far as this program recorded it.
    notes : tuple of str
        What was assumed, and what cannot be read.
    identity : mapping
        Who recorded what: computers, devices, the date. Empty unless it was asked for.
    """

    name: str
    stream: str
    sfreq: float
    data: Array
    place: NDArray[np.int64]
    interpolated: NDArray[np.bool_] | None = None
    contact: Array | None = None
    verdicts: Verdicts | None = None
    events: tuple[Mark, ...] = ()
    markers: tuple[Mark, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    identity: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """From the first sample to the end of the last one, gaps included."""
        return float(self.place[-1] + 1) / self.sfreq

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """On the grid: the first place that is missing, and how many are."""
        before = np.flatnonzero(np.diff(self.place) > 1)
        return tuple(
            (int(self.place[at]) + 1, int(self.place[at + 1] - self.place[at]) - 1) for at in before
        )

    @property
    def interpolated_stretches(self) -> tuple[tuple[int, int], ...]:
        """On the grid: where samples begin that the driver made up, and how many follow."""
        if self.interpolated is None:
            return ()
        found = self.place[self.interpolated]
        pieces = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1) if len(found) else []
        return tuple((int(piece[0]), len(piece)) for piece in pieces)


def read_recorded(
    path: Path,
    source_id: str | None = None,
    unit: str | None = None,
    keep_identity: bool = False,
    stream: str | None = None,
) -> Session:
    """Read a session that ``live --record`` or LabRecorder wrote.

    Parameters
    ----------
    path : Path
        An XDF file.
    source_id : str, optional
        Which headset to take where there are several.
    unit : str, optional
        What the EEG's numbers are, whatever the file says: ``uV``, ``mV`` or ``V``.
    keep_identity : bool
        Whether to keep the names of computers and devices, and the date. Else they are cut out of
        what live said, too. Markers are other programs' own, and are never changed.
    stream : str, optional
        The name or source id of its stream, in upper or lower case.

    Raises
    ------
    DataError
        If it cannot be read, or has no EEG of exactly one headset.
    """
    file = read_session(path, synchronise=True)
    streams = [_as_numbers(one) for one in file.streams]
    found = sensors_in(path, streams, False, {}, source_id, name=stream)
    sfreq, scales = _rate(path, found), _scales(path, found.data, unit)
    laid = found.lay(sfreq, scales)
    axis, data = laid.axis, found.data.data * scales[:, None]
    is_known = (np.abs(data) <= LARGEST_UV).all(axis=0)  # what is no number is not
    if not is_known.any():
        raise DataError(f"{path}: its EEG holds no finite numbers: record it again")
    place = axis.place[is_known]
    first = int(place[0])

    def seconds(moments: Array) -> Array:
        return axis.seconds(found.at_its_speed(moments)) - first / sfreq

    about = _about(file.streams)
    verdicts = read_verdicts(path, file.streams, found.stream.name, about)
    recount = ""
    if verdicts is not None:
        at, recount = _by_number(verdicts, laid, seconds(verdicts.seconds), first)
        verdicts = replace(verdicts, seconds=at)
    unnamed = _Scrubber(() if keep_identity else _identities(file.streams))
    said = find_moments(streams)
    flags, contact = found.data.interpolated, found.data.contact
    events, markers = _marks(said.events, seconds), _marks(said.markers, seconds)
    is_near, far = near(np.array([one.seconds for one in markers]), (place[-1] - first) / sfreq)
    unknown = f"{np.count_nonzero(~is_known)} samples that are no finite numbers are missing"
    is_doubtful = found.arrivals is None and (len(markers) > 0 or verdicts is not None)
    notes = (file.note, *found.data.notes, *laid.notes, recount, unknown * (not is_known.all()))
    return Session(
        name=path.name,
        stream=found.stream.name,
        sfreq=sfreq,
        data=data[:, is_known],
        place=place - first,
        interpolated=None if flags is None else flags[is_known],
        contact=None if contact is None else contact[:, is_known],
        verdicts=None if verdicts is None else verdicts.saying(unnamed),
        events=tuple(Mark(one.seconds, unnamed(one.text)) for one in events),
        markers=tuple(one for one, keep in zip(markers, is_near, strict=True) if keep),
        about=about,
        notes=tuple(filter(None, (*notes, *said.notes, *far, UNKNOWN_PAUSES * is_doubtful))),
        identity=_identity(path, file.streams, found.stream) if keep_identity else {},
    )


def _by_number(verdicts: Verdicts, laid: Laid, by_stamps: Array, first: int) -> tuple[Array, str]:
    """When each window ended, seconds on the axis, by its sample's number; and what is doubtful.

    By its stamp where no numbers are known, or another version counted otherwise.
    """
    counted, axis, samples = laid.counted, laid.axis, verdicts.samples
    if counted is None or samples is None:
        return by_stamps, ""
    last = len(counted.number) - 1
    if axis.sfreq == EPOC.sfreq:
        # One that bridges a gap lies as far before the next one as live counted.
        after = np.minimum(np.searchsorted(counted.number, samples), last)
        before = counted.number[after] - samples
    else:
        # Halved, each gap of an odd length counts one more: its stamp tells which sample it was.
        about = np.searchsorted(counted.number, 2 * samples + 1)
        near_it = np.clip(about[:, None] + np.arange(-MOST_ODD, MOST_ODD), 0, last)
        stamps = (verdicts.seconds + delay_s(EPOC))[:, None]
        off = np.nan_to_num(np.abs(counted.stamps[near_it] - stamps), nan=np.inf)
        after = near_it[np.arange(len(off)), off.argmin(axis=1)]
        before = np.full(len(after), round(delay_s(EPOC) * axis.sfreq))
    found: Array = (axis.place[after] - before - first) / axis.sfreq
    if np.mean(np.abs(found - by_stamps) > JITTER_S) > MOST_OFF:
        return by_stamps, OTHERWISE_COUNTED
    return found, ""


def _as_numbers(stream: RecordedStream) -> XdfStream:
    n_channels = max(len(stream.ch_names), 1)
    values = np.zeros((0, n_channels)) if stream.is_text else np.asarray(stream.values)
    return XdfStream(
        name=stream.name,
        kind=stream.type.strip(),
        source_id=stream.source_id.strip(),
        sfreq=stream.sfreq if 0 < stream.sfreq < 1e9 else 0.0,
        labels=stream.ch_names,
        units=stream.units,
        samples=values,
        stamps=stream.timestamps if stream.is_text else stream.timestamps[: len(values)],
        is_text=stream.is_text,
        has_footer=stream.has_footer,
        texts=texts_of(stream.type, stream.values),
        speed=stream.speed,
    )


def _rate(path: Path, found: XdfSensors) -> float:
    sfreq = found.data.sfreq
    if sfreq is None:
        raise DataError(f"{path}: stream {found.stream} does not tell its rate: record it again")
    if not 1 <= sfreq <= 1e5:
        raise DataError(f"{path}: stream {found.stream} has a rate of {sfreq:g} Hz: none of EEG")
    return sfreq


def _scales(path: Path, data: SensorData, unit: str | None) -> Array:
    scales = [microvolts(unit or one) for one in data.units]
    if None in scales:
        strange = shown_text(unit or data.units[scales.index(None)])
        raise DataError(f"{path}: unknown unit {strange!r}: say --unit uV, mV or V")
    return np.array(scales, np.float64)


def _about(streams: Sequence[RecordedStream]) -> Mapping[str, Any]:
    """The first line of the session's log."""
    for stream in streams:
        if stream.type == "Session" and stream.is_text:
            for text in stream.texts:
                values = json_object(text)
                if values.get("record") == "session":
                    return values
    return {}


def _marks(moments: Sequence[Moment], seconds: Callable[[Array], Array]) -> tuple[Mark, ...]:
    places = seconds(np.array([one.stamp for one in moments], np.float64))
    return tuple(Mark(at, one.text) for at, one in zip(places.tolist(), moments, strict=True))


def _identities(streams: Sequence[RecordedStream]) -> tuple[str, ...]:
    """Words that name a computer or a device, and do nothing else, longest first."""
    words = {word for one in streams for word in (one.host.strip(), one.source_id.strip())}
    words -= {one.name for one in streams}
    return tuple(sorted((word for word in words if len(word) > 1), key=len, reverse=True))


class _Scrubber:
    """Cuts words out of texts."""

    def __init__(self, words: Sequence[str]) -> None:
        alternatives = "|".join(map(re.escape, words))
        self._words = (
            re.compile(rf"(?<!\w)({alternatives})(?!\w)", re.IGNORECASE) if words else None
        )

    def __call__(self, text: str) -> str:
        return self._words.sub("[removed]", text) if self._words else text


def _identity(path: Path, streams: Sequence[RecordedStream], eeg: XdfStream) -> dict[str, str]:
    hosts = ", ".join(dict.fromkeys(one.host for one in streams if one.host))
    found = {"device": eeg.source_id, "computer": hosts, "recorded": _recorded(path)}
    return {key: text for key, text in found.items() if text}


def _recorded(path: Path) -> str:
    """When the file was begun, as its header says it; ``""`` where it does not."""
    with path.open("rb") as file:
        head = file.read(4096)
    found = re.search(rb"<datetime>([^<]{1,40})</datetime>", head)
    return found[1].decode("utf-8", "replace").strip() if found else ""
