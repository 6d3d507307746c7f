"""Marks of what carried the answer, over the heads: round for valence, diamonds for arousal."""

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPen

from rtdreamer.dashboard.drawing import draw_mark
from rtdreamer.dashboard.legend import LARGEST
from rtdreamer.dashboard.theme import Theme
from rtdreamer.prediction import Carried, Reasons

MARK = 4
"""Radius of the mark beside a band's name, pixels."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What one band's head shows of what carried one quantity.

    Attributes
    ----------
    quantity : str
        ``valence`` or ``arousal``.
    electrodes : tuple of int
        In all bands together: every head shows the same.
    edges : tuple of pairs of int
        In this band.
    band : bool
        Whether this band is named.
    """

    quantity: str
    electrodes: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    band: bool


def marks_of(reasons: Reasons | None, band: int) -> tuple[Marks, ...]:
    """What a band's head shows; nothing where no reasons are known."""
    if reasons is None:
        return ()

    def marks(quantity: str, carried: Carried) -> Marks:
        edges = tuple((row, col) for number, row, col in carried.edges if number == band)
        return Marks(quantity, carried.electrodes, edges, band in carried.bands)

    return marks("valence", reasons.valence), marks("arousal", reasons.arousal)


def draw_marks(
    painter: QPainter,
    points: Sequence[QPointF],
    radius: float,
    marks: Sequence[Marks],
    theme: Theme,
) -> None:
    """Draw the edges and electrodes that are named, on a head of ``radius`` pixels."""
    for one in marks:
        line = QPen(QColor(getattr(theme, one.quantity)), max(0.02 * radius, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line)
        for electrode in one.electrodes:
            draw_mark(painter, points[electrode], LARGEST * radius + 2, one.quantity)
        if one.quantity == "arousal":
            line.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(line)
        for row, col in one.edges:
            painter.drawLine(points[row], points[col])


def draw_band_marks(
    painter: QPainter, room: QRectF, half: float, marks: Sequence[Marks], theme: Theme
) -> None:
    """Mark a band that is named, before its name for valence, and behind it for arousal.

    Parameters
    ----------
    room : QRectF
        What must not be left. The name stands in its middle.
    half : float
        Half the width of the name, pixels.
    """
    painter.setPen(Qt.PenStyle.NoPen)
    for one in marks:
        if one.band:
            painter.setBrush(QColor(getattr(theme, one.quantity)))
            beside = min(half + MARK + 4, room.width() / 2 - 1.5 * MARK)
            away = QPointF(-beside if one.quantity == "valence" else beside, 0)
            draw_mark(painter, room.center() + away, MARK, one.quantity)
