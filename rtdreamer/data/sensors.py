"""The 14 sensors, found by label among whatever channels a file has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import OLD_NAMES, find_channels, plain_label
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.renaming import renamed


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which nothing is in the file: so many seconds missing before a sample, from 0."""

    sample: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RecordedMarker:
    """What was marked, and at which sample, from 0; fractions lie between two, also in a gap."""

    sample: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class SensorData:
    """The 14 sensors as a file has them, not yet scaled or resampled.

    Attributes
    ----------
    data : ndarray, shape (14, n_times)
        In the order of ``EPOC.ch_names``.
    units : tuple of str
        The unit of each sensor; ``""`` where the file does not say.
    sfreq : float or None
        Hz; None where the file does not say.
    part : str
        Which part of the file this is, where it is not all of it.
    gaps : tuple of Gap
        Where moments lie apart, in order.
    interpolated : ndarray of bool, shape (n_times,), or None
        Which samples the headset's driver made up, where the file tells.
    counter : ndarray, shape (n_times,), or None
        The headset's own sample counter, where the file has it.
    contact : ndarray, shape (14, n_times), or None
        Contact quality of each sensor, 0 (none) to 1 (good), where the file has it.
    notes : tuple of str
        What the user must be told: what was assumed, what is cut.
    markers : tuple of RecordedMarker
        In order.
    """

    data: NDArray[np.float64]
    units: tuple[str, ...]
    sfreq: float | None
    part: str = ""
    gaps: tuple[Gap, ...] = ()
    interpolated: NDArray[np.bool_] | None = None
    counter: NDArray[np.float64] | None = None
    contact: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    markers: tuple[RecordedMarker, ...] = ()


_MOST_LISTED = 20
_RENAME = ": say which is which by --rename OLD=NEW, once for each"


def pick_sensors(labels: Sequence[str], rename: Mapping[str, str], where: str) -> list[int]:
    """Find the 14 sensors among labels.

    Parameters
    ----------
    labels : sequence of str
        As the file spells them. Case and an ``EEG`` prefix do not matter.
    rename : mapping
        What to read in the place of some labels.
    where : str
        Whose labels they are, for the messages.

    Returns
    -------
    list of int
        The index of each sensor, in the order of ``EPOC.ch_names``.

    Raises
    ------
    DataError
        If sensors are missing or named twice, or a new name does not fit.
    """
    names = _renamed(labels, rename, where)
    found = find_channels(names, EPOC.ch_names)
    if found.missing:
        raise DataError(f"{where}: {_what_is_missing(found.missing, labels, names)}")
    for name in found.repeated:
        raise DataError(f"{where}: {names.count(name)} channels are named {name}: keep one")
    return list(found.rows)


def old_names(labels: Sequence[str], picks: Sequence[int]) -> tuple[str, ...]:
    """Return a note for the user where sensors were found by their old 10-20 names."""
    picked = [plain_label(labels[pick]) for pick in picks]
    read = [
        f"{old} as {name}"
        for old, name in zip(picked, EPOC.ch_names, strict=True)
        if OLD_NAMES.get(old) == name
    ]
    return (f"old 10-20 names are read as today's: {', '.join(read)}",) if read else ()


def _renamed(labels: Sequence[str], rename: Mapping[str, str], where: str) -> list[str]:
    try:
        return renamed(labels, rename)
    except ValueError as error:
        found = f": found {_listed(labels)}" if "no channel is named" in str(error) else ""
        raise DataError(f"{where}: {error}{found}") from None


def _what_is_missing(missing: Sequence[str], labels: Sequence[str], names: list[str]) -> str:
    found = [label for label, name in zip(labels, names, strict=True) if name not in EPOC.ch_names]
    if len(missing) == len(EPOC.ch_names):
        none = f"none of the 14 sensors ({', '.join(EPOC.ch_names)}) is there"
        hint = _RENAME if sum(map(bool, map(str.strip, found))) >= len(missing) else ""
        if found and all(re.fullmatch(r"-?\d+[.,]\d+", label.strip()) for label in found):
            hint = ": these are numbers: add a line with the columns' names above them"
        return f"{none}: found {_listed(found)}{hint}"
    message = f"{', '.join(missing)} missing: found besides the other sensors: {_listed(found)}"
    if len(missing) > 1:
        return message + (_RENAME if len(found) >= len(missing) else "")
    by_name = {plain_label(label): label for label in found}
    if missing[0] in by_name:
        return f"{message}: leave the --rename of {missing[0]} out"
    alike = get_close_matches(missing[0], by_name, n=1, cutoff=0.5)
    return message + "".join(f": try --rename {by_name[name]}={missing[0]}" for name in alike)


def _listed(labels: Sequence[str]) -> str:
    if not labels:
        return "nothing"
    shown = [shown_text(label) or "(no name)" for label in labels[:_MOST_LISTED]]
    more = len(labels) - _MOST_LISTED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def shown_text(text: str) -> str:
    """Return the beginning of a file's text as a message may show it: nothing unprintable."""
    plain = " ".join(text[:200].split())
    return "".join(c if c.isprintable() and c != "\ufffd" else "?" for c in plain)[:30]
