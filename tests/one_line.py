"""What a user is told of a file that cannot be used."""

import pytest

from rtdreamer.errors import DataError

LONGEST = 1000


def assert_one_line(error, path):
    """Demand one line, of bearable length, that names the file."""
    message = str(error)
    assert "\n" not in message, message
    assert str(path) in message, message
    assert len(message) < LONGEST, message


def refusal(read, path):
    """Demand that the file is refused in one such line; return it."""
    with pytest.raises(DataError) as caught:
        read(path)
    assert_one_line(caught.value, path)
    return str(caught.value)
