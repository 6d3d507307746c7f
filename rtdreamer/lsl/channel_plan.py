"""Which of a stream's channels is what, as its description says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pylsl
from numpy.typing import NDArray

from rtdreamer.channels import find_channels, microvolts, plain_label
from rtdreamer.counting import counted
from rtdreamer.errors import StreamError
from rtdreamer.headset import Headset
from rtdreamer.lsl.discovery import channel_values
from rtdreamer.renaming import renamed
from rtdreamer.stream.chunk import Chunk, RawChunk
from rtdreamer.stream.decimation import delay_s


@dataclass(frozen=True, slots=True)
class Reading:
    """What the user says of a stream, which then counts.

    Attributes
    ----------
    unit : str or None
        The sensors' unit; None for what the stream says.
    rename : mapping
        Other names for some of its channels.
    """

    unit: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)


AS_IT_SAYS = Reading()


@dataclass(frozen=True, slots=True, eq=False)
class ChannelPlan:
    """What to take from a stream.

    Attributes
    ----------
    rows : list of int
        Indices of the headset's channels, in its order.
    scale : ndarray, shape (n_channels, 1)
        From the stream's units to µV.
    counter, interpolated : int or None
        Indices of the headset's sample counter, and of the channel that marks made-up samples.
    note : str
        What had to be assumed, for the user to know; empty if nothing.
    speed : float
        How many times as fast the stream says that it is played; 1 where it does not say.
    """

    rows: list[int]
    scale: NDArray[np.float64]
    counter: int | None
    interpolated: int | None
    note: str
    speed: float = 1.0

    @np.errstate(invalid="ignore")  # what is sent may be any bits, and no number
    def chunk(
        self, raw: RawChunk, received: float | None, contact: NDArray[np.float64] | None
    ) -> Chunk:
        """Take from a stream's samples what is to be taken; the rest is as of ``Chunk``."""
        values = raw.values.astype(np.float64)
        return Chunk(
            data=np.ascontiguousarray(values[:, self.rows].T) * self.scale,
            timestamps=raw.timestamps + raw.correction,
            counter=None if self.counter is None else values[:, self.counter],
            interpolated=None if self.interpolated is None else values[:, self.interpolated] > 0,
            received=received,
            contact=contact,
            raw=raw,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it in plain values."""
        return {
            "rows": self.rows,
            "scale": self.scale[:, 0].tolist(),
            "counter": self.counter,
            "interpolated": self.interpolated,
            "note": self.note,
            "speed": self.speed,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Make one of what ``to_json`` returned."""
        scale = np.array(values["scale"], np.float64)[:, None]
        return cls(**{**values, "scale": scale})


def plan_channels(
    stream: pylsl.StreamInfo, headset: Headset, reading: Reading = AS_IT_SAYS
) -> ChannelPlan:
    """Read a stream's full description, as the user wants it to be read.

    Raises
    ------
    StreamError
        If it sends no numbers, lacks one of the headset's channels or has one twice, or has
        a rate or unit that cannot be used.
    """
    name = stream.name()
    if stream.channel_format() == pylsl.cf_string:
        raise StreamError(f"stream {name!r} sends text; EEG comes as numbers")
    labels = channel_values(stream, "label", "name")
    if labels and len(labels) != stream.channel_count():
        raise StreamError(
            f"stream {name!r} sends {counted(stream.channel_count(), 'channel')} and describes "
            f"{len(labels)}; which is which cannot be told"
        )
    rows = _rows(name, labels, headset, reading.rename)
    units = channel_values(stream, "unit")
    units = [units[row] for row in rows]
    plain = [plain_label(label) for label in labels]
    return ChannelPlan(
        rows=rows,
        scale=_scale(name, units if reading.unit is None else [reading.unit] * len(rows)),
        counter=_index(plain, "COUNTER"),
        interpolated=_index(plain, "INTERPOLATE", "INTERPOLATED"),
        note=_note(stream, units, headset, reading),
        speed=_speed(stream),
    )


def plan_recorded(
    name: str, sfreq: float, ch_names: Sequence[str], units: Sequence[str], headset: Headset
) -> ChannelPlan:
    """Plan for a stream that was recorded, as ``plan_channels`` does for one on the network.

    Parameters
    ----------
    name : str
        The stream's.
    sfreq : float
        Its nominal rate, Hz.
    ch_names, units : sequence of str
        One each channel.
    headset : Headset
        What it should be of.

    Raises
    ------
    StreamError
        As ``plan_channels``.
    """
    # pylsl prints that it makes a source_id where there is none.
    stream = pylsl.StreamInfo(name, "EEG", len(ch_names), sfreq, pylsl.cf_double64, "recorded")
    stream.set_channel_labels(list(ch_names))
    stream.set_channel_units(list(units))
    return plan_channels(stream, headset)


def _rows(stream: str, labels: list[str], headset: Headset, rename: Mapping[str, str]) -> list[int]:
    try:
        names = renamed(labels, rename)
    except ValueError as error:
        raise StreamError(f"stream {stream!r}: {error}; it has {_in_words(labels)}") from None
    found = find_channels(names, headset.ch_names)
    if found.repeated:
        raise StreamError(
            f"stream {stream!r} has more than one channel {', '.join(found.repeated)}; "
            "name each channel once in the program that sends it"
        )
    if found.missing:
        raise StreamError(
            f"stream {stream!r} lacks {', '.join(found.missing)} of the {headset.name}'s "
            f"{headset.n_channels} channels; it has {_in_words(labels)}"
            + ("; --rename OLD=NEW reads one under another name" if len(found.missing) < 4 else "")
        )
    return list(found.rows)


def _in_words(labels: list[str]) -> str:
    if not any(labels):
        return "no channel names"
    return ", ".join(label or "(no name)" for label in labels)


def _scale(stream: str, units: list[str]) -> NDArray[np.float64]:
    scales = [microvolts(unit) for unit in units]
    if unknown := sorted({u for u, scale in zip(units, scales, strict=True) if scale is None}):
        raise StreamError(
            f"stream {stream!r} has the unit {', '.join(unknown)}; "
            "microvolts, millivolts and volts can be read: --unit says what it is"
        )
    return np.array([[scale] for scale in scales], dtype=np.float64)


def _index(plain: list[str], *names: str) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)


