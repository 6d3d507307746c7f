"""EEG as a table in a text file: one row a sample, one column a channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import find_channels, microvolts, plain_label, split_unit
from rtdreamer.counting import counted
from rtdreamer.data.headset_columns import read_headset_columns
from rtdreamer.data.sensors import Gap, SensorData, old_names, pick_sensors, shown_text
from rtdreamer.data.stamps import gaps_of, gaps_of_counter, rate_of
from rtdreamer.data.table_notes import TableNotes, rate_in_label, read_notes
from rtdreamer.data.table_rows import check_widths
from rtdreamer.data.text_table import HEADER_WITHIN, TextTable, read_table
from rtdreamer.data.time_column import TimeColumn, find_times
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from rtdreamer.stream.gaps import JITTER_S

_RATES = (EPOC.sfreq, 2 * EPOC.sfreq)
_RATE_COLUMNS = {"SAMPLINGRATE", "SAMPLERATE", "SAMPLINGFREQUENCY", "SRATE", "SFREQ"}


@dataclass(frozen=True, slots=True)
class _Rate:
    """A rate in Hz, where the file tells it, and by which share it may differ from another."""

    where: str
    hz: float
    may_differ: float = 1e-3


def read_csv(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read the sensors' columns from text that commas, semicolons, tabs, bars or blanks separate.

    Other columns may hold anything. A decimal comma is understood where the comma does not
    separate the columns. The rate is taken from notes above the header, from the header, or from
    a column of it or of times; units from the header, a row of them below it, or the notes.

    Raises
    ------
    DataError
        If there is no header with the 14 sensors, a row does not fit it, a cell is no finite
        number, or two rates contradict each other.
    """
    table = read_table(path, {*EPOC.ch_names, *(plain_label(old) for old in rename)})
    notes = read_notes(table.above)
    picks = pick_sensors(table.labels, rename, where=_where(table))
    units, table = _units(table, picks, notes)
    if not table.rows:
        raise DataError(f"{path}: has a header but no rows")
    check_widths(path, table.labels, table.rows, table.lines, table.delimiter)
    data = table.numbers(picks)
    beside = read_headset_columns(table)
    times = find_times(table, picks)
    sfreq = _agreed(path, [*_told_rates(table, notes), *_stamped_rate(times)])
    gaps, about_gaps = _gaps(times, beside.counter, sfreq)
    about = (
        *old_names(table.labels, picks),
        *_about_length(table, notes),
        *beside.notes,
        *about_gaps,
    )
    return SensorData(
        data,
        units=units,
        sfreq=sfreq,
        gaps=gaps,
        interpolated=beside.interpolated,
        counter=beside.counter,
        contact=beside.contact,
        notes=about,
    )


def _where(table: TextTable) -> str:
    """Name the file, and how far a header was looked for where that may matter."""
    is_deep = max(table.lines, default=0) > HEADER_WITHIN
    has_sensors = find_channels(table.labels, EPOC.ch_names).rows
    hint = "" if has_sensors or not is_deep else f": in its first {HEADER_WITHIN} lines"
    return f"{table.path}{hint}"


def _units(
    table: TextTable, picks: Sequence[int], notes: TableNotes
) -> tuple[tuple[str, ...], TextTable]:
    """The unit of each sensor, and the table without the row of units that some have."""
    units = [split_unit(table.labels[pick])[1] or notes.unit for pick in picks]
    first = table.rows[0].split(table.delimiter) if table.rows else []
    row = [first[pick].strip("()[] ") if pick < len(first) else "" for pick in picks]
    # "0" is a unit too, in the words of a program that writes no tables.
    if all(unit and not unit[-1].isdigit() and microvolts(unit) is not None for unit in row):
        return tuple(row), table.below(1)
    return tuple(units), table


def _told_rates(table: TextTable, notes: TableNotes) -> list[_Rate]:
    rates = [_Rate(f"line {number + 1}", hz) for number, hz in notes.rates]
    for column, label in enumerate(table.labels):
        if (hz := rate_in_label(label)) is not None:
            rates.append(_Rate("its header", hz))
        if plain_label(label).replace(" ", "").replace("_", "") in _RATE_COLUMNS:
            # Often it is in the first row only.
            values = table.numbers_where_told([column])[0]
            known = values[np.isfinite(values) & (values > 0)]
            rates += [
                _Rate(f"column {shown_text(label)}", float(hz)) for hz in np.unique(known)[:2]
            ]
    return rates


def _stamped_rate(times: TimeColumn | None) -> list[_Rate]:
    found = None if times is None or times.seconds is None else rate_of(times.seconds)
    if times is None or found is None:
        return []
    hz, may_differ = found
    return [_Rate(f"column {shown_text(times.label)}", hz, may_differ)]


def _agreed(path: Path, rates: Sequence[_Rate]) -> float | None:
    """The one rate that all of them mean; what the times tell is never the very number."""
    if not rates:
        return None
    first = rates[0]
    for other in rates[1:]:
        if abs(first.hz - other.hz) > max(first.may_differ, other.may_differ) * first.hz:
            raise DataError(
                f"{path}: {first.where} says {first.hz:.4g} Hz, {other.where} {other.hz:.4g} Hz: "
                "which is right cannot be told: correct or remove the wrong one"
            )
    near = (hz for hz in _RATES if abs(first.hz - hz) <= first.may_differ * hz)
    return next(near, first.hz)


def _gaps(
    times: TimeColumn | None, counter: NDArray[np.float64] | None, sfreq: float | None
) -> tuple[tuple[Gap, ...], tuple[str, ...]]:
    """By the times; by the counter what is too short for those, as far as they allow it."""
    rate = sfreq or EPOC.sfreq
    passed_over = () if counter is None else gaps_of_counter(counter, rate)
    if times is None:
        return passed_over, ()
    label = shown_text(times.label)
    if times.seconds is None:
        return passed_over, (f"its column {label} is not understood: no gaps can be found by it",)
    seconds = times.seconds
    found = rate_of(seconds)
    gaps, n_backs = gaps_of(seconds, found[0] if found else rate)
    known = {gap.sample for gap in gaps}
    steps = np.diff(seconds, prepend=seconds[:1])
    gaps += tuple(
        gap
        for gap in passed_over
        if gap.sample not in known and gap.seconds <= steps[gap.sample] - 1 / rate + JITTER_S
    )
    goes_back = f"its column {label} goes back {counted(n_backs, 'time')}"
    notes = (f"{goes_back}: a gap of a second each is assumed",)
    return tuple(sorted(gaps, key=lambda gap: gap.sample)), notes if n_backs else ()


def _about_length(table: TextTable, notes: TableNotes) -> tuple[str, ...]:
    about = ["its last line breaks off: it is left out"] if table.is_cut else []
    n_rows = len(table.rows)
    if notes.samples is not None and n_rows < notes.samples:
        about.append(
            f"it promises {counted(notes.samples, 'sample')} and breaks off after {n_rows}"
        )
    return tuple(about)
