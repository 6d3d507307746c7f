"""What a source of samples hands over: who it is, and its chunks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """A stream as its outlet describes it.

    ``sfreq`` in Hz, 0 for an irregular rate; it is sent ``speed`` times as fast, as by a player.
    """

    name: str
    type: str
    source_id: str
    hostname: str
    sfreq: float
    n_channels: int
    ch_names: tuple[str, ...] = ()
    speed: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class OpenedStream:
    """A stream that was opened: one object for all of its chunks.

    Attributes
    ----------
    description : StreamDescription
        As its outlet describes it.
    header : str
        Its full description as LSL's XML.
    plan : mapping
        What is taken from it, in plain values: a ``ChannelPlan``.
    """

    description: StreamDescription
    header: str
    plan: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class RawChunk:
    """A chunk's samples as they came.

    Attributes
    ----------
    values : ndarray, shape (n_times, n_sent)
        All channels that are sent, in the stream's own format and units.
    timestamps : ndarray, shape (n_times,)
        On the sender's clock, seconds.
    correction : float
        Seconds that, added to them, give this machine's clock.
    opened : OpenedStream
        The stream they are of.
    """

    values: NDArray[Any]
    timestamps: NDArray[np.float64]
    correction: float
    opened: OpenedStream


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples as pulled, oldest first, at the stream's own rate.

    Attributes
    ----------
    data : ndarray, shape (n_channels, n_times)
        The headset's channels in its order, µV.
    timestamps : ndarray, shape (n_times,)
        LSL time of each sample on this machine's clock, seconds.
    counter : ndarray, shape (n_times,), or None
        The headset's own sample counter, where the stream carries one.
    interpolated : ndarray of bool, shape (n_times,), or None
        Which samples the headset's driver interpolated, where the stream tells.
    received : float or None
        LSL time at which the chunk was taken over, seconds; None if it does not come from LSL.
    contact : ndarray, shape (n_channels,), or None
        Each electrode's worst contact since the chunk before, 0 (none) to 1 (good), as the headset
        itself says; None if it is not known.
    clock_jumped : bool
        Whether the sender's clock jumped before the first sample, so that the time since the
        sample before says nothing. ``ClockCorrector`` finds out.
    raw : RawChunk or None
        What it was made of; None if it does not come from LSL.
    """

    data: NDArray[np.float64]
    timestamps: NDArray[np.float64]
    counter: NDArray[np.float64] | None = None
    interpolated: NDArray[np.bool_] | None = None
    received: float | None = None
    contact: NDArray[np.float64] | None = None
    clock_jumped: bool = False
    raw: RawChunk | None = None

    @property
    def n_times(self) -> int:
        return len(self.timestamps)

    def take(self, which: NDArray[np.bool_] | slice) -> "Chunk":
        """Return some of the samples."""
        return replace(
            self,
            data=self.data[:, which],
            timestamps=self.timestamps[which],
            counter=None if self.counter is None else self.counter[which],
            interpolated=None if self.interpolated is None else self.interpolated[which],
        )
