import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import DataError
from rtdreamer.evaluation import folds_rows, folds_table
from rtdreamer.evaluation.folds_audit import audit_folds
from rtdreamer.evaluation.folds_rows import read_folds, read_outcomes
from rtdreamer.evaluation.folds_table import read_table
from tests.mutations import NASTY_TEXTS, spoiled
from tests.one_line import assert_one_line

HEADER = "subject,trial,clip,window,fold,label,p"
ROWS = [
    f"{1 + n // 4},{1 + n % 4},{1 + n % 4},1,{n // 4},{n // 2 % 2},0.{n:02d}" for n in range(16)
]
TEXT = "\n".join([HEADER, *ROWS])
COLUMNS = ("subject", "trial", "clip", "window", "fold")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("folds") / "folds.csv"


def found(path, content, predictions=None):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = read_folds(path, with_outcomes=predictions is None)
    return audit_folds(rows, read_outcomes(rows, predictions, 3.0)).to_json()


REORDERED = "\n".join(",".join(line.split(",")[::-1]) for line in TEXT.splitlines())


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.replace(",", "\t"),
        TEXT.replace(",", ";").replace("0.", "0,"),
        TEXT.replace(HEADER, HEADER.upper()),
        TEXT.replace(HEADER, HEADER.replace(",", " , ")),
        TEXT.replace(",", '","').replace("\n", '"\n"').join('""'),
        "\n\n" + TEXT.replace("\n", "\n\n") + "\n,,,,,,\n",
        REORDERED,
        "\n".join(f"{line},more" for line in TEXT.splitlines()),
        TEXT.replace("\n1,", "\n1.0,").replace("\n2,", "\n2.00,"),
    ],
    ids=["BOM", "UTF-16", "CRLF", "CR", "tabs", "decimal comma", "capitals", "blanks", "quotes",
         "empty lines", "another order", "further columns", "floats"],
)  # fmt: skip
def test_the_same_table_is_read_from_any_of_these(path, content):
    assert found(path, content) == found(path, TEXT)
    assert found(path, TEXT)["protocol"] == "loso"


def test_names_in_latin_1_stay_different(path):
    # Each is one byte that is no UTF-8; were they taken for the same, people would be.
    text = TEXT.replace("\n1,", "\nJürg,").replace("\n2,", "\nJörg,")
    expected = found(path, TEXT)
    assert found(path, text.encode("latin-1"))["total"] == expected["total"]
    assert read_table(path, COLUMNS, ()).names["subject"].names[:2] == ("Jürg", "Jörg")


def test_names_that_would_steer_a_terminal_are_shown_as_text(path):
    path.write_text(TEXT.replace("\n1,", "\n\x1b[31mred,"), encoding="utf-8")
    assert all(name.isprintable() for name in read_table(path, COLUMNS, ()).names["subject"].names)


def without(column):
    place = HEADER.split(",").index(column)
    cells = [line.split(",") for line in TEXT.splitlines()]
    return "\n".join(",".join(c for n, c in enumerate(row) if n != place) for row in cells)


def with_label(value):
    return TEXT.replace("1,1,1,1,0,0,0.00", f"1,1,1,1,0,{value},0.00")


def sided(*sides):
    lines = TEXT.splitlines()
    return "\n".join(
        [
            lines[0] + ",side",
            *(f"{line},{sides[n % len(sides)]}" for n, line in enumerate(lines[1:])),
        ]
    )


