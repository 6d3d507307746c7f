"""What a session saw and said, as streams of an XDF file.

Beside the EEG, the predictions, the events and the markers lie four streams of type ``Session``,
by which the very same computation can be done again:

- ``rtdreamer-Session``: JSON; first what the session was started with, then each source opened.
- ``rtdreamer-Chunks``: how many samples were taken over at once, when, and by how much their
  timestamps were corrected.
- ``rtdreamer-Contact``: the electrodes' contact from a chunk on, where it is another.
- ``rtdreamer-Clock``: what the session's own clock said while it worked on a chunk, by which it
  decides whether it is late and skips windows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.xdf_writer import FORMATS, XdfFile, stream_header
from rtdreamer.live.json_lines import prediction_values
from rtdreamer.prediction import Prediction
from rtdreamer.stream.chunk import Chunk, OpenedStream
from rtdreamer.stream.marker import Marker

OFFSET_S = 5.0
"""Between two clock offsets of a stream, as LabRecorder writes them."""

FORMAT = 1
"""Of what a recording holds beside what any recording does."""

KIND = "Session"
LOG, CHUNKS, CONTACT, CLOCK = (f"rtdreamer-{n}" for n in ("Session", "Chunks", "Contact", "Clock"))
PREDICTIONS = "Predictions"
CHUNK_COLUMNS = ("chunk", "source", "n_times", "received", "correction")

MAX_PENDING = 64 * 2**20
"""Bytes that are kept while they cannot be written: an hour of EEG."""


class _Stream:
    """A stream of the file: what is to be written of it, and what its footer will say."""

    def __init__(self, file: XdfFile, number: int, header: str) -> None:
        self.number = number
        self._offset_at = -np.inf
        self._file = file
        self._format = ElementTree.fromstring(header).findtext("channel_format", "")
        self._stamps: list[NDArray[np.float64]] = []
        self._values: list[Any] = []
        self._n_times = 0
        self._first = self._last = np.nan
        file.add_stream(number, header)

    def add(self, stamps: Sequence[float] | NDArray[np.float64], values: Any) -> None:
        """Take samples: texts, or rows of numbers."""
        self._stamps.append(np.asarray(stamps, np.float64))
        self._values.append(values)

    @property
    def newest(self) -> float | None:
        """The timestamp of the newest sample that was taken since the last flush."""
        return float(self._stamps[-1][-1]) if self._stamps else None

    def flush(self) -> None:
        """Put what was taken into the file as one chunk."""
        if not self._stamps:
            return
        stamps = np.concatenate(self._stamps)
        if self._format == "string":
            rows = [row for rows in self._values for row in rows]
            self._file.add_samples(self.number, stamps, rows)
        else:
            values = np.concatenate(self._values).astype(FORMATS[self._format])
            self._file.add_samples(self.number, stamps, values)
        self._first, self._last = (self._first if self._n_times else stamps[0]), stamps[-1]
        self._n_times += len(stamps)
        self._stamps, self._values = [], []

    def discard(self) -> None:
        """Give up what was taken."""
        self._stamps, self._values = [], []

    def add_offset(self, stamp: float, offset: float) -> None:
        """Note what corrects the sender's clock, now and then; both in seconds."""
        if stamp - self._offset_at >= OFFSET_S:
            self._offset_at = stamp
            self._file.add_clock_offset(self.number, stamp, offset)

    def end(self) -> None:
        """Say what there is of it in all."""
        ends = {"first_timestamp": self._first, "last_timestamp": self._last}
        self._file.add_footer(
            self.number, {**(ends if self._n_times else {}), "sample_count": self._n_times}
        )


