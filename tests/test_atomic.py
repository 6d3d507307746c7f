from pathlib import Path

import pytest

from rtdreamer.atomic import check_writable, write_atomically
from rtdreamer.errors import RtdreamerError


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


def test_a_folder_that_lets_nobody_write_is_noticed(tmp_path, monkeypatch):
    def refuse(self, **how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(RtdreamerError, match=r"x: cannot be written: Permission denied$"):
        check_writable(tmp_path / "x")
