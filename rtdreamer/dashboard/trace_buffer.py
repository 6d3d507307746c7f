"""The last ten minutes of samples, as they came and as a display filter lets them through."""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.dashboard.drawing import Array, runs
from rtdreamer.headset import Headset
from rtdreamer.stream.gaps import Piece

LOOK_BACK_S = 600

ORDER = 2
"""Of the display filter, which is causal: what came cannot wait for what will."""

Edges = tuple[float, float]


class TraceBuffer:
    """Rings of fixed size; NaN where samples are missing.

    Parameters
    ----------
    headset : Headset
        Whose samples.

    Attributes
    ----------
    total : int
        Samples so far, holes included: the index of the next one.
    n_unbroken : int
        Samples since the start or the last hole.
    newest_at : float
        LSL time of the newest sample, seconds; NaN before the first.
    edges : tuple of two floats or None
        Of the display filter's pass band, Hz; None where there is no filter.
    """

    def __init__(self, headset: Headset) -> None:
        self._sfreq = headset.sfreq
        self.size = round(LOOK_BACK_S * headset.sfreq)
        # Single precision tells a thousandth of a headset's step.
        self._raw = np.full((headset.n_channels, self.size), np.nan, np.float32)
        self._shown = self._raw
        self._filled_in = np.zeros(self.size, np.bool_)
        self.total = self.n_unbroken = 0
        self.newest_at = float("nan")
        self.edges: Edges | None = None
        self._sos: Array = np.zeros((0, 6))
        self._state: Array | None = None

    def extend(self, piece: Piece) -> None:
        """Append samples, after a hole as long as what is missing before them."""
        if piece.starts_over:
            # One sample at least, or the line would lead from one stream to another.
            n_times = min(max(piece.missing, 1), self.size)
            self._append(np.full((len(self._raw), n_times), np.nan), np.zeros(n_times, np.bool_))
            self.n_unbroken = 0
        self._append(piece.data, piece.origin != 0)
        self.n_unbroken += piece.data.shape[1]
        self.newest_at = float(piece.timestamps[-1])

    def raw(self, end: int, n_times: int) -> Array:
        """Samples up to index ``end``, as they came, shape (n_channels, n_times), µV."""
        return self._take(self._raw, end, n_times)

    def shown(self, end: int, n_times: int) -> Array:
        """The same as the display filter lets them through."""
        return self._take(self._shown, end, n_times)

    def filled_in(self, end: int, n_times: int) -> NDArray[np.bool_]:
        """Which of them were not measured but bridged or interpolated, shape (n_times,)."""
        places = np.arange(end - n_times, end)
        there = (places >= 0) & (places >= self.total - self.size)
        return self._filled_in[places % self.size] & there

    def unbroken(self, n_times: int) -> Array:
        """What came since the last hole, ``n_times`` at most, shape (n_channels, ≤ n_times)."""
        return self.raw(self.total, min(self.n_unbroken, n_times))

    def set_filter(self, edges: Edges | None) -> None:
        """Let only a pass band, Hz, through to the screen; all that is there is filtered anew."""
        if edges == self.edges:
            return
        self.edges, self._state = edges, None
        if edges is None:
            self._shown = self._raw
            return
        from scipy import signal  # half a second of imports, for who chooses a filter

        high = min(edges[1], 0.49 * self._sfreq)
        self._sos = signal.butter(ORDER, (edges[0], high), "bandpass", fs=self._sfreq, output="sos")
        kept = min(self.total, self.size)
        places = np.arange(self.total - kept, self.total) % self.size
        self._shown = np.full_like(self._raw, np.nan)
        self._shown[:, places] = self._filtered(self._raw[:, places].astype(np.float64))

    def _append(self, data: Array, filled_in: NDArray[np.bool_]) -> None:
        n_times = data.shape[1]
        kept = min(n_times, self.size)
        places = np.arange(self.total + n_times - kept, self.total + n_times) % self.size
        self._raw[:, places] = data[:, n_times - kept :]
        self._filled_in[places] = filled_in[n_times - kept :]
        if self.edges is not None:
            self._shown[:, places] = self._filtered(data)[:, n_times - kept :]
        self.total += n_times

    def _filtered(self, data: Array) -> Array:
        """Filter on from where it was left off; after a hole it begins anew."""
        from scipy import signal

        out = np.full(data.shape, np.nan)
        known = np.isfinite(data[0])
        if not known.all():
            self._state = None
        for start, stop in runs(known):
            if start or self._state is None:
                rest = signal.sosfilt_zi(self._sos)[:, None, :]
                self._state = rest * data[None, :, start, None]
            out[:, start:stop], self._state = signal.sosfilt(
                self._sos, data[:, start:stop], axis=-1, zi=self._state
            )
        if len(known) and not known[-1]:
            self._state = None
        return out

    def _take(self, ring: NDArray[np.float32], end: int, n_times: int) -> Array:
        out = np.full((len(ring), n_times), np.nan)
        first = max(end - n_times, self.total - self.size, 0)
        if first < end:
            # In two parts where the ring's end lies between.
            start, stop = first % self.size, (end - 1) % self.size + 1
            at = n_times - (end - first)
            if start < stop:
                out[:, at:] = ring[:, start:stop]
            else:
                out[:, at : at + self.size - start] = ring[:, start:]
                out[:, n_times - stop :] = ring[:, :stop]
        return out
