"""Lines of a table of text, cut into cells: what is quoted, and how many there are."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from rtdreamer.data.sensors import shown_text
from rtdreamer.errors import DataError

_LOOKED_AT = 16  # rows

_BY_BLANKS = re.compile(r'"[^"]*"(?!\S)|\S+')


def cells(line: str, delimiter: str) -> list[str]:
    """A line's cells; a delimiter inside quotes does not count.

    A quotation mark that has no other stays in its cell, so that no number is made of it.
    """
    if delimiter == " ":
        return [_unquoted(cell) for cell in _BY_BLANKS.findall(line)]
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        (found,) = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    except csv.Error:  # a NUL or a cell without end: no line of such a table
        return [line]
    return [cell.strip() for cell in found]


def without_quotes(
    path: Path, rows: Sequence[str], lines: Sequence[int], delimiter: str
) -> list[str]:
    """Rows whose cells tabs separate, and nothing quotes.

    Raises
    ------
    DataError
        If a quoted cell does not end in its line, or anything but the next cell follows its end.
        In both cases what is meant is not known: it may have swallowed other cells and lines.
    """
    found = []
    for number, row in zip(lines, rows, strict=True):
        if '"' in row and not _is_well_quoted(row, delimiter):
            raise DataError(
                f"{path}: line {number}: a quotation mark is not closed, or not where the cell "
                f"ends: mend or remove the line: {shown_text(row)!r}"
            )
        found.append("\t".join(cell.replace("\t", " ") for cell in cells(row, delimiter)))
    return found


def with_row_names(labels: Sequence[str], rows: Sequence[str], delimiter: str) -> tuple[str, ...]:
    """Labels with one for the rows' numbers, which R writes before them without a label."""
    first = [row.split(delimiter) for row in rows[:_LOOKED_AT]]
    numbers = [row[0].strip() for row in first]
    is_wider = all(len(row) == len(labels) + 1 and row[-1].strip() for row in first)
    is_numbered = numbers == [str(number) for number in range(1, len(numbers) + 1)]
    return ("", *labels) if first and is_wider and is_numbered else tuple(labels)


def check_widths(
    path: Path, labels: Sequence[str], rows: Sequence[str], lines: Sequence[int], delimiter: str
) -> None:
    """Demand that rows, which nothing quotes, have a cell for each label.

    Empty cells at the end may be there or not: spreadsheets leave them out, of whole rows at once.

    Raises
    ------
    DataError
        If a row has more, or fewer than all others: then its cells are not below their labels.
    """
    n_labels = len(labels)
    n_cells = [row.count(delimiter) + 1 for row in rows]
    for number, row, n in zip(lines, rows, n_cells, strict=True):
        if n > n_labels and "".join(row.split(delimiter)[n_labels:]).strip():
            raise DataError(
                f"{path}: line {number} has {n} cells, the header {n_labels}: which is which "
                "cannot be told: give each column a name"
                + (", or put decimal commas between quotes" if delimiter == "," else "")
            )
    usual = min(max(n_cells, default=0), n_labels)
    ends = {
        len(row.rstrip(f"{delimiter} ").split(delimiter))
        for row, n in zip(rows, n_cells, strict=True)
        if n >= usual
    }
    least = min(ends, default=0)  # what some row of full width is empty after
    for number, row, n in zip(lines, rows, n_cells, strict=True):
        if n < least or (n < usual and row.endswith(delimiter)):
            raise DataError(
                f"{path}: line {number} ends before column {shown_text(labels[n])}: it has {n} "
                f"cells, others {usual}: mend or remove it"
            )


def _is_well_quoted(row: str, delimiter: str) -> bool:
    if delimiter == " ":
        return not any('"' in _unquoted(token) for token in _BY_BLANKS.findall(row))
    # Blanks between the end of a cell's quotes and the next cell are no fault.
    spaced = re.sub(rf'"[ ]+(?={re.escape(delimiter)}|$)', '"', row)
    return any(map(_is_strict, {row, spaced}, [delimiter] * 2))


def _is_strict(row: str, delimiter: str) -> bool:
    try:
        next(csv.reader([row], delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return False
    return True


def _unquoted(token: str) -> str:
    is_quoted = len(token) > 1 and token.startswith('"') and token.endswith('"')
    return token[1:-1].strip() if is_quoted else token
