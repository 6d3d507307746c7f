"""The bytes of one variable of a MAT-file, inflated in passing, and found again from marks."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_BLOCK = 1 << 14  # of the file: a mark keeps what of it was read and is not inflated yet
_PASSED = 1 << 16  # held at once of what is passed over
_MOST_PADDING = 1 << 10


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """Where a stream stood: some 50 kB if it inflates, which are its last 32 kB and its tables."""

    position: int
    at: int  # in the file
    left: int  # of the variable in the file
    inflate: "zlib._Decompress | None"


class Stream:
    """So many bytes of a file from where it stands, inflated where they are compressed.

    Parameters
    ----------
    file : binary file
        That can seek. Nothing else may move it in the meantime.
    left : int
        Bytes of it that are the stream's.
    inflate : zlib decompressor, optional
        If they are compressed.

    Attributes
    ----------
    position : int
        How many bytes were read or passed over, after inflation.
    """

    def __init__(
        self, file: BinaryIO, left: int, inflate: "zlib._Decompress | None" = None
    ) -> None:
        self.position = 0
        self._file, self._left, self._inflate = file, left, inflate

    @classmethod
    def from_mark(cls, file: BinaryIO, mark: Mark) -> "Stream":
        """A stream that goes on where another one of the same file stood; the mark stays good."""
        file.seek(mark.at)
        found = cls(file, mark.left, mark.inflate and mark.inflate.copy())
        found.position = mark.position
        return found

    def mark(self) -> Mark:
        """Where it stands."""
        inflate = self._inflate and self._inflate.copy()
        return Mark(self.position, self._file.tell(), self._left, inflate)

    def read(self, n: int) -> bytes:
        """Exactly ``n`` bytes.

        Raises
        ------
        ValueError, zlib.error
            If there are fewer, or they cannot be inflated.
        """
        return b"".join(self.parts(n))

    def parts(self, n: int) -> Iterator[bytes]:
        """``n`` bytes in parts. Raises as ``read`` does."""
        while n:
            part = self._some(n)
            if not part:
                raise ValueError("cut short")
            yield part
            n -= len(part)

    def skip(self, n: int) -> None:
        """Pass over ``n`` bytes. Raises as ``read`` does."""
        while n:
            part = self._some(min(n, _PASSED))
            if not part:
                raise ValueError("cut short")
            n -= len(part)

    def finish(self) -> None:
        """Go to the end; of what is compressed, so that its check sum is compared.

        Raises
        ------
        ValueError, zlib.error
            If the check sum is wrong, or the end is missing or far away.
        """
        passed = 0
        while part := self._some(_PASSED):
            passed += len(part)
            # Of zeros, a few bytes would keep it busy for hours.
            if passed > _MOST_PADDING:
                raise ValueError("bytes beyond the end of an array")
        if self._inflate is not None and not self._inflate.eof:
            raise ValueError("cut short")

    def _some(self, n: int) -> bytes:
        """At least one byte and at most ``n``; none at the end."""
        part = self._next(n)
        self.position += len(part)
        return part

    def _next(self, n: int) -> bytes:
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
        return b""
