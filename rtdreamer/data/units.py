"""The unit of a recording's sensors: what it says, what the user says, what the numbers say."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import microvolts
from rtdreamer.data.plausibility import doubt, odd_sensors
from rtdreamer.data.sensors import shown_text
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

_NAMES = {1.0: "uV", 1e3: "mV", 1e6: "V", 1e-3: "nV"}


def scales_of(path: Path, units: Sequence[str], given: str | None) -> NDArray[np.float64]:
    """Return how many µV one of each sensor's unit is, shape (14,).

    Parameters
    ----------
    path : Path
        For the messages.
    units : sequence of str
        Each sensor's, as the file says; "" where it does not.
    given : str or None
        What the user says, which then counts; "" is nothing, too.

    Raises
    ------
    DataError
        If a unit is unknown.
    """
    return np.array([_scale(path, given or unit) for unit in units])


def about_units(
    path: Path,
    data: NDArray[np.float64],
    units: Sequence[str],
    given: str | None,
    scales: NDArray[np.float64],
) -> tuple[str, ...]:
    """Say what was assumed of the unit, or overruled, and whether that fits the numbers.

    Parameters
    ----------
    path, units, given
        As of ``scales_of``.
    data : ndarray, shape (14, n_times)
        As the file has it, finite.
    scales : ndarray, shape (14,)
        µV that one of each sensor's unit is.

    Raises
    ------
    DataError
        If no unit is given, and in the file's no head has such amplitudes, or one sensor's are
        not like those of the others.
    """
    doubts, odd = _doubt(data, scales), _odd(data, scales)
    if not given:
        if doubts:
            raise DataError(f"{path}: {doubts}")
        if odd:
            raise DataError(f"{path}: {odd}: {_what_helps(scales)}")
        return tuple(_assumed(units))
    overruled = _overruled(units, given)
    notes = (
        f"its unit is taken as {given}, as --unit says; the file says {overruled}",
        f"as --unit {given} has it, {doubts}",
        odd,
    )
    return tuple(note for note, is_so in zip(notes, (overruled, doubts, odd), strict=True) if is_so)


def _scale(path: Path, unit: str) -> float:
    """µV that one of a unit is."""
    scale = microvolts(unit)
    if scale is None:
        raise DataError(f"{path}: unknown unit {unit!r:.40}: say --unit uV, mV or V")
    return scale


def _doubt(data: NDArray[np.float64], scales: NDArray[np.float64]) -> str:
    if (scales == scales[0]).all():
        return doubt(data, float(scales[0]))
    return doubt(data * scales[:, None], 1.0)


def _odd(data: NDArray[np.float64], scales: NDArray[np.float64]) -> str:
    """Say which sensors are not in the unit of the others; "" where all are."""
    found = odd_sensors(data * scales[:, None])
    if not found:
        return ""
    names = ", ".join(EPOC.ch_names[row] for row in found)
    factors = sorted({f"{f:,.0f}" if f > 1 else f"1/{1 / f:,.0f}" for f in found.values()})
    return f"{names} would be like the other sensors at {' or '.join(factors)} times the size"


def _what_helps(scales: NDArray[np.float64]) -> str:
    ((usual, n_usual),) = Counter(scales.tolist()).most_common(1)
    unit = _NAMES.get(usual, "uV")
    if n_usual < len(scales):
        return f"it names several units: say --unit {unit} if all are in that"
    return f"correct the unit there, or say --unit {unit} to take all numbers as they are"


def _overruled(units: Sequence[str], given: str) -> str:
    """What the file says otherwise, and of which sensors where not of all."""
    others: dict[str, list[str]] = {}
    for name, unit in zip(EPOC.ch_names, units, strict=True):
        if unit.strip() and microvolts(unit) != microvolts(given):
            others.setdefault(unit.strip(), []).append(name)
    return ", ".join(
        shown_text(unit) + (f" for {', '.join(names)}" if len(names) < len(units) else "")
        for unit, names in sorted(others.items())
    )


def _assumed(units: Sequence[str]) -> list[str]:
    without = [n for n, unit in zip(EPOC.ch_names, units, strict=True) if not unit.strip()]
    where = "" if len(without) == len(units) else f" for {', '.join(without)}"
    notes = [f"it names no unit{where}: taken as µV"] if without else []
    words = sorted({unit.strip() for unit in units if unit.strip()})
    return notes + [f"its unit {word} is taken as µV" for word in words if word.lower() == "emotiv"]
