"""Which of a stream's channels is what, as its description says."""

from dataclasses import dataclass

import numpy as np
import pylsl
from numpy.typing import NDArray

from rtdreamer.channels import microvolts, plain_label
from rtdreamer.errors import StreamError
from rtdreamer.headset import EPOC
from rtdreamer.lsl.discovery import channel_values
from rtdreamer.stream.decimation import DELAY_S


@dataclass(frozen=True, slots=True, eq=False)
class ChannelPlan:
    """What to take from a stream.

    Attributes
    ----------
    sensors : list of int
        Indices of the 14 sensors, in the order of ``EPOC.ch_names``.
    scale : ndarray, shape (14, 1)
        From the stream's units to µV.
    counter, interpolated : int or None
        Indices of the headset's sample counter, and of the channel that marks made-up samples.
    note : str
        What had to be assumed, for the user to know; empty if nothing.
    """

    sensors: list[int]
    scale: NDArray[np.float64]
    counter: int | None
    interpolated: int | None
    note: str


def plan_channels(stream: pylsl.StreamInfo) -> ChannelPlan:
    """Read a stream's full description.

    Raises
    ------
    StreamError
        If it sends no numbers, lacks one of the 14 labels or has one twice, or has a rate or unit
        that cannot be used.
    """
    name = stream.name()
    if stream.channel_format() == pylsl.cf_string:
        raise StreamError(f"stream {name!r} sends text; EEG comes as numbers")
    labels = channel_values(stream, "label", "name")
    if labels and len(labels) != stream.channel_count():
        raise StreamError(
            f"stream {name!r} sends {stream.channel_count()} channels and describes "
            f"{len(labels)}; which is which cannot be told"
        )
    sensors = _sensors(name, labels)
    units = [channel_values(stream, "unit")[index] for index in sensors]
    plain = [plain_label(label) for label in labels]
    is_double_rate = _is_double_rate(stream)
    return ChannelPlan(
        sensors=sensors,
        scale=_scale(name, units),
        counter=_index(plain, "COUNTER"),
        interpolated=_index(plain, "INTERPOLATE", "INTERPOLATED"),
        note=_note(units, is_double_rate),
    )


def _sensors(stream: str, labels: list[str]) -> list[int]:
    plain = [plain_label(label) for label in labels]
    if twice := [name for name in EPOC.ch_names if plain.count(name) > 1]:
        raise StreamError(
            f"stream {stream!r} has more than one channel {', '.join(twice)}; "
            "name each channel once in the program that sends it"
        )
    missing = [name for name in EPOC.ch_names if name not in plain]
    if missing:
        raise StreamError(
            f"stream {stream!r} lacks {', '.join(missing)} of the EPOC's 14 channels; "
            f"it has {', '.join(labels) or 'no channel names'}"
        )
    return [plain.index(name) for name in EPOC.ch_names]


def _scale(stream: str, units: list[str]) -> NDArray[np.float64]:
    scales = [microvolts(unit) for unit in units]
    if unknown := sorted({u for u, scale in zip(units, scales, strict=True) if scale is None}):
        raise StreamError(
            f"stream {stream!r} has the unit {', '.join(unknown)}; "
            "microvolts, millivolts and volts can be read"
        )
    return np.array([[scale] for scale in scales], dtype=np.float64)


def _index(plain: list[str], *names: str) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)


def _is_double_rate(stream: pylsl.StreamInfo) -> bool:
    sfreq = stream.nominal_srate()
    if sfreq not in (EPOC.sfreq, 2 * EPOC.sfreq):
        raise StreamError(
            f"stream {stream.name()!r} runs at {sfreq:g} Hz; "
            f"set the headset to {EPOC.sfreq:g} or {2 * EPOC.sfreq:g} Hz"
        )
    return bool(sfreq == 2 * EPOC.sfreq)


def _note(units: list[str], is_double_rate: bool) -> str:
    without = [name for name, unit in zip(EPOC.ch_names, units, strict=True) if not unit.strip()]
    where = "" if len(without) == len(EPOC.ch_names) else f" for {', '.join(without)}"
    notes = [f"it names no unit{where}: taken as µV"] if without else []
    if is_double_rate:
        delay = f"which adds {1e3 * DELAY_S:.0f} ms to the latency"
        notes.append(f"{2 * EPOC.sfreq:g} Hz halved to {EPOC.sfreq:g}, {delay}")
    return "; ".join(notes)
