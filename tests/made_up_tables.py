"""Tables of EEG as all kinds of programs write them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from rtdreamer.headset import EPOC

LABEL_STYLES = {
    "plain": "{}".format,
    "lower": str.lower,
    "EmotivPRO": "EEG.{}".format,
    "unit": "{} (uV)".format,
    "unit in brackets": "{} [µV]".format,
    "reference": "EEG {}-Ref".format,
    "reference and unit": "EEG {}-REF (µV)".format,
    "emokit": "{} Value".format,
    "underscores": "EEG_{}_uV".format,
}
OLD = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}

TIMES = {
    "seconds": ("Timestamp", lambda s: f"{s:.6f}"),
    "milliseconds": ("Timestamp", lambda s: f"{1e3 * s:.4f}"),
    "whole milliseconds": ("Time", lambda s: f"{1e3 * s:.0f}"),
    "microseconds": ("timestamp_us", lambda s: f"{1e6 * s:.0f}"),
    "Unix": ("Timestamp", lambda s: f"{1_700_000_000 + s:.6f}"),
    "Unix nanoseconds": ("time", lambda s: f"{1_700_000_000_000_000_000 + round(1e9 * s)}"),
    "said milliseconds": ("Time (ms)", lambda s: f"{1e3 * s:.3f}"),
    "dates": ("Timestamp", lambda s: str(datetime(2024, 1, 31, 23, 59, 59) + timedelta(seconds=s))),
    "clock": (
        "Time",
        lambda s: (datetime(2024, 1, 31, 23, 59, 59) + timedelta(seconds=s)).strftime(
            "%H:%M:%S.%f"
        ),
    ),
}


def noise(n_times, seed=0):
    """EEG-like enough; two decimals, so that text holds it exactly."""
    return np.round(np.random.default_rng(seed).normal(4200, 20, (14, n_times)), 2)


@dataclass
class Table:
    """How a table is written; every field can be left as it is."""

    data: np.ndarray
    names: tuple = EPOC.ch_names
    label: str = "plain"
    delimiter: str = ","
    decimal: str = "."
    above: tuple = ()
    columns: dict = field(default_factory=dict)
    encoding: str = "utf-8"
    end: str = "\n"
    quoted: bool = False

    def text(self):
        others = list(self.columns)
        labels = [*others, *map(LABEL_STYLES[self.label], self.names)]
        sensors = (map(self._cell, row) for row in self.data)
        rows = zip(*self.columns.values(), *sensors, strict=True)
        between = f'"{self.delimiter}"' if self.quoted else self.delimiter
        table = [between.join(cells) for cells in [labels, *rows]]
        lines = [*self.above, *(f'"{line}"' if self.quoted else line for line in table)]
        return self.end.join([*lines, ""])

    def _cell(self, value):
        return f"{value:.2f}".replace(".", self.decimal)

    def write(self, path):
        path.write_bytes(self.text().encode(self.encoding))
        return path


def times(n_times, rate, kind="seconds", gaps=()):
    """A column of times, as a dictionary; gaps are pairs of a sample and the seconds before it."""
    seconds = np.arange(n_times) / rate
    for sample, length in gaps:
        seconds[sample:] += length
    label, write = TIMES[kind]
    return {label: [write(float(second)) for second in seconds]}
