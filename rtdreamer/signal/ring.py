"""The last samples of a stream, and the windows that fall due."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Window:
    """A window that is due.

    Attributes
    ----------
    data : ndarray, shape (n_channels, n_times)
        A read-only view into the ring, valid until the iterator that yielded it goes on.
    timestamp : float
        LSL time of the last sample, seconds.
    sample : int
        Index of the last sample since the stream was opened, from 0.
    """

    data: NDArray[np.float64]
    timestamp: float
    sample: int


class RingBuffer:
    """Keeps the last ``n_times`` samples and yields a window every ``hop`` samples.

    Windows fall due by sample count, never by clock: they do not depend on how the stream was cut
    into chunks. Every sample is written twice, ``n_times`` apart, so that the last ``n_times``
    samples always lie in one contiguous piece and nothing is ever moved.

    Parameters
    ----------
    n_channels, n_times : int
        Shape of a window.
    hop : int
        Samples from one window to the next.

    Raises
    ------
    ValueError
        If one of them is less than 1.
    """

    def __init__(self, n_channels: int, n_times: int, hop: int) -> None:
        if min(n_channels, n_times, hop) < 1:
            raise ValueError(
                f"channels, samples and hop must be at least 1, not {n_channels}, {n_times}, {hop}"
            )
        self.n_times = n_times
        self.hop = hop
        self._store = np.zeros((n_channels, 2 * n_times))
        self._sample = -1
        self._held = 0

    @property
    def fill(self) -> float:
        """How full the window is, 0–1."""
        return min(self._held / self.n_times, 1.0)

    def skip(self, n_samples: int) -> None:
        """Empty the ring: ``n_samples`` of the stream are missing before the next one."""
        self._held = 0
        self._sample += n_samples

    def extend(
        self, data: NDArray[np.float64], timestamps: NDArray[np.float64]
    ) -> Iterator[Window]:
        """Append samples and yield each window that falls due, oldest first.

        The iterator must be run to its end: it is what takes the samples in.

        Parameters
        ----------
        data : ndarray, shape (n_channels, n_times)
            New samples, oldest first.
        timestamps : ndarray, shape (n_times,)
            Their LSL times, seconds.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        if data.shape != (len(self._store), len(timestamps)):
            raise ValueError(
                f"expected {len(self._store)} channels × {len(timestamps)} samples, "
                f"got an array of shape {data.shape}"
            )
        start = 0
        while start < len(timestamps):
            stop = min(start + self._until_due(), len(timestamps))
            self._write(data[:, start:stop])
            if self._is_due():
                yield Window(self._view(), float(timestamps[stop - 1]), self._sample)
            start = stop

    def _until_due(self) -> int:
        """Samples still to come before the next window, at least 1."""
        if self._held < self.n_times:
            return self.n_times - self._held
        return self.hop - (self._held - self.n_times) % self.hop

    def _is_due(self) -> bool:
        return self._held >= self.n_times and (self._held - self.n_times) % self.hop == 0

    def _write(self, data: NDArray[np.float64]) -> None:
        n = self.n_times
        for start in range(0, data.shape[1], n):
            piece = data[:, start : start + n]
            length = piece.shape[1]
            # Slot of a sample: its count modulo n, and once more n further on.
            slot = self._held % n
            until_wrap = min(length, n - slot)
            for offset in (0, n):
                self._store[:, slot + offset : slot + offset + until_wrap] = piece[:, :until_wrap]
                self._store[:, offset : offset + length - until_wrap] = piece[:, until_wrap:]
            self._held += length
            self._sample += length

    def _view(self) -> NDArray[np.float64]:
        start = self._held % self.n_times
        view = self._store[:, start : start + self.n_times]
        view.flags.writeable = False
        return view
