"""An open stream: the 14 sensors in order, in µV, on this machine's clock."""

import numpy as np
import pylsl
from numpy.typing import NDArray
from pylsl import util

from rtdreamer.channels import microvolts, plain_label
from rtdreamer.epoc import CH_NAMES, SFREQ
from rtdreamer.errors import StreamError, StreamLostError
from rtdreamer.lsl.discovery import (
    DESCRIPTION_TIMEOUT_S,
    FoundStream,
    channel_values,
)
from rtdreamer.lsl.halving import HalfRate
from rtdreamer.stream import Chunk, StreamDescription

BUFFER_S = 360
"""liblsl keeps this much for a reader that is late and drops older samples without a word."""

PULL_SAMPLES = 1024


class Inlet:
    """Reads the 14 EPOC sensors from a stream, by label, at 128 Hz; a stream of 256 Hz is halved.

    Parameters
    ----------
    found : FoundStream
        The stream to open.

    Attributes
    ----------
    description : StreamDescription
        The stream.
    note : str
        What had to be assumed about it, for the user to know; empty if nothing.

    Raises
    ------
    StreamError
        If the stream does not answer, lacks one of the 14 labels, or has a rate or unit that
        cannot be used.
    """

    def __init__(self, found: FoundStream) -> None:
        self._inlet = pylsl.StreamInlet(
            found.handle, max_buflen=BUFFER_S, processing_flags=pylsl.proc_clocksync, as_numpy=True
        )
        name = found.description.name
        try:
            full = self._inlet.info(timeout=DESCRIPTION_TIMEOUT_S)
            self._inlet.open_stream(timeout=DESCRIPTION_TIMEOUT_S)
        except (util.TimeoutError, util.LostError) as error:
            raise StreamError(
                f"stream {name!r} is announced but does not answer; "
                "is it still running, and does a firewall block it?"
            ) from error
        self.description = found.description
        labels = channel_values(full, "label", "name")
        self._picks = _pick(name, labels)
        units = [channel_values(full, "unit")[i] for i in self._picks]
        self._scale = _scale(name, units)
        self.note = "" if any(units) else "it names no unit: taken as µV"
        plain = [plain_label(label) for label in labels]
        self._counter = plain.index("COUNTER") if "COUNTER" in plain else None
        self._half_rate = _half_rate(found.description)

    def pull(self, timeout: float) -> Chunk:
        """Take everything that has arrived, waiting up to ``timeout`` s for a first sample.

        Returns
        -------
        Chunk
            With no samples if none came.

        Raises
        ------
        StreamLostError
            If the stream is gone for good: it had no source_id to be found again by.
        """
        pulled = [self._pull(timeout)]
        while len(pulled[-1][1]) == PULL_SAMPLES:
            pulled.append(self._pull(0.0))
        values = np.concatenate([samples for samples, _ in pulled], dtype=np.float64)
        chunk = Chunk(
            data=np.ascontiguousarray(values[:, self._picks].T) * self._scale,
            timestamps=np.concatenate([timestamps for _, timestamps in pulled]),
            counter=None if self._counter is None else values[:, self._counter],
        )
        return chunk if self._half_rate is None else self._half_rate.halve(chunk)

    def _pull(self, timeout: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        try:
            samples, timestamps = self._inlet.pull_chunk(
                timeout=timeout, max_samples=PULL_SAMPLES, min_samples=1
            )
        except util.LostError as error:
            name = self.description.name
            raise StreamLostError(f"stream {name!r} is gone and has no source_id") from error
        return samples, timestamps

    def close(self) -> None:
        """Leave the stream. Inlets must be closed before outlets of the same process."""
        self._inlet.close_stream()


def _half_rate(stream: StreamDescription) -> HalfRate | None:
    if stream.sfreq not in (SFREQ, 2 * SFREQ):
        raise StreamError(
            f"stream {stream.name!r} runs at {stream.sfreq:g} Hz; "
            f"set the headset to {SFREQ:g} or {2 * SFREQ:g} Hz"
        )
    return HalfRate() if stream.sfreq == 2 * SFREQ else None


def _pick(stream: str, labels: list[str]) -> list[int]:
    plain = [plain_label(label) for label in labels]
    if twice := [name for name in CH_NAMES if plain.count(name) > 1]:
        raise StreamError(
            f"stream {stream!r} has more than one channel {', '.join(twice)}; "
            "name each channel once in the program that sends it"
        )
    missing = [name for name in CH_NAMES if name not in plain]
    if missing:
        raise StreamError(
            f"stream {stream!r} lacks {', '.join(missing)} of the EPOC's 14 channels; "
            f"it has {', '.join(labels) or 'no channel names'}"
        )
    return [plain.index(name) for name in CH_NAMES]


def _scale(stream: str, units: list[str]) -> NDArray[np.float64]:
    scales = [microvolts(unit) for unit in units]
    if unknown := sorted({u for u, scale in zip(units, scales, strict=True) if scale is None}):
        raise StreamError(
            f"stream {stream!r} has the unit {', '.join(unknown)}; "
            "microvolts, millivolts and volts can be read"
        )
    return np.array([[scale] for scale in scales])
