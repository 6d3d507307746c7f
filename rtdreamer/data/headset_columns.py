"""What a headset's program writes beside the sensors: made-up samples, a counter, contact."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.channels import plain_label
from rtdreamer.data.text_table import TextTable
from rtdreamer.headset import EPOC

_BEST_CONTACT = 4.0  # 0, 1, 2 and 4 are none, very poor, poor and good

_INTERPOLATED = ("INTERPOLATE", "INTERPOLATED")
_COUNTER = ("COUNTER", "SAMPLECOUNTER", "SAMPLE COUNTER")


@dataclass(frozen=True, slots=True, eq=False)
class HeadsetColumns:
    """As the fields of ``SensorData`` of these names."""

    interpolated: NDArray[np.bool_] | None
    counter: NDArray[np.float64] | None
    contact: NDArray[np.float64] | None
    notes: tuple[str, ...]


def read_headset_columns(table: TextTable) -> HeadsetColumns:
    """Read those columns that the table has."""
    plain = [plain_label(label) for label in table.labels]
    interpolated = _first(plain, _INTERPOLATED)
    flags = None if interpolated is None else table.numbers_where_told([interpolated])[0] > 0
    counted = _first(plain, _COUNTER)
    counter = None if counted is None else table.numbers_where_told([counted])[0]
    notes: tuple[str, ...] = ()
    if counter is not None and not np.isfinite(counter).all():
        counter, notes = None, ("its counter has cells that are no numbers: it is left out",)
    contact, about_contact = _contact(table, plain)
    return HeadsetColumns(flags, counter, contact, notes + about_contact)


def _contact(
    table: TextTable, plain: Sequence[str]
) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """The contact of all sensors, where it is told of all, in the headset's words."""
    ways = ["CQ.{}", "CQ_{}", "CQ:{}"]
    columns = [
        _first(plain, (*(way.format(name) for way in ways), f"CQ {name}", f"{name} QUALITY"))
        for name in EPOC.ch_names
    ]
    told = [column for column in columns if column is not None]
    if len(told) < len(columns):
        return None, ()
    if not any(any(table.texts(column)) for column in told):
        return None, ()  # labels of what the program had nothing for
    contact = np.stack([_carried_on(row) for row in table.numbers_where_told(told)])
    if not np.isfinite(contact).all() or contact.min() < 0 or contact.max() > _BEST_CONTACT:
        return None, ("its contact quality is in words unknown, not from 0 to 4: it is left out",)
    if contact.max() == 0:
        return None, ("its contact quality is 0 throughout, as if never measured: it is left out",)
    return contact / _BEST_CONTACT, ()


def _carried_on(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value until the next one: contact is written when it is measured, twice a second."""
    known = np.isfinite(values)
    if not known.any():
        return values
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    filled: NDArray[np.float64] = values[np.where(last < 0, np.argmax(known), last)]
    return filled


def _first(plain: Sequence[str], names: Sequence[str]) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)
