"""What all that draws itself shares: letters, lines out of arrays, stretches that are withheld."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPolygonF

from rtdreamer.dashboard.theme import MIN_FONT_PX, Theme

Array = NDArray[np.float64]

REASON_PX = 260
"""A reason may be as wide as that, however short the stretch is that it is the reason of."""


MARKER_PX = 160
"""The words of a marker may be as wide as that."""


def font(size_px: int = MIN_FONT_PX, bold: bool = False) -> QFont:
    """Return a font of so many pixels, of ``MIN_FONT_PX`` at least."""
    letters = QFont()
    letters.setPixelSize(max(size_px, MIN_FONT_PX))
    letters.setBold(bold)
    return letters


def pen(colour: str, width: float = 1.0, alpha: float = 1.0, dashed: bool = False) -> QPen:
    """Return a pen; its line is one dot wide on any screen where ``width`` is 1."""
    line = QPen(see_through(colour, alpha), width)
    line.setCosmetic(width == 1.0)
    if dashed:
        line.setStyle(Qt.PenStyle.DashLine)
    return line


def see_through(colour: str, alpha: float) -> QColor:
    """Return a colour of an opacity of 0–1."""
    ink = QColor(colour)
    ink.setAlphaF(min(max(alpha, 0.0), 1.0))
    return ink


def polyline(x: Array, y: Array) -> QPolygonF:
    """Return the points (x, y) for Qt, without a Python object for each.

    Parameters
    ----------
    x, y : ndarray, shape (n_points,)
        Pixels, finite.
    """
    polygon = QPolygonF(len(x))
    memory = polygon.data()
    if len(x) and memory is not None:
        memory.setsize(16 * len(x))
        points = np.frombuffer(memory, np.float64)  # type: ignore[call-overload]
        points = points.reshape(-1, 2)
        points[:, 0], points[:, 1] = x, y
    return polygon


def runs(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of each run of True."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False)).tolist()
    return zip(edges[::2], edges[1::2], strict=True)


def draw_hatched(painter: QPainter, box: QRectF, colour: str) -> None:
    """Draw a stretch of time in which something is not there."""
    painter.fillRect(box, see_through(colour, 0.10))
    painter.fillRect(box, QBrush(see_through(colour, 0.55), Qt.BrushStyle.BDiagPattern))


def draw_reason(
    painter: QPainter, box: QRectF, room: QRectF, colour: str, words: str, free_from: float
) -> float:
    """Write why it is not there, over the stretch or beside it, on a ground of its own.

    Parameters
    ----------
    room : QRectF
        What must not be left; the words may reach beyond ``box``.
    free_from : float
        Where the words before this end, pixels. What would meet them is left out.

    Returns
    -------
    float
        Where these end.
    """
    metrics = painter.fontMetrics()
    widest = max(box.width(), REASON_PX)
    text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(min(widest, room.width())))
    width = metrics.horizontalAdvance(text) + 8
    left = min(max(box.center().x() - width / 2, room.left()), room.right() - width)
    if left < free_from or box.width() < 4:
        return free_from
    label = QRectF(left, room.top() + 2, width, 16)
    painter.fillRect(label, painter.background())
    painter.setPen(QColor(colour))
    painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)
    return label.right()


def draw_marker(
    painter: QPainter, x: float, room: QRectF, colour: str, words: str, free_from: float
) -> float:
    """Draw a moment that was marked, with its words at the bottom, on a ground of their own.

    Parameters
    ----------
    x : float
        Where it lies, pixels.
    room : QRectF
        What must not be left.
    free_from : float
        Where the words before this end, pixels. Those that would meet them are left out.

    Returns
    -------
    float
        Where these end.
    """
    painter.setPen(pen(colour, dashed=True))
    painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
    metrics = painter.fontMetrics()
    text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, MARKER_PX)
    width = metrics.horizontalAdvance(text) + 8
    left = min(max(x - width / 2, room.left()), room.right() - width)
    if left < free_from:
        return free_from
    label = QRectF(left, room.bottom() - 18, width, 16)
    painter.fillRect(label, painter.background())
    painter.setPen(QColor(colour))
    painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)
    return label.right()


def draw_star(painter: QPainter, at: QPointF, reach: float, theme: Theme) -> None:
    """Draw the mark of what was rated, everywhere the same, and of no prediction."""
    angles = np.pi * (np.arange(10) / 5 - 0.5)
    radii = reach * np.where(np.arange(10) % 2, 0.45, 1.0)
    painter.setPen(QPen(QColor(theme.background), 1))
    painter.setBrush(QColor(theme.information))
    x, y = at.x() + radii * np.cos(angles), at.y() + radii * np.sin(angles)
    painter.drawPolygon(polyline(x, y))


def draw_mark(painter: QPainter, at: QPointF, size: float, quantity: str) -> None:
    """Draw the mark of a quantity: a disc for valence, a diamond for arousal."""
    if quantity == "valence":
        painter.drawEllipse(at, size, size)
        return
    reach = 1.25 * size
    corners = [(0, -reach), (reach, 0), (0, reach), (-reach, 0)]
    painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in corners]))
