"""What a source of samples hands over: who it is, and its chunks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """A stream as its outlet describes it. ``sfreq`` in Hz, 0 for an irregular rate."""

    name: str
    type: str
    source_id: str
    hostname: str
    sfreq: float
    n_channels: int
    ch_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples as pulled, oldest first.

    Attributes
    ----------
    data : ndarray, shape (n_channels, n_times)
        The 14 sensors in the order of ``epoc.CH_NAMES``, µV.
    timestamps : ndarray, shape (n_times,)
        LSL time of each sample on this machine's clock, seconds.
    counter : ndarray, shape (n_times,), or None
        The headset's own sample counter, where the stream carries one.
    """

    data: NDArray[np.float64]
    timestamps: NDArray[np.float64]
    counter: NDArray[np.float64] | None = None

    @property
    def n_times(self) -> int:
        return len(self.timestamps)
