"""Anyone's folds, and predictions by them, as tables in text files: one row a window and fold."""

import csv
import io
import math
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import counted
from rtdreamer.errors import DataError
from rtdreamer.files import read_whole, reading

Index = NDArray[np.int64]
Array = NDArray[np.float64]

FOLD_COLUMNS = ("subject", "trial", "clip", "window", "fold")
WINDOW_COLUMNS = ("subject", "trial", "window")
RUN_COLUMNS = ("dataset", "protocol", "method", "seed")
"""Where they are there, each must hold one value: predictions of two runs are not to be mixed."""
NUMBER_COLUMNS = ("label", "rating", "p")

MAX_BYTES = 2**28
"""No file may have more: some ten million rows, which take minutes, and gigabytes of memory."""

_DELIMITERS = ",;\t"
_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """A column of names.

    Attributes
    ----------
    codes : ndarray, shape (n_rows,)
        Of each row, its name's place in ``names``.
    names : tuple of str
        Each once, in the order in which they came.
    """

    codes: Index
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Those columns of a file that are asked for.

    Attributes
    ----------
    path : Path
        The file.
    names : mapping of str to Names
        Columns that say of what a row is.
    numbers : mapping of str to ndarray, shape (n_rows,)
        Columns of finite numbers; NaN where a cell is empty.
    """

    path: Path
    names: Mapping[str, Names]
    numbers: Mapping[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.names.values())).codes)


def read_table(path: Path, required: Sequence[str], optional: Sequence[str]) -> Table:
    """Read a table separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Latin-1.

    Parameters
    ----------
    path : Path
        The file.
    required, optional : sequence of str
        Columns to read; ``NUMBER_COLUMNS`` among them are numbers, of which a decimal comma is
        understood where it separates no columns. Capitals, the columns' order and further columns
        do not matter.

    Raises
    ------
    DataError
        If it cannot be read, a required column is missing or any is there twice, there are no rows,
        or a cell is not what it should be.
    """
    lines = io.StringIO(_text(path), newline="")
    delimiter = _delimiter(lines, {*required, *optional})
    rows = csv.reader(lines, delimiter=delimiter)
    try:
        header = next((row for row in rows if any(cell.strip() for cell in row)), [])
        place = _places(path, [cell.strip().lower() for cell in header], required, optional)
        return _read_rows(path, rows, place, delimiter)
    except csv.Error as error:
        raise DataError(f"{path}: line {rows.line_num} is no line of a table: {error}") from None


def _text(path: Path) -> str:
    with reading(path, "a table of folds"):
        try:
            content = read_whole(path, MAX_BYTES)
        except ValueError as error:
            raise DataError(
                f"{path}: {error}: keep only the columns that are needed, and give each fold's "
                "judged windows alone, without a column side"
            ) from None
    # As Latin-1 any bytes are text, in which different names stay different.
    for encoding in (_ENCODINGS.get(content[:2], _ENCODINGS.get(content[:3], "utf-8")), "latin-1"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _delimiter(lines: io.StringIO, wanted: set[str]) -> str:
    """What separates the columns: with it, most of those wanted are in the first line."""
    first = next((line for line in lines if line.strip()), "")
    lines.seek(0)

    def n_found(delimiter: str) -> int:
        return len(wanted & {cell.strip().strip('"').lower() for cell in first.split(delimiter)})

    return max(_DELIMITERS, key=n_found)


def _places(
    path: Path, header: list[str], required: Sequence[str], optional: Sequence[str]
) -> dict[str, int]:
    if not header:
        raise DataError(f"{path}: is empty: expected columns {', '.join(required)}")
    missing = [name for name in required if name not in header]
    if missing:
        found = ", ".join(header)
        raise DataError(
            f"{path}: has no column {', '.join(missing)}, but {found[:200]!r}: name the columns in "
            f"the first line, {', '.join(required)} among them"
        )
    wanted = [name for name in (*required, *optional) if name in header]
    for name in wanted:
        if header.count(name) > 1:
            raise DataError(f"{path}: has {header.count(name)} columns {name}: leave one")
    return {name: header.index(name) for name in wanted}


def _read_rows(path: Path, rows: "csv._reader", place: dict[str, int], delimiter: str) -> Table:  # type: ignore[name-defined]
    codes = {name: array("q") for name in place if name not in NUMBER_COLUMNS}
    numbers = {name: array("d") for name in place if name in NUMBER_COLUMNS}
    seen: dict[str, dict[str, int]] = {name: {} for name in codes}
    last = max(place.values())
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= last:
            has = counted(len(row), "cell")
            raise DataError(f"{path}: line {rows.line_num} has {has}: mend or remove it")
        for name, of_name in codes.items():
            text = row[place[name]].strip()
            if not text:
                raise DataError(f"{path}: line {rows.line_num}: no {name}: fill it in")
            if whole := _WHOLE.fullmatch(text):  # what a spreadsheet makes of a number with gaps
                text = whole[1]
            known = seen[name]
            if text not in known and not text.isprintable():  # it is shown on terminals
                text = ascii(text)
            of_name.append(known.setdefault(text, len(known)))
        for name, values in numbers.items():
            text = row[place[name]].strip()
            try:
                values.append(_number(name, text, delimiter))
            except ValueError as error:
                raise DataError(
                    f"{path}: line {rows.line_num}: {name} is {text[:30]!r}: must be {error}"
                ) from None
    if not any(codes.values()):
        raise DataError(f"{path}: has no rows below its first line: expected one for each window")
    return Table(
        path=path,
        names={
            name: Names(np.array(found, dtype=np.int64), tuple(seen[name]))
            for name, found in codes.items()
        },
        numbers={name: np.array(found, dtype=np.float64) for name, found in numbers.items()},
    )


def _number(name: str, text: str, delimiter: str) -> float:
    """NaN for an empty cell. Raises ``ValueError`` with what it must be."""
    if not text:
        return math.nan
    try:
        value = float(text if delimiter == "," else text.replace(",", "."))
    except ValueError:
        value = math.nan
    if name == "label" and value not in (0, 1):
        raise ValueError("0 (low) or 1 (high)")
    if not math.isfinite(value):
        raise ValueError("a finite number")
    return value
