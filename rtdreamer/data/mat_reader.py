"""One variable of a MAT-file of level 5, read in passing: large arrays are examined and let go.

Structs and cells are taken apart here, so that arrays of numbers or text come one at a time; those
are scipy's to read, once their tags are checked.
"""

import io
import math
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from rtdreamer.data import mat_tags as tags
from rtdreamer.data.mat_stream import Mark, Stream

MOST_VALUES = 1 << 21
"""In one array: 19 min of EEG."""

LONGEST_KEPT = 1 << 16
"""Bytes of one array in the file, to be kept."""

_MOST_KEPT = 1 << 25  # bytes of all that is kept, so many of them for each array:
_FOR_AN_ARRAY = 512
_LONGEST_EXAMINED = 8 * MOST_VALUES + (1 << 10)
_LONGEST_NAME, _LONGEST_NAMES = 1 << 10, 1 << 16  # bytes of one name, and of a struct's
_MOST_MARKS = 2500  # some 50 kB each
_INT8, _INT32, _UINT32 = 1, 5, 6
_KINDS = {tags.CELL: "O", tags.STRUCT: "V", tags.TEXT: "U"} | dict.fromkeys(tags.NUMBERS, "f")
_WITH_DIMENSIONS = {*_KINDS, tags.SPARSE}
_EMPTY = np.empty((1, 0))  # as scipy reads an array of no bytes at all

Where = tuple[str | int, ...]
"""Names of fields and 0-based numbers of cells, from the variable inwards."""


class Treatment(Enum):
    """What to do with an array in passing: keep its values, or a summary only, or neither."""

    KEEP = auto()
    EXAMINE = auto()
    SKIP = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """Where an array's bytes begin, which lies behind a mark, and how many there are."""

    mark: Mark
    position: int
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """What an array is called in a file that has a name for each."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What is known of an array of which the values were not kept.

    Attributes
    ----------
    kind : str
        As of a dtype of numpy's, float for all real numbers; empty of what is no array.
    shape : tuple of int
        As numpy has it.
    location : Location, Place or None
        Where to read it again, if it was examined.
    beyond : tuple of int and float, or None
        The index of the first value examined that is too large or no number, and this value.
    """

    kind: str = ""
    shape: tuple[int, ...] = ()
    location: Location | Place | None = None
    beyond: tuple[tuple[int, ...], float] | None = None


Value = dict[str, "Value"] | list["Value"] | Summary | NDArray[Any]
"""A 1×1 struct, the cells of an array in numpy's order, an array not kept, or one that is."""


def read_variable(
    file: BinaryIO,
    name: str,
    treatment: Callable[[Where], Treatment],
    most: float = sys.float_info.max,
) -> Value | None:
    """Read one variable of a MAT-file.

    It is inflated once, and its check sum compared. What is kept takes at most 32 MiB, locations
    take at most 150 MiB. Other variables are passed over.

    Parameters
    ----------
    file : binary file
    name : str
        The variable's.
    treatment : callable
        What to do with the array in a place. Of one to keep that is longer than 64 KiB, and of one
        to examine that is longer than ``MOST_VALUES``, only kind and shape are returned.
    most : float
        How large the values of arrays to examine may be, either way; any finite number if not
        given.

    Returns
    -------
    value or None
        None if there is no such variable.

    Raises
    ------
    ValueError, zlib.error
        If the file is not of level 5, cut short, damaged or larger than that. Whatever scipy
        raises, if an array's values are not what its tags promise.
    """
    order = tags.byte_order(file)
    if order is None:
        raise ValueError("not of level 5")
    for stream, size in tags.variables(file, order):
        begin = stream.mark()
        if _name(stream, begin.position + size, order) == name:
            stream = Stream.from_mark(file, begin)
            value = _Walk(stream, order, size, treatment, most).array(size, ())
            stream.finish()
            return value
    return None


def read_again(file: BinaryIO, location: Location) -> NDArray[Any]:
    """Read an array that was examined. Raises as ``read_variable`` does."""
    order = tags.byte_order(file)
    if order is None:
        raise ValueError("not of level 5")
    stream = Stream.from_mark(file, location.mark)
    stream.skip(location.position - stream.position)
    return _read_by_scipy(b"", stream, location.size, order)


def _name(stream: Stream, end: int, order: str) -> str:
    if tags.read_flags(stream, end, order).kind not in _WITH_DIMENSIONS:
        return ""
    tags.read_dimensions(stream, end, order)
    tag = tags.read_tag(stream, end, order)
    return tags.read_data(stream, end, tag, _LONGEST_NAME).decode("latin1")


