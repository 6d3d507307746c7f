"""The command line in this process: what it says, and whether that is all that it may say."""

import io
import warnings
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from rtdreamer.cli.main import run

ERROR = "rtdreamer: error: "


class Outcome(NamedTuple):
    code: int
    output: str
    messages: str


def outcome(arguments):
    """Run a command; its exit code, output and messages.

    Whatever it raises comes out, and a warning is in the messages as it would be on a terminal.
    """
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with (
        redirect_stdout(streams[0]),
        redirect_stderr(streams[1]),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("default")
        code = run([str(argument) for argument in arguments])
    said = []
    for stream in streams:
        stream.flush()
        said.append(stream.buffer.getvalue().decode("utf-8"))
    shown = [f"{one.category.__name__}: {one.message}" for one in warned if _is_shown(one)]
    return Outcome(code, said[0], said[1] + "".join(shown))


def _is_shown(warned):
    return not issubclass(warned.category, DeprecationWarning | ResourceWarning)


def assert_clear(found):
    """Success, or one clear line with its exit code."""
    assert found.code in (0, 2, 3)
    errors = [line for line in found.messages.splitlines() if line.startswith(ERROR)]
    assert "Traceback" not in found.messages
    assert "Warning" not in found.messages
    if found.code == 0:
        assert not errors
    else:
        assert len(errors) == 1
        assert found.messages.endswith(f"{errors[0]}\n")
        assert len(errors[0]) > len(ERROR)
