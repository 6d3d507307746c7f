"""From what a user typed to a source of trials."""

from pathlib import Path
from typing import TypeVar

from rtdreamer.data.dreamer_mat import DreamerFile
from rtdreamer.data.simulated import DEFAULT_EFFECT, N_SUBJECTS, SimulatedDreamer
from rtdreamer.data.trials import TrialSource
from rtdreamer.errors import DataError

Number = TypeVar("Number", int, float)

_KEYS = ("subjects", "effect", "seed")


def open_dreamer(text: str | None) -> TrialSource:
    """Open the DREAMER that ``text`` names.

    Parameters
    ----------
    text : str or None
        None or ``"simulated"`` for the simulation as it is; ``"simulated:subjects=4,effect=0"``
        for another one (``subjects``, ``effect``, ``seed``); else the path of a DREAMER.mat.

    Raises
    ------
    DataError
        If the parameters make no sense, or the file is missing or not DREAMER.
    """
    if text is None or text == "simulated":
        return SimulatedDreamer()
    if text.startswith("simulated:"):
        return _simulated(text)
    return DreamerFile(Path(text))


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
    )


def _number(text: str, key: str, value: str | float, kind: type[Number]) -> Number:
    try:
        return kind(value)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise DataError(f"{text}: {key} is {value!r}: must be {wanted}") from None
