"""The scrolling traces: the last ten seconds as they came from the headset."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QRectF
from PyQt5.QtWidgets import QComboBox, QVBoxLayout, QWidget
from pyqtgraph import PlotCurveItem, TextItem, mkBrush, mkPen

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.axes import Ticks, fixed_plot, small_font, time_ticks
from rtdreamer.headset import Headset
from rtdreamer.prediction import Quality
from rtdreamer.signal.quality import assess
from rtdreamer.stream.gaps import Piece

SPAN_S = 10

SCALES_UV = (20, 50, 100, 200, 500)
"""Values of the scale bar, µV; a lane is twice as high."""


class TraceBuffer:
    """The last ``SPAN_S`` seconds in one array of fixed size; NaN where samples are missing.

    Parameters
    ----------
    headset : Headset
        Whose samples.

    Attributes
    ----------
    n_unbroken : int
        Samples since the start or the last hole.
    """

    def __init__(self, headset: Headset) -> None:
        self._span = span = round(SPAN_S * headset.sfreq)
        # Twice the length: samples are moved only once every so many.
        self._store = np.full((headset.n_channels, 2 * span), np.nan)
        self._end = span
        self.n_unbroken = 0

    @property
    def samples(self) -> NDArray[np.float64]:
        """Newest last, shape (n_channels, n_times), µV."""
        return self._store[:, self._end - self._span : self._end]

    @property
    def unbroken(self) -> NDArray[np.float64]:
        """What of ``samples`` came since the last hole, shape (n_channels, n_times), µV."""
        return self.samples[:, max(self._span - self.n_unbroken, 0) :]

    def extend(self, piece: Piece) -> None:
        """Append samples, after a hole as long as what is missing before them."""
        if piece.starts_over:
            # One sample at least, or the line would lead from one stream to another.
            n_times = min(max(piece.missing, 1), self._span)
            self._append(np.full((len(self._store), n_times), np.nan))
            self.n_unbroken = 0
        self._append(piece.data[:, -self._span :])
        self.n_unbroken += piece.data.shape[1]

    def _append(self, data: NDArray[np.float64]) -> None:
        n_times = data.shape[1]
        if self._end + n_times > self._store.shape[1]:
            self._store[:, : self._span] = self.samples
            self._end = self._span
        self._store[:, self._end : self._end + n_times] = data
        self._end += n_times


def into_lanes(samples: NDArray[np.float64], lane_uv: float) -> NDArray[np.float64]:
    """Place each channel in its lane: channel ``i`` around −i, one lane high.

    For display only. The median of what is visible is taken off, so the headset's offset
    disappears and a glitch of any size moves nothing; what leaves the lane is clipped to its edge.

    Parameters
    ----------
    samples : ndarray, shape (n_channels, n_times)
        µV; NaN where nothing was received.
    lane_uv : float
        Height of a lane, µV.

    Returns
    -------
    ndarray, shape (n_channels, n_times)
        In lanes; NaN stays NaN.
    """
    lanes = np.full_like(samples, np.nan)
    for row, channel in enumerate(samples):
        known = channel[np.isfinite(channel)]
        if known.size:
            lanes[row] = np.clip((channel - np.median(known)) / lane_uv, -0.5, 0.5) - row
    return lanes


def lane_ticks(ch_names: Sequence[str], poor: Collection[int]) -> Ticks:
    """Name the lanes; the names of ``poor`` channels, by index, are marked."""
    return [(-row, f"× {name}" if row in poor else name) for row, name in enumerate(ch_names)]


class TracesView(QWidget):
    """Scrolling traces with a scale bar. ``refresh`` draws; arriving samples are only stored."""

    def __init__(self, headset: Headset) -> None:
        super().__init__()
        self._headset = headset
        self._buffer = TraceBuffer(headset)
        n_channels, span = self._buffer.samples.shape
        self._stale = False
        self._marked: Quality | None = None
        self._times = np.tile((np.arange(span + 1) - (span - 1)) / headset.sfreq, n_channels)
        self.plot = fixed_plot(
            QRectF(-SPAN_S, -n_channels + 0.4, SPAN_S + 0.9, n_channels + 0.2),
            left=lane_ticks(headset.ch_names, poor=()),
            bottom=time_ticks(SPAN_S, 2, "newest"),
        )
        # Room for the mark of a poor electrode: the picture must not jump when it comes.
        self.plot.getAxis("left").setWidth(54)
        # One item for all lanes, parted by NaN: drawing 14 items costs twice as much.
        self.curve = PlotCurveItem(pen=mkPen(theme.TRACE), connect="finite")
        self.plot.addItem(self.curve)
        self.flaws = [self._add_flaw(row) for row in range(n_channels)]
        self._bar_text = self._add_scale_bar()
        self.scale = QComboBox()
        self.scale.setToolTip("µV that the scale bar stands for; a lane is twice as high")
        for value in SCALES_UV:
            self.scale.addItem(f"{value} µV", value)
        self.scale.currentIndexChanged.connect(self._rescale)
        self.scale.setCurrentIndex(SCALES_UV.index(100))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)

    def show_samples(self, piece: Piece) -> None:
        """Store a piece for the next ``refresh``."""
        self._buffer.extend(piece)
        self._stale = True

    def set_flowing(self, flowing: bool) -> None:
        """Grey the traces while nothing arrives."""
        self.curve.setPen(mkPen(theme.TRACE if flowing else theme.IDLE))

    def refresh(self) -> None:
        """Draw what arrived since the last call; do nothing if nothing did."""
        if not self._stale:
            return
        self._stale = False
        lanes = into_lanes(self._buffer.samples, 2.0 * self.scale.currentData())
        parted = np.pad(lanes, ((0, 0), (0, 1)), constant_values=np.nan)
        self.curve.setData(self._times, parted.ravel())

    def mark_flaws(self, quality: Quality | None) -> None:
        """Mark the electrodes that are bad in the last seconds, and say what is wrong.

        Parameters
        ----------
        quality : Quality or None
            Of the newest window; None while one fills. The session assesses whole windows only,
            but it is in these seconds that electrodes are put right: what is there is assessed
            here, for which the GUI thread takes some 2 ms, five times a second.
        """
        if quality is None:
            unbroken = self._buffer.unbroken
            if unbroken.shape[1] < self._headset.sfreq:
                return
            quality = assess(unbroken, self._headset)
        if quality == self._marked:
            return
        self._marked = quality
        self.plot.getAxis("left").setTicks([lane_ticks(quality.ch_names, quality.bad)])
        for row, (text, flaw) in enumerate(zip(self.flaws, quality.flaws, strict=True)):
            text.setText(flaw, theme.NOTICE if row in quality.bad else theme.MUTED)
            text.setVisible(bool(flaw))

    def _add_flaw(self, row: int) -> TextItem:
        # At the top of the lane, on a ground of its own: the trace runs below it.
        text = TextItem(color=theme.MUTED, anchor=(0, 0), fill=mkBrush(theme.PANEL))
        text.setFont(small_font())
        text.setPos(-SPAN_S, 0.5 - row)
        text.hide()
        self.plot.addItem(text)
        return text

    def _add_scale_bar(self) -> TextItem:
        text = TextItem(color=theme.TEXT, anchor=(0.5, 0.5), angle=90)
        text.setFont(small_font())
        text.setPos(0.62, -0.5)
        # Half a lane high, whatever a lane stands for.
        bar = PlotCurveItem([0.3, 0.3], [-0.75, -0.25], pen=mkPen(theme.TEXT, width=2))
        self.plot.addItem(text)
        self.plot.addItem(bar)
        return text

    def _rescale(self) -> None:
        self._bar_text.setText(f"{self.scale.currentData()} µV")
        self._stale = True
