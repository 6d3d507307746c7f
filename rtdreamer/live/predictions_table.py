"""Predictions as a table, with a data dictionary beside it, as BIDS has them."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rtdreamer.errors import RtdreamerError
from rtdreamer.files import csv_bytes, write_atomically

SUFFIXES = (".csv", ".parquet")

FORMER = ("left_out", "lost", "interpolated")
"""Names of the JSON lines that go with the next release."""

DICTIONARY: dict[str, tuple[str, str]] = {
    "timestamp": ("LSL time of the window's last sample", "s"),
    "sample": (
        "Index of that sample since the stream was first opened, from 0, missing samples included",
        "",
    ),
    "valence": ("Probability that valence is high; empty where there is no verdict", "1"),
    "arousal": ("Probability that arousal is high; empty where there is no verdict", "1"),
    "emotion_class": ("2 * (arousal >= .5) + (valence >= .5)", ""),
    "valence_60s": ("Probability that valence is high, by the last 60 s of EEG", "1"),
    "arousal_60s": ("Probability that arousal is high, by the last 60 s of EEG", "1"),
    "seconds_60s": ("Over how much EEG, at most 60 s", "s"),
    "reason": ("Why there is no verdict; empty where there is one", ""),
    "note": ("What must be known of the prediction, in one line; empty if nothing", ""),
    "quality": ("How far the signals can be EEG at all: the mean over the channels", "1"),
    "flaws": ("What is wrong with channels, as 'AF3 blink; O1 flat'", ""),
    "excluded_channels": ("Channels excluded from the verdict, separated by spaces", ""),
    "hop": ("Samples since the last prediction", ""),
    "skipped": ("Predictions skipped so far because the machine was too slow for them", ""),
    "missing": ("Samples missing so far, bridged ones included", ""),
    "driver_interpolated": ("Samples so far that the headset's own driver interpolated", ""),
    "model": ("The model's name", ""),
    "simulated_model": ("Whether the model learned from simulated people", ""),
}
"""What each column means, and its unit; those of single channels are described by their prefix."""

QUALITY = "quality_"
_OF_A_CHANNEL = ("How far the signal of {} can be EEG at all", "1")


def check_format(path: Path) -> None:
    """Find out before long work whether a table can be written as this.

    Raises
    ------
    RtdreamerError
        If the file's ending is none of ``SUFFIXES``, or pyarrow is needed and not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise RtdreamerError(f"{path}: a table is written as {' or '.join(SUFFIXES)}")
    if path.suffix.lower() == ".parquet":
        _pyarrow(path)


def write_table(
    path: Path, predictions: Sequence[Mapping[str, Any]], about: Mapping[str, Any]
) -> Path:
    """Write predictions, and beside them what each column means; return the path of that.

    Parameters
    ----------
    path : Path
        Its suffix is one of ``SUFFIXES``.
    predictions : sequence of mapping
        In plain values; at least one.
    about : mapping
        What they were made with.

    Raises
    ------
    RtdreamerError
        As ``check_format``, or if it cannot be written.
    """
    rows = [_flat(values) for values in predictions]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix.lower() == ".parquet":
        content = _parquet(path, {name: [row.get(name) for row in rows] for name in columns})
    else:
        content = csv_bytes(columns, [[row.get(name) for name in columns] for row in rows])
    dictionary = {name: _described(name) for name in columns}
    sidecar = path.with_suffix(".json")
    write_atomically(path, content)
    text = json.dumps({**dictionary, "GeneratedBy": dict(about)}, indent=1, ensure_ascii=False)
    write_atomically(sidecar, f"{text}\n".encode())
    return sidecar


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """A prediction as one row."""
    row: dict[str, Any] = {}
    for name, value in values.items():
        if name == "channel_quality":
            row |= {f"{QUALITY}{channel}": one for channel, one in value.items()}
        elif name == "flaws":
            row[name] = "; ".join(f"{channel} {flaw}" for channel, flaw in value.items())
        elif isinstance(value, list):
            row[name] = " ".join(value)
        else:
            row[name] = value
    return {name: value for name, value in row.items() if name not in FORMER}


def _described(column: str) -> dict[str, str]:
    meaning, unit = DICTIONARY.get(column, ("", ""))
    if not meaning and column.startswith(QUALITY):
        meaning, unit = _OF_A_CHANNEL[0].format(column.removeprefix(QUALITY)), _OF_A_CHANNEL[1]
    return {"Description": meaning} | ({"Units": unit} if unit else {})


def _parquet(path: Path, columns: Mapping[str, Sequence[Any]]) -> bytes:
    pyarrow = _pyarrow(path)
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(columns)), content)
    return content.getvalue()


def _pyarrow(path: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise RtdreamerError(
            f'{path}: writing Parquet takes pyarrow: pip install "rtdreamer[parquet]", or name a '
            ".csv"
        ) from None
    return pyarrow
