"""The graphs the model sees, one a band: electrodes on a head, joined by mutual information."""

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt5.QtWidgets import QGridLayout, QSizePolicy, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.legend import EDGE_MIN, HeadsLegend, de_colour, edge_pen
from rtdreamer.headset import Headset
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features, Spec
from rtdreamer.window import Band

TITLE_WIDTH = 60
"""Pixels that a band's name and frequencies take."""


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


class HeadView(QWidget):
    """One band's graph on a head seen from above, nose up."""

    def __init__(self, headset: Headset, band: Band) -> None:
        super().__init__()
        self.band = band
        self._headset = headset
        n_channels = headset.n_channels
        self.edges: NDArray[np.float64] = np.zeros((n_channels, n_channels))
        self.de_shift: NDArray[np.float64] = np.zeros(n_channels)
        self._current = False
        self.setMinimumSize(120, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_graph(self, edges: NDArray[np.float64], de_shift: NDArray[np.float64]) -> None:
        """Take over a graph.

        Parameters
        ----------
        edges : ndarray, shape (n_channels, n_channels)
            ``edge_weight``, 0–1.
        de_shift : ndarray, shape (n_channels,)
            Differential entropy minus its running mean, nats; NaN for an excluded electrode.
        """
        self.edges, self.de_shift = edges, de_shift
        self.update()

    def set_current(self, current: bool) -> None:
        """Draw in full colour, or faded where the graph is not to be relied on."""
        if current != self._current:
            self._current = current
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_title(painter)
        # The ears stand out to 1.08 of the radius, the nose to 1.13.
        radius = min(self.width() / 2.16, self.height() / 2.13) - 2
        # To the right, as far as there is room: the title stands at the left.
        aside = min(TITLE_WIDTH / 2, self.width() / 2 - 1.1 * radius)
        painter.translate(self.width() / 2 + aside, (self.height() + 0.13 * radius) / 2)
        _draw_head(painter, radius)
        if not self._current:
            painter.setOpacity(0.3)
        # Screen coordinates: y grows downwards.
        points = [QPointF(x * radius, -y * radius) for x, y in self._headset.positions]
        self._draw_edges(painter, points, radius)
        self._draw_nodes(painter, points, radius)

    def _draw_title(self, painter: QPainter) -> None:
        band = self.band
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(2, 14, band.name)
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(2, 30, f"{band.l_freq:g}–{band.h_freq:g} Hz")

    def _draw_edges(self, painter: QPainter, points: list[QPointF], radius: float) -> None:
        rows, cols = np.nonzero(np.triu(self.edges, 1) >= EDGE_MIN)
        # Strong edges last, on top.
        order = np.argsort(self.edges[rows, cols])
        for row, col in zip(rows[order], cols[order], strict=True):
            painter.setPen(edge_pen(float(self.edges[row, col]), radius))
            painter.drawLine(points[row], points[col])

    def _draw_nodes(self, painter: QPainter, points: list[QPointF], radius: float) -> None:
        size = 0.105 * radius
        font = QFont(self.font())
        font.setPixelSize(max(7, round(0.088 * radius)))
        font.setBold(True)
        painter.setFont(font)
        for name, point, shift in zip(self._headset.ch_names, points, self.de_shift, strict=True):
            known = bool(np.isfinite(shift))
            painter.setPen(QPen(QColor(theme.PANEL if known else theme.NOTICE), 1))
            painter.setBrush(de_colour(float(shift)) if known else QColor(theme.BACKGROUND))
            painter.drawEllipse(point, size, size)
            painter.setPen(QColor("white" if known else theme.NOTICE))
            box = QRectF(point.x() - 20, point.y() - 20, 40, 40)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


class HeadsView(QWidget):
    """One head a band, and their legend."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.heads = [HeadView(spec.headset, band) for band in spec.bands]
        self._mean = RunningMean((len(spec.bands), spec.headset.n_channels))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for place, widget in enumerate([*self.heads, HeadsLegend()]):
            grid.addWidget(widget, place // 3, place % 3)
            grid.setColumnStretch(place % 3, 1)

    def show_prediction(self, prediction: Prediction, features: Features) -> None:
        """Show the graphs of one window."""
        # A bad window must not shift what later ones are compared with.
        if prediction.affect is not None:
            self._mean.add(features.de)
        shift = self._mean.deviation(features.de)
        for head, edges, de_shift in zip(self.heads, features.edge_weight, shift, strict=True):
            head.show_graph(edges, de_shift)

    def set_current(self, current: bool) -> None:
        """Fade the heads while there is no current verdict made of them."""
        for head in self.heads:
            head.set_current(current)


def _draw_head(painter: QPainter, radius: float) -> None:
    painter.setPen(QPen(QColor(theme.LINE).lighter(150), 1.5))
    painter.setBrush(QColor(theme.BACKGROUND))
    nose = [QPointF(-0.12, -0.98), QPointF(0.0, -1.13), QPointF(0.12, -0.98)]
    painter.drawPolyline(QPolygonF([point * radius for point in nose]))
    for side in (-1, 1):
        painter.drawEllipse(QPointF(side * 1.02 * radius, 0), 0.06 * radius, 0.17 * radius)
    painter.drawEllipse(QPointF(0, 0), radius, radius)
