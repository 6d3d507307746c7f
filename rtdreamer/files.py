"""Files: those that are read must end, those that are written are whole or not there. And CSV."""

import csv
import errno
import io
import json
import math
import os
import stat
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rtdreamer.errors import DataError, RtdreamerError


@contextmanager
def reading(
    path: Path, expected: str, *, missing: str = "", kind: type[RtdreamerError] = DataError
) -> Iterator[None]:
    """Look whether ``path`` is a regular file, and say in one line what keeps it from being read.

    A pipe would be waited for, and some devices never end.

    Parameters
    ----------
    path : Path
        What is read within the context.
    expected : str
        What to name instead of a folder, such as ``a DREAMER.mat``.
    missing : str, optional
        What to do where there is no such file.
    kind : type, optional
        Of the error.

    Raises
    ------
    RtdreamerError
        Of that kind, if the file is missing, no file, or cannot be read.
    """
    try:
        mode = _mode(path, kind)
        if stat.S_ISDIR(mode):
            raise kind(f"{path}: is a folder: name {expected}")
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise kind(f"{path}: no such file{missing and ': '}{missing}") from None
    except OSError as error:
        raise kind(f"{path}: cannot be read: {error.strerror or error}") from None


def _mode(path: Path, kind: type[RtdreamerError]) -> int:
    try:
        return path.stat().st_mode
    except ValueError as error:  # such as a NUL in its name
        raise kind(f"{str(path)!r}: is no name of a file: {error}") from None


def read_whole(path: Path, most: int) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it has more than ``most`` bytes.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = b"" if size > most else file.read(most + 1)
    if max(size, len(content)) > most:
        raise ValueError(f"its {max(size, len(content))} bytes are more than {most}, too many")
    return content


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of what ``path`` holds, in one step.

    Parameters
    ----------
    path : Path
        Its folder is made if missing.
    content : bytes
        All of it.

    Raises
    ------
    RtdreamerError
        If it cannot be written; what was there before is there still.
    """
    with _told_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _part_of(path)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_json(path: Path, values: Any) -> None:
    """Put values that JSON can hold where ``path`` is, as by ``write_atomically``."""
    text = json.dumps(values, indent=1, allow_nan=False) + "\n"
    write_atomically(path, text.encode())


def check_writable(path: Path) -> None:
    """Find out before long work whether ``write_atomically`` could begin; nothing stays behind.

    It is tried out: of permissions, not every system tells the truth.

    Raises
    ------
    RtdreamerError
        If it could not.
    """
    with _told_of(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        folder = next((f for f in path.parents if f.exists()), path.parent)
        part = _part_of(folder / path.name)
        part.touch()
        part.unlink()


def _part_of(path: Path) -> Path:
    # Of its own: threads share a process's number, and so may machines that share a folder.
    return path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.part")


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Say in one line what the system has against it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RtdreamerError(f"{path}: cannot be written: {reason}") from error
    except ValueError as error:  # such as a NUL in its name
        raise RtdreamerError(f"{str(path)!r}: is no name of a file: {error}") from None


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table with a header, in UTF-8.

    Floats are written as the shortest text that is read back as the same float, whole ones
    without a point; NaN and None as nothing.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([as_text(value) for value in row] for row in rows)
    # Names of files may hold what is no Unicode.
    return text.getvalue().encode("utf-8", "backslashreplace")


def as_text(value: object) -> str:
    """A field's text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def read_table(path: Path, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The columns of a CSV file whose header is ``columns``; at least one row.

    Raises
    ------
    DataError
        If it is missing, cannot be read, or is no such table.
    """
    with reading(path, "a CSV table"):
        content = path.read_bytes()
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (ValueError, csv.Error) as error:
        raise DataError(f"{path}: is not a CSV table: {' '.join(str(error).split())}") from None
    if not rows or tuple(rows[0]) != tuple(columns):
        raise DataError(f"{path}: its first line is not {','.join(columns)}")
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(columns):
            raise DataError(
                f"{path}, row {number}: {len(row)} fields where there are {len(columns)} columns: "
                "the file is cut off or was edited, make it again"
            )
    if len(rows) < 2:
        raise DataError(f"{path}: holds no rows: make it again")
    return list(zip(*rows[1:], strict=True))
