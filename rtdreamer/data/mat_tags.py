"""The tags of a MAT-file of level 5, followed before scipy reads the file.

scipy (1.17) looks up a number's type in a table without asking whether it is in there: one damaged
byte in a tag can take the whole process down, without a word.

The format: MathWorks, MAT-File Format (R2024a), "Level 5 MAT-File Format".
"""

import math
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from rtdreamer.data.mat_stream import Stream

HEADER_BYTES = 128
MATRIX = 14  # a type of elements: an array
CELL, STRUCT, TEXT, SPARSE = 1, 2, 4, 5  # classes of arrays
NUMBERS = range(6, 16)
PLAIN = frozenset({TEXT, *NUMBERS})
DEEPEST = 50  # arrays in arrays
TAG_BYTES = 8
FLAGS_BYTES = 16  # with their tag

_COMPRESSED = 15
_TYPES_OF_NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18})
_MOST_WITHIN = 4  # bytes of an element in the tag itself
_LAST_WITH_DIMENSIONS = 15
_COMPLEX = 0x800
_N_BEFORE = 3  # flags, dimensions and name come before an array's numbers
_MOST_DIMENSIONS = 32  # as many as scipy makes room for
_MOST_VARIABLES = 10_000


class Tag(NamedTuple):
    """What stands before an element: its type, its bytes, and those that are in the tag itself."""

    kind: int
    size: int
    within: bytes | None


class Flags(NamedTuple):
    """An array's class, and whether its numbers have imaginary parts."""

    kind: int
    is_complex: bool


def check_tags(path: Path) -> None:
    """Check that every array's numbers are of a known type and lie where they should.

    A file of another level is passed over.

    Raises
    ------
    ValueError, zlib.error
        If they are not, or the file is cut short.
    """
    with path.open("rb") as file:
        order = byte_order(file)
        if order is None:
            return
        for stream, size in variables(file, order):
            check_array(stream, stream.position + size, order)
            stream.finish()


def byte_order(file: BinaryIO) -> str | None:
    """Which way round a file's numbers have their bytes, as ``struct`` says it.

    Returns
    -------
    str or None
        None of a file that is not of level 5.
    """
    file.seek(0)
    header = file.read(HEADER_BYTES)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:])
    if order is None or struct.unpack(f"{order}H", header[124:126])[0] >> 8 != 1:
        return None
    return order


def variables(file: BinaryIO, order: str) -> Iterator[tuple[Stream, int]]:
    """Each of a file's variables: the bytes after its tag, and how many there should be.

    Raises
    ------
    ValueError, zlib.error
        If one is no array, or the file is cut short.
    """
    at, end = HEADER_BYTES, file.seek(0, os.SEEK_END)
    for _ in range(_MOST_VARIABLES):
        if at >= end:
            return
        file.seek(at)
        kind, in_file = struct.unpack(f"{order}II", file.read(8).ljust(8, b"\0"))
        at += 8 + in_file
        if at > end:
            raise ValueError("cut short")
        if kind == _COMPRESSED:
            stream = Stream(file, in_file, zlib.decompressobj())
            kind, size = struct.unpack(f"{order}II", stream.read(8))
        else:
            stream, size = Stream(file, in_file), in_file
        if kind != MATRIX:
            raise ValueError(f"a variable of type {kind}, which is no array")
        yield stream, size
    raise ValueError(f"more than {_MOST_VARIABLES} variables")


