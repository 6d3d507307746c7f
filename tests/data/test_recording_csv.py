from pathlib import Path

import numpy as np
import pytest

from rtdreamer.data.recording import read_recording
from rtdreamer.data.recording_csv import read_csv
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from tests import one_line

DATA = np.round(np.random.default_rng(0).normal(4200, 20, (14, 5)), 2)


def table(data=DATA, names=EPOC.ch_names, delimiter=","):
    rows = [names, *([f"{value:.2f}" for value in sample] for sample in data.T)]
    return "\n".join(delimiter.join(row) for row in rows) + "\n"


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refusal(path):
    return one_line.refusal(lambda path: read_csv(path, {}), path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_delimiter(tmp_path, delimiter):
    found = read_csv(write(tmp_path, table(delimiter=delimiter)), {})
    assert np.array_equal(found.data, DATA)
    assert found.sfreq is None
    assert found.units == ("",) * 14


def test_columns_are_found_by_name_in_any_order(tmp_path):
    order = np.random.default_rng(1).permutation(14)
    names = [f"EEG.{EPOC.ch_names[index].lower()}" for index in order]
    assert np.array_equal(read_csv(write(tmp_path, table(DATA[order], names)), {}).data, DATA)


def test_other_columns_may_hold_anything(tmp_path):
    lines = table().splitlines()
    text = "\n".join([f"time,{lines[0]},class", *(f"12:00:01,{line},closed" for line in lines[1:])])
    assert np.array_equal(read_csv(write(tmp_path, text), {}).data, DATA)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_delimiter_inside_quotes_separates_nothing(tmp_path, delimiter):
    lines = table(delimiter=delimiter).splitlines()
    head = f'"time{delimiter} s"{delimiter}{lines[0]}{delimiter}eye'
    rows = [f'"0{delimiter} 1"{delimiter}{line}{delimiter}open' for line in lines[1:]]
    found = read_csv(write(tmp_path, "\n".join([head, *rows])), {})
    assert np.array_equal(found.data, DATA)
    rows[2] = rows[2].replace(f"{DATA[6, 2]:.2f}", "bad")
    message = refusal(write(tmp_path, "\n".join([head, *rows])))
    assert "line 4, column O1: 'bad'" in message


def test_a_vast_cell_above_the_header_is_no_obstacle(tmp_path):
    text = f"# {'x' * 200_000}\n{table()}"
    assert np.array_equal(read_csv(write(tmp_path, text), {}).data, DATA)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_decimal_comma(tmp_path, delimiter):
    text = table(delimiter=delimiter).replace(".", ",")
    assert np.array_equal(read_csv(write(tmp_path, text), {}).data, DATA)


@pytest.mark.parametrize(
    ("change", "encoding"),
    [
        (lambda text: text, "utf-8-sig"),
        (lambda text: text.replace("\n", "\r\n"), "utf-8"),
        (lambda text: text.replace("\n", "\n\n"), "utf-8"),
        (lambda text: text.replace(",", " , "), "utf-8"),
        (lambda text: '"' + text.replace(",", '","').replace("\n", '"\n"')[:-1], "utf-8"),
        (lambda text: "# made with µV,2024\nsubject: 7\n" + text, "cp1252"),
    ],
    ids=["byte order mark", "CRLF", "blank lines", "spaces", "quotes", "notes above"],
)
def test_ways_of_writing_the_same(tmp_path, change, encoding):
    assert np.array_equal(read_csv(write(tmp_path, change(table()), encoding), {}).data, DATA)


def test_a_renamed_column(tmp_path):
    text = table().replace("P7", "P")
    assert "--rename P=P7" in refusal(write(tmp_path, text))
    assert np.array_equal(read_csv(write(tmp_path, text), {"P": "P7"}).data, DATA)


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "", "bad", "1.2.3"])
def test_a_cell_that_is_no_finite_number_is_named(tmp_path, cell):
    lines = table().splitlines()
    cells = lines[3].split(",")
    cells[EPOC.ch_names.index("O1")] = cell
    lines[3] = ",".join(cells)
    message = refusal(write(tmp_path, "\n".join(lines)))
    assert f"line 4, column O1: {cell!r}" in message


def test_a_short_row_is_named(tmp_path):
    lines = table().splitlines()
    lines[4] = ",".join(lines[4].split(",")[:5])
    assert "line 5 ends before column P7" in refusal(write(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("\n \n", "is empty"),
        (",".join(EPOC.ch_names), "no rows"),
        ("time,temperature\n1,2\n", "none of the 14 sensors"),
        (table().split("\n", 1)[1], "none of the 14 sensors"),
        ("\x00\x01\x02\xff" * 50, "no table of text"),
    ],
    ids=["blank", "header only", "another table", "no header", "binary"],
)
def test_what_is_no_such_table(tmp_path, text, named):
    assert named in refusal(write(tmp_path, text, "latin-1"))


def test_a_real_recording():
    shared = Path(__file__).parents[2].parent / "shared"
    path = shared / "data" / "eeg-eye-state" / "eeg-eye-state.csv"
    if not path.exists():
        pytest.skip("the EEG Eye State recording is not beside this checkout")
    assert "try --rename P=P7" in refusal(path)
    found = read_csv(path, {"P": "P7"})
    assert found.data.shape == (14, 14980)
    assert np.median(found.data, axis=1) == pytest.approx(4300, abs=350)
    assert found.data[:3, 0] == pytest.approx([4329.23, 4009.23, 4289.23])


@pytest.mark.parametrize("before", ["Channel ", "Raw ", "Emotiv "])
def test_a_refusal_names_labels_of_several_words_whole(tmp_path, before):
    path = tmp_path / "a.csv"
    labels = [before + name for name in EPOC.ch_names]
    rows = 4200 + 20 * np.random.default_rng(5).standard_normal((64, EPOC.n_channels))
    np.savetxt(path, rows, delimiter=",", header="time," + ",".join(labels), comments="")
    with pytest.raises(DataError, match=f"found time, {before}AF3, .*--rename"):
        read_recording(path, sfreq=128)


def test_rows_that_end_in_a_comma_fit_the_labels_in_a_note(tmp_path):
    path = tmp_path / "a.csv"
    rows = 4200 + 20 * np.random.default_rng(5).standard_normal((64, EPOC.n_channels)).round(3)
    above = f"title:x, sampling:128, labels:{' '.join(EPOC.ch_names)}, units:emotiv\n"
    body = "".join(", ".join(f"{one:.3f}" for one in row) + ",\n" for row in rows)
    path.write_text(above + body, encoding="utf-8")
    np.testing.assert_allclose(read_recording(path).data, rows.T, atol=1e-3)


def test_labels_in_a_note_without_cells_are_of_nothing(tmp_path):
    """As CyKit writes all of TestBench's labels, and fewer columns."""
    others = ["TIME_STAMP_s", *(f"CQ_{name}" for name in EPOC.ch_names)]
    labels = " ".join([*EPOC.ch_names, *others])
    path = tmp_path / "a.csv"
    above = f"title:x, sampling:128, labels:{labels}, units:emotiv\n"
    path.write_text(above + table().split("\n", 1)[1], encoding="utf-8")
    found = read_csv(path, {})
    assert np.array_equal(found.data, DATA)
    assert (found.contact, found.notes) == (None, ())
