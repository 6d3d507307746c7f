import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rtdreamer.errors import CheckpointError, DataError, RtdreamerError
from rtdreamer.files import check_writable, read_whole, reading, write_atomically


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
