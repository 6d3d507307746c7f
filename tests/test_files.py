import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import CheckpointError, DataError, RtdreamerError
from rtdreamer.files import (
    as_text,
    check_writable,
    csv_bytes,
    read_table,
    read_whole,
    reading,
    write_atomically,
)
from tests.one_line import assert_one_line


def test_the_new_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(self, content):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RtdreamerError, match=r"file: cannot be written: No space left on device$"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_made(tmp_path):
    write_atomically(tmp_path / "new" / "folder" / "file", b"new")
    assert (tmp_path / "new" / "folder" / "file").read_bytes() == b"new"


def test_trying_out_leaves_all_as_it_was(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    check_writable(path)
    check_writable(tmp_path / "new" / "folder" / "other")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [lambda path: write_atomically(path, b"new"), check_writable])
def test_what_cannot_be_written_is_named_in_one_line(write, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    for path in (tmp_path / "file" / "x", tmp_path / "file" / "new" / "x"):
        with pytest.raises(RtdreamerError) as refused:
            write(path)
        assert str(refused.value).startswith(f"{path}: cannot be written: ")
        assert "\n" not in str(refused.value)
    assert (tmp_path / "file").read_bytes() == b"old"


@pytest.mark.parametrize("write", [lambda path: write_atomically(path, b"new"), check_writable])
def test_a_folder_and_what_is_no_name_are_not_written(write, tmp_path):
    with pytest.raises(RtdreamerError, match="cannot be written: "):
        write(tmp_path)
    with pytest.raises(RtdreamerError, match=r"a\\x00b': is no name of a file"):
        write(tmp_path / "a\0b")


def test_threads_that_write_one_file_do_not_meet(tmp_path, monkeypatch):
    path, meeting = tmp_path / "file", threading.Barrier(2, timeout=10)
    plainly = Path.write_bytes

    def together(self, content):
        found = plainly(self, content)
        meeting.wait()
        return found

    monkeypatch.setattr(Path, "write_bytes", together)
    with ThreadPoolExecutor(2) as threads:
        for written in [threads.submit(write_atomically, path, word) for word in (b"a", b"b")]:
            written.result()
    assert path.read_bytes() in (b"a", b"b")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_lets_nobody_write_is_noticed(tmp_path, monkeypatch):
    def refuse(self, **how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(RtdreamerError, match=r"x: cannot be written: Permission denied$"):
        check_writable(tmp_path / "x")


def test_a_file_and_a_link_to_one_are_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    (tmp_path / "link").symlink_to(path)
    for one in (path, tmp_path / "link"):
        with reading(one, "a file"):
            assert read_whole(one, 4) == b"1234"
            with pytest.raises(ValueError, match="its 4 bytes are more than 3"):
                read_whole(one, 3)


def read(path, **how):
    with reading(path, "a letter", **how):
        return path.read_bytes()


def test_what_cannot_be_read_is_named_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    for path, said in (
        (tmp_path, "is a folder: name a letter"),
        (tmp_path / "none", "no such file: write one"),
        (tmp_path / "file" / "x", "no such file: write one"),
    ):
        with pytest.raises(DataError) as refused:
            read(path, missing="write one")
        assert str(refused.value) == f"{path}: {said}"
    with pytest.raises(CheckpointError, match=r"none: no such file$"):
        read(tmp_path / "none", kind=CheckpointError)
    with pytest.raises(DataError, match=r"'a\\x00b': is no name of a file"):
        read(Path("a\0b"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_pipe_and_a_device_are_refused_before_they_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(DataError, match="cannot be read: it is a pipe or a device, not a file"):
            read(path)


def test_what_happens_while_it_is_read_is_told_too(tmp_path, monkeypatch):
    (tmp_path / "file").touch()

    def broken(self):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", broken)
    with pytest.raises(DataError, match=r"file: cannot be read: Input/output error$"):
        read(tmp_path / "file")


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