class SessionWriter:
    """Writes one session into a file.

    Parameters
    ----------
    path : Path
        The file.
    about : mapping
        What the session was started with, in plain values.
    opened : OpenedStream
        The first stream of EEG.
    ch_names : sequence of str
        The headset's channels.
    now : float
        LSL time, seconds.

    Attributes
    ----------
    n_discarded : int
        Chunks that were given up because the disk took nothing for too long.

    Raises
    ------
    OSError
        If the file is there or cannot be made.
    """

    def __init__(
        self,
        path: Path,
        about: Mapping[str, Any],
        opened: OpenedStream,
        ch_names: Sequence[str],
        now: float,
    ) -> None:
        self.file = XdfFile(path)
        self._streams: list[_Stream] = []
        self._others: dict[tuple[str, ...], _Stream] = {}
        self._opened: OpenedStream | None = None
        self._source, self._chunk = -1, -1
        self._n_taken = self.n_discarded = 0
        self._received = now
        self._contact: list[float] | None = None
        self._n_channels = len(ch_names)
        self._of_others(opened.header)
        name = opened.description.name
        contact = [("chunk", ""), *((label, "share") for label in ch_names)]
        self._affect = self._text_or(f"{name}-Affect", "Affect", ("valence", "arousal"))
        self._predictions = self._text_or(f"{name}-Predictions", PREDICTIONS)
        self._events = self._text_or(f"{name}-Events", "Markers")
        self._log = self._text_or(LOG, KIND)
        self._chunks = self._text_or(CHUNKS, KIND, CHUNK_COLUMNS)
        self._contacts = self._add(stream_header(CONTACT, KIND, "double64", contact))
        self._clock = self._text_or(CLOCK, KIND, ("chunk", "reading"))
        self._log_line(now, {"record": "session", **about})

    def chunk(self, chunk: Chunk, number: int) -> None:
        """Write samples as they came, and how; chunks are numbered from 0."""
        raw = chunk.raw
        if raw is None or chunk.received is None:
            return
        self._received = received = chunk.received
        stream = self._of_others(raw.opened.header)
        if raw.opened is not self._opened:
            self._opened = raw.opened
            self._source += 1
            source = {"record": "source", "source": self._source, "stream": stream.number}
            facts = {"description": asdict(raw.opened.description), "plan": dict(raw.opened.plan)}
            self._log_line(received, source | facts)
        self._chunk = number
        self._n_taken += 1
        stream.add(raw.timestamps, raw.values)
        stream.add_offset(received - raw.correction, raw.correction)
        row = [number, self._source, chunk.n_times, received, raw.correction]
        self._chunks.add([received], np.array([row], np.float64))
        contact = None if chunk.contact is None else chunk.contact.tolist()
        if contact != self._contact:
            self._contact = contact
            values = contact or [np.nan] * self._n_channels
            self._contacts.add([received], np.array([[self._chunk, *values]]))

    def readings(self, readings: Sequence[float]) -> None:
        """Write what the session's clock said since the last chunk, seconds."""
        if readings:
            rows = np.array([[self._chunk, reading] for reading in readings])
            self._clock.add([self._received] * len(rows), rows)

    def prediction(self, prediction: Prediction, now: float) -> None:
        """Write a prediction that was made at ``now``, LSL seconds."""
        affect, stamp = prediction.affect, [prediction.timestamp]
        values = (np.nan, np.nan) if affect is None else (affect.valence, affect.arousal)
        self._affect.add(stamp, np.array([values]))
        self._predictions.add(stamp, [(json.dumps(prediction_values(prediction, now)),)])

    def event(self, text: str, now: float) -> None:
        """Write a change of state, as JSON, at ``now``, LSL seconds."""
        self._events.add([now], [(text,)])

    def marker(self, marker: Marker, now: float) -> None:
        """Write a marker that came at ``now``, LSL seconds, on its sender's clock."""
        stream = self._of_others(marker.header)
        stream.add([marker.timestamp - marker.correction], [marker.values])
        stream.add_offset(now - marker.correction, marker.correction)

    def flush(self) -> None:
        """Have the system write everything.

        Raises
        ------
        OSError
            If it cannot; the next call tries again.
        """
        self._flush_streams()
        self.file.flush()

    def end(self) -> None:
        """End all streams, and write what is left; raises as ``flush`` does."""
        self._flush_streams()
        for stream in self._streams:
            stream.end()
        self.file.flush()

    def _flush_streams(self) -> None:
        if self.file.pending > MAX_PENDING:
            self.n_discarded += self._n_taken
            # Of all streams alike, lest what is left of one is taken for the other's.
            for stream in self._streams:
                if stream is not self._log:
                    stream.discard()
            self._contact = []  # whatever it is, it is to be said again
        self._n_taken = 0
        of_others = list(self._others.values())
        for stream in self._streams:
            if stream not in of_others and (stamp := stream.newest) is not None:
                # Of this very clock; readers expect it to be said.
                stream.add_offset(stamp, 0.0)
            stream.flush()

    def _of_others(self, header: str) -> _Stream:
        """What another program sends; one stream, if it comes back and describes itself alike."""
        alike = _identity(header)
        if alike not in self._others:
            self._others[alike] = self._add(header)
        return self._others[alike]

    def _text_or(self, name: str, kind: str, columns: Sequence[str] = ()) -> _Stream:
        """Add a stream of one text, or of such numbers."""
        fmt, channels = ("double64", columns) if columns else ("string", (kind,))
        return self._add(stream_header(name, kind, fmt, [(label, "") for label in channels]))

    def _add(self, header: str) -> _Stream:
        stream = _Stream(self.file, len(self._streams) + 1, header)
        self._streams.append(stream)
        return stream

    def _log_line(self, now: float, values: Mapping[str, Any]) -> None:
        self._log.add([now], [(json.dumps(values),)])


def _identity(header: str) -> tuple[str, ...]:
    """What is the same when a stream is opened again by its sender."""
    info = ElementTree.fromstring(header)
    tags = ("name", "type", "channel_count", "nominal_srate", "channel_format", "source_id")
    described = "".join(ElementTree.tostring(desc, "unicode") for desc in info.findall("desc"))
    return (*(info.findtext(tag, "") for tag in tags), described)
