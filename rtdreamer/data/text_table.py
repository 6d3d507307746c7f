"""A table in a text file: notes, a header, and rows of cells, found in it and read from it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import plain_label
from rtdreamer.data.sensors import shown_text
from rtdreamer.data.table_notes import labels_in_note
from rtdreamer.data.table_rows import cells, with_row_names, without_quotes
from rtdreamer.data.text_encoding import decode
from rtdreamer.errors import DataError

HEADER_WITHIN = 100
"""Lines: programs write notes above the header. Those that are blank do not count."""

_COMMENTS = ("#", "%", "//")

_DELIMITERS = ",;\t| "  # of those that fit as well the first

_TRUTHS = {"true": "1", "false": "0"}

_LOOKED_BACK = 200  # rows: of numbers as long as they need be, some are short
_ENOUGH = 8

_MOST_CONTROLS = 0.1  # of characters: text has none but line ends and tabs


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """A table as it stands in a file.

    Attributes
    ----------
    path : path
        Of the file, for the messages.
    above : tuple of str
        The lines above the header, from the file's first on.
    labels : tuple of str
        The header's cells.
    delimiter : str
        What cuts the rows into cells, of which none is quoted. Where it is no comma, the rows'
        commas became points.
    rows : list of str
        The lines below the header that are neither blank nor comments.
    lines : list of int
        The number of each in the file, from 1, as an editor or a spreadsheet shows it.
    is_cut : bool
        Whether the file breaks off in the middle of a row; that one is left out.
    """

    path: Path
    above: tuple[str, ...]
    labels: tuple[str, ...]
    delimiter: str
    rows: list[str]
    lines: list[int]
    is_cut: bool

    def numbers(self, columns: Sequence[int]) -> NDArray[np.float64]:
        """Read columns of which each cell must be a finite number.

        Returns
        -------
        ndarray, shape (n_columns, n_rows)

        Raises
        ------
        DataError
            If a cell is none; it names the line and the column.
        """
        try:
            table = self._loaded(columns)
        except ValueError:
            raise DataError(self._first_bad_cell(columns)) from None
        if not np.isfinite(table).all():
            raise DataError(self._first_bad_cell(columns))
        return np.ascontiguousarray(table.T)

    def numbers_where_told(self, columns: Sequence[int]) -> NDArray[np.float64]:
        """Read columns of which some cells may be empty or hold anything: those are NaN.

        Returns
        -------
        ndarray, shape (n_columns, n_rows)
        """
        try:
            return np.ascontiguousarray(self._loaded(columns).T)
        except ValueError:
            texts = (map(str.lower, self.texts(column)) for column in columns)
            return np.array([[_number(_TRUTHS.get(text, text)) for text in row] for row in texts])

    def texts(self, column: int) -> list[str]:
        """Return a column's cells; "" where a row ends before."""
        rows = (row.split(self.delimiter) for row in self.rows)
        return [row[column].strip() if column < len(row) else "" for row in rows]

    def below(self, row: int) -> "TextTable":
        """Return the table without its first rows."""
        return TextTable(
            self.path, self.above, self.labels, self.delimiter,
            self.rows[row:], self.lines[row:], self.is_cut,
        )  # fmt: skip

    def _loaded(self, columns: Sequence[int]) -> NDArray[np.float64]:
        return np.loadtxt(
            self.rows, delimiter=self.delimiter, usecols=columns, ndmin=2, comments=None
        )

    def _first_bad_cell(self, columns: Sequence[int]) -> str:
        """Say which cell it is. The fast reader does not, so this looks again, cell by cell."""
        for number, row in zip(self.lines, self.rows, strict=True):
            found = [cell.strip() for cell in row.split(self.delimiter)]
            for column in columns:
                label = shown_text(self.labels[column])
                if column >= len(found):
                    return f"{self.path}: line {number} ends before column {label}"
                if not np.isfinite(_number(found[column])):
                    return (
                        f"{self.path}: line {number}, column {label}: "
                        f"{shown_text(found[column])!r} is not a finite number: mend or remove "
                        "the line"
                    )
        return f"{self.path}: is not a table of numbers separated by {self.delimiter!r}"


