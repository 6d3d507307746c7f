"""One quantity in words, as a number, and as a bar from 0 to 1."""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from rtdreamer.dashboard import theme
from rtdreamer.prediction import in_words


class Readout(QWidget):
    """A bar that starts at 0.5, the undecided middle, under its words and its number."""

    def __init__(self, quantity: str, colour: str) -> None:
        super().__init__()
        self._quantity = quantity
        self._colour = colour
        self.probability: float | None = None
        self.believed = False
        self.setFixedHeight(68)

    @property
    def text(self) -> str:
        """The words shown."""
        if self.probability is None:
            return f"{self._quantity}: no prediction yet"
        return in_words(self._quantity, self.probability)

    def show_value(self, probability: float | None, believed: bool) -> None:
        """Take over a probability, 0–1, of the high class; greyed where not ``believed``."""
        self.probability, self.believed = probability, believed
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        self._paint_words(painter)
        bar = QRectF(1, 32, self.width() - 2, 16)
        painter.setPen(Qt.NoPen)
        painter.setBrush(QColor(theme.BACKGROUND))
        painter.drawRoundedRect(bar, 4, 4)
        if self.probability is not None:
            self._paint_value(painter, bar, self.probability)
        painter.setPen(QPen(QColor(theme.MUTED), 1, Qt.DashLine))
        middle = bar.center()
        reach = QPointF(0, bar.height() / 2 + 3)
        painter.drawLine(middle - reach, middle + reach)
        self._paint_axis(painter, bar)

    def _ink(self) -> QColor:
        return QColor(self._colour if self.believed else theme.IDLE)

    def _paint_words(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPixelSize(15)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self._ink())
        line = QRectF(0, 2, self.width(), 26)
        painter.drawText(line, Qt.AlignLeft | Qt.AlignVCenter, self.text)
        if self.probability is not None:
            painter.drawText(line, Qt.AlignRight | Qt.AlignVCenter, f"{self.probability:.2f}")

    def _paint_value(self, painter: QPainter, bar: QRectF, probability: float) -> None:
        x = bar.left() + probability * bar.width()
        painter.setBrush(self._ink())
        painter.setOpacity(0.55)
        middle = bar.center().x()
        painter.drawRect(QRectF(min(x, middle), bar.top() + 3, abs(x - middle), bar.height() - 6))
        painter.setOpacity(1.0)
        painter.drawRoundedRect(QRectF(x - 2, bar.top() - 2, 4, bar.height() + 4), 2, 2)

    def _paint_axis(self, painter: QPainter, bar: QRectF) -> None:
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(theme.MUTED))
        below = QRectF(bar.left(), bar.bottom() + 4, bar.width(), 16)
        painter.drawText(below, Qt.AlignLeft, "0  low")
        painter.drawText(below, Qt.AlignHCenter, "0.5  undecided")
        painter.drawText(below, Qt.AlignRight, "high  1")
