"""A session's recording: the streams of an XDF file, as they were sent."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.counting import are, counted
from rtdreamer.data.xdf_streams import (
    _child,
    _complaints,
    _described,
    _text,
    speed_of,
    whole_chunks,
)
from rtdreamer.errors import DataError
from rtdreamer.files import reading


@dataclass(frozen=True, slots=True, eq=False)
class RecordedStream:
    """A stream of the file.

    Attributes
    ----------
    number : int
        Its number in the file.
    name, type, source_id : str
        As its header says.
    sfreq : float
        Hz; 0 for an irregular rate.
    ch_names, units : tuple of str
        One each channel, as far as it is described; empty where it is not.
    timestamps : ndarray, shape (n_times,)
        Seconds.
    values : ndarray, shape (n_times, n_channels), or list of list of str
        In the stream's own format.
    host : str
        The computer that sent it.
    model : str
        Whose answers they are, where it holds answers.
    simulated : bool
        Whether it says that this model was trained on simulated people.
    has_footer : bool
        Whether the program that wrote it came to its end.
    speed : float
        How many times as fast it says that it was played; 1 where it does not say.
    """

    number: int
    name: str
    type: str
    source_id: str
    sfreq: float
    ch_names: tuple[str, ...]
    units: tuple[str, ...]
    timestamps: NDArray[np.float64]
    values: Any
    host: str = ""
    model: str = ""
    simulated: bool = False
    has_footer: bool = True
    speed: float = 1.0

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return isinstance(self.values, list)

    @property
    def texts(self) -> list[str]:
        """The first channel's texts; none where they are numbers."""
        return [row[0] for row in self.values] if self.is_text else []


@dataclass(frozen=True, slots=True, eq=False)
class SessionFile:
    """What a file holds.

    Attributes
    ----------
    streams : tuple of RecordedStream
        In the order of the file.
    note : str
        What could not be read of it, in one line; empty if it is whole.
    """

    streams: tuple[RecordedStream, ...]
    note: str


def read_session(path: Path, synchronise: bool) -> SessionFile:
    """Read an XDF file, or what can be read of one that was cut off.

    Parameters
    ----------
    path : Path
        The file.
    synchronise : bool
        Whether timestamps are brought to the clock of the machine that recorded, by the clock
        offsets in the file. Else they are as sent.

    Raises
    ------
    DataError
        If it is no XDF file, or cannot be read.
    """
    import pyxdf

    with reading(path, "an XDF file"):
        content, n_cut = whole_chunks(path)
    try:
        with _complaints() as complaints:
            found, _ = pyxdf.load_xdf(
                io.BytesIO(content),
                synchronize_clocks=synchronise,
                dejitter_timestamps=False,
                verbose=False,
            )
    except Exception as error:  # whatever the broken bytes lead to
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path}: cannot be read as .xdf: {reason}") from None
    left = f"its last {counted(n_cut, 'byte')} {are(n_cut)} no whole chunk: it was cut off"
    notes = [left] if n_cut else []
    notes += ["parts of it are damaged and passed over"] if complaints else []
    return SessionFile(tuple(_stream(one) for one in found), "; ".join(notes))


def _stream(found: dict[str, Any]) -> RecordedStream:
    info, values = found["info"], found["time_series"]
    n_channels = int(info["channel_count"][0])
    model = _child(_child(info, "desc"), "model")
    return RecordedStream(
        number=int(info["stream_id"]),
        name=_text(info, "name"),
        type=_text(info, "type"),
        source_id=_text(info, "source_id"),
        sfreq=float(_text(info, "nominal_srate") or 0),
        ch_names=tuple(_described(info, n_channels, "label", "name")),
        units=tuple(_described(info, n_channels, "unit")),
        timestamps=np.asarray(found["time_stamps"], np.float64),
        values=values,
        host=_text(info, "hostname"),
        model=_text(model, "name"),
        has_footer="footer" in found,
        speed=speed_of(info),
        simulated=_text(model, "simulated").strip().lower() in ("true", "1"),
    )
