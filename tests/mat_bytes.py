"""MAT-files of level 5 as bytes: where their tags are, made by hand, and the other way round."""

import struct
from typing import NamedTuple

HEADER_BYTES = 128
MATRIX = 14
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}
"""Bytes of one number, by type."""


class Element(NamedTuple):
    """Where a tag is, and the data it stands before."""

    at: int
    kind: int
    data: slice


def elements(content, start=HEADER_BYTES, end=None):
    """All elements of an uncompressed little-endian file, arrays before what is in them."""
    end = len(content) if end is None else end
    found = []
    while start < end:
        kind, size = struct.unpack_from("<II", content, start)
        if kind >> 16:
            found.append(Element(start, kind & 0xFFFF, slice(start + 4, start + 4 + (kind >> 16))))
            start += 8
            continue
        found.append(Element(start, kind, slice(start + 8, start + 8 + size)))
        if kind == MATRIX:
            found += elements(content, start + 8, start + 8 + size)
        start += 8 + size + -size % 8
    return found


def big_endian(content):
    """An uncompressed little-endian file as a big-endian machine writes it."""
    made = bytearray(content)
    made[124:128] = content[125:123:-1] + content[127:125:-1]
    for at, kind, data in elements(content):
        n_bytes = 4  # of the numbers in the tag
        for place in (at, at + 4)[: 1 + (data.start == at + 8)]:
            made[place : place + n_bytes] = content[place : place + n_bytes][::-1]
        if kind != MATRIX:
            for place in range(data.start, data.stop, SIZES[kind]):
                made[place : place + SIZES[kind]] = content[place : place + SIZES[kind]][::-1]
    return bytes(made)


def element(kind, data):
    """A tag, data, and zeros up to a multiple of eight."""
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def array(kind, name, content, dimensions=b"\1\0\0\0\1\0\0\0"):
    """An array of a class, with what follows its name as bytes."""
    flags = element(6, struct.pack("<II", kind, 0))
    return element(MATRIX, flags + element(5, dimensions) + element(1, name.encode()) + content)
