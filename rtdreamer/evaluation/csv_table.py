"""Tables as CSV: numbers in full precision, what does not exist as an empty field."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from rtdreamer.errors import DataError
from rtdreamer.files import reading


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
