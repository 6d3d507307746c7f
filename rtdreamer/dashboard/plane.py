"""The valence–arousal plane: where the answer lies, where it came from, how much it moves."""

import numpy as np
from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard.drawing import Array, draw_star, font, pen, see_through
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.readout import ENDS, RING
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.dashboard.track import Past
from rtdreamer.live.steady import MEAN_S, Steadied, Width, band_in_words
from rtdreamer.live.truth import Truth
from rtdreamer.prediction import OVER_TIME_S, Affect
from rtdreamer.stream.rated import HIGHEST, LOWEST

TRAIL_S = 30.0

STAR = 9
"""Reach, pixels, of the mark of what was rated."""

LEGEND = ("★ as rated", "afterwards")


class PlaneView(QWidget):
    """Both quantities at once, always on the whole square 0–1 × 0–1.

    Parameters
    ----------
    base_rate : tuple of two floats
        Of valence and arousal: the share of high ratings in training, 0–1.
    width : Width, optional
        Of the bands, where it was measured.

    Attributes
    ----------
    trail : ndarray, shape (n_points, 3)
        Seconds ago, valence and arousal of each half second that is drawn.
    """

    def __init__(self, base_rate: tuple[float, float], width: Width | None = None) -> None:
        super().__init__()
        self.theme = DARK
        self._base_rate = Affect(*base_rate)
        self.trail: Array = np.zeros((0, 3))
        self.current: tuple[Steadied, ...] = ()
        self.over_time: Affect | None = None
        self.truth: Truth | None = None
        self.setMinimumSize(120, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip(
            as_tooltip(
                f"Disc: the mean of the last {MEAN_S:g} s. Box around it: a band in each "
                f"direction. Ring: the last {OVER_TIME_S:g} s together.",
                band_in_words(width),
                f"Small dots: where the disc was in the last {TRAIL_S:g} s. Dashed: what is "
                "usual, the base rates.",
                "Star, where a trial is played: no prediction, but how its person rated it "
                f"afterwards, from {LOWEST} (left, bottom) to {HIGHEST} (right, top).",
            )
        )

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def show_past(
        self, past: Past, current: tuple[Steadied, ...], over_time: Affect | None
    ) -> None:
        """Take over the past and, where an answer holds now, that and what the last minute says."""
        drawn = (past.age <= TRAIL_S) & np.isfinite(past.steady[:, 0])
        self.trail = np.column_stack([past.age[drawn], past.steady[drawn]])
        self.current, self.over_time = current, over_time
        self.update()

    def show_truth(self, truth: Truth | None) -> None:
        """Take over how the trial that is played was rated, if one is."""
        self.truth = truth
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(12))
        side = min(self.width() - 2 * 24, self.height() - 26)
        square = QRectF((self.width() - side) / 2, 2, side, side)
        painter.setPen(pen(self.theme.line))
        painter.setBrush(QColor(self.theme.background))
        painter.drawRect(square)
        self._draw_usual(painter, square)
        self._draw_axes(painter, square)
        painter.setPen(Qt.PenStyle.NoPen)
        for age, valence, arousal in self.trail.tolist():
            painter.setBrush(see_through(self.theme.text, 0.6 * (1 - age / TRAIL_S)))
            painter.drawEllipse(_place(square, valence, arousal), 2.5, 2.5)
        if self.current:
            self._draw_current(painter, square)
        if self.truth is not None:
            self._draw_truth(painter, square, self.truth)

    def _draw_current(self, painter: QPainter, square: QRectF) -> None:
        valence, arousal = self.current
        top_left = _place(square, valence.low, arousal.high)
        box = QRectF(top_left, _place(square, valence.high, arousal.low))
        painter.setPen(pen(self.theme.text, alpha=0.7))
        painter.setBrush(see_through(self.theme.text, 0.14))
        painter.drawRoundedRect(box, 5, 5)
        if self.over_time is not None:
            painter.setPen(QPen(QColor(self.theme.text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            at = _place(square, self.over_time.valence, self.over_time.arousal)
            painter.drawEllipse(at, 1.8 * RING, 1.8 * RING)
        painter.setPen(QPen(QColor(self.theme.background), 2))
        painter.setBrush(QColor(self.theme.text))
        painter.drawEllipse(_place(square, valence.mean, arousal.mean), 7, 7)

    def _draw_truth(self, painter: QPainter, square: QRectF, truth: Truth) -> None:
        """Draw what was rated, above all else, and what the mark means."""
        within = square.adjusted(STAR, STAR, -STAR, -STAR)
        trial, span = truth.trial, HIGHEST - LOWEST
        valence, arousal = ((r - LOWEST) / span for r in (trial.valence, trial.arousal))
        draw_star(painter, _place(within, valence, arousal), STAR, self.theme)
        painter.setPen(QColor(self.theme.information))
        metrics = painter.fontMetrics()
        width = max(metrics.horizontalAdvance(words) for words in LEGEND) + 6
        left = square.right() + 6
        if left + width > self.width():
            # No room beside it.
            left = square.left() + 4
        for row, words in enumerate(LEGEND):
            room = QRectF(left, square.top() + 16 * row, width, 16)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft, words)

    def _draw_usual(self, painter: QPainter, square: QRectF) -> None:
        at = _place(square, self._base_rate.valence, self._base_rate.arousal)
        painter.setPen(pen(self.theme.valence, dashed=True))
        painter.drawLine(QPointF(at.x(), square.top()), QPointF(at.x(), square.bottom()))
        painter.setPen(pen(self.theme.arousal, dashed=True))
        painter.drawLine(QPointF(square.left(), at.y()), QPointF(square.right(), at.y()))

    def _draw_axes(self, painter: QPainter, square: QRectF) -> None:
        below = QRectF(0, square.bottom() + 4, self.width(), 18)
        below.moveCenter(QPointF(square.center().x(), below.center().y()))
        painter.setPen(QColor(self.theme.valence))
        words = _axis(painter, "valence", below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words)
        painter.save()
        painter.translate(square.left() - 12, square.center().y())
        painter.rotate(-90)
        painter.setPen(QColor(self.theme.arousal))
        beside = QRectF(-square.height() / 2 - 4, -9, square.height() + 8, 18)
        words = _axis(painter, "arousal", beside.width())
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()


def _axis(painter: QPainter, quantity: str, room: float) -> str:
    """Both ends of an axis, or where there is no room for both, where it leads to."""
    whole = " → ".join(ENDS[quantity])
    fits = painter.fontMetrics().horizontalAdvance(whole) <= room
    return whole if fits else f"→ {ENDS[quantity][1]}"


def _place(square: QRectF, valence: float, arousal: float) -> QPointF:
    # Screen coordinates: y grows downwards.
    return QPointF(
        square.left() + valence * square.width(), square.bottom() - arousal * square.height()
    )
