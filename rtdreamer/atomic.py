"""Files that are written whole or not at all. Imports nothing of ours."""

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of what ``path`` holds, in one step.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is there still.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
