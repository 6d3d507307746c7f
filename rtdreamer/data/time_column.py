"""A table's column of times: which it is, and its cells in seconds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import split_unit
from rtdreamer.data.text_table import TextTable
from rtdreamer.headset import EPOC

_TIME = re.compile(r"TIME(?![A-Z]*(?:ZONE|OUT))|\bUNIX\b")
_ALSO_TIMES = re.compile(
    r"(?:T|S|MS|SECS?|SECONDS?|MSECS?|MILLISECONDS?|ELAPSED.*|DATE|ZEIT.*|(?:.*[ _.])?CLOCK|LSL|)"
)
"""Whole labels, and none at all, that columns of times have if they tell a likely rate."""
_SCALES = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nsec", "nanoseconds"), 1e-9),
}
_EPOCH = datetime(1970, 1, 1)
_OF_DAY = re.compile(r"(?:.*[\sT])?(?:(\d{1,2}):)?(\d{1,2}):(\d{2}(?:[.:,]\d+)?)")
"""A time of day behind a date in any order, or, as spreadsheets show it, minutes and seconds."""
_SLOWEST, _FASTEST = 20.0, 20_000.0  # Hz: one of the scales, a thousand apart, lies between
_MOST_BACK = 0.1  # of the steps: times that go back more often are none
_LAG = 64


@dataclass(frozen=True, slots=True, eq=False)
class TimeColumn:
    """A column of times.

    Attributes
    ----------
    label : str
        Of the column.
    seconds : ndarray, shape (n_rows,), or None
        None where its cells are not understood.
    """

    label: str
    seconds: NDArray[np.float64] | None


def find_times(table: TextTable, taken: Sequence[int]) -> TimeColumn | None:
    """Return the first column of times that can be read; else the first not understood, if any.

    Parameters
    ----------
    table : TextTable
        The table.
    taken : sequence of int
        Columns that are something else.
    """
    columns = [
        column
        for column, label in enumerate(table.labels)
        if column not in taken and _TIME.search(label[:100].upper())
    ]
    # One of that very name before those with another word to it.
    columns.sort(key=lambda column: _plain(table.labels[column]) not in ("TIMESTAMP", "TIME"))
    found = None
    for column in columns:
        label = table.labels[column]
        seconds = _seconds(table, column)
        if seconds is not None:
            return TimeColumn(label, seconds)
        if any(table.texts(column)):
            found = found or TimeColumn(label, None)
    return found or _by_their_steps(table, taken)


def _by_their_steps(table: TextTable, taken: Sequence[int]) -> TimeColumn | None:
    """A column that may be of times by its label, and is by its rate: one of the headset's."""
    for column, label in enumerate(table.labels):
        if column in taken or not _ALSO_TIMES.fullmatch(_plain(label)):
            continue
        seconds = _seconds(table, column)
        if seconds is not None and _is_likely(_step(seconds)):
            return TimeColumn(label or f"{column + 1}", seconds)
    return None


def _is_likely(step: float) -> bool:
    """Whether a step in seconds is that of a headset, give or take a quarter."""
    return step > 0 and any(abs(1 / step / hz - 1) < 0.25 for hz in (EPOC.sfreq, 2 * EPOC.sfreq))


def _plain(label: str) -> str:
    return split_unit(label)[0].partition(":")[0].strip().upper()


def _seconds(table: TextTable, column: int) -> NDArray[np.float64] | None:
    values = table.numbers_where_told([column])[0]
    if not np.isfinite(values).all():
        values = _of_dates(table.texts(column))
        return values if _can_be_times(values) else None
    if not _can_be_times(values) or (np.diff(values) == 1).mean() > 0.9:
        return None  # the second counts rows
    scale = _said_scale(table.labels[column]) or _likely_scale(values)
    return None if scale is None else values * scale


def _can_be_times(values: NDArray[np.float64]) -> bool:
    if len(values) < 2 or not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    return bool((steps < 0).mean() <= _MOST_BACK and (steps > 0).any())


def _said_scale(label: str) -> float | None:
    """What the label says: ``Time (ms)``, ``timestamp_ms``, ``Time:256Hz``."""
    word = re.split(r"[\s_./]", label.strip())[-1]
    unit = split_unit(label)[1] or word
    return 1.0 if re.search(r"\d\s*hz", label, re.IGNORECASE) else _SCALES.get(unit.lower())


def _likely_scale(values: NDArray[np.float64]) -> float | None:
    """The one of seconds, milli-, micro- and nanoseconds that makes a rate of them."""
    scales = (1.0, 1e-3, 1e-6, 1e-9)
    # In short pieces that lie apart, it is the single step that tells.
    single = float(np.median(np.diff(values)))
    if likely := [scale for scale in scales if _is_likely(scale * single)]:
        return likely[0]
    step = _step(values)
    return next((s for s in scales if step > 0 and _SLOWEST <= 1 / (s * step) < _FASTEST), None)


def _step(values: NDArray[np.float64]) -> float:
    """The time from one row to the next, of most rows, whether or not some share theirs."""
    lag = min(_LAG, max(1, len(values) // 4))
    step = float(np.median(values[lag:] - values[:-lag])) / lag
    if step <= 0:  # many of each: not so over them all
        step = float(values[-1] - values[0]) / (len(values) - 1)
    return step


def _of_dates(texts: Sequence[str]) -> NDArray[np.float64]:
    """Seconds of dates with times, or of times alone, which may pass midnight; NaN for others."""
    seconds = np.array([_of_date(text.replace("/", "-")) for text in texts])
    if _is_dated(texts[0]):
        return seconds
    day = 86_400 if texts[0].count(":") != 1 else 3600  # of minutes and seconds, an hour
    wraps = np.diff(seconds, prepend=seconds[:1]) < -day / 2
    unwrapped: NDArray[np.float64] = seconds + day * np.cumsum(wraps)
    return unwrapped


def _is_dated(text: str) -> bool:
    try:
        datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4)
def _of_date(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        found = _OF_DAY.fullmatch(text)
        if found is None:
            return float("nan")
        hours, minutes, seconds = found.groups(default="0")
        seconds = seconds.replace(":", ".").replace(",", ".")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment - _EPOCH).total_seconds()