BAD = {
    "empty": ("", "is empty: expected columns subject"),
    "blank": ("\n \n", "is empty: expected columns"),
    "header only": (HEADER, "has no rows below its first line"),
    "no header": ("\n".join(ROWS), "has no column subject, trial, clip, window, fold, but '1, "),
    **{f"no {name}": (without(name), f"has no column {name}, but ") for name in COLUMNS},
    "twice the same column": (TEXT.replace("p\n", "Fold\n", 1), "has 2 columns fold: leave one"),
    "one fold": ("\n".join(line for line in TEXT.splitlines() if line[0] in "s1"), "one fold only"),
    "a short row": (TEXT.replace("1,1,1,1,0,0,0.00", "1,1"), "line 2 has 2 cells"),
    "an empty name": (TEXT.replace("\n1,1,", "\n1,,"), "line 2: no trial: fill it in"),
    "label nan": (with_label("nan"), "line 2: label is 'nan': must be 0 (low) or 1 (high)"),
    "label inf": (with_label("inf"), "line 2: label is 'inf': must be 0"),
    "label 2": (with_label("2"), "line 2: label is '2': must be 0"),
    "label in words": (with_label("high"), "line 2: label is 'high': must be 0"),
    "no label": (with_label(""), "is judged and has no label: add it"),
    "p inf": (TEXT.replace("0.00", "inf"), "line 2: p is 'inf': must be a finite number"),
    "p in words": (TEXT.replace("0.00", "x" * 500), "line 2: p is 'xxx"),
    "no p": (TEXT.replace("0.00", ""), "is judged and has no p: add it"),
    "two labels": (f"{TEXT}\n1,1,1,1,1,1,0.5", "has two values of label, 0 and 1: keep one"),
    "two predictions": (f"{TEXT}\n1,1,1,1,0,0,0.5", "has two values of p, 0 and 0.5: keep one"),
    "two clips": (f"{TEXT}\n1,1,9,2,0,0,0.5", "subject 1, trial 1 has 2 clips"),
    "another side": (sided("train", "validation"), "side is 'validation': must be train or test"),
    "judged only": (sided("test"), "fold 0 learns from no window"),
    "learned from only": (sided("train"), "fold 0 judges no window"),
    "NUL": (TEXT.replace("\n1,", "\n\0,", 1).encode("utf-16-le"), "has no column subject"),
    "a cell without end": (TEXT.replace("\n1,", '\n"1,') + "x" * 200_000, "is no line of a table"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "has no column subject"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_refused_in_one_line(path, case):
    content, said = BAD[case]
    with pytest.raises(DataError) as error:
        found(path, content)
    assert_one_line(error.value, path)
    assert said in str(error.value)


def test_a_vast_file_is_refused_before_it_is_read(path):
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(DataError, match="bytes are more than") as error:
        read_folds(path)
    assert_one_line(error.value, path)
    path.unlink()


def test_more_folds_than_can_be_audited_are_refused(path, monkeypatch):
    monkeypatch.setattr(folds_rows, "MOST_FOLDS", 3)
    with pytest.raises(DataError, match="has 4 folds: more than 3 cannot be audited"):
        found(path, TEXT)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.csv", "no such file"), (".", "is a folder"), ("a" * 5000, "cannot be read"),
        ("nul\0", "no name of a file"),
    ],
)  # fmt: skip
def test_what_is_no_file_is_refused(path, name, said):
    with pytest.raises(DataError, match=said):
        read_folds(path.parent / name)


PREDICTIONS = {
    "no labels": ("subject,trial,window,p\n1,1,1,0.5", "has no column label or rating: add one"),
    "no window": ("subject,trial,p\n1,1,0.5", "has no column window"),
    "of others": ("subject,trial,window,label\nx,1,1,0", "none of its windows is in "),
    "too few": ("subject,trial,window,label\n1,1,1,0", "15 windows that are judged have no label"),
    "of other folds": (
        "subject,trial,window,fold,label,p\n"
        + "\n".join(f"{1 + n // 4},{1 + n % 4},1,7,0,0.5" for n in range(16)),
        "16 windows that are judged have no p",
    ),
}


@pytest.mark.parametrize("case", PREDICTIONS)
def test_predictions_that_do_not_fit_are_refused_in_one_line(path, case):
    content, said = PREDICTIONS[case]
    beside = path.with_name("predictions.csv")
    beside.write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as error:
        found(path, TEXT, beside)
    assert_one_line(error.value, beside)
    assert said in str(error.value)


def test_with_predictions_of_their_own_the_folds_labels_may_be_anything(path):
    beside = path.with_name("predictions.csv")
    beside.write_text(TEXT, encoding="utf-8")
    assert found(path, TEXT.replace(",0,0.", ",low,0."), beside) == found(path, TEXT)


@given(data=st.data())
def test_spoiled_bytes(path, data):
    content = data.draw(spoiled(TEXT.encode(), len(HEADER) + 60))
    try:
        found(path, content)
    except DataError as error:
        assert_one_line(error, path)


@given(data=st.data())
def test_cells_replaced(path, data):
    cells = [line.split(",") for line in TEXT.splitlines()]
    for _ in range(data.draw(st.integers(1, 3))):
        row = cells[data.draw(st.integers(0, 16))]
        row[data.draw(st.integers(0, 6))] = data.draw(st.sampled_from(NASTY_TEXTS))
    try:
        values = found(path, "\n".join(",".join(row) for row in cells))
    except DataError as error:
        assert_one_line(error, path)
    else:
        assert values["total"]["window"] <= 17


def test_empty_cells_of_numbers_are_nothing(path):
    path.write_text("subject,rating\n1,\n2,3.5\n", encoding="utf-8")
    rating = folds_table.read_table(path, ("subject",), ("rating",)).numbers["rating"]
    assert np.array_equal(rating, [np.nan, 3.5], equal_nan=True)
