"""EEG in XDF, as LabRecorder writes it."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rtdreamer.data.sensors import SensorData, pick_sensors
from rtdreamer.errors import DataError


def read_xdf(path: Path, rename: Mapping[str, str]) -> SensorData:
    """Read the one stream of type EEG that carries the 14 sensors.

    Where the stream breaks off and comes back later, the longest unbroken part is taken: moments
    that lie apart are never joined.

    Raises
    ------
    DataError
        If the file cannot be read, or not exactly one stream fits.
    """
    import pyxdf

    try:
        # Opened here: pyxdf leaves a file open that is not its own kind.
        with path.open("rb") as file, _complaints() as complaints:
            # A second without samples is a break; by default it takes 500 samples, four seconds.
            streams, _ = pyxdf.load_xdf(file, jitter_break_threshold_samples=1, verbose=False)
    except Exception as error:  # whatever the broken bytes lead to
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path}: cannot be read as .xdf: {reason}") from None
    stream, picks = _the_one(path, streams, rename)
    n_times = len(stream["time_series"])
    if n_times == 0:
        raise DataError(f"{path}: stream {_name(stream)} is empty")
    units = _described(stream, "unit")
    start, stop = max(stream["info"]["segments"], key=lambda ends: ends[1] - ends[0])
    seconds = np.asarray(stream["time_stamps"]) - stream["time_stamps"][0]
    parts = ["what can be read of a damaged file"] if complaints else []
    if stop + 1 - start < n_times:
        parts += [f"{seconds[start]:.1f} to {seconds[stop]:.1f} s, the longest unbroken part"]
    return SensorData(
        np.ascontiguousarray(
            np.asarray(stream["time_series"], np.float64)[start : stop + 1, picks].T
        ),
        units=tuple(units[pick] for pick in picks),
        sfreq=float(stream["info"]["nominal_srate"][0]),
        part="; ".join(parts),
    )


class _Errors(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _complaints() -> Iterator[list[logging.LogRecord]]:
    """What pyxdf logs as errors while it passes over what is damaged; nothing of it is printed."""
    handler, logger = _Errors(logging.ERROR), logging.getLogger("pyxdf")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of rates that are no numbers
            yield handler.records
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _the_one(
    path: Path, streams: list[dict[str, Any]], rename: Mapping[str, str]
) -> tuple[dict[str, Any], list[int]]:
    eeg = [stream for stream in streams if _text(stream["info"], "type").upper() == "EEG"]
    if not eeg:
        found = ", ".join(_name(stream) for stream in streams) or "no streams"
        raise DataError(f"{path}: has no stream of type EEG: found {found}")
    fitting, errors = [], []
    for stream in eeg:
        where = f"{path}: stream {_name(stream)}"
        try:
            fitting.append(
                (stream, pick_sensors(_described(stream, "label", "name"), rename, where))
            )
        except DataError as error:
            errors.append(error)
    if not fitting:
        raise errors[0]
    if len(fitting) > 1:
        names = ", ".join(_name(stream) for stream, _ in fitting)
        raise DataError(f"{path}: {len(fitting)} streams carry the 14 sensors: {names}: keep one")
    return fitting[0]


def _name(stream: dict[str, Any]) -> str:
    info = stream["info"]
    name, kind = (" ".join(_text(info, key).split())[:40] for key in ("name", "type"))
    return f"{name or 'no name'} ({kind or 'no type'})"


def _described(stream: dict[str, Any], *keys: str) -> list[str]:
    """The first of ``keys`` that each channel has, from the stream's description."""
    info = stream["info"]
    try:
        channels = info["desc"][0]["channels"][0]["channel"]
    except (IndexError, KeyError, TypeError):
        channels = []
    return [_text(channel, *keys) for channel in channels[: int(info["channel_count"][0])]]


def _text(element: Any, *keys: str) -> str:
    """The text of the first of these children that has any, or ''."""
    if not isinstance(element, dict):  # pyxdf makes None of an element without children
        return ""
    texts = (text for key in keys for text in element.get(key, ()))
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")