class _Walk:
    """A walk through the bytes of a variable."""

    def __init__(
        self,
        stream: Stream,
        order: str,
        size: int,
        treatment: Callable[[Where], Treatment],
        most: float,
    ) -> None:
        self._stream, self._order, self._treatment, self._most = stream, order, treatment, most
        self._room = _MOST_KEPT
        self._mark, self._marks_every = stream.mark(), size // _MOST_MARKS

    def array(self, size: int, where: Where) -> Value:
        """The array that begins here, of ``size`` bytes."""
        if len(where) >= tags.DEEPEST:
            raise ValueError("arrays nested too deep")
        self._take_room(_FOR_AN_ARRAY)
        stream, end = self._stream, self._stream.position + size
        treatment = self._treatment(where)
        if treatment is Treatment.SKIP:
            stream.skip(size)
            return Summary()
        examined = treatment is Treatment.EXAMINE
        if not size:
            return examine(_EMPTY, None, self._most) if examined else _EMPTY
        location = self._location(size) if examined else None
        if size < tags.FLAGS_BYTES:
            raise ValueError("an array without its flags")
        start = stream.read(tags.FLAGS_BYTES)
        flags = tags.flags_of(start, self._order)
        if flags.kind == tags.STRUCT:
            return self._struct(end, where)
        if flags.kind == tags.CELL:
            return self._cells(end, where)
        longest = _LONGEST_EXAMINED if examined else LONGEST_KEPT
        if flags.kind not in tags.PLAIN or size > longest:
            return self._summary(end, flags)
        found = _read_by_scipy(start, stream, end - stream.position, self._order)
        if examined:
            return examine(found, location, self._most)
        self._take_room(found.nbytes)
        return found

    def _location(self, size: int) -> Location:
        if self._stream.position - self._mark.position >= self._marks_every:
            self._mark = self._stream.mark()
        return Location(self._mark, self._stream.position, size)

    def _take_room(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise ValueError("too many small arrays")

    def _summary(self, end: int, flags: tags.Flags) -> Summary:
        shape: tuple[int, ...] = ()
        if flags.kind in _WITH_DIMENSIONS:
            shape = tags.read_dimensions(self._stream, end, self._order)
        self._stream.skip(end - self._stream.position)
        return Summary("c" if flags.is_complex else _KINDS.get(flags.kind, ""), shape)

    def _struct(self, end: int, where: Where) -> Value:
        shape = self._shape(end)
        (longest,) = struct.unpack(f"{self._order}i", self._element(end, 4).ljust(4, b"\0"))
        names = self._element(end, _LONGEST_NAMES)
        if math.prod(shape) != 1:
            self._stream.skip(end - self._stream.position)
            return Summary("V", shape)
        if not 0 < longest <= _LONGEST_NAME:
            raise ValueError("names of fields without a length")
        found: dict[str, Value] = {}
        for at in range(0, len(names) - longest + 1, longest):
            name = names[at : at + longest].partition(b"\0")[0].decode("latin1")
            if name in found:
                raise ValueError("a struct with two fields of one name")
            found[name] = self._part(end, (*where, name))
        self._check_end(end)
        return found

    def _cells(self, end: int, where: Where) -> Value:
        shape = self._shape(end)
        n_cells = math.prod(shape)
        # Not one is made before there are bytes for all.
        if n_cells * tags.TAG_BYTES > end - self._stream.position:
            raise ValueError("an array of more values than its bytes can hold")
        found = [self._part(end, (*where, index)) for index in range(n_cells)]
        self._check_end(end)
        return [found[index] for index in np.arange(n_cells).reshape(shape, order="F").flat]

    def _shape(self, end: int) -> tuple[int, ...]:
        shape = tags.read_dimensions(self._stream, end, self._order)
        self._element(end, _LONGEST_NAME)
        return shape

    def _element(self, end: int, most: int) -> bytes:
        tag = tags.read_tag(self._stream, end, self._order)
        return tags.read_data(self._stream, end, tag, most)

    def _part(self, end: int, where: Where) -> Value:
        tag = tags.read_tag(self._stream, end, self._order)
        if tag.kind != tags.MATRIX or tag.within is not None:
            raise ValueError(f"a part of type {tag.kind}, which is no array")
        found = self.array(tag.size, where)
        tags.pass_padding(self._stream, end, tag)
        return found

    def _check_end(self, end: int) -> None:
        if self._stream.position != end:
            raise ValueError("an array of more parts than it names")


def examine(found: NDArray[Any], location: Location | Place | None, most: float) -> Summary:
    """Summarise an array that may be read again there; its values lie within ``most``, or not."""
    kind = found.dtype.kind
    if kind not in "iuf":
        return Summary(kind, found.shape)
    if found.size > MOST_VALUES:
        return Summary("f", found.shape)
    values = found.astype(np.float64, copy=False)
    beyond = None
    # Neither holds of what is no number.
    if values.size and not (values.min() >= -most and values.max() <= most):
        index = tuple(np.argwhere(~(np.abs(values) <= most))[0].tolist())
        beyond = index, float(values[index])
    return Summary("f", found.shape, location, beyond)


def _read_by_scipy(start: bytes, stream: Stream, size: int, order: str) -> NDArray[Any]:
    """What scipy makes of an array whose next ``size`` bytes come from a stream.

    It stands in the one cell of a file made for it, since there it needs no name of its own.
    """
    n_bytes = len(start) + size
    padding = bytes(-n_bytes % 8)
    cell = struct.pack(
        f"{order}4I 2I2i I4s 2I",
        *(_UINT32, 8, tags.CELL, 0),
        *(_INT32, 8, 1, 1),
        *(1 << 16 | _INT8, b"x"),
        *(tags.MATRIX, n_bytes),
    )
    header = struct.pack(
        f"{order}124sH2s 2I",
        *(b"MATLAB 5.0 MAT-file", 1 << 8, b"IM" if order == "<" else b"MI"),
        *(tags.MATRIX, len(cell) + n_bytes + len(padding)),
    )
    # Put together at once, since it may be long.
    file = io.BytesIO(b"".join((header, cell, start, *stream.parts(size), padding)))
    file.seek(len(header) + len(cell))
    tags.check_array(Stream(file, n_bytes), n_bytes, order)
    return np.asarray(loadmat(file)["x"][0, 0])
