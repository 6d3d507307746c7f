"""The marks on heads, plane and bars, and what those on the heads mean.

Their scales are fixed, and the same in every band.
"""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.label import as_tooltip

EDGE_MIN = 0.3
"""Weaker edges are not drawn: 0.3 is a mutual information of 0.05 nats."""

DE_FULL = 0.3
"""Shift of the differential entropy, nats, that gets the full colour. Between two windows of a
quiet recording it differs by about 0.1 nats (one SD)."""

RING = 5
"""Radius, pixels, of the mark of what the last minute says."""

MARGIN = 8
LINE_TEXT = "Line: mutual information, scaled to 0–1"
DISC_TEXT = "Disc: log power less this electrode's mean, nats; hollow: excluded"
EXPLANATION = (
    "Lines: mutual information (MI, nats) of two electrodes, scaled to 0–1 as √(1 − e^(−2·MI)); "
    f"below {EDGE_MIN:g} none is drawn.",
    "Discs: differential entropy (log power) in the band, less the electrode's own mean since the "
    "start, nats.",
    "Hollow: an electrode that is excluded, since its signal is bad.",
)


def ring_pen() -> QPen:
    """The pen for that mark, which is drawn over others."""
    return QPen(QColor(theme.TEXT), 1.5)


def edge_pen(weight: float, radius: float) -> QPen:
    """Width and opacity for an ``edge_weight`` of 0–1 on a head of ``radius`` pixels."""
    colour = QColor(theme.INFORMATION)
    strength = (weight - EDGE_MIN) / (1 - EDGE_MIN)
    colour.setAlphaF(min(max(0.3 + 0.65 * strength, 0.0), 1.0))
    return QPen(
        colour, radius * (0.012 + 0.036 * strength), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
    )


def de_colour(shift: float) -> QColor:
    """Colour for a shift of the differential entropy in nats: blue below 0, grey, pink above."""
    end = QColor(theme.DE_HIGH if shift > 0 else theme.DE_LOW)
    even = QColor(theme.DE_EVEN)
    share = min(abs(shift) / DE_FULL, 1.0)
    return QColor.fromRgbF(
        even.redF() + share * (end.redF() - even.redF()),
        even.greenF() + share * (end.greenF() - even.greenF()),
        even.blueF() + share * (end.blueF() - even.blueF()),
    )


class HeadsLegend(QWidget):
    """Sample lines and discs with their values."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip(as_tooltip(*EXPLANATION))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        below = self._paragraph(painter, 0.0, LINE_TEXT)
        below = self._lines(painter, below + 4)
        below = self._paragraph(painter, below + 6, DISC_TEXT)
        self._discs(painter, below + 4)

    def _paragraph(self, painter: QPainter, top: float, text: str) -> float:
        painter.setPen(QColor(theme.MUTED))
        room = QRectF(MARGIN, top, self.width() - 2 * MARGIN, self.height())
        flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)
        bounds = painter.boundingRect(room, flags, text)
        painter.drawText(room, flags, text)
        return bounds.bottom()

    def _lines(self, painter: QPainter, top: float) -> float:
        weights = (EDGE_MIN, 0.5, 0.75, 1.0)
        for centre, weight in zip(self._columns(len(weights)), weights, strict=True):
            painter.setPen(edge_pen(weight, 100.0))
            painter.drawLine(QPointF(centre - 14, top + 4), QPointF(centre + 14, top + 4))
            _value(painter, centre, top + 9, f"{weight:g}")
        return top + 24

    def _discs(self, painter: QPainter, top: float) -> None:
        shifts = (-DE_FULL, -DE_FULL / 2, 0.0, DE_FULL / 2, DE_FULL)
        for centre, shift in zip(self._columns(len(shifts)), shifts, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(de_colour(shift))
            painter.drawEllipse(QPointF(centre, top + 7), 7, 7)
            _value(painter, centre, top + 15, f"{shift:+g}".replace("-", "−") if shift else "0")

    def _columns(self, n: int) -> list[float]:
        width = (self.width() - 2 * MARGIN) / n
        return [MARGIN + (place + 0.5) * width for place in range(n)]


def _value(painter: QPainter, centre: float, top: float, text: str) -> None:
    painter.setPen(QColor(theme.TEXT))
    painter.drawText(QRectF(centre - 30, top, 60, 16), Qt.AlignmentFlag.AlignHCenter, text)
