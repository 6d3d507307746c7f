"""One quantity in words, as a number, and as a bar from 0 to 1; and what the last minute says."""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.legend import RING, ring_pen
from rtdreamer.live.answer import Answer
from rtdreamer.prediction import OVER_TIME_S

HEIGHT = 80
FONT_SIZES = (15, 14, 13, 12, 11)
"""Pixels; the largest that fits."""


class Readout(QWidget):
    """A bar that starts at the base rate, under its words and its number.

    A ring on the bar, and a line below, say what the last minute says together.

    Parameters
    ----------
    quantity, colour : str
        Its name, and the colour it has everywhere.
    base_rate : float
        The share of high ratings in training, 0–1.
    window_s : float
        How long a window is, seconds.
    """

    def __init__(self, quantity: str, colour: str, base_rate: float, window_s: float) -> None:
        super().__init__()
        self._colour = QColor(colour)
        self.answer, self.line = Answer(quantity, base_rate, base_rate), ""
        self.setFixedHeight(HEIGHT)
        self.setToolTip(
            as_tooltip(
                f"The number is the model's probability that {quantity} is high, by the last "
                f"{window_s:g} s.",
                f"The ring is the same by all that was answered in the last {OVER_TIME_S:g} s: it "
                "follows more slowly, and is less often wrong.",
                f"The base rate is how often {quantity} was rated high by the people it was "
                f"trained on: {100 * base_rate:.0f} %. The words and the bar compare the two.",
            )
        )

    def show_answer(self, answer: Answer, span: str) -> None:
        """Take over what is said of the quantity, and over what span by the last minute."""
        self.answer = answer
        self.line = "" if answer.over_time is None else f"{answer.over_time:.2f} {span}"
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_words(painter)
        bar = QRectF(1, 32, self.width() - 2, 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.BACKGROUND))
        painter.drawRoundedRect(bar, 4, 4)
        tick = QPointF(bar.left() + self.answer.base_rate * bar.width(), bar.center().y())
        self._paint_value(painter, bar, tick.x())
        painter.setPen(QPen(QColor(theme.TEXT), 1))
        reach = QPointF(0, bar.height() / 2 + 3)
        painter.drawLine(tick - reach, tick + reach)
        self._paint_axis(painter, bar, tick.x())
        if self.answer.over_time is not None:
            self._paint_over_time(painter, bar, self.answer.over_time)

    def _paint_words(self, painter: QPainter) -> None:
        number = f"{self.answer.probability:.2f}"
        longest = f"{Answer(self.answer.quantity, 1.0, 0.0).in_words} {number}"
        font = QFont(self.font())
        font.setBold(True)
        for size in FONT_SIZES:
            font.setPixelSize(size)
            # By the longest words, so that the size does not change with the value.
            if QFontMetrics(font).horizontalAdvance(longest) < self.width():
                break
        painter.setFont(font)
        painter.setPen(self._colour)
        line = QRectF(0, 2, self.width(), 26)
        painter.drawText(
            line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.answer.in_words
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)

    def _paint_value(self, painter: QPainter, bar: QRectF, tick: float) -> None:
        x = bar.left() + self.answer.probability * bar.width()
        painter.setBrush(self._colour)
        painter.setOpacity(0.55)
        painter.drawRect(QRectF(min(x, tick), bar.top() + 3, abs(x - tick), bar.height() - 6))
        painter.setOpacity(1.0)
        painter.drawRoundedRect(QRectF(x - 2, bar.top() - 2, 4, bar.height() + 4), 2, 2)

    def _paint_axis(self, painter: QPainter, bar: QRectF, tick: float) -> None:
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(theme.MUTED))
        below = QRectF(bar.left(), bar.bottom() + 4, bar.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "low")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, "high")
        mark = f"base rate {self.answer.base_rate:.2f}"
        # Under its tick, but clear of the two ends.
        half = painter.fontMetrics().horizontalAdvance(mark) / 2
        clear = half + painter.fontMetrics().horizontalAdvance("high") + 6
        centre = min(max(tick, bar.left() + clear), bar.right() - clear)
        box = QRectF(centre - half - 2, below.top(), 2 * half + 4, below.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, mark)

    def _paint_over_time(self, painter: QPainter, bar: QRectF, over_time: float) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(ring_pen())
        painter.drawEllipse(
            QPointF(bar.left() + over_time * bar.width(), bar.center().y()), RING, RING
        )
        below = QRectF(bar.left(), bar.bottom() + 18, bar.width(), 14)
        painter.drawEllipse(QPointF(below.left() + RING, below.center().y()), RING - 1, RING - 1)
        painter.setPen(QColor(theme.MUTED))
        text = below.adjusted(2 * RING + 5, 0, 0, 0)
        painter.drawText(
            text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.line
        )
