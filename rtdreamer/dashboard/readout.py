"""One quantity: in words, as a number, and on a bar from 0 to 1 with what is usual as reference."""

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard.drawing import draw_mark, font, pen, see_through
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.live.answer import Answer
from rtdreamer.live.steady import MEAN_S, Width, band_in_words
from rtdreamer.live.truth import Truth
from rtdreamer.prediction import OVER_TIME_S
from rtdreamer.stream.rated import HIGH_FROM, HIGHEST

SMALL, HEIGHT = 64, 92
"""Pixels: without the line below, and with it."""

TALL = 136
"""With larger letters, where there is room."""

WITH_TRUTH = 118
"""With both the line of what was rated and the line below."""

SIZES = range(32, 10, -1)
"""Of the words, pixels: the largest that fits."""

RING = 5
"""Radius, pixels, of the mark of what the last minute says."""

GAP = 12
"""Pixels between the words and the number, at least."""

ENDS = {"valence": ("unpleasant", "pleasant"), "arousal": ("calm", "activated")}


class Readout(QWidget):
    """Words and number above a bar with a band, the mean's mark, and a tick at what is usual.

    Parameters
    ----------
    quantity : str
        ``valence`` or ``arousal``.
    base_rate : float
        The share of high ratings in training, 0–1.
    window_s : float
        How long a window is, seconds.
    width : Width, optional
        Of the band, where it was measured.
    high_from : float
        From here on a rating of 1 to 5 is high, as the model learned it.
    """

    def __init__(
        self,
        quantity: str,
        base_rate: float,
        window_s: float,
        width: Width | None = None,
        high_from: float = HIGH_FROM,
    ) -> None:
        super().__init__()
        self.theme = DARK
        self.quantity = quantity
        self.answer = Answer(quantity, base_rate, base_rate)
        self.line = ""
        self.truth: Truth | None = None
        self.setMinimumHeight(SMALL)
        self.setMaximumHeight(TALL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        low, high = ENDS[quantity]
        self.setToolTip(
            as_tooltip(
                f"{quantity.capitalize()}: from {low} to {high}. The number is how likely the "
                f"model holds it that this person would rate it high: the mean of the answers of "
                f"the last {MEAN_S:g} s, each by {window_s:g} s of EEG.",
                f"Usual: {100 * base_rate:.0f} % of the ratings of those it learned from were "
                "high (the base rate). It is not this person's own usual.",
                band_in_words(width),
                f"Ring: by all that was answered in the last {OVER_TIME_S:g} s; slower, and less "
                "often wrong.",
                "Star, where a trial is played: no prediction, but how its person rated it "
                f"afterwards. High is what the model learned as high: {high_from:g} or more of "
                f"{HIGHEST}.",
            )
        )

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def show_answer(self, answer: Answer, span: str, now: float) -> None:
        """Take over what is said of the quantity, and over what span by the last minute."""
        said = [f"{answer.quantity}, mean of {MEAN_S:g} s"]
        if answer.steadied is not None:
            said.append(f"so for {max(now - answer.steadied.since, 0):.0f} s")
        if answer.over_time is not None:
            said.append(f"○ {answer.over_time:.2f} {span}")
        self.answer, self.line = answer, " · ".join(said)
        self.update()

    def show_truth(self, truth: Truth | None) -> None:
        """Take over how the trial that is played was rated, if one is."""
        self.truth = truth
        self.update()

    @property
    def words(self) -> str:
        """What is said in everybody's words."""
        return self.answer.plainly.capitalize()

    @property
    def bar(self) -> QRectF:
        """Where 0 to 1 lies."""
        top = self.height() * 0.41
        return QRectF(8, top, self.width() - 16, 14)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_words(painter)
        bar = self.bar
        painter.setPen(pen(self.theme.line))
        painter.setBrush(QColor(self.theme.background))
        painter.drawRoundedRect(bar, 7, 7)
        self._draw_value(painter, bar)
        if self.truth is None or self.height() >= HEIGHT - 6:
            self._draw_axis(painter, bar)
        needed = HEIGHT - 6
        if self.truth is not None:
            self._draw_truth(painter, bar, self.truth)
            needed = WITH_TRUTH
        if self.height() < needed:
            return
        painter.setFont(font(11))
        painter.setPen(QColor(self.theme.muted))
        below = QRectF(8, self.height() - 18, self.width() - 16, 16)
        line = painter.fontMetrics().elidedText(
            self.line, Qt.TextElideMode.ElideRight, int(below.width())
        )
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, line)

    def words_size(self) -> tuple[int, int]:
        """Return the sizes of words and number in pixels, and the width left for the words.

        By the longest words there are, so that the size does not change with the value.
        """
        sides = (Answer(self.quantity, p, 0.5).plainly.capitalize() for p in (0.0, 0.5, 1.0))
        longest = max(sides, key=len)
        size, left = SIZES[-1], 0
        for size in SIZES:
            metrics = QFontMetrics(font(size, bold=True))
            left = self.width() - 16 - GAP - metrics.horizontalAdvance("0.00")
            if metrics.horizontalAdvance(longest) <= left and 4 * size <= self.height():
                break
        return size, left

    def _draw_words(self, painter: QPainter) -> None:
        size, room = self.words_size()
        painter.setFont(font(size, bold=True))
        painter.setPen(QColor(getattr(self.theme, self.quantity)))
        line = QRectF(8, 0, self.width() - 16, self.height() * 0.36)
        words = painter.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, room)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, words)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, f"{self.answer.mean:.2f}")

    def _draw_value(self, painter: QPainter, bar: QRectF) -> None:
        colour, steadied = getattr(self.theme, self.quantity), self.answer.steadied
        if steadied is not None:
            low, high = (bar.left() + v * bar.width() for v in (steadied.low, steadied.high))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(see_through(colour, 0.42))
            painter.drawRoundedRect(QRectF(low, bar.top(), max(high - low, 2.0), 14), 3, 3)
        tick = QPointF(bar.left() + self.answer.base_rate * bar.width(), bar.center().y())
        painter.setPen(QPen(QColor(self.theme.text), 2))
        painter.drawLine(tick - QPointF(0, 12), tick + QPointF(0, 12))
        if self.answer.over_time is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.text), 1.5))
            at = QPointF(bar.left() + self.answer.over_time * bar.width(), bar.center().y())
            painter.drawEllipse(at, RING, RING)
        painter.setPen(QPen(QColor(self.theme.background), 2))
        painter.setBrush(QColor(colour))
        at = QPointF(bar.left() + self.answer.mean * bar.width(), bar.center().y())
        draw_mark(painter, at, 8, self.quantity)

    def _draw_truth(self, painter: QPainter, bar: QRectF, truth: Truth) -> None:
        """Write what was rated below the axis; in its place, where there is no other room."""
        top = bar.bottom() + (22 if self.height() >= HEIGHT - 6 else 6)
        below = QRectF(bar.left(), min(top, self.height() - 18), bar.width(), 16)
        painter.setFont(font(12))
        painter.setPen(QColor(self.theme.information))
        forms = [f"★ {words}" for words in truth.in_words(self.quantity)]
        widths = (painter.fontMetrics().horizontalAdvance(words) for words in forms)
        fits = (words for words, width in zip(forms, widths, strict=True) if width <= bar.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, next(fits, forms[-1]))

    def _draw_axis(self, painter: QPainter, bar: QRectF) -> None:
        painter.setFont(font(12))
        painter.setPen(QColor(self.theme.muted))
        below = QRectF(bar.left(), bar.bottom() + 6, bar.width(), 16)
        low, high = ENDS[self.quantity]
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        metrics, mark = painter.fontMetrics(), f"usual {self.answer.base_rate:.2f}"
        # Under its tick, but clear of the two ends.
        half = metrics.horizontalAdvance(mark) / 2
        tick = bar.left() + self.answer.base_rate * bar.width()
        first = bar.left() + metrics.horizontalAdvance(low) + 10 + half
        last = bar.right() - metrics.horizontalAdvance(high) - 10 - half
        if first > last:
            return
        centre = min(max(tick, first), last)
        painter.setPen(QColor(self.theme.text))
        box = QRectF(centre - half - 2, below.top(), 2 * half + 4, below.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, mark)
