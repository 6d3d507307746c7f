"""What is quoted, and whether rows fit their header, in every layout of table."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording_csv import read_csv
from rtdreamer.headset import EPOC
from tests import one_line
from tests.made_up_tables import noise

N_TIMES = 40
DATA = noise(N_TIMES)
DELIMITERS = st.sampled_from([",", ";", "\t", "|", " "])

words = st.sampled_from(["", "eyes, open", "1,5;2", "a|b", "a\tb", "x y", "µ", "1", '"'])
bad_quotes = st.sampled_from(
    ['"4185,""', '"4185""', '"4185', '4185"', '""4185""', '"41"85', '"4185"x', '"41""85"']
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def rows_of(data=DATA):
    return [[f"{value:.2f}" for value in sample] for sample in data.T]


def write(folder, rows, delimiter):
    path = folder / "a.csv"
    lines = [EPOC.ch_names, *rows]
    path.write_text("\n".join(map(delimiter.join, lines)) + "\n", encoding="utf-8")
    return path


def refusal(path):
    return one_line.refusal(lambda path: read_csv(path, {}), path)


@given(
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    where=st.integers(0, 14),
    note=words,
    decimal=st.sampled_from([".", ","]),
    at=st.integers(1, N_TIMES - 1),
)
def test_what_is_quoted_as_csv_demands_is_read_as_it_was_written(
    folder, delimiter, quoting, where, note, decimal, at
):
    content = io.StringIO()
    writer = csv.writer(content, delimiter=delimiter, quoting=quoting)
    labels, rows = list(EPOC.ch_names), rows_of()
    labels.insert(where, "Note")
    for number, row in enumerate(rows):
        row[:] = [cell.replace(".", decimal) for cell in row]
        row.insert(where, note if number == at else "no note")
    writer.writerows([labels, *rows])
    path = folder / "a.csv"
    path.write_text(content.getvalue(), encoding="utf-8", newline="")
    np.testing.assert_array_equal(read_csv(path, {}).data, DATA)


@given(
    delimiter=DELIMITERS, cell=bad_quotes, line=st.integers(0, N_TIMES - 2),
    column=st.integers(0, 13),
)  # fmt: skip
def test_a_quotation_mark_out_of_place_is_refused_with_its_line(
    folder, delimiter, cell, line, column
):
    rows = rows_of()
    rows[line][column] = cell
    assert f"line {line + 2}" in refusal(write(folder, rows, delimiter))


@given(
    delimiter=DELIMITERS, lines=st.lists(st.integers(0, N_TIMES - 1), min_size=1, max_size=2,
    unique=True), first=st.booleans(),
)  # fmt: skip
def test_no_line_is_swallowed_by_a_cell_that_does_not_end(folder, delimiter, lines, first):
    labels, rows = list(EPOC.ch_names), rows_of()
    rows = [[*row, "closed"] for row in rows]
    for end, line in enumerate(sorted(lines)):
        rows[line][-1] = 'opens"' if end else '"eyes'
    if first:
        labels, rows = ["Note", *labels], [[row[-1], *row[:-1]] for row in rows]
    else:
        labels.append("Note")
    path = folder / "a.csv"
    text = "\n".join(map(delimiter.join, [labels, *rows]))
    path.write_text(text + "\n", encoding="utf-8")
    assert f"line {min(lines) + 2}: a quotation mark" in refusal(path)


@given(
    delimiter=DELIMITERS, line=st.integers(0, N_TIMES - 1), column=st.integers(0, 13),
    n_more=st.integers(1, 3),
)  # fmt: skip
def test_a_line_of_more_cells_than_labels_is_refused(folder, delimiter, line, column, n_more):
    rows = rows_of()
    rows[line][column:column] = ["4200.00"] * n_more
    message = refusal(write(folder, rows, delimiter))
    assert f"line {line + 2} has {14 + n_more} cells, the header 14" in message


@given(line=st.integers(0, N_TIMES - 1), column=st.integers(0, 13), filled=st.booleans())
def test_a_line_that_lacks_a_cell_is_refused_though_others_follow(folder, line, column, filled):
    """Else the next sensor's value would stand for each, and the first of the others for AF4."""
    names = [*EPOC.ch_names, "Battery", "Marker"]
    rows = [[*row, "4180", "5" if filled else ""] for row in rows_of()]
    del rows[line][column]
    path = folder / "a.csv"
    path.write_text("\n".join(map(",".join, [names, *rows])) + "\n", encoding="utf-8")
    assert f"line {line + 2} ends before column Marker" in refusal(path)


@given(at=st.sets(st.integers(0, N_TIMES - 1), max_size=N_TIMES), n_kept=st.integers(0, 2))
def test_a_spreadsheet_may_leave_empty_cells_out_where_lines_end(folder, at, n_kept):
    rows = [[*row, "", ""] for row in rows_of()]
    for line in at:
        rows[line] = rows[line][: 14 + n_kept]
    path = folder / "a.csv"
    names = [*EPOC.ch_names, "Battery", "Marker"]
    lines = [",".join(row) for row in [names, *rows]]
    lines = [line.rstrip(",") if n - 1 in at else line for n, line in enumerate(lines)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    np.testing.assert_array_equal(read_csv(path, {}).data, DATA)


def test_a_decimal_comma_between_commas_is_refused(folder):
    """Of 28 cells, half of them decimals, the first 14 would be read."""
    rows = [[cell.replace(".", ",") for cell in row] for row in rows_of()]
    assert "line 2 has 28 cells, the header 14" in refusal(write(folder, rows, ","))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
@pytest.mark.parametrize("quoted", [False, True])
def test_numbers_of_rows_that_have_no_label_are_no_sensor(folder, delimiter, quoted):
    """As R writes a table with row names."""
    rows = [[str(number), *row] for number, row in enumerate(rows_of(), start=1)]
    names = list(EPOC.ch_names)
    if quoted:
        names, rows = [f'"{name}"' for name in names], [[f'"{n}"', *row] for n, *row in rows]
    path = folder / "a.csv"
    path.write_text("\n".join(map(delimiter.join, [names, *rows])) + "\n", encoding="utf-8")
    np.testing.assert_array_equal(read_csv(path, {}).data, DATA)


def test_a_header_that_is_a_comment_between_blanks_has_no_cell_for_its_mark(folder):
    path = folder / "a.txt"
    np.savetxt(path, DATA.T, fmt="%.2f", header=" ".join(EPOC.ch_names))
    np.testing.assert_array_equal(read_csv(path, {}).data, DATA)
