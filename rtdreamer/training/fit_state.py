"""What an interrupted fit resumes from: a file that is whole, and that fit's own."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rtdreamer.files import write_atomically
from rtdreamer.model.registry import foreign_code
from rtdreamer.training.code_version import LEARNING, code_version
from rtdreamer.training.windows import Windows

_SEAL_BYTES = hashlib.sha256().digest_size


def state_key(windows: Windows, config: object, architecture: str) -> bytes:
    """Changes with anything that a fit depends on, the code included."""
    code = torch.__version__, code_version(LEARNING), foreign_code(architecture)
    key = hashlib.sha256(f"{architecture} {config!r} {windows.spec!r} {code}".encode())
    for array in (*windows.inputs, windows.ratings, windows.subject, windows.trial):
        key.update(np.ascontiguousarray(array).data)
    return key.digest()


def write_state(path: Path, key: bytes, values: dict[str, Any]) -> None:
    """Write tensors and numbers, whole or not at all.

    Raises
    ------
    RtdreamerError
        If it cannot be written.
    """
    file = io.BytesIO()
    torch.save(values, file)
    content = file.getvalue()
    write_atomically(path, _seal(key, content) + content)


def read_state(path: Path, key: bytes) -> dict[str, Any] | None:
    """What ``write_state`` wrote with this key, on the CPU; None if the file holds anything else.

    Nothing in the file is run.
    """
    try:
        sealed = path.read_bytes()
    except OSError:
        return None
    seal, content = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
    if seal != _seal(key, content):
        return None
    values: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return values


def _seal(key: bytes, content: bytes) -> bytes:
    return hashlib.sha256(key + content).digest()
