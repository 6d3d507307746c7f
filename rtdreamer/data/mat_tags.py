"""The tags of a MAT-file of level 5, followed before scipy reads the file.

scipy (1.17) looks up a number's type in a table without asking whether it is in there: one damaged
byte in a tag can take the whole process down, without a word.

The format: MathWorks, MAT-File Format (R2024a), "Level 5 MAT-File Format".
"""

import math
import struct
import zlib
from io import BufferedReader
from pathlib import Path

_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18})
_SPARSE = 5  # classes of arrays
_PLAIN = frozenset({4, *range(6, 16)})  # text, and each type of numbers
_LAST_WITH_DIMENSIONS = 15
_COMPLEX = 0x800
_N_BEFORE = 3  # flags, dimensions and name come before an array's numbers
_DEEPEST = 50
_BLOCK = 1 << 20


def check_tags(path: Path) -> None:
    """Check that every array's numbers are of a known type and lie where they should.

    A file of another level is passed over.

    Raises
    ------
    ValueError, zlib.error
        If they are not, or the file is cut short.
    """
    with path.open("rb") as file:
        header = file.read(128)
        order = {b"IM": "<", b"MI": ">"}.get(header[126:])
        if order is None or struct.unpack(f"{order}H", header[124:126])[0] >> 8 != 1:
            return
        while start := file.read(8):
            kind, size = struct.unpack(f"{order}II", start.ljust(8, b"\0"))
            if kind == _COMPRESSED:
                stream = _Stream(file, size, zlib.decompressobj())
                kind, size = struct.unpack(f"{order}II", stream.read(8))
            else:
                stream = _Stream(file, size, None)
            if kind != _MATRIX:
                raise ValueError(f"a variable of type {kind}, which is no array")
            _check_array(stream, size, order, 1)
            stream.finish()


class _Stream:
    """So many bytes of a file, inflated where they are compressed."""

    def __init__(self, file: BufferedReader, size: int, inflate: "zlib._Decompress | None") -> None:
        self._file = file
        self._left = size
        self._inflate = inflate

    def read(self, n: int) -> bytes:
        """Exactly ``n`` bytes."""
        parts = []
        while n:
            part = self._some(n)
            if not part:
                raise ValueError("cut short")
            parts.append(part)
            n -= len(part)
        return b"".join(parts)

    def skip(self, n: int) -> None:
        """Pass over ``n`` bytes."""
        while n:
            n -= len(self.read(min(n, _BLOCK)))

    def finish(self) -> None:
        """Go to the end; of what is compressed, so that its check sum is compared."""
        while self._some(_BLOCK):
            pass
        if self._inflate is not None and not self._inflate.eof:
            raise ValueError("cut short")

    def _some(self, n: int) -> bytes:
        """At least one byte and at most ``n``; none at the end."""
        if self._inflate is None:
            part = self._file.read(min(n, self._left))
            self._left -= len(part)
            return part
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail
            if not packed:
                packed = self._file.read(min(_BLOCK, self._left))
                self._left -= len(packed)
            if part := self._inflate.decompress(packed, n):
                return part
            if not packed:
                break
        self._file.seek(self._left, 1)
        self._left = 0
        return b""


def _check_array(stream: _Stream, left: int, order: str, depth: int) -> None:
    """Follow the elements of an array of ``left`` bytes."""
    if depth > _DEEPEST:
        raise ValueError("arrays nested too deep")
    most_values, number, kind_of_array, needed = left, 0, 0, range(0)
    while left >= 8:
        kind, size, is_small = _read_tag(stream, order)
        left -= 8
        if size > left + (4 if is_small else 0):
            raise ValueError("an element longer than the array it is in")
        if number in needed and kind not in _NUMBERS:
            raise ValueError(f"numbers of the unknown type {kind}")
        taken = 0 if is_small else min(size + -size % 8, left)
        if number == 0:
            (flags,) = struct.unpack_from(f"{order}I", stream.read(taken).ljust(4, b"\0"))
            kind_of_array = flags & 0xFF
            needed = _places_of_numbers(kind_of_array, bool(flags & _COMPLEX))
        elif number == 1 and kind_of_array <= _LAST_WITH_DIMENSIONS:
            dimensions = struct.unpack_from(f"{order}{taken // 4}i", stream.read(taken))
            if size < 8 or is_small:
                raise ValueError("an array of fewer than two dimensions")
            # scipy makes room for that many before it looks for them.
            if kind_of_array != _SPARSE and math.prod(dimensions[: size // 4]) > most_values:
                raise ValueError("an array of more values than its bytes can hold")
        elif kind == _MATRIX:
            _check_array(stream, size, order, depth + 1)
            stream.skip(taken - size)
        else:
            stream.skip(taken)
        left -= taken
        number += 1
    if number < needed.stop:
        raise ValueError("an array without its numbers")
    stream.skip(left)


def _read_tag(stream: _Stream, order: str) -> tuple[int, int, bool]:
    """An element's type, its bytes, and whether they were within these 8."""
    first, second = struct.unpack(f"{order}II", stream.read(8))
    return (first & 0xFFFF, first >> 16, True) if first >> 16 else (first, second, False)


def _places_of_numbers(kind_of_array: int, is_complex: bool) -> range:
    """Which of an array's elements scipy takes for numbers, whatever they say they are."""
    if kind_of_array == _SPARSE:
        return range(_N_BEFORE, _N_BEFORE + 3 + is_complex)
    if kind_of_array in _PLAIN:
        return range(_N_BEFORE, _N_BEFORE + 1 + is_complex)
    return range(0)
