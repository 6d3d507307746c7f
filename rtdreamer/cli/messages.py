"""What a command says on standard error, beside its output.

That no one can read it, on a full disk or a terminal that is gone, is no reason to stop.
"""

import io
import sys
from contextlib import suppress

import click


def say(line: str) -> None:
    """Print one line on standard error."""
    with suppress(OSError):
        click.echo(line, err=True)


def say_error(message: str) -> None:
    """Print one line on standard error that says what went wrong."""
    say(f"rtdreamer: error: {' '.join(message.split())}")


class MessageFile(io.TextIOBase):
    """Standard error as a file for what draws on it."""

    def __init__(self) -> None:
        self._stream = sys.stderr

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What can be shown."""
        return self._stream.encoding

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Its number for the system."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Let it be seen, if it can be."""
        with suppress(OSError):
            self._stream.flush()
