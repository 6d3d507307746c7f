"""What the lines and discs on the heads mean, painted with the same marks."""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QPainter, QPaintEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.marks import DE_FULL, EDGE_MIN, de_colour, edge_pen

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
