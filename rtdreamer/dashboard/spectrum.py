"""The spectrum of one electrode: power by frequency, against the other electrodes."""

import math
from collections.abc import Sequence

import numpy as np
from PyQt5.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard.density import (
    FLOOR_DB,
    SEGMENT_S,
    Density,
    Excerpt,
    density,
    in_bands,
    mains,
    reference,
)
from rtdreamer.dashboard.drawing import Array, font, pen, polyline, see_through
from rtdreamer.dashboard.label import as_tooltip, together
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.headset import Headset
from rtdreamer.window import Band

TOP_DB = 40
"""The scale's upper end, at least; it rises by ``STEP_DB`` where something is stronger."""

STEP_DB = 20

STEP_HZ = 10

LEFT, RIGHT = 34, 10
"""Pixels beside the plot: of the scale, and half of the last frequency."""

LINE = 15
"""Pixels of a line of words."""

SHADES = (0.08, 0.17)
"""Opacity of one band and of the next: what is written on them can be read."""

WRAPPED = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)


class SpectrumView(QWidget):
    """The spectrum of what is on the screen. Nothing is computed while no electrode is chosen.

    Parameters
    ----------
    headset : Headset
        Whose electrodes.
    bands : sequence of Band
        Shaded and named.

    Attributes
    ----------
    electrode : int or None
        The one that is shown, as an index.
    power : Array or None
        Of that electrode, dB of 1 µV²/Hz, shape (n_freqs,); None where there is no estimate.
    others : Array or None
        The median of the others, likewise; None where too few of them are good.
    """

    clicked = pyqtSignal()

    def __init__(self, headset: Headset, bands: Sequence[Band]) -> None:
        super().__init__()
        self.theme = DARK
        self._headset, self._bands = headset, bands
        self.electrode: int | None = None
        self._excerpt: Excerpt | None = None
        self._density: Density | None = None
        self.power: Array | None = None
        self.others: Array | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(
            as_tooltip(
                "How the power of this electrode's raw signal is spread over frequencies, in the "
                "time that the traces show; twice a second, by Welch's method in pieces of "
                f"{SEGMENT_S:g} s without a gap.",
                "Dashed: the median of the other electrodes that are good. Where the two differ "
                "much, this electrode is unlike the others.",
                f"The headset itself lets little through above {headset.h_freq:g} Hz.",
                "A click, or Esc, closes it; E goes to the next electrode.",
            )
        )

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.update()

    def choose(self, electrode: int | None) -> None:
        """Show this one from now on, by its index; none if None."""
        self.electrode = electrode
        self._excerpt = self._density = self.power = self.others = None
        self.update()

    def show_samples(self, excerpt: Excerpt) -> None:
        """Estimate the spectrum anew."""
        if self.electrode is None:
            return
        self._excerpt = excerpt
        found = self._density = density(excerpt.samples, self._headset.sfreq)
        self.power = self.others = None
        if found is not None:
            decibels = found.decibels
            self.power = decibels[self.electrode]
            self.others = reference(decibels, self.electrode, excerpt.bad)
        self.update()

    @property
    def name(self) -> str:
        """Of the electrode; empty if there is none."""
        return "" if self.electrode is None else self._headset.ch_names[self.electrode]

    @property
    def flaw(self) -> str:
        """What is wrong with the electrode, as the traces say it."""
        if self._excerpt is None or self.electrode is None or not self._excerpt.flaws:
            return ""
        flaw = self._excerpt.flaws[self.electrode]
        return f"✕ {flaw}" if self.electrode in self._excerpt.bad else flaw

    @property
    def source(self) -> str:
        """Say which samples the spectrum is made of."""
        if self._excerpt is None:
            return ""
        sfreq, shown = self._headset.sfreq, self._excerpt.samples.shape[1]
        used = 0 if self._density is None else self._density.n_used
        said = ["raw signal" + (", not filtered" if self._excerpt.is_filtered_there else "")]
        if used < shown:
            said.append(f"{used / sfreq:.1f} of {shown / sfreq:g} s (gaps left out)")
        else:
            said.append(f"{shown / sfreq:g} s")
        said.append(f"up to {self._excerpt.until}")
        if self._excerpt.n_filled_in:
            said.append(f"{self._excerpt.n_filled_in} samples filled in")
        return " · ".join(said)

    @property
    def against(self) -> str:
        """Say in each band how far this electrode lies above the others."""
        if self.power is None or self._density is None:
            return ""
        if self.power.max() <= FLOOR_DB:
            return "it gives no signal"
        if self.others is None:
            return "too few other electrodes are good to compare it with"
        differences = in_bands(self.power - self.others, self._density.freqs, self._bands)
        words = (
            f"{band.name}\N{NO-BREAK SPACE}{_signed(value)}"
            for band, value in zip(self._bands, differences, strict=True)
            if math.isfinite(value)
        )
        return f"against the others, dB: {', '.join(words)}"

    @property
    def mains(self) -> list[tuple[float, float]]:
        """Mains frequencies, Hz, that stand out, and by how many dB."""
        if self.power is None or self._density is None:
            return []
        return mains(self.power, self._density.freqs)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self.clicked.emit()

    # How it is drawn.

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        if self._excerpt is None:
            return
        below = self._draw_words(painter)
        room = QRectF(LEFT, 2 * LINE + 9, self.width() - LEFT - RIGHT, 0)
        room.setBottom(max(below - LINE - 10, room.top() + LINE))
        self._draw_legend(painter)
        self._draw_axes(painter, room)
        if self.power is None:
            self._draw_nothing(painter, room)
            return
        self._draw_mains(painter, room)
        painter.setClipRect(room)
        if self.others is not None:
            self._draw_curve(painter, room, self.others, self._reference_pen)
        self._draw_curve(painter, room, self.power, self._own_pen)

    @property
    def _own_pen(self) -> QPen:
        return QPen(QColor(self.theme.notice if self.flaw[:1] == "✕" else self.theme.trace), 2)

    @property
    def _reference_pen(self) -> QPen:
        line = QPen(QColor(self.theme.text), 1.5)
        line.setStyle(Qt.PenStyle.DashLine)
        return line

    @property
    def _top(self) -> int:
        """The scale's upper end, dB."""
        highest = -math.inf if self.power is None else float(self.power.max())
        return STEP_DB * math.ceil(highest / STEP_DB) if highest > TOP_DB else TOP_DB

    def _place(self, room: QRectF, hertz: Array, decibels: Array) -> tuple[Array, Array]:
        x = room.left() + hertz / (self._headset.sfreq / 2) * room.width()
        y = room.bottom() - (decibels - FLOOR_DB) / (self._top - FLOOR_DB) * room.height()
        return x, y

    def _x(self, room: QRectF, hertz: float) -> float:
        return room.left() + hertz / (self._headset.sfreq / 2) * room.width()

    def _draw_words(self, painter: QPainter) -> float:
        """Write at the bottom what it is made of and comes to; return where that begins."""
        painter.setPen(QColor(self.theme.muted))
        bottom = float(self.height())
        for words in (self.source, self.against):
            text = together(words)
            room = QRectF(0, 0, self.width(), 4 * LINE)
            height = painter.boundingRect(room, WRAPPED, text).height() if words else 0.0
            bottom -= height
            painter.drawText(QRectF(0, bottom, self.width(), height), WRAPPED, text)
        return bottom

    def _draw_legend(self, painter: QPainter) -> None:
        left = float(LEFT)
        rows = [(self._own_pen, " ".join(filter(None, (self.name, self.flaw))))]
        if self.others is not None:
            rows.append((self._reference_pen, "median of the others"))
        for line, words in rows:
            painter.setPen(line)
            painter.drawLine(QPointF(left, LINE / 2), QPointF(left + 22, LINE / 2))
            painter.setPen(QColor(self.theme.text))
            width = painter.fontMetrics().horizontalAdvance(words)
            painter.drawText(QRectF(left + 27, 0, width + 2, LINE), 0, words)
            left += 27 + width + 14

    def _draw_axes(self, painter: QPainter, room: QRectF) -> None:
        painter.fillRect(room, QColor(self.theme.background))
        self._draw_bands(painter, room)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(QRectF(0, LINE + 2, LEFT + 80, LINE), 0, "dB of 1 µV²/Hz")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for decibels in range(int(FLOOR_DB), self._top + 1, STEP_DB):
            (y,) = self._place(room, np.zeros(1), np.array([decibels]))[1].tolist()
            painter.setPen(pen(self.theme.line))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(0, y - 8, LEFT - 4, 16), right, f"{decibels}".replace("-", "−"))
        nyquist = self._headset.sfreq / 2
        ticks = [*np.arange(0, nyquist - STEP_HZ / 2, STEP_HZ).tolist(), nyquist]
        for hertz in ticks:
            words = f"{hertz:g} Hz" if hertz == nyquist else f"{hertz:g}"
            width = painter.fontMetrics().horizontalAdvance(words) + 2
            left = min(self._x(room, hertz) - width / 2, self.width() - width)
            painter.drawText(QRectF(left, room.bottom() + 2, width, LINE), 0, words)

    def _draw_bands(self, painter: QPainter, room: QRectF) -> None:
        for number, band in enumerate(self._bands):
            left, right = self._x(room, band.l_freq), self._x(room, band.h_freq)
            stripe = QRectF(left, room.top(), right - left, room.height())
            painter.fillRect(stripe, see_through(self.theme.busy, SHADES[number % 2]))
            painter.setPen(QColor(self.theme.text))
            # One name a row lower than the next: some bands are narrower than their names.
            box = QRectF(left - 30, room.top() + 1 + LINE * (number % 2), right - left + 60, LINE)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, band.name)

    def _draw_nothing(self, painter: QPainter, room: QRectF) -> None:
        painter.setPen(QColor(self.theme.notice))
        painter.setFont(font(13))
        words = f"No estimate: nowhere on the screen are there {SEGMENT_S:g} s without a gap."
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(room.adjusted(8, 2 * LINE, -8, 0), flags, together(words))

    def _draw_mains(self, painter: QPainter, room: QRectF) -> None:
        for number, (hertz, excess) in enumerate(self.mains):
            x = self._x(room, hertz)
            painter.setPen(QPen(QColor(self.theme.notice), 1.5, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, room.top() + 2 * LINE), QPointF(x, room.bottom()))
            painter.setPen(QColor(self.theme.notice))
            words = f"mains {hertz:g} Hz, +{excess:.0f} dB"
            box = QRectF(room.left(), room.top() + (2 + number) * LINE, x - room.left() - 5, LINE)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, words)

    def _draw_curve(self, painter: QPainter, room: QRectF, decibels: Array, line: QPen) -> None:
        if self._density is not None:
            painter.setPen(line)
            painter.drawPolyline(polyline(*self._place(room, self._density.freqs, decibels)))


def _signed(decibels: float) -> str:
    whole = round(decibels)
    return f"{whole:+d}".replace("-", "−") if whole else "0"
