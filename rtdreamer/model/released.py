"""Which models come with the program, and where a model is that someone names."""

from collections.abc import Callable
from pathlib import Path

from rtdreamer.errors import CheckpointError
from rtdreamer.model.compiled import load_compiled, read_facts
from rtdreamer.model.trained_model import TrainedModel, check_live
from rtdreamer.signal.features import Spec

DEFAULT_MODEL = "simulated-23"

_SUFFIX = ".safetensors"
_PACKAGE = Path(__file__).parents[1]
FOLDERS = (_PACKAGE / "_models", _PACKAGE.parent / "models")
"""Installed, released models lie in the package; in a checkout they lie beside it."""


def released_models(folders: tuple[Path, ...] = FOLDERS) -> tuple[str, ...]:
    """Names of the released models, in alphabetical order."""
    return tuple(sorted({p.stem for folder in folders for p in folder.glob(f"*{_SUFFIX}")}))


def find_model(name_or_path: str | Path, folders: tuple[Path, ...] = FOLDERS) -> Path:
    """Path of a released model's checkpoint by its name, or of any checkpoint by its path.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    text = str(name_or_path)
    # With a folder or the suffix it can only be a path; without, a released model goes first.
    if Path(text).name == text and not text.endswith(_SUFFIX):
        for folder in folders:
            path = folder / f"{text}{_SUFFIX}"
            if _is_there(path):
                return path
    if _is_there(Path(text)):
        return Path(text)
    names = ", ".join(released_models(folders)) or "none"
    raise CheckpointError(f"no model {text!r:.80}: give a checkpoint's path or one of: {names}")


def load_model(
    model: str | Path | None = None,
    in_torch: bool = False,
    say: Callable[[str], object] = lambda line: None,
) -> TrainedModel:
    """Load a model by name or path; the default one for None.

    Parameters
    ----------
    model : str or Path, optional
        A released model's name, or a checkpoint's path.
    in_torch : bool
        Whether it is to run in torch, which is slower to start and to answer.
    say : callable
        As for ``load_compiled``.

    Raises
    ------
    CheckpointError
        If it is not there, or broken.
    """
    path = find_model(DEFAULT_MODEL if model is None else model)
    if not in_torch:
        return load_compiled(path, path.parent in FOLDERS, say)
    from rtdreamer.model import checkpoint_file

    return checkpoint_file.load_checkpoint(path)


def load_live(
    model: str | Path | None = None,
    in_torch: bool = False,
    say: Callable[[str], object] = lambda line: None,
) -> TrainedModel:
    """Load a model that can run live, as ``load_model`` does.

    Raises
    ------
    CheckpointError
        If it is not there, broken, or not made for live use.
    """
    found = load_model(model, in_torch, say)
    check_live(found)
    return found


def spec_of(model: str | Path | None = None) -> tuple[str, Spec]:
    """A model's name and spec, without loading it; raises as ``load_model`` does."""
    facts = read_facts(find_model(DEFAULT_MODEL if model is None else model))
    return facts["name"], facts["spec"]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file can have
        return False