def check_array(stream: Stream, end: int, order: str, depth: int = 1) -> None:
    """Follow the elements of an array, which lasts until the stream's position is ``end``.

    Raises
    ------
    ValueError, zlib.error
        If its numbers are of an unknown type or lie elsewhere than scipy will look for them.
    """
    if depth > DEEPEST:
        raise ValueError("arrays nested too deep")
    most_values, number, flags, needed = end - stream.position, 0, Flags(0, False), range(0)
    while stream.position < end:
        if number == 0:
            flags = read_flags(stream, end, order)
            needed = _places_of_numbers(flags)
        elif number == 1 and flags.kind <= _LAST_WITH_DIMENSIONS:
            dimensions = read_dimensions(stream, end, order)
            # scipy makes room for that many before it looks for them.
            if flags.kind != SPARSE and math.prod(dimensions) > most_values:
                raise ValueError("an array of more values than its bytes can hold")
        else:
            tag = read_tag(stream, end, order)
            if number in needed and tag.kind not in _TYPES_OF_NUMBERS:
                raise ValueError(f"numbers of the unknown type {tag.kind}")
            if tag.kind == MATRIX and tag.within is None:
                check_array(stream, stream.position + tag.size, order, depth + 1)
                pass_padding(stream, end, tag)
            else:
                pass_data(stream, end, tag)
        number += 1
    if number < needed.stop:
        raise ValueError("an array without its numbers")


def read_tag(stream: Stream, end: int, order: str) -> Tag:
    """The tag of an element that must end by ``end``. Raises ``ValueError`` if it does not."""
    if end - stream.position < TAG_BYTES:
        raise ValueError("bytes that are no element")
    start = stream.read(TAG_BYTES)
    first, second = struct.unpack(f"{order}II", start)
    kind, size = first & 0xFFFF, first >> 16
    if size:
        if size > _MOST_WITHIN:
            raise ValueError("an element longer than the tag it is in")
        return Tag(kind, size, start[4 : 4 + size])
    if second > end - stream.position:
        raise ValueError("an element longer than the array it is in")
    return Tag(first, second, None)


def read_data(stream: Stream, end: int, tag: Tag, most: int) -> bytes:
    """An element's bytes, which are at most ``most``. Raises ``ValueError`` if there are more."""
    if tag.within is not None:
        return tag.within
    if tag.size > most:
        raise ValueError(f"{tag.size} bytes where there should be at most {most}")
    data = stream.read(tag.size)
    pass_padding(stream, end, tag)
    return data


def pass_data(stream: Stream, end: int, tag: Tag) -> None:
    """Pass over an element's bytes."""
    if tag.within is None:
        stream.skip(tag.size)
        pass_padding(stream, end, tag)


def pass_padding(stream: Stream, end: int, tag: Tag) -> None:
    """Pass over what makes an element's bytes a multiple of eight; the last may do without."""
    stream.skip(min(-tag.size % 8, end - stream.position))


def read_flags(stream: Stream, end: int, order: str) -> Flags:
    """An array's flags, which come first. Raises ``ValueError`` if they do not."""
    if end - stream.position < FLAGS_BYTES:
        raise ValueError("an array without its flags")
    return flags_of(stream.read(FLAGS_BYTES), order)


def flags_of(start: bytes, order: str) -> Flags:
    """An array's flags, from its first bytes. Raises ``ValueError`` if they are others."""
    _, size, flags = struct.unpack_from(f"{order}3I", start)
    # scipy takes them for so many bytes, whatever the tag says.
    if size != FLAGS_BYTES - TAG_BYTES:
        raise ValueError("an array without its flags")
    return Flags(flags & 0xFF, bool(flags & _COMPLEX))


def read_dimensions(stream: Stream, end: int, order: str) -> tuple[int, ...]:
    """An array's dimensions, which come second. Raises ``ValueError`` if there are not two."""
    tag = read_tag(stream, end, order)
    data = read_data(stream, end, tag, 4 * _MOST_DIMENSIONS)
    dimensions = struct.unpack_from(f"{order}{len(data) // 4}i", data)
    if len(dimensions) < 2:
        raise ValueError("an array of fewer than two dimensions")
    if min(dimensions) < 0:
        raise ValueError("an array of a negative size")
    return dimensions


def _places_of_numbers(flags: Flags) -> range:
    """Which of an array's elements scipy takes for numbers, whatever they say they are."""
    if flags.kind == SPARSE:
        return range(_N_BEFORE, _N_BEFORE + 3 + flags.is_complex)
    if flags.kind in PLAIN:
        return range(_N_BEFORE, _N_BEFORE + 1 + flags.is_complex)
    return range(0)
