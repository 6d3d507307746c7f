"""What the header of an EDF or BDF file says, channel by channel, in the file's own words.

The layout is that of Kemp et al., "A simple format for exchange of digitized polygraphic
recordings", 1992, of EDF+ (Kemp and Olivan, 2003), and of BioSemi's BDF: 24 bits for 16.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from rtdreamer.counting import counted
from rtdreamer.errors import DataError

_FIELD_BYTES = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""Label, transducer, unit, physical and digital limits, filters, samples a record, reserved."""

_HEAD_BYTES = 256
_ANNOTATIONS = ("EDF ANNOTATIONS", "BDF ANNOTATIONS")


@dataclass(frozen=True, slots=True)
class EdfChannel:
    """One channel.

    Attributes
    ----------
    label, unit : str
        As the file spells them.
    n_samples : int
        In each record.
    start : int
        At which byte of a record they begin.
    physical, digital : tuple of two floats
        Two values of the unit, and the numbers in the file that stand for them.
    """

    label: str
    unit: str
    n_samples: int
    start: int
    physical: tuple[float, float]
    digital: tuple[float, float]

    @property
    def is_annotations(self) -> bool:
        return self.label.upper() in _ANNOTATIONS


@dataclass(frozen=True, slots=True)
class EdfHeader:
    """A whole header.

    Attributes
    ----------
    channels : tuple of EdfChannel
        Those of annotations too.
    n_bytes : int
        Before the first record.
    n_records : int
        As promised; -1 where the file does not say.
    seconds : float
        Of each record.
    record_bytes, sample_bytes : int
    interrupted : bool
        Whether records may lie apart: EDF+D, BDF+D.
    """

    channels: tuple[EdfChannel, ...]
    n_bytes: int
    n_records: int
    seconds: float
    record_bytes: int
    sample_bytes: int
    interrupted: bool


def read_edf_header(path: Path) -> EdfHeader:
    """Read the header of an EDF or BDF file.

    Raises
    ------
    DataError
        If it is none, or cut within its header.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        sample_bytes = _sample_bytes(path, head)
        n = _whole(path, head[252:256], "number of channels")
        if n < 1:
            raise DataError(f"{path}: its header names {counted(n, 'channel')}: export it again")
        body = file.read(n * sum(_FIELD_BYTES))
    if len(head) < _HEAD_BYTES or len(body) < n * sum(_FIELD_BYTES):
        raise DataError(f"{path}: ends within its header: get it again")
    channels = _channels(path, body, n, sample_bytes)
    return EdfHeader(
        channels,
        n_bytes=_HEAD_BYTES + len(body),
        n_records=_whole(path, head[236:244], "number of records"),
        seconds=_number(path, head[244:252], "length of a record"),
        record_bytes=sum(one.n_samples for one in channels) * sample_bytes,
        sample_bytes=sample_bytes,
        interrupted=_text(head[192:197]).upper() in ("EDF+D", "BDF+D"),
    )


def _sample_bytes(path: Path, head: bytes) -> int:
    if head[:8] == b"\xffBIOSEMI":
        return 3
    if head[:8].strip() == b"0":
        return 2
    raise DataError(f"{path}: cannot be read as {path.suffix}: does not begin as EDF or BDF does")


def _channels(path: Path, body: bytes, n: int, sample_bytes: int) -> tuple[EdfChannel, ...]:
    fields: list[list[bytes]] = []
    at = 0
    for width in _FIELD_BYTES:
        fields.append([body[at + i * width : at + (i + 1) * width] for i in range(n)])
        at += n * width
    channels = []
    start = 0
    for index in range(n):
        label, _, unit, *limits, _, n_samples, _ = (field[index] for field in fields)
        length = _whole(path, n_samples, "samples a record")
        if length < 0:
            raise DataError(
                f"{path}: {_text(label)}: has {counted(length, 'sample')} a record: get it again"
            )
        low, high, bottom, top = (_limit(one) for one in limits)
        channels.append(
            EdfChannel(_text(label), _text(unit), length, start, (low, high), (bottom, top))
        )
        start += length * sample_bytes
    return tuple(channels)


def _text(field: bytes) -> str:
    """A field's text: ASCII by the definition, but units come as UTF-8 and as Latin-1 too."""
    try:
        text = field.decode("utf-8")
    except UnicodeDecodeError:
        text = field.decode("latin-1")
    return text.replace("\0", " ").strip()


def _limit(field: bytes) -> float:
    """A limit; NaN where it is no number, which matters only if the channel is used."""
    try:
        return float(_text(field).replace(",", "."))
    except ValueError:
        return math.nan


def _number(path: Path, field: bytes, what: str) -> float:
    found = _limit(field)
    if not math.isfinite(found):
        raise DataError(f"{path}: its header's {what} is {_text(field)!r}, no number: get it again")
    return found


def _whole(path: Path, field: bytes, what: str) -> int:
    found = _number(path, field, what)
    if not found.is_integer() or abs(found) >= 1e8:  # longer than its field
        raise DataError(f"{path}: its header's {what} is {_text(field)!r}: get it again")
    return int(found)
