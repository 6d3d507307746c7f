"""The valence–arousal plane: where the current prediction lies, and where it came from."""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.legend import RING, ring_pen
from rtdreamer.prediction import OVER_TIME_S, Affect

TRAIL_S = 30.0
CORNERS = {
    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop: "high arousal\nlow valence",
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop: "high arousal\nhigh valence",
    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom: "low arousal\nlow valence",
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom: "low arousal\nhigh valence",
}


class PlaneView(QWidget):
    """Both probabilities at once, always on the whole square 0–1 × 0–1.

    Parameters
    ----------
    base_rate : tuple of two floats
        Of valence and arousal: the share of high ratings in training, 0–1.
    window_s : float
        How long a window is, seconds.
    """

    def __init__(self, base_rate: tuple[float, float], window_s: float) -> None:
        super().__init__()
        self._base_rate = Affect(*base_rate)
        self.trail: list[tuple[float, Affect]] = []
        self.current: Affect | None = None
        self.over_time: Affect | None = None
        self.setMinimumSize(150, 120)
        self.setToolTip(
            as_tooltip(
                f"White disc: by the last {window_s:g} s. Ring: by the last "
                f"{OVER_TIME_S:g} s together.",
                f"Dashed: the base rates. Small dots: the discs of the last {TRAIL_S:g} s.",
            )
        )

    def show_trail(
        self,
        trail: list[tuple[float, Affect]],
        current: Affect | None,
        over_time: Affect | None = None,
    ) -> None:
        """Take over the recent verdicts, each with its age in seconds.

        Beside them the current one, and what the last minute says, where there is any.
        """
        self.trail, self.current, self.over_time = trail, current, over_time
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        margin = 18
        side = min(self.width(), self.height()) - 2 * margin
        square = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QPen(QColor(theme.LINE), 1))
        painter.setBrush(QColor(theme.BACKGROUND))
        painter.drawRect(square)
        self._paint_base_rates(painter, square)
        _paint_corners(painter, square)
        _paint_axes(painter, square)
        for age, affect in self.trail:
            _paint_past(painter, _place(square, affect), age)
        if self.current is not None:
            painter.setPen(QPen(QColor(theme.BACKGROUND), 2))
            painter.setBrush(QColor("white"))
            painter.drawEllipse(_place(square, self.current), 7, 7)
        if self.over_time is not None:
            painter.setPen(ring_pen())
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(_place(square, self.over_time), 2 * RING, 2 * RING)

    def _paint_base_rates(self, painter: QPainter, square: QRectF) -> None:
        tick = _place(square, self._base_rate)
        painter.setPen(QPen(QColor(theme.VALENCE), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(tick.x(), square.top()), QPointF(tick.x(), square.bottom()))
        painter.setPen(QPen(QColor(theme.AROUSAL), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(square.left(), tick.y()), QPointF(square.right(), tick.y()))


def _paint_past(painter: QPainter, point: QPointF, age: float) -> None:
    colour = QColor(theme.TEXT)
    colour.setAlphaF(0.55 * min(max(1 - age / TRAIL_S, 0.0), 1.0))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(point, 3, 3)


def _place(square: QRectF, affect: Affect) -> QPointF:
    # Screen coordinates: y grows downwards.
    return QPointF(
        square.left() + affect.valence * square.width(),
        square.bottom() - affect.arousal * square.height(),
    )


def _paint_corners(painter: QPainter, square: QRectF) -> None:
    room = square.adjusted(5, 3, -5, -3)
    width = max(painter.fontMetrics().horizontalAdvance(line) for line in _corner_lines())
    if 2 * width > room.width():
        return
    painter.setPen(QColor(theme.IDLE))
    for corner, name in CORNERS.items():
        # On a ground of its own: the base rates may lie behind it.
        painter.fillRect(painter.boundingRect(room, int(corner), name), QColor(theme.BACKGROUND))
        painter.drawText(room, int(corner), name)


def _corner_lines() -> list[str]:
    return [line for name in CORNERS.values() for line in name.split("\n")]


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
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "0")
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, quantity)
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "1")
