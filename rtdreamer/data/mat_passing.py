"""A variable of a MAT-file of level 5, read in passing: each large array is met, and let go.

Structs and cells are taken apart here, so that arrays of numbers or text come one at a time; those
are scipy's to read, once their tags are checked.
"""

import io
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from rtdreamer.data import mat_tags as tags
from rtdreamer.data.mat_stream import Mark, Stream

MOST_VALUES_MET = 1 << 21
"""In one array: 19 min of EEG."""

_MOST_KEPT = 1 << 25  # bytes of all that is kept, so many of them for each array:
_FOR_AN_ARRAY = 512
_LONGEST_KEPT = 1 << 16  # bytes of one array in the file
_LONGEST_MET = 8 * MOST_VALUES_MET + (1 << 10)
_LONGEST_NAME, _LONGEST_NAMES = 1 << 10, 1 << 16  # bytes of one name, and of a struct's
_MOST_MARKS = 2500  # some 50 kB each
_INT8, _INT32, _UINT32 = 1, 5, 6
_KINDS = {tags.CELL: "O", tags.STRUCT: "V", tags.TEXT: "U"} | dict.fromkeys(tags.NUMBERS, "f")
_WITH_DIMENSIONS = {*_KINDS, tags.SPARSE}
_EMPTY = np.empty((1, 0))  # as scipy reads an array of no bytes at all

Where = tuple[str | int, ...]
"""Names of fields and 0-based numbers of cells, from the variable inwards."""


class Treatment(Enum):
    """What becomes of an array in passing."""

    KEEP = auto()
    MEET = auto()
    PASS = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where an array lies: so many bytes from so far behind a mark on."""

    mark: Mark
    position: int
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """An array without its values.

    Attributes
    ----------
    kind : str
        As of a dtype of numpy's, float for all real numbers; empty of what is no array.
    shape : tuple of int
        As numpy has it.
    place : Place or None
        Where to read it again, if it was met.
    not_finite : tuple of int and float, or None
        The index of the first value that is no finite number, and this value.
    """

    kind: str = ""
    shape: tuple[int, ...] = ()
    place: Place | None = None
    not_finite: tuple[tuple[int, ...], float] | None = None


Value = dict[str, "Value"] | list["Value"] | Outline | NDArray[Any]
"""A struct of one, a cell array in numpy's order, an array met or passed, or one kept."""


