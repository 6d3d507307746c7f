"""One band's graph on a head: electrodes joined by mutual information."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QEvent, QPointF, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt5.QtWidgets import QSizePolicy, QToolTip, QWidget

from rtdreamer.dashboard.carried import Marks, draw_band_marks, draw_marks
from rtdreamer.dashboard.drawing import font
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.legend import EDGE_MIN, LARGEST, draw_node, edge_pen, power_change
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.headset import Headset
from rtdreamer.window import Band

NAMED_FROM = 120
"""Radius of a head, pixels, from which on there is room for the electrodes' names."""

LEAST_REACH = 7.0
"""Pixels around an electrode's middle, at least, that a click on it may fall in."""

WIDTH = 2.16
"""Of a head with its ears, in radii."""

FRONT = -0.4
"""Electrodes further in front, in radii downwards, are named above."""

LEFT_OUT = "left out"
"""In place of a value, and as wide as one may be."""

LABEL = 14
"""Pixels of height of an electrode's name."""

TITLE = 18
"""Pixels that the band's name takes, below."""


class HeadView(QWidget):
    """A head seen from above, nose up, with a band's name below.

    Attributes
    ----------
    edges : ndarray, shape (n_channels, n_channels)
        ``edge_weight``, 0–1.
    de_shift : ndarray, shape (n_channels,)
        Differential entropy minus its running mean, nats; NaN for an excluded electrode.
    marks : tuple of Marks
        What carried the answer.
    """

    clicked = pyqtSignal()

    electrode_clicked = pyqtSignal(int)
    """The disc of an electrode was clicked, and not the head elsewhere."""

    def __init__(self, headset: Headset, band: Band) -> None:
        super().__init__()
        self.theme = DARK
        self.band = band
        self._headset = headset
        n_channels = headset.n_channels
        self.edges: NDArray[np.float64] = np.zeros((n_channels, n_channels))
        self.de_shift: NDArray[np.float64] = np.zeros(n_channels)
        self.marks: tuple[Marks, ...] = ()
        self._current = False
        self.is_stale = False
        self.setMinimumSize(60, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def show_graph(self, edges: NDArray[np.float64], de_shift: NDArray[np.float64]) -> None:
        """Take over a graph, to be drawn when its turn comes."""
        self.edges, self.de_shift = edges, de_shift
        self.is_stale = True

    def show_marks(self, marks: tuple[Marks, ...]) -> None:
        """Take over what carried the answer, to be drawn when its turn comes."""
        self.is_stale |= marks != self.marks
        self.marks = marks

    def set_current(self, current: bool) -> None:
        """Draw in full colour, or faded where the graph is not to be relied on."""
        if current != self._current:
            self._current = current
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        electrode = None if event is None else self.electrode_at(event.localPos())
        if electrode is None:
            self.clicked.emit()
        else:
            self.electrode_clicked.emit(electrode)

    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent):
            electrode = self.electrode_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._tooltip(electrode), self)
            return True
        return bool(super().event(event))

    def electrode_at(self, at: QPointF) -> int | None:
        """The electrode whose disc lies at a place, as an index; None if there is none."""
        centre, radius = self._centre_and_radius()
        reach = max(LARGEST * radius, LEAST_REACH)
        # Screen coordinates: y grows downwards.
        there = (at.x() - centre.x(), centre.y() - at.y())
        away = np.array(self._headset.positions) * radius - there
        distances = np.hypot(*away.T)
        nearest = int(distances.argmin())
        return nearest if distances[nearest] <= reach else None

    def _tooltip(self, electrode: int | None) -> str:
        if electrode is None:
            return as_tooltip(f"{self.title}: a click shows it large, or all again.")
        shift = float(self.de_shift[electrode])
        power = f"power {power_change(shift)}" if math.isfinite(shift) else "left out"
        return as_tooltip(
            f"{self._headset.ch_names[electrode]}, {self.band.name}: {power}. "
            "A click shows its spectrum."
        )

    def _centre_and_radius(self) -> tuple[QPointF, float]:
        # The nose stands out to 1.13 of the radius.
        height = self.height() - TITLE
        radius = min(self.width() / WIDTH, height / 2.13) - 2
        return QPointF(self.width() / 2, (height + 0.13 * radius) / 2), radius

    @property
    def title(self) -> str:
        """The band's name and frequencies."""
        return f"{self.band.name} {self.band.l_freq:g}–{self.band.h_freq:g} Hz"

    def paintEvent(self, event: QPaintEvent | None) -> None:
        self.is_stale = False
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(12))
        painter.setPen(QColor(self.theme.text))
        below = QRectF(0, self.height() - TITLE, self.width(), TITLE)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.title)
        marks = self.marks if self._current else ()
        half = painter.fontMetrics().horizontalAdvance(self.title) / 2
        draw_band_marks(painter, below, half, marks, self.theme)
        centre, radius = self._centre_and_radius()
        painter.translate(centre)
        self._draw_outline(painter, radius)
        if not self._current:
            painter.setOpacity(0.3)
        # Screen coordinates: y grows downwards.
        points = [QPointF(x * radius, -y * radius) for x, y in self._headset.positions]
        self._draw_edges(painter, points, radius)
        shifts = [shift if np.isfinite(shift) else None for shift in self.de_shift.tolist()]
        for point, shift in zip(points, shifts, strict=True):
            draw_node(painter, point, radius, shift, self.theme)
        draw_marks(painter, points, radius, marks, self.theme)
        if radius >= NAMED_FROM:
            self._draw_names(painter, points, shifts, radius)

    def _draw_outline(self, painter: QPainter, radius: float) -> None:
        painter.setPen(QPen(QColor(self.theme.muted), 1.5))
        painter.setBrush(QColor(self.theme.background))
        nose = [QPointF(-0.12, -0.98), QPointF(0.0, -1.13), QPointF(0.12, -0.98)]
        painter.drawPolyline(QPolygonF([point * radius for point in nose]))
        for side in (-1, 1):
            painter.drawEllipse(QPointF(side * 1.02 * radius, 0), 0.06 * radius, 0.17 * radius)
        painter.drawEllipse(QPointF(0, 0), radius, radius)

    def _draw_edges(self, painter: QPainter, points: list[QPointF], radius: float) -> None:
        rows, cols = np.nonzero(np.triu(self.edges, 1) >= EDGE_MIN)
        # Strong edges last, on top.
        order = np.argsort(self.edges[rows, cols])
        for row, col in zip(rows[order].tolist(), cols[order].tolist(), strict=True):
            painter.setPen(edge_pen(float(self.edges[row, col]), radius, self.theme))
            painter.drawLine(points[row], points[col])

    def _draw_names(
        self,
        painter: QPainter,
        points: list[QPointF],
        shifts: list[float | None],
        radius: float,
    ) -> None:
        """Name each electrode beside its node, and say its value."""
        painter.setFont(font(11, bold=True))
        names, width = self._headset.ch_names, painter.fontMetrics().horizontalAdvance
        # By what may stand there at most, so that nothing jumps when a value changes.
        room = [width(f"{name} {LEFT_OUT}") + 4 for name in names]
        places = label_places(points, room, radius)
        for name, place, shift in zip(names, places, shifts, strict=True):
            text = f"{name} {LEFT_OUT if shift is None else power_change(shift)}"
            box = QRectF(0, 0, width(text) + 4, LABEL)
            box.moveCenter(place.center())
            ground = QColor(self.theme.background)
            ground.setAlphaF(0.8)
            painter.fillRect(box, ground)
            painter.setPen(QColor(self.theme.notice if shift is None else self.theme.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def label_places(points: Sequence[QPointF], widths: Sequence[float], radius: float) -> list[QRectF]:
    """Place a label at each electrode so that none lies over another, if that can be.

    Parameters
    ----------
    points : sequence of QPointF
        The electrodes, on a head of ``radius`` pixels around 0.
    widths : sequence of float
        Of the labels, pixels.

    Returns
    -------
    list of QRectF
        Below or above the electrode, or to a side of that.
    """
    placed: list[QRectF] = []
    below, above = 0.06 * radius + 2, -0.06 * radius - 2 - LABEL
    edge = WIDTH / 2 * radius
    for point, width in zip(points, widths, strict=True):
        # In front electrodes lie close together, and those first named have room above.
        sides = (above, below) if point.y() < FRONT * radius else (below, above)
        lefts = (point.x() - width / 2, point.x() - width + 10, point.x() - 10)
        tries = [
            QRectF(min(max(left, -edge), edge - width), point.y() + top, width, LABEL)
            for top in sides
            for left in lefts
        ]
        free = (box for box in tries if not any(box.intersects(other) for other in placed))
        placed.append(next(free, tries[0]))
    return placed
