"""The streams of an XDF file, read by pyxdf, and what their descriptions say."""

import io
import logging
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.errors import DataError

_MAGIC = b"XDF:"
_LENGTHS = {1: "<B", 4: "<I", 8: "<Q"}
_DIGITS = 18  # of a number of samples


@dataclass(frozen=True, slots=True, eq=False)
class XdfStream:
    """One stream.

    Attributes
    ----------
    name, kind, source_id : str
        As its header has them; ``""`` where it has none.
    sfreq : float
        The announced rate, Hz; 0 where it is not told.
    labels, units : tuple of str
        Of each channel described; ``""`` where one has none.
    samples : ndarray, shape (n_times, n_channels)
        Empty where the stream sends text.
    stamps : ndarray, shape (n_times,)
        Seconds, of the recording computer's clock as far as that is known.
    is_text : bool
    has_footer : bool
        Whether the program that wrote it came to its end.
    promised : int or None
        How many samples its footer tells of; None where it does not.
    texts : tuple of str
        What each sample says, where it is text or a marker; else empty.
    speed : float
        How many times as fast the stream says that it was played; 1 where it does not say.
    """

    name: str
    kind: str
    source_id: str
    sfreq: float
    labels: tuple[str, ...]
    units: tuple[str, ...]
    samples: NDArray[Any]
    stamps: NDArray[np.float64]
    is_text: bool
    has_footer: bool = True
    promised: int | None = None
    texts: tuple[str, ...] = ()
    speed: float = 1.0

    def is_named(self, word: str) -> bool:
        """Whether this is its name or its source id, in upper or lower case."""
        return word.casefold() in (self.name.casefold(), self.source_id.casefold())

    @property
    def facts(self) -> str:
        """What tells it from others, in one line."""
        rate = f"{self.sfreq:g} Hz" if self.sfreq else "no rate told"
        seconds = float(self.stamps[-1] - self.stamps[0]) if len(self.stamps) else 0.0
        return f"{self}: {rate}, {len(self.stamps)} samples in {seconds:.1f} s"

    def __str__(self) -> str:
        name, kind, source = (
            " ".join(text.split())[:40] for text in (self.name, self.kind, self.source_id)
        )
        where = f", source id {source}" if source else ""
        return f"{name or 'no name'} ({kind or 'no type'}{where})"


def load_streams(path: Path) -> tuple[list[XdfStream], bool]:
    """Load all streams of a file, and whether some of it is damaged.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    import pyxdf

    try:
        content, n_cut = whole_chunks(path)
        with _complaints() as complaints:
            streams, _ = pyxdf.load_xdf(
                io.BytesIO(content), dejitter_timestamps=False, verbose=False
            )
            return [_stream(one) for one in streams], bool(complaints or n_cut)
    except Exception as error:  # whatever the broken bytes lead to
        raise DataError(
            f"{path}: cannot be read as .xdf: is none, or damaged beyond what can be passed over: "
            "get it again"
        ) from error


def whole_chunks(path: Path) -> tuple[bytes, int]:
    """Return the file's bytes up to its last whole chunk, and how many come after that.

    A reader would take a sample that is cut in two for a whole one, or fail.

    Raises
    ------
    DataError
        If it is no XDF file.
    """
    content = path.read_bytes()
    if content[:4] != _MAGIC:
        raise DataError(f"{path}: is not an XDF file: it does not begin with 'XDF:'")
    end = 4
    while end < len(content):
        form = _LENGTHS.get(content[end])
        if form is None:
            # Damaged, not cut off: it is for the reader to find out where it goes on.
            return content, 0
        start = end + 1 + struct.calcsize(form)
        if start > len(content):
            break
        (length,) = struct.unpack(form, content[end + 1 : start])
        if length < 2 or start + length > len(content):
            break
        end = start + length
    return content[:end], len(content) - end


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


def _stream(found: dict[str, Any]) -> XdfStream:
    info = found["info"]
    is_text = _text(info, "channel_format") == "string"
    n_channels = int(info["channel_count"][0])
    samples = np.zeros((0, n_channels)) if is_text else np.asarray(found["time_series"])
    stamps = np.asarray(found["time_stamps"], np.float64)
    sfreq = float(info["nominal_srate"][0])
    kind = _text(info, "type").strip()
    return XdfStream(
        name=_text(info, "name"),
        kind=kind,
        source_id=_text(info, "source_id").strip(),
        sfreq=sfreq if 0 < sfreq < 1e9 else 0.0,
        labels=tuple(_described(info, n_channels, "label", "name")),
        units=tuple(_described(info, n_channels, "unit")),
        samples=samples.reshape(-1, n_channels),
        stamps=stamps if is_text else stamps[: len(samples)],
        is_text=is_text,
        has_footer="footer" in found,
        promised=_promised(found.get("footer")),
        texts=texts_of(kind, found["time_series"]),
        speed=speed_of(info),
    )


def speed_of(info: dict[str, Any]) -> float:
    """How many times as fast a stream says that it was played, as the player tells it; else 1."""
    try:
        speed = float(_text(_child(_child(info, "desc"), "replay"), "speed"))
    except ValueError:
        return 1.0
    return speed if 0 < speed < np.inf else 1.0


def _child(element: Any, key: str) -> Any:
    """The first child of this name; None where there is none."""
    found = element.get(key) if isinstance(element, dict) else None
    return found[0] if found else None


def texts_of(kind: str, values: Any) -> tuple[str, ...]:
    """What each sample of a stream says, its channels joined; nothing where it is no marker."""
    if not isinstance(values, list) and kind.strip().lower() != "markers":
        return ()
    return tuple(
        " ".join(one if isinstance(one, str) else f"{one:g}" for one in row) for row in values
    )


def _promised(footer: Any) -> int | None:
    info = footer.get("info") if isinstance(footer, dict) else None
    told = _text(info, "sample_count").strip()
    return int(told) if told.isdecimal() and len(told) < _DIGITS else None


def _described(info: dict[str, Any], n_channels: int, *keys: str) -> list[str]:
    """The first of ``keys`` that each channel has, from the stream's description."""
    try:
        channels = info["desc"][0]["channels"][0]["channel"]
    except (IndexError, KeyError, TypeError):
        channels = []
    return [_text(channel, *keys) for channel in channels[:n_channels]]


def _text(element: Any, *keys: str) -> str:
    """The text of the first of these children that has any, or ''."""
    if not isinstance(element, dict):  # pyxdf makes None of an element without children
        return ""
    texts = (text for key in keys for text in element.get(key, ()))
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")