def _speed(stream: pylsl.StreamInfo) -> float:
    """As the player tells it."""
    try:
        speed = float(stream.desc().child("replay").child_value("speed"))
    except ValueError:
        return 1.0
    return speed if 0 < speed < np.inf else 1.0


def _is_double_rate(stream: pylsl.StreamInfo, headset: Headset) -> bool:
    sfreq, plain = stream.nominal_srate(), headset.sfreq
    if sfreq not in (plain, 2 * plain):
        raise StreamError(
            f"stream {stream.name()!r} runs at {sfreq:g} Hz; "
            f"set the headset to {plain:g} or {2 * plain:g} Hz"
        )
    return bool(sfreq == 2 * plain)


def _note(stream: pylsl.StreamInfo, units: list[str], headset: Headset, reading: Reading) -> str:
    kind = stream.type()
    notes = [] if kind.casefold() == "eeg" else [f"its type is {kind or 'none'}, taken as EEG"]
    notes += [f"{old} read as {new}" for old, new in reading.rename.items()]
    if reading.unit is None:
        notes += _assumed(units, headset)
    else:
        scale = microvolts(reading.unit)
        others = [u for u in units if not u.strip() or microvolts(u) != scale]
        said = ", ".join(dict.fromkeys(unit.strip() or "no unit" for unit in others))
        notes.append(f"taken as {reading.unit}, as you say" + (f"; it says {said}" if said else ""))
    if _is_double_rate(stream, headset):
        delay = f"which adds {1e3 * delay_s(headset):.0f} ms to the latency"
        notes.append(f"{2 * headset.sfreq:g} Hz halved to {headset.sfreq:g}, {delay}")
    return "; ".join(notes)


def _assumed(units: list[str], headset: Headset) -> list[str]:
    named = zip(headset.ch_names, units, strict=True)
    without = [name for name, unit in named if not unit.strip()]
    where = "" if len(without) == headset.n_channels else f" for {', '.join(without)}"
    return [f"it names no unit{where}: taken as µV"] if without else []
