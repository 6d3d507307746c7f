"""One quantity in words, as a number, and as a bar from 0 to 1."""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.prediction import in_words

HEIGHT = 68
FONT_SIZES = (15, 13, 11)
"""Pixels; the largest that fits."""


class Readout(QWidget):
    """A bar that starts at what is usual, under its words and its number.

    Parameters
    ----------
    quantity, colour : str
        Its name, and the colour it has everywhere.
    base_rate : float
        What is usual: the share of high ratings in training, 0–1.
    """

    def __init__(self, quantity: str, colour: str, base_rate: float) -> None:
        super().__init__()
        self._quantity = quantity
        self._colour = QColor(colour)
        self._base_rate = base_rate
        self.probability = base_rate
        self.setFixedHeight(HEIGHT)
        self.setToolTip(
            as_tooltip(
                f"The number is the model's probability that {quantity} is high.",
                f"Usual is how often {quantity} was rated high by the people it was trained on: "
                f"{100 * base_rate:.0f} %. The words and the bar compare the two.",
            )
        )

    @property
    def text(self) -> str:
        """The words shown."""
        return in_words(self._quantity, self.probability, self._base_rate)

    def show_value(self, probability: float) -> None:
        """Take over a probability, 0–1, of the high class."""
        self.probability = probability
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        self._paint_words(painter)
        bar = QRectF(1, 32, self.width() - 2, 16)
        painter.setPen(Qt.NoPen)
        painter.setBrush(QColor(theme.BACKGROUND))
        painter.drawRoundedRect(bar, 4, 4)
        usual = QPointF(bar.left() + self._base_rate * bar.width(), bar.center().y())
        self._paint_value(painter, bar, usual.x())
        painter.setPen(QPen(QColor(theme.TEXT), 1))
        reach = QPointF(0, bar.height() / 2 + 3)
        painter.drawLine(usual - reach, usual + reach)
        self._paint_axis(painter, bar, usual.x())

    def _paint_words(self, painter: QPainter) -> None:
        number = f"{self.probability:.2f}"
        longest = f"{in_words(self._quantity, 1.0, 0.0)} {number}"
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
        painter.drawText(line, Qt.AlignLeft | Qt.AlignVCenter, self.text)
        painter.drawText(line, Qt.AlignRight | Qt.AlignVCenter, number)

    def _paint_value(self, painter: QPainter, bar: QRectF, usual: float) -> None:
        x = bar.left() + self.probability * bar.width()
        painter.setBrush(self._colour)
        painter.setOpacity(0.55)
        painter.drawRect(QRectF(min(x, usual), bar.top() + 3, abs(x - usual), bar.height() - 6))
        painter.setOpacity(1.0)
        painter.drawRoundedRect(QRectF(x - 2, bar.top() - 2, 4, bar.height() + 4), 2, 2)

    def _paint_axis(self, painter: QPainter, bar: QRectF, usual: float) -> None:
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(theme.MUTED))
        below = QRectF(bar.left(), bar.bottom() + 4, bar.width(), 16)
        painter.drawText(below, Qt.AlignLeft, "low")
        painter.drawText(below, Qt.AlignRight, "high")
        mark = f"usual {self._base_rate:.2f}"
        # Under its tick, but clear of the two ends.
        half = painter.fontMetrics().horizontalAdvance(mark) / 2
        clear = half + painter.fontMetrics().horizontalAdvance("high") + 6
        centre = min(max(usual, bar.left() + clear), bar.right() - clear)
        box = QRectF(centre - half - 2, below.top(), 2 * half + 4, below.height())
        painter.drawText(box, Qt.AlignHCenter, mark)
