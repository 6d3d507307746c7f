import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import DataError
from rtdreamer.evaluation.csv_table import as_text, csv_bytes, read_table
from tests.one_line import assert_one_line

# A carriage return by itself is read as the end of a row by some, and written as it is.
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), min_size=1)


@given(value=st.floats(allow_nan=False))
def test_a_float_is_read_back_to_the_last_bit(value):
    assert math.copysign(1, float(as_text(value))) == math.copysign(1, value)
    assert float(as_text(value)) == value


def test_what_is_whole_or_missing_looks_like_it():
    values = (1.0, 0.0, -3.0, 5, True, False, None, math.nan, 0.1, "x.0")
    expected = ["1", "0", "-3", "5", "true", "false", "", "", "0.1", "x.0"]
    assert [as_text(value) for value in values] == expected


@given(rows=st.lists(st.tuples(texts, st.floats(allow_nan=False), texts), min_size=1, max_size=5))
def test_a_table_is_read_back(rows, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(csv_bytes(("a", "b", "c"), rows))
    columns = read_table(path, ("a", "b", "c"))
    found = [(a, float(b), c) for a, b, c in zip(*columns, strict=True)]
    assert found == rows


def test_a_name_that_is_no_unicode_is_written_all_the_same():
    assert csv_bytes(("a",), [("\udcff",)]) == b"a\n\\udcff\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "its first line is not a,b"),
        (b"a;b\n1;2\n", "its first line is not a,b"),
        (b"b,a\n1,2\n", "its first line is not a,b"),
        (b"a,b\n", "holds no rows"),
        (b"a,b\n1,2\n1", "row 2: 1 fields where there are 2 columns"),
        (b"a,b\n1,2,3\n", "row 1: 3 fields where there are 2 columns"),
        (b"a,b\n\n1,2\n", "row 1: 0 fields"),
        (b"a,b\n\xff,2\n", "is not a CSV table: "),
        (b'a,b\n"' + b"x" * 200_000 + b'",2\n', "is not a CSV table: field larger"),
    ],
)
def test_what_is_no_such_table_is_refused_in_a_line(content, said, tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as error:
        read_table(path, ("a", "b"))
    assert_one_line(error.value, path)


def test_what_is_not_there_is_refused_in_a_line(tmp_path):
    for path, said in (
        (tmp_path / "none.csv", "no such file"),
        (tmp_path, "is a folder: name a CSV table"),
    ):
        with pytest.raises(DataError, match=said) as error:
            read_table(path, ("a",))
        assert_one_line(error.value, path)
