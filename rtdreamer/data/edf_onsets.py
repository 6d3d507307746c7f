"""When each record of an EDF+ or BDF+ file begins, and where records lie apart."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.boundaries import is_boundary, is_skipped
from rtdreamer.data.sensors import Gap
from rtdreamer.errors import DataError
from rtdreamer.stream.gaps import JITTER_S

_TIME_KEEPING = re.compile(rb"([+-]\d+(?:\.\d*)?)\x14\x14?")
"""A record's first annotation is its own beginning, in seconds, and says nothing besides."""
_ANNOTATION = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14((?:[^\x14\0]*\x14)+)\0")
"""Its beginning and length, seconds, and its texts."""

_LATE = 1.5
"""Samples by which an exact record may be late."""


def onset_of(annotations: bytes) -> float:
    """When a record begins, seconds, by the bytes of its annotations; NaN if they do not tell."""
    found = _TIME_KEEPING.match(annotations)
    return float(found[1]) if found else math.nan


def boundaries_in(annotations: bytes) -> Iterator[tuple[float, float | None, bool]]:
    """When a record's annotations say that recordings were joined, and how long was between.

    And whether samples stand for that time that were never acquired.
    """
    for start, length, texts in _ANNOTATION.findall(annotations):
        words = [text.decode("utf-8", "replace") for text in texts.split(b"\x14")]
        skipped = any(map(is_skipped, words))
        if skipped or any(map(is_boundary, words)):
            yield float(start), float(length) if length else None, skipped


def samples_at(
    seconds: Sequence[float], onsets: NDArray[np.float64], length: float, n_samples: int
) -> NDArray[np.int64]:
    """Which samples come first at or after some times, by the onsets of the records they are in."""
    times = np.array(seconds, np.float64)
    record = np.maximum(np.searchsorted(onsets, times + 1e-6, "right") - 1, 0)
    within = np.round((times - onsets[record]) * n_samples / length)
    found: NDArray[np.int64] = record * n_samples + np.clip(within, 0, n_samples).astype(np.int64)
    return found


def gaps_between(
    path: Path, onsets: NDArray[np.float64], seconds: float, n_samples: int, interrupted: bool
) -> tuple[Gap, ...]:
    """Where records lie apart.

    By its definition an EDF+D file is exact, and whatever is longer than a sample is a gap; below
    that, records may be late because the headset's clock is not the computer's. What calls itself
    uninterrupted is held to it, unless its records say otherwise by more than ``JITTER_S`` and all
    of them go on in time.

    Parameters
    ----------
    path : Path
        Of the file, for the messages.
    onsets : ndarray, shape (n_records,)
        Seconds.
    seconds, n_samples : float and int
        How long each record is, and how many samples of EEG it has.
    interrupted : bool
        Whether the file calls itself so.

    Raises
    ------
    DataError
        If a record of an interrupted file has no time, or begins before the last one ends by more
        than ``JITTER_S``.
    """
    missing = np.diff(onsets) - seconds
    if not interrupted:
        sound = bool(np.all(missing > -JITTER_S))  # NaN is not
        return _gaps(missing, n_samples, JITTER_S) if sound else ()
    if not np.isfinite(onsets).all():
        record = int(np.flatnonzero(~np.isfinite(onsets))[0]) + 1
        raise DataError(
            f"{path}: is interrupted (EDF+D), but record {record} does not tell when it begins: "
            "export it again"
        )
    if (missing < -JITTER_S).any():
        record = int(np.flatnonzero(missing < -JITTER_S)[0]) + 1
        raise DataError(
            f"{path}: record {record + 1} begins at {onsets[record]:g} s, before record {record} "
            f"ends at {onsets[record - 1] + seconds:g} s: export it again"
        )
    return _gaps(missing, n_samples, _LATE * seconds / n_samples)


def _gaps(missing: NDArray[np.float64], n_samples: int, tolerance: float) -> tuple[Gap, ...]:
    return tuple(
        Gap((record + 1) * n_samples, float(seconds))
        for record, seconds in enumerate(missing)
        if seconds > tolerance
    )
