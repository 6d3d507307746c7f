"""The last samples of a stream, and the windows that fall due."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

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
    origin : ndarray of uint8, shape (n_times,)
        Where each sample is from, as it was handed over; a view, too.
    interval : ndarray, shape (n_times,)
        Each sample's time since the one before, seconds; NaN if not known. A view, too.
    contact : ndarray, shape (n_channels,), or None
        Each electrode's worst contact in the window, 0 to 1; None if it is not known by now.
    """

    data: NDArray[np.float64]
    timestamp: float
    sample: int
    origin: NDArray[np.uint8]
    interval: NDArray[np.float64]
    contact: NDArray[np.float64] | None = None

    def copy(self) -> "Window":
        """Return one that stays valid."""
        return replace(
            self,
            data=self.data.copy(),
            origin=self.origin.copy(),
            interval=self.interval.copy(),
        )


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
        self._data = np.zeros((n_channels, 2 * n_times))
        self._origin = np.zeros(2 * n_times, np.uint8)
        self._interval = np.full(2 * n_times, np.nan)
        # What the electrodes' contact was, and up to which sample.
        self._contacts: deque[tuple[int, NDArray[np.float64] | None]] = deque()
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
        self,
        data: NDArray[np.float64],
        timestamps: NDArray[np.float64],
        origin: NDArray[np.uint8] | None = None,
        interval: NDArray[np.float64] | None = None,
        contact: NDArray[np.float64] | None = None,
    ) -> Iterator[Window]:
        """Append samples and yield each window that falls due, oldest first.

        The iterator must be run to its end: it is what takes the samples in.

        Parameters
        ----------
        data : ndarray, shape (n_channels, n_times)
            New samples, oldest first.
        timestamps : ndarray, shape (n_times,)
            Their LSL times, seconds.
        origin : ndarray of uint8, shape (n_times,), optional
            Where each is from; all 0 if not given.
        interval : ndarray, shape (n_times,), optional
            Each one's time since the one before, seconds.
        contact : ndarray, shape (n_channels,), optional
            Each electrode's contact while they came, 0 to 1.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        n_times = len(timestamps)
        if data.shape != (len(self._data), n_times):
            raise ValueError(
                f"expected {len(self._data)} channels × {n_times} samples, "
                f"got an array of shape {data.shape}"
            )
        origin = np.zeros(n_times, np.uint8) if origin is None else origin
        interval = np.full(n_times, np.nan) if interval is None else interval
        start = 0
        while start < n_times:
            part = slice(start, min(start + self._until_due(), n_times))
            self._write(data[:, part], origin[part], interval[part])
            self._note_contact(contact)
            if self._is_due():
                yield self._window(float(timestamps[part.stop - 1]))
            start = part.stop

    def _until_due(self) -> int:
        """Samples still to come before the next window, at least 1."""
        if self._held < self.n_times:
            return self.n_times - self._held
        return self.hop - (self._held - self.n_times) % self.hop

    def _is_due(self) -> bool:
        return self._held >= self.n_times and (self._held - self.n_times) % self.hop == 0

    def _write(
        self, data: NDArray[np.float64], origin: NDArray[np.uint8], interval: NDArray[np.float64]
    ) -> None:
        n, n_new = self.n_times, data.shape[1]
        for start in range(0, n_new, n):
            length = min(n, n_new - start)
            # Slot of a sample: its count modulo n, and once more n further on.
            slot = self._held % n
            until_wrap = min(length, n - slot)
            for store, new in (
                (self._data, data), (self._origin, origin), (self._interval, interval),
            ):  # fmt: skip
                piece = new[..., start : start + length]
                for offset in (0, n):
                    first = slot + offset
                    store[..., first : first + until_wrap] = piece[..., :until_wrap]
                    if until_wrap < length:
                        store[..., offset : offset + length - until_wrap] = piece[..., until_wrap:]
            self._held += length
            self._sample += length

    def _note_contact(self, contact: NDArray[np.float64] | None) -> None:
        """Keep what it was as long as a window may hold a sample of then."""
        if self._contacts and self._contacts[-1][1] is contact:
            self._contacts.pop()
        self._contacts.append((self._sample, contact))
        while self._contacts[0][0] <= self._sample - self.n_times:
            self._contacts.popleft()

    def _worst_contact(self) -> NDArray[np.float64] | None:
        if self._contacts[-1][1] is None:
            return None
        known = [contact for _, contact in self._contacts if contact is not None]
        return np.min(known, axis=0)  # type: ignore[no-any-return]

    def _window(self, timestamp: float) -> Window:
        start = self._held % self.n_times
        held = slice(start, start + self.n_times)
        views = self._data[:, held], self._origin[held], self._interval[held]
        for view in views:
            view.flags.writeable = False
        data, origin, interval = views
        return Window(data, timestamp, self._sample, origin, interval, self._worst_contact())
