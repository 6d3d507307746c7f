"""Text of any length, such as the names that others give their streams, in the room there is."""

import html
import re

from PyQt5.QtCore import QRect, QSize, Qt
from PyQt5.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PyQt5.QtWidgets import QLabel

MIN_WIDTH = 40

UNITS = re.compile(r"(?<=\d) (?=(?:%|s|ms|min|dB|Hz|µV|nats|MB)(?!\w))")
"""The space between a number and its unit."""


class ElidedLabel(QLabel):
    """Plain text, cut off with … where there is no room for it, and whole in the tooltip.

    Parameters
    ----------
    text : str
        What to show.
    lines : int
        As many are kept free, so that nothing jumps when the text grows.
    """

    def __init__(self, text: str = "", lines: int = 1) -> None:
        super().__init__()
        self._lines = lines
        self.setText(text)

    def set_lines(self, lines: int) -> None:
        """Keep so many lines free."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    def setText(self, text: str | None) -> None:
        super().setText(text)
        self.setToolTip(as_tooltip(text or ""))

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, self._height(metrics))

    def minimumSizeHint(self) -> QSize:
        return QSize(MIN_WIDTH, self._height(self.fontMetrics()))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        metrics = self.fontMetrics()
        rows = fitted(self.text(), metrics, self.width(), self._lines)
        top = (self.height() - len(rows) * metrics.lineSpacing()) // 2
        for row, text in enumerate(rows):
            box = QRect(0, top + row * metrics.lineSpacing(), self.width(), metrics.lineSpacing())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _height(self, metrics: QFontMetrics) -> int:
        # The letters that reach below the line need a little more than their spacing.
        height: int = self._lines * metrics.lineSpacing() + 2
        return height


def fitted(text: str, metrics: QFontMetrics, width: int, lines: int) -> list[str]:
    """Break a text into at most ``lines`` lines of ``width`` pixels; what is cut off ends in …."""
    words = [word for word in re.split(r"[^\S\u00a0]+", together(text)) if word]
    rows: list[str] = []
    while words and len(rows) < lines - 1:
        n = 1
        while n < len(words) and metrics.horizontalAdvance(" ".join(words[: n + 1])) <= width:
            n += 1
        rows.append(" ".join(words[:n]))
        words = words[n:]
    if words:
        rows.append(" ".join(words))
    return [metrics.elidedText(row, Qt.TextElideMode.ElideRight, width) for row in rows]


def together(text: str) -> str:
    """Keep each number and its unit on one line, by a space that does not break."""
    return UNITS.sub("\N{NO-BREAK SPACE}", text)


def as_tooltip(*paragraphs: str) -> str:
    """Turn plain texts into a tooltip: Qt wraps only what is rich text, and takes < for a tag."""
    return "".join(f"<p>{html.escape(together(text))}</p>" for text in paragraphs if text)