def read_table(path: Path, wanted: Collection[str]) -> TextTable:
    """Find the table in a file of text.

    Its header is the line with most of the wanted labels among the first ``HEADER_WITHIN``. Where
    none has any, it is that of most words; whoever looks for labels in it will say so.

    Parameters
    ----------
    path : path
        Of the file.
    wanted : collection of str
        Labels of the header, as ``plain_label`` gives them.

    Raises
    ------
    DataError
        If it cannot be opened, is empty, or is no text.
    """
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    _check_is_text(path, text[:4096])
    # Not by str.splitlines, which also cuts where no editor or spreadsheet begins a line.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbers = [number for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbers:
        raise DataError(f"{path}: is empty: expected a header with the 14 sensors and their rows")
    found, delimiter = _find_header([lines[n - 1] for n in numbers[:HEADER_WITHIN]], wanted)
    header = numbers[found]
    labels, above = _labels(lines[header - 1], delimiter), tuple(lines[: header - 1])
    kept = [n for n in numbers[found + 1 :] if not lines[n - 1].lstrip().startswith(_COMMENTS)]
    if kept and _n_wanted(labels, wanted) == 0 and (told := labels_in_note(lines[header - 1])):
        labels, above = told, tuple(lines[:header])
        delimiter = _delimiter_of(lines[kept[0] - 1], len(labels))
    is_cut = numbers[-1] == len(lines) and _is_cut(lines, kept, delimiter)
    if is_cut:
        kept = kept[:-1]
    rows, delimiter = _plain_rows(path, [lines[n - 1] for n in kept], kept, delimiter)
    labels = with_row_names(labels, rows, delimiter)
    return TextTable(path, above, labels, delimiter, rows, kept, is_cut)


def _delimiter_of(line: str, n_cells: int) -> str:
    """Return what cuts a line of numbers into so many cells, else into most."""

    def fitness(delimiter: str) -> tuple[bool, int]:
        n_found = len(cells(line.rstrip().rstrip(delimiter), delimiter))
        return n_found == n_cells, n_found

    return max(_DELIMITERS, key=fitness)


def _plain_rows(
    path: Path, rows: list[str], lines: Sequence[int], delimiter: str
) -> tuple[list[str], str]:
    """Rows as ``np.loadtxt`` can cut and read them, and where it is to cut."""
    if delimiter == " " or any('"' in row for row in rows):
        rows, delimiter = without_quotes(path, rows, lines, delimiter), "\t"
    return rows if delimiter == "," else [row.replace(",", ".") for row in rows], delimiter


def _labels(line: str, delimiter: str) -> tuple[str, ...]:
    """Cells of a header, which may be written as a comment."""
    return tuple(cells(line.lstrip("#%/ "), delimiter))


def _find_header(lines: Sequence[str], wanted: Collection[str]) -> tuple[int, str]:
    """Index of the header among the first lines, and the delimiter: most sensors win."""

    def fitness(candidate: tuple[int, str]) -> tuple[int, bool, bool, int, int]:
        index, delimiter = candidate
        labels = _labels(lines[index], delimiter)
        has_note, is_by_blanks = bool(labels_in_note(lines[index])), delimiter == " "
        # In a note the names stand between blanks, too, and in names of several words.
        is_within = has_note or any(mark in lines[index] for mark in _DELIMITERS.strip())
        n_wanted = 0 if is_by_blanks and is_within else _n_wanted(labels, wanted)
        words = {label for label in labels if np.isnan(_number(label.replace(",", ".")))} - {""}
        n_words = 0 if is_by_blanks or len(words) == 1 else len(words)
        n_labels = 0 if index or is_by_blanks else len(set(labels))
        return n_wanted, not is_by_blanks, has_note, n_words, n_labels

    return max(((i, d) for i in range(len(lines)) for d in _DELIMITERS), key=fitness)


def _n_wanted(labels: Sequence[str], wanted: Collection[str]) -> int:
    return len(set(wanted) & {plain_label(label) for label in labels})


def _is_cut(lines: Sequence[str], kept: Sequence[int], delimiter: str) -> bool:
    """Whether the last row, which no line end follows, breaks off.

    Then it has fewer cells than the one before, a quotation mark without another, or a last number
    that is none or shorter than those of all others.
    """
    if len(kept) < 2 or kept[-1] != len(lines):
        return False
    if lines[-1].count('"') % 2:
        return True
    *others, last = (cells(lines[n - 1], delimiter) for n in kept[-_LOOKED_BACK:])
    if len(last) != len(others[-1]):
        return len(last) < len(others[-1])
    return _is_cut_number(last[-1], [row[-1] for row in others])


def _is_cut_number(cell: str, others: Sequence[str]) -> bool:
    def is_number(text: str) -> bool:
        return not np.isnan(_number(text.replace(",", ".")))

    def n_decimals(text: str) -> int:
        return len(text.replace(",", ".").partition(".")[2])

    if not is_number(others[-1]):
        return False
    if not is_number(cell):
        return True
    return len(others) >= _ENOUGH and (
        len(cell) < min(map(len, others)) or n_decimals(cell) < min(map(n_decimals, others))
    )


def _check_is_text(path: Path, head: str) -> None:
    controls = sum(not c.isprintable() and not c.isspace() for c in head)
    if controls > _MOST_CONTROLS * len(head):
        raise DataError(f"{path}: is no table of text, whatever its name says: save it as CSV")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
