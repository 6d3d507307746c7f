"""EEG as a table in a text file: one row a sample, one column a channel."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import plain_label
from rtdreamer.data.sensors import SensorData, pick_sensors
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

_HEADER_WITHIN = 10  # lines: some programs write notes above the header


def read_csv(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read the sensors' columns from comma-, semicolon- or tab-separated text.

    Other columns may hold anything. A decimal comma is understood where the comma does not
    separate the columns. The rate and the units are not in such a file.

    Raises
    ------
    DataError
        If there is no header with the 14 sensors, or a cell is no finite number.
    """
    try:
        # Names and numbers are ASCII: an odd byte in a remark must not stop the reading.
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{path}: is empty: expected a header with the 14 sensors and their rows")
    header, delimiter = _find_header(lines[:_HEADER_WITHIN], rename)
    labels = _cells(lines[header], delimiter)
    columns = pick_sensors(labels, rename, where=str(path))
    rows = lines[header + 1 :]
    if not rows:
        raise DataError(f"{path}: has a header but no rows")
    if delimiter != ",":
        rows = [row.replace(",", ".") for row in rows]
    data = _numbers(path, rows, delimiter, columns, labels)
    return SensorData(data, units=("",) * len(EPOC.ch_names), sfreq=None)


def _cells(line: str, delimiter: str) -> list[str]:
    """A line's cells, cut where ``np.loadtxt`` cuts: a delimiter inside quotes does not count."""
    try:
        (cells,) = csv.reader([line], delimiter=delimiter)
    except csv.Error:  # a NUL or a cell without end: no line of such a table
        return [line]
    return [cell.strip().strip('"').strip() for cell in cells]


def _find_header(lines: Sequence[str], rename: Mapping[str, str]) -> tuple[int, str]:
    """Index of the header among the first lines, and the delimiter: most sensors win."""
    wanted = {*EPOC.ch_names, *(plain_label(old) for old in rename)}

    def n_sensors(candidate: tuple[int, str]) -> tuple[int, int]:
        index, delimiter = candidate
        labels = {plain_label(cell) for cell in _cells(lines[index], delimiter)}
        return len(wanted & labels), len(labels) if index == 0 else 0

    return max(((i, d) for i in range(len(lines)) for d in ",;\t"), key=n_sensors)


def _numbers(
    path: Path, rows: list[str], delimiter: str, columns: list[int], labels: list[str]
) -> NDArray[np.float64]:
    try:
        table = np.loadtxt(
            rows, delimiter=delimiter, usecols=columns, ndmin=2, comments=None, quotechar='"'
        )
    except ValueError:
        raise DataError(_first_bad_cell(path, rows, delimiter, columns, labels)) from None
    if not np.isfinite(table).all():
        raise DataError(_first_bad_cell(path, rows, delimiter, columns, labels))
    return np.ascontiguousarray(table.T)


def _first_bad_cell(
    path: Path, rows: list[str], delimiter: str, columns: list[int], labels: list[str]
) -> str:
    """Say which cell it is. The fast reader does not, so this looks again, cell by cell."""
    for number, row in enumerate(rows, start=1):
        cells = _cells(row, delimiter)
        for column in columns:
            if column >= len(cells):
                return f"{path}: row {number} ends before column {labels[column]}"
            try:
                finite = np.isfinite(float(cells[column]))
            except ValueError:
                finite = False
            if not finite:
                return (
                    f"{path}: row {number}, column {labels[column]}: {cells[column][:30]!r} is "
                    "not a finite number: mend or remove the row"
                )
    return f"{path}: is not a table of numbers separated by {delimiter!r}"
