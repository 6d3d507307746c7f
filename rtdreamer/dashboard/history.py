"""Valence and arousal over the last minutes: what was said, over what each window answered."""

import math

import numpy as np
from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPaintEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard.drawing import Array, draw_hatched, draw_reason, font, pen, polyline, runs
from rtdreamer.dashboard.label import as_tooltip
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.dashboard.track import BIN_S, SPAN_S, Past, Track

SPANS_S = (180.0, SPAN_S)
"""The shortest that holds all there is."""

NOTHING_CAME = "no predictions"
SILENT_FROM_S = 3.0
"""Of the newest answer's age: younger ones are merely waited for."""

QUANTITIES = ("valence", "arousal")


class HistoryView(QWidget):
    """The scale is always 0–1. ``refresh`` takes the past over; nothing is stored here.

    Parameters
    ----------
    base_rate : tuple of two floats
        Of valence and arousal: the share of high ratings in training, 0–1.
    """

    def __init__(self, base_rate: tuple[float, float]) -> None:
        super().__init__()
        self.theme = DARK
        self._base_rate = base_rate
        self.past = Track(BIN_S, 0.0).past(0.0)
        self.setMinimumHeight(64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip(
            as_tooltip(
                "Thick: the mean over 5 s, which the words rest on. Thin: each half second's "
                "answers. Dashed: the base rates, in the same colours.",
                "Hatched: no answer, and why.",
            )
        )

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def refresh(self, past: Past) -> None:
        """Draw what was said up to now."""
        self.past = past
        self.update()

    @property
    def span_s(self) -> float:
        """How long a time is drawn, seconds."""
        oldest = float(self.past.age[0]) if len(self.past.age) else 0.0
        return next((span for span in SPANS_S if oldest <= span), SPANS_S[-1])

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setFont(font(11))
        painter.setBackground(QColor(self.theme.panel))
        left = painter.fontMetrics().horizontalAdvance("1 high") + 10
        right = painter.fontMetrics().horizontalAdvance("now") / 2 + 4
        room = QRectF(left, 6, self.width() - left - right, self.height() - 24)
        self._draw_axes(painter, room)
        painter.save()
        painter.setClipRect(room)
        self._draw_stretches(painter, room)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, quantity in enumerate(QUANTITIES):
            colour = getattr(self.theme, quantity)
            self._draw_line(painter, room, self.past.raw[:, row], pen(colour, 1.0, 0.45))
            self._draw_line(painter, room, self.past.steady[:, row], pen(colour, 2.2))
        painter.restore()

    def _draw_axes(self, painter: QPainter, room: QRectF) -> None:
        painter.fillRect(room, QColor(self.theme.background))
        ends = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, words in ((0.0, "0 low"), (0.5, "0.5"), (1.0, "1 high")):
            y = _y(room, value)
            painter.setPen(pen(self.theme.line))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(0, y - 8, room.left() - 5, 16), ends, words)
        for rate, quantity in zip(self._base_rate, QUANTITIES, strict=True):
            painter.setPen(pen(getattr(self.theme, quantity), dashed=True))
            painter.drawLine(
                QPointF(room.left(), _y(room, rate)), QPointF(room.right(), _y(room, rate))
            )
        painter.setPen(QColor(self.theme.muted))
        n_ticks = 6 if self.span_s == SPANS_S[0] else 10
        for tick in range(n_ticks + 1):
            age = tick * self.span_s / n_ticks
            words = f"−{age:.0f} s" if self.span_s < 300 else f"−{age / 60:.0f} min"
            x = room.right() - room.width() * tick / n_ticks
            box = QRectF(x - 40, room.bottom() + 3, 80, 15)
            if tick < n_ticks:
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, words if tick else "now")

    def _draw_stretches(self, painter: QPainter, room: QRectF) -> None:
        free_from = room.left()
        for box, colour, words in self._stretches(room):
            draw_hatched(painter, box, colour)
            free_from = draw_reason(painter, box, room, colour, words, free_from)

    def _stretches(self, room: QRectF) -> list[tuple[QRectF, str, str]]:
        """Where there is no answer, in which colour that is said, and why; oldest first."""
        reasons, silent = self.past.reasons, self.past.silent
        withheld = np.array([bool(reason) for reason in reasons], np.bool_)
        found = [
            (self._stretch(room, start, stop), self.theme.notice, reasons[stop - 1])
            for start, stop in runs(withheld)
        ]
        found += [
            (self._stretch(room, start, stop), self.theme.muted, NOTHING_CAME)
            for start, stop in runs(silent)
        ]
        if len(silent) and float(self.past.age[-1]) > SILENT_FROM_S:
            left = self._x(room, float(self.past.age[-1]))
            box = QRectF(left, room.top(), room.right() - left, room.height())
            found.append((box, self.theme.muted, NOTHING_CAME))
        return sorted(found, key=lambda each: each[0].left())

    def _draw_line(self, painter: QPainter, room: QRectF, values: Array, line: object) -> None:
        known = np.flatnonzero(np.isfinite(values))
        if not len(known):
            return
        painter.setPen(line)  # type: ignore[call-overload]
        x = room.right() - self.past.age[known] * room.width() / self.span_s
        y = room.bottom() - values[known] * room.height()
        starts = np.flatnonzero(~self.past.joined[known])
        for start, stop in zip(starts, [*starts[1:], len(known)], strict=True):
            if stop - start == 1:
                painter.drawPoint(QPointF(x[start], y[start]))
            else:
                painter.drawPolyline(polyline(x[start:stop], y[start:stop]))

    def _x(self, room: QRectF, age: float) -> float:
        return room.right() - age * room.width() / self.span_s

    def _stretch(self, room: QRectF, start: int, stop: int) -> QRectF:
        half = BIN_S / 2
        left = self._x(room, float(self.past.age[start]) + half)
        right = self._x(room, float(self.past.age[stop - 1]) - half)
        return QRectF(left, room.top(), max(right - left, 1.0), room.height())


def _y(room: QRectF, value: float) -> float:
    return math.floor(room.bottom() - value * room.height()) + 0.5
