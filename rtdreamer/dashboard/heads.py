"""The graphs the model sees, one a band; or one of them, large, with its values."""

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QPainter, QPaintEvent
from PyQt5.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QWidget

from rtdreamer.dashboard.carried import marks_of
from rtdreamer.dashboard.drawing import font
from rtdreamer.dashboard.head import HeadView
from rtdreamer.dashboard.legend import HeadsLegend, edge_pen
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.prediction import Prediction, Reasons
from rtdreamer.signal.features import Features, Spec
from rtdreamer.window import Band

N_STRONGEST = 10

OLD_S = 5.0
"""Reasons are no longer shown when the answer they were of is this much older than the newest."""


class RunningMean:
    """The mean of all arrays so far, in constant memory. NaN is not known and does not count."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.mean = np.zeros(shape)
        self._n = np.zeros(shape)

    def add(self, values: NDArray[np.float64]) -> None:
        known = np.isfinite(values)
        self._n += known
        self.mean += np.where(known, values - self.mean, 0.0) / np.maximum(self._n, 1)

    def deviation(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values minus the mean; zero where there is no mean yet."""
        return np.where(self._n > 0, values - self.mean, 0.0 * values)


def strongest(
    edges: NDArray[np.float64], ch_names: tuple[str, ...], n: int
) -> list[tuple[str, float]]:
    """Name the ``n`` heaviest edges of a graph, heaviest first: ``("F3–F4", 0.81)``.

    Parameters
    ----------
    edges : ndarray, shape (n_channels, n_channels)
        ``edge_weight``, 0–1, symmetric; what is NaN or 0 is no edge.
    """
    rows, cols = np.nonzero(np.nan_to_num(np.triu(edges, 1)) > 0)
    order = np.argsort(-edges[rows, cols], kind="stable")[:n]
    return [
        (f"{ch_names[row]}–{ch_names[col]}", float(edges[row, col]))
        for row, col in zip(rows[order].tolist(), cols[order].tolist(), strict=True)
    ]


class HeadsView(QStackedWidget):
    """One head a band and their legend, or one large. ``refresh`` draws; graphs are only stored."""

    opened = pyqtSignal()
    """A head was opened or closed."""

    electrode_clicked = pyqtSignal(int)
    """The disc of an electrode was clicked, on any head."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.heads = [HeadView(spec.headset, band) for band in spec.bands]
        self.legend = HeadsLegend()
        self.large = HeadView(spec.headset, spec.bands[0])
        self.edge_list = EdgeList(spec.headset.ch_names)
        self.open_band: int | None = None
        self._reasons: Reasons | None = None
        self._old = round(OLD_S * spec.sfreq)
        self._turn = 0
        self._mean = RunningMean((len(spec.bands), spec.headset.n_channels))
        all_heads = QWidget()
        grid = QGridLayout(all_heads)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for place, widget in enumerate([*self.heads, self.legend]):
            grid.addWidget(widget, place // 2, place % 2)
            grid.setColumnStretch(place % 2, 1)
            grid.setRowStretch(place // 2, 1)
        one = QWidget()
        row = QHBoxLayout(one)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.large, 3)
        row.addWidget(self.edge_list, 1)
        self.addWidget(all_heads)
        self.addWidget(one)
        for number, head in enumerate(self.heads):
            head.clicked.connect(lambda number=number: self.open(number))
        self.large.clicked.connect(lambda: self.open(None))
        for head in (*self.heads, self.large):
            head.electrode_clicked.connect(self.electrode_clicked)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for view in (*self.heads, self.large, self.edge_list, self.legend):
            view.set_theme(theme)

    def open(self, band: int | None) -> None:
        """Show a band large, by its index; or all of them, if None or if it is open already."""
        self.open_band = None if band == self.open_band else band
        if self.open_band is not None:
            self.large.band = self.heads[self.open_band].band
            self._show_large()
        self.setCurrentIndex(0 if self.open_band is None else 1)
        self.opened.emit()

    def show_prediction(self, prediction: Prediction, features: Features) -> None:
        """Show the graphs of one window."""
        # A bad window must not shift what later ones are compared with.
        if prediction.affect is not None:
            self._mean.add(features.de)
        shift = self._mean.deviation(features.de)
        for head, edges, de_shift in zip(self.heads, features.edge_weight, shift, strict=True):
            head.show_graph(edges, de_shift)
        if self._reasons is not None and prediction.sample - self._reasons.sample > self._old:
            self.show_reasons(None)

    def show_reasons(self, reasons: Reasons | None) -> None:
        """Mark what carried the answer, or nothing."""
        self._reasons = reasons
        self.legend.show_marks(reasons is not None)
        for band, head in enumerate(self.heads):
            head.show_marks(marks_of(reasons, band))

    def refresh(self) -> None:
        """Draw the next head whose graph is a new one.

        One at a time: all of them take as long as a frame, and predictions may come faster.
        """
        if self.open_band is not None:
            if self.heads[self.open_band].is_stale:
                self.heads[self.open_band].is_stale = False
                self._show_large()
            return
        for _ in self.heads:
            self._turn = (self._turn + 1) % len(self.heads)
            if self.heads[self._turn].is_stale:
                self.heads[self._turn].update()
                return

    def set_current(self, current: bool) -> None:
        """Fade the heads while there is no current verdict made of them."""
        for head in (*self.heads, self.large):
            head.set_current(current)

    def _show_large(self) -> None:
        if self.open_band is None:
            return
        head = self.heads[self.open_band]
        self.large.show_graph(head.edges, head.de_shift)
        self.large.show_marks(head.marks)
        self.large.update()
        self.edge_list.show_edges(head.band, head.edges)


class EdgeList(QWidget):
    """The strongest edges of one band, with their values."""

    def __init__(self, ch_names: tuple[str, ...]) -> None:
        super().__init__()
        self.theme = DARK
        self._ch_names = ch_names
        self.rows: list[tuple[str, float]] = []
        self.setMinimumWidth(110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def show_edges(self, band: Band, edges: NDArray[np.float64]) -> None:
        """List the strongest edges of a band's graph."""
        self.rows = strongest(edges, self._ch_names, N_STRONGEST)
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setFont(font(12, bold=True))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(QRectF(0, 4, self.width(), 18), 0, "strongest lines")
        painter.setFont(font(12))
        for place, (name, weight) in enumerate(self.rows):
            box = QRectF(0, 28 + 24 * place, self.width() - 6, 16)
            painter.setPen(QColor(self.theme.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, name)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, f"{weight:.2f}")
            painter.setPen(edge_pen(weight, 100.0, self.theme))
            y = round(box.bottom()) + 3
            painter.drawLine(0, y, round((self.width() - 6) * weight), y)
