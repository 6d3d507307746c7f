import os
from pathlib import Path

import pytest

from rtdreamer.regular_file import check_regular


def test_a_file_and_a_link_to_one_are_taken(tmp_path):
    path = tmp_path / "file"
    path.touch()
    check_regular(path)
    (tmp_path / "link").symlink_to(path)
    check_regular(tmp_path / "link")


def test_what_is_not_there_is_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        check_regular(tmp_path / "nothing")


@pytest.mark.skipif(os.name != "posix", reason="no such files here")
def test_a_folder_a_pipe_and_a_device_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(OSError, match="not a file"):
            check_regular(path)
