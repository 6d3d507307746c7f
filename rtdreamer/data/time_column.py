"""A table's column of times: which it is, and its cells in seconds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import split_unit
from rtdreamer.data.text_table import TextTable

_TIME = re.compile(r"TIME(?![A-Z]*(?:ZONE|OUT))|\bUNIX\b")
_SCALES = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nsec", "nanoseconds"), 1e-9),
}
_EPOCH = datetime(1970, 1, 1)
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
        found = found or TimeColumn(label, None)
    return found


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
    lag = min(_LAG, max(1, len(values) // 4))
    step = float(np.median(values[lag:] - values[:-lag])) / lag
    if step <= 0:  # many of each: not so over them all
        step = float(values[-1] - values[0]) / (len(values) - 1)
    scales = (1.0, 1e-3, 1e-6, 1e-9)
    return next((s for s in scales if step > 0 and _SLOWEST <= 1 / (s * step) < _FASTEST), None)


def _of_dates(texts: Sequence[str]) -> NDArray[np.float64]:
    """Seconds of dates with times, or of times alone, which may pass midnight; NaN for others."""
    seconds = np.array([_of_date(text.replace("/", "-")) for text in texts])
    if all(len(text) <= len("00:00:00.000000000") for text in texts[:1]):
        seconds = seconds + 86_400 * np.cumsum(np.diff(seconds, prepend=seconds[:1]) < -43_200)
    return seconds


@lru_cache(maxsize=4)
def _of_date(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            day = time.fromisoformat(text)
        except ValueError:
            return float("nan")
        return day.hour * 3600 + day.minute * 60 + day.second + day.microsecond * 1e-6
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment - _EPOCH).total_seconds()
