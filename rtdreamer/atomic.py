"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rtdreamer.errors import RtdreamerError


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of what ``path`` holds, in one step.

    Parameters
    ----------
    path : Path
        Its folder is made if missing.
    content : bytes
        All of it.

    Raises
    ------
    RtdreamerError
        If it cannot be written; what was there before is there still.
    """
    with _told_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _part_of(path)
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Find out before long work whether ``write_atomically`` could begin; nothing stays behind.

    It is tried out: of permissions, not every system tells the truth.

    Raises
    ------
    RtdreamerError
        If it could not.
    """
    with _told_of(path):
        folder = next((f for f in path.parents if f.exists()), path.parent)
        part = _part_of(folder / path.name)
        part.touch()
        part.unlink()


def _part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.part")


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Say in one line what the system has against it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RtdreamerError(f"{path}: cannot be written: {reason}") from error