def read_variable(
    file: BinaryIO, name: str, treatment: Callable[[Where], Treatment]
) -> Value | None:
    """Read one variable of a MAT-file.

    It is inflated once, and its check sum compared. What is kept takes at most 32 MiB, places take
    at most 130 MiB. Other variables are passed over.

    Parameters
    ----------
    file : binary file
    name : str
        The variable's.
    treatment : callable
        What becomes of the array in a place. Of one to keep that is longer than 64 KiB, and of one
        to meet that is longer than ``MOST_VALUES_MET``, there is but an outline.

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
            value = _Passage(stream, order, size, treatment).array(size, ())
            stream.finish()
            return value
    return None


def read_again(file: BinaryIO, place: Place) -> NDArray[Any]:
    """An array that was met, with the same values as then. Raises as ``read_variable`` does."""
    order = tags.byte_order(file)
    if order is None:
        raise ValueError("not of level 5")
    stream = Stream.from_mark(file, place.mark)
    stream.skip(place.position - stream.position)
    return _read_by_scipy(stream.read(place.size), order)


def _name(stream: Stream, end: int, order: str) -> str:
    if tags.read_flags(stream, end, order).kind not in _WITH_DIMENSIONS:
        return ""
    tags.read_dimensions(stream, end, order)
    tag = tags.read_tag(stream, end, order)
    return tags.read_data(stream, end, tag, _LONGEST_NAME).decode("latin1")


class _Passage:
    """One way through a variable's bytes."""

    def __init__(
        self, stream: Stream, order: str, size: int, treatment: Callable[[Where], Treatment]
    ) -> None:
        self._stream, self._order, self._treatment = stream, order, treatment
        self._room = _MOST_KEPT
        self._mark, self._marks_every = stream.mark(), size // _MOST_MARKS

    def array(self, size: int, where: Where) -> Value:
        """The array that begins here, of ``size`` bytes."""
        if len(where) >= tags.DEEPEST:
            raise ValueError("arrays nested too deep")
        self._take_room(_FOR_AN_ARRAY)
        stream, end = self._stream, self._stream.position + size
        treatment = self._treatment(where)
        if treatment is Treatment.PASS:
            stream.skip(size)
            return Outline()
        met = treatment is Treatment.MEET
        if not size:
            return _met(_EMPTY, None) if met else _EMPTY
        place = self._place(size) if met else None
        if size < tags.FLAGS_BYTES:
            raise ValueError("an array without its flags")
        start = stream.read(tags.FLAGS_BYTES)
        flags = tags.flags_of(start, self._order)
        if flags.kind == tags.STRUCT:
            return self._struct(end, where)
        if flags.kind == tags.CELL:
            return self._cells(end, where)
        longest = _LONGEST_MET if met else _LONGEST_KEPT
        if flags.kind not in tags.PLAIN or size > longest:
            return self._outline(end, flags)
        found = _read_by_scipy(start + stream.read(end - stream.position), self._order)
        if met:
            return _met(found, place)
        self._take_room(found.nbytes)
        return found

    def _place(self, size: int) -> Place:
        if self._stream.position - self._mark.position >= self._marks_every:
            self._mark = self._stream.mark()
        return Place(self._mark, self._stream.position, size)

    def _take_room(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise ValueError("too many small arrays")

    def _outline(self, end: int, flags: tags.Flags) -> Outline:
        shape: tuple[int, ...] = ()
        if flags.kind in _WITH_DIMENSIONS:
            shape = tags.read_dimensions(self._stream, end, self._order)
        self._stream.skip(end - self._stream.position)
        return Outline("c" if flags.is_complex else _KINDS.get(flags.kind, ""), shape)

    def _struct(self, end: int, where: Where) -> Value:
        shape = self._shape(end)
        (longest,) = struct.unpack(f"{self._order}i", self._element(end, 4).ljust(4, b"\0"))
        names = self._element(end, _LONGEST_NAMES)
        if math.prod(shape) != 1:
            self._stream.skip(end - self._stream.position)
            return Outline("V", shape)
        if not 0 < longest <= _LONGEST_NAME:
            raise ValueError("names of fields without a length")
        found: dict[str, Value] = {}
        for at in range(0, len(names), longest):
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


def _met(found: NDArray[Any], place: Place | None) -> Outline:
    kind = found.dtype.kind
    if kind not in "iuf":
        return Outline(kind, found.shape)
    if found.size > MOST_VALUES_MET:
        return Outline("f", found.shape)
    not_finite = None
    is_finite = np.isfinite(found)
    if not is_finite.all():
        index = tuple(np.argwhere(~is_finite)[0].tolist())
        not_finite = index, float(found[index])
    return Outline("f", found.shape, place, not_finite)


def _read_by_scipy(array: bytes, order: str) -> NDArray[Any]:
    """What scipy makes of an array's bytes, if it can take no harm: from a file with this one cell.

    So an array needs no name of its own.
    """
    tags.check_array(Stream(io.BytesIO(array), len(array)), len(array), order)
    padded = array + bytes(-len(array) % 8)
    cell = struct.pack(
        f"{order}4I 2I2i I4s 2I",
        *(_UINT32, 8, tags.CELL, 0),
        *(_INT32, 8, 1, 1),
        *(1 << 16 | _INT8, b"x"),
        *(tags.MATRIX, len(array)),
    )
    header = struct.pack(
        f"{order}124sH2s 2I",
        *(b"MATLAB 5.0 MAT-file", 1 << 8, b"IM" if order == "<" else b"MI"),
        *(tags.MATRIX, len(cell) + len(padded)),
    )
    found = loadmat(io.BytesIO(header + cell + padded))["x"][0, 0]
    return np.asarray(found)
