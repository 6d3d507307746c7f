"""A model's file, ready to run without torch: compiled once, and kept for the next time."""

import functools
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from rtdreamer.errors import CheckpointError, RtdreamerError
from rtdreamer.files import cache_folder, read_whole, reading, write_atomically
from rtdreamer.model.checkpoint_header import MAX_BYTES, MAX_HEADER_BYTES, read_header
from rtdreamer.model.onnx_model import OnnxInference, OnnxModel
from rtdreamer.model.trained_model import TrainedModel

_SUFFIX = ".onnx"
_REFUSED = ".refused"

COMPILING = "compiling it, which takes some seconds, and is done once"


def load_compiled(
    path: Path, is_released: bool = False, say: Callable[[str], object] = lambda line: None
) -> TrainedModel:
    """Read a checkpoint's file as a model that runs without torch, if there is a way.

    Only a program that this program made itself is run, and only of the very same file: one that
    came with a released model, or that was made of this file before. Else it is made now, which
    takes torch and some seconds. What is in a file of someone else's is never run.

    Parameters
    ----------
    path : Path
        The checkpoint's file.
    is_released : bool
        Whether it is one of the program's own, beside which its program lies.
    say : callable
        Told, in a line, that it is made now, and why it runs in torch if it does.

    Returns
    -------
    TrainedModel
        The checkpoint itself, which runs in torch, if its network cannot be written in ONNX.

    Raises
    ------
    CheckpointError
        As ``load_checkpoint``.
    """
    content = _content(path)
    made_from = hashlib.sha256(content).hexdigest()
    program = _found(path, made_from, is_released)
    if program is not None:
        return OnnxModel(program=program, **_facts(content))
    return _compile(path, made_from, say)


def read_facts(path: Path) -> dict[str, Any]:
    """What a checkpoint's header says: the fields of ``TrainedModel``, by name.

    Raises
    ------
    CheckpointError
        If it says nothing that could be understood. The rest of the file is not looked at.
    """
    try:
        return _facts(_content(path))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path}: not a usable checkpoint: {error!s:.300}") from error


def is_compiled(path: Path, is_released: bool = False) -> bool:
    """Whether ``load_compiled`` has nothing to make."""
    made_from = hashlib.sha256(_content(path)).hexdigest()
    return _refusal(made_from) is not None or _found(path, made_from, is_released) is not None


def _content(path: Path) -> bytes:
    with reading(path, "a .safetensors file", kind=CheckpointError):
        try:
            return read_whole(path, MAX_BYTES)
        except ValueError as error:
            raise CheckpointError(f"{path}: not a usable checkpoint: {error}") from error


def _kept(made_from: str) -> Path:
    return cache_folder(None) / "programs" / f"{made_from[:32]}-{_code()}{_SUFFIX}"


def _found(path: Path, made_from: str, is_released: bool) -> bytes | None:
    """The program of a file, beside it or in the cache."""
    beside = [path.with_suffix(_SUFFIX)] if is_released else []
    found = (_program(place, made_from) for place in (*beside, _kept(made_from)))
    return next((program for program in found if program is not None), None)


def _program(place: Path, made_from: str) -> bytes | None:
    """The program at a place, if it is there and was made of that file."""
    try:
        program = read_whole(place, MAX_BYTES)
        return program if OnnxInference(program).made_from == made_from else None
    except Exception:  # broken: it is made again
        return None


def _facts(content: bytes) -> dict[str, Any]:
    """What a checkpoint's header says: the file was checked when its program was made."""
    size = min(int.from_bytes(content[:8], "little"), MAX_HEADER_BYTES)
    texts = json.loads(content[8 : 8 + size])["__metadata__"]
    return dict(read_header(texts).facts)


def _compile(path: Path, made_from: str, say: Callable[[str], object]) -> TrainedModel:
    from rtdreamer.model.checkpoint_file import load_checkpoint
    from rtdreamer.model.onnx_export import export

    checkpoint, refusal, program = load_checkpoint(path), _refusal(made_from), b""
    if refusal is None:
        say(COMPILING)
        try:
            program, _ = export(checkpoint, made_from)
            _keep(_kept(made_from), program)
        except RtdreamerError as error:
            refusal = str(error)
            # It would only fail again, and take as long.
            _keep(_kept(made_from).with_suffix(_REFUSED), refusal.encode())
    if refusal is not None:
        say(f"it runs in torch, since ONNX cannot hold it: {refusal}")
        return checkpoint
    facts = {name: getattr(checkpoint, name) for name in OnnxModel.facts()}
    return OnnxModel(program=program, **facts)


def _refusal(made_from: str) -> str | None:
    """Why no program could be made of a file, if that was tried."""
    try:
        return read_whole(_kept(made_from).with_suffix(_REFUSED), MAX_BYTES).decode()
    except (OSError, ValueError):
        return None


def _keep(place: Path, content: bytes) -> None:
    with suppress(OSError, RtdreamerError):  # it is made again the next time
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, content)


@functools.cache
def _code() -> str:
    """A hash of the code that makes networks, for a network may be another when it changes."""
    total = hashlib.sha256(metadata.version("torch").encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:16]
