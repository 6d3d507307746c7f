"""What a user is told of a file that cannot be used."""

LONGEST = 1000


def assert_one_line(error, path):
    """Demand one line, of bearable length, that names the file."""
    message = str(error)
    assert "\n" not in message, message
    assert str(path) in message, message
    assert len(message) < LONGEST, message
