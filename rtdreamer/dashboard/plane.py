"""The valence–arousal plane: where the current prediction lies, and where it came from."""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.quality import is_poor
from rtdreamer.prediction import Prediction

TRAIL_S = 30.0
QUADRANTS = {
    (0.25, 0.75): "high arousal\nlow valence",
    (0.75, 0.75): "high arousal\nhigh valence",
    (0.25, 0.25): "low arousal\nlow valence",
    (0.75, 0.25): "low arousal\nhigh valence",
}


class PlaneView(QWidget):
    """Both probabilities at once, always on the whole square 0–1 × 0–1."""

    def __init__(self) -> None:
        super().__init__()
        self.trail: list[Prediction] = []
        self.believed = False
        self.setMinimumSize(150, 150)

    def show_trail(self, trail: list[Prediction], believed: bool) -> None:
        """Take over the recent predictions, oldest first; the last is the current one."""
        self.trail, self.believed = trail, believed
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        margin = 18
        side = min(self.width(), self.height()) - 2 * margin
        square = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        _paint_square(painter, square)
        _paint_axes(painter, square)
        for prediction in self.trail[:-1]:
            self._paint_past(painter, square, prediction)
        if self.trail:
            self._paint_current(painter, _place(square, self.trail[-1]))

    def _paint_past(self, painter: QPainter, square: QRectF, prediction: Prediction) -> None:
        age = self.trail[-1].timestamp - prediction.timestamp
        colour = QColor(theme.IDLE if is_poor(prediction) else theme.TEXT)
        colour.setAlphaF(0.55 * max(1 - age / TRAIL_S, 0.0))
        painter.setPen(Qt.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(_place(square, prediction), 3, 3)

    def _paint_current(self, painter: QPainter, point: QPointF) -> None:
        if self.believed:
            painter.setPen(QPen(QColor(theme.BACKGROUND), 2))
            painter.setBrush(QColor("white"))
        else:
            painter.setPen(QPen(QColor(theme.IDLE), 2))
            painter.setBrush(Qt.NoBrush)
        painter.drawEllipse(point, 7, 7)


def _place(square: QRectF, prediction: Prediction) -> QPointF:
    # Screen coordinates: y grows downwards.
    return QPointF(
        square.left() + prediction.affect.valence * square.width(),
        square.bottom() - prediction.affect.arousal * square.height(),
    )


def _paint_square(painter: QPainter, square: QRectF) -> None:
    painter.setPen(QPen(QColor(theme.LINE), 1))
    painter.setBrush(QColor(theme.BACKGROUND))
    painter.drawRect(square)
    painter.setPen(QColor(theme.IDLE))
    for (x, y), name in QUADRANTS.items():
        box = QRectF(0, 0, square.width() / 2, square.height() / 2)
        box.moveCenter(
            QPointF(square.left() + x * square.width(), square.bottom() - y * square.height())
        )
        painter.drawText(box, Qt.AlignCenter, name)
    painter.setPen(QPen(QColor(theme.MUTED), 1, Qt.DashLine))
    middle = square.center()
    painter.drawLine(QPointF(square.left(), middle.y()), QPointF(square.right(), middle.y()))
    painter.drawLine(QPointF(middle.x(), square.top()), QPointF(middle.x(), square.bottom()))


def _paint_axes(painter: QPainter, square: QRectF) -> None:
    below = QRectF(square.left(), square.bottom() + 2, square.width(), 16)
    beside = QRectF(-square.width() / 2, -16, square.width(), 14)
    painter.setPen(QColor(theme.VALENCE))
    _paint_axis(painter, below, "valence")
    painter.save()
    painter.translate(square.left(), square.center().y())
    painter.rotate(-90)
    painter.setPen(QColor(theme.AROUSAL))
    _paint_axis(painter, beside, "arousal")
    painter.restore()


def _paint_axis(painter: QPainter, box: QRectF, quantity: str) -> None:
    painter.drawText(box, Qt.AlignLeft | Qt.AlignVCenter, "0")
    painter.drawText(box, Qt.AlignCenter, f"{quantity} (0.5 undecided)")
    painter.drawText(box, Qt.AlignRight | Qt.AlignVCenter, "1")
