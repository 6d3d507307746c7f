"""From what a user typed to a source of trials."""

import hashlib
import inspect
from pathlib import Path
from typing import TypeVar

from rtdreamer import headset, window
from rtdreamer.data import clips, simulated, simulated_eeg, simulated_people
from rtdreamer.data.dreamer_mat import DreamerFile, open_mat
from rtdreamer.data.simulated import DEFAULT_CLIP, DEFAULT_EFFECT, N_SUBJECTS, SimulatedDreamer
from rtdreamer.data.trials import TrialSource
from rtdreamer.errors import DataError

Number = TypeVar("Number", int, float)

_KEYS = ("subjects", "effect", "clip", "seed")
_SIMULATOR = (simulated, simulated_people, simulated_eeg, clips, headset, window)


def open_dreamer(text: str | None) -> TrialSource:
    """Open the DREAMER that ``text`` names.

    Parameters
    ----------
    text : str or None
        None or ``"simulated"`` for the simulation as it is; ``"simulated:subjects=4,effect=0"``
        for another one (``subjects``, ``effect``, ``clip``, ``seed``); else the path of a
        DREAMER.mat.

    Raises
    ------
    DataError
        If the parameters make no sense, or the file is missing or not DREAMER.
    """
    named = _named(text)
    return DreamerFile(named) if isinstance(named, Path) else named


def fingerprint(text: str | None) -> str:
    """Tell data from other data without reading a trial, so that what was made of them can be kept.

    Parameters
    ----------
    text : str or None
        As for ``open_dreamer``. Whether the file is a DREAMER.mat is not looked at.

    Returns
    -------
    str
        16 hexadecimal digits. Another file or simulation has another fingerprint, and so has the
        same simulation once its code was changed.

    Raises
    ------
    DataError
        If the parameters make no sense, or the file is missing or cannot be read.
    """
    named = _named(text)
    if isinstance(named, Path):
        with open_mat(named) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    parameters = len(named.subjects), named.seed, named.effect, named.clip
    code = "".join(inspect.getsource(module) for module in _SIMULATOR)
    return hashlib.sha256(f"{parameters} {code}".encode()).hexdigest()[:16]


def _named(text: str | None) -> SimulatedDreamer | Path:
    """The simulation or the file that ``text`` names."""
    if text is None or text == "simulated":
        return SimulatedDreamer()
    if text.startswith("simulated:"):
        return _simulated(text)
    return Path(text)


def _simulated(text: str) -> SimulatedDreamer:
    given: dict[str, str] = {}
    for part in text.removeprefix("simulated:").split(","):
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key not in _KEYS:
            raise DataError(f"{text}: unknown parameter {key!r}: choose from {', '.join(_KEYS)}")
        if key in given:
            raise DataError(f"{text}: {key} is given twice: give it once")
        given[key] = value
    return SimulatedDreamer(
        n_subjects=_number(text, "subjects", given.get("subjects", N_SUBJECTS), int),
        seed=_number(text, "seed", given.get("seed", 0), int),
        effect=_number(text, "effect", given.get("effect", DEFAULT_EFFECT), float),
        clip=_number(text, "clip", given.get("clip", DEFAULT_CLIP), float),
    )


def _number(text: str, key: str, value: str | float, kind: type[Number]) -> Number:
    try:
        return kind(value)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise DataError(f"{text}: {key} is {value!r}: must be {wanted}") from None
