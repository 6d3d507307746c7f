"""Names of outlets that one program holds, so that no other of the same user's takes them."""

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


class Claims:
    """What this holds, until it is closed or its program ends, however that ends.

    Each is a lock on an empty file of its own, in the folder for files that do not last. Where
    there can be none, everything counts as free.
    """

    def __init__(self) -> None:
        self._held: dict[str, int] = {}

    def take(self, name: str) -> bool:
        """Hold a name; False if another holds it."""
        if name in self._held:
            return True
        path = _path(name)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            _lock(file)
            # Who held it before may have taken the file away since it was opened.
            is_held = os.path.samestat(path.stat(), os.fstat(file))
        except OSError:
            is_held = False
        if is_held:
            self._held[name] = file
        else:
            os.close(file)
        return is_held

    def close(self) -> None:
        """Hold nothing any more."""
        for name, file in self._held.items():
            with suppress(OSError):  # Windows removes no file that is open
                _path(name).unlink()
            os.close(file)
        self._held.clear()


def _path(name: str) -> Path:
    user = os.getuid() if sys.platform != "win32" else "outlets"
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    return Path(tempfile.gettempdir()) / f"rtdreamer-{user}" / digest


def _lock(file: int) -> None:
    """Lock an open file until it is closed.

    Raises
    ------
    OSError
        If it is locked.
    """
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
