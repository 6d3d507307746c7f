"""Files that are read: those that end, and that nobody has to write to first."""

import errno
import stat
from pathlib import Path


def check_regular(path: Path) -> None:
    """Look whether ``path`` is a regular file before it is opened.

    A pipe would be waited for, and some devices never end.

    Raises
    ------
    OSError
        If it is not, or not there.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is a folder, a pipe or a device, not a file")
