"""Valence and arousal over the last minutes: what was said, over what each window answered."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QPainter, QPen
from PyQt5.QtWidgets import (
    QGraphicsItem,
    QSizePolicy,
    QStyleOptionGraphicsItem,
    QVBoxLayout,
    QWidget,
)
from pyqtgraph import InfiniteLine, PlotCurveItem, PlotWidget

from rtdreamer.dashboard.drawing import (
    REASON_PX,
    Array,
    draw_hatched,
    draw_mark,
    draw_marker,
    draw_reason,
    font,
    pen,
    runs,
)
from rtdreamer.dashboard.label import ElidedLabel, as_tooltip
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.dashboard.track import BIN_S, SPAN_S, Past, Track
from rtdreamer.dashboard.truth_strip import Played, RatedStrip

SPANS_S = (180.0, SPAN_S)
"""The shortest that holds all there is."""

NOTHING_CAME = "no predictions"
SILENT_FROM_S = 3.0
"""Of the newest answer's age: younger ones are merely waited for."""

WORDS_FROM = 72
"""Pixels of height: below, there is no room for words above the curves."""

QUANTITIES = ("valence", "arousal")

MARK = 5
"""Radius, pixels, of the mark of a quantity at the end of its line."""

EDGE = 0.02
"""Shown beyond 0 and 1, so that lines there are drawn whole."""

LOW = 48
"""Pixels: in a plot that is less high, words would take too much of it."""

WORDS = 19
"""Pixels at the top that words take."""

Stretch = tuple[float, float, bool, str]
"""Oldest and newest age, seconds; whether an answer was withheld there; and why there is none."""


class HistoryView(QWidget):
    """The scale is always 0–1. ``refresh`` takes the past over; nothing is stored here.

    Attributes
    ----------
    reason : ElidedLabel
        Why there was no answer last, where the plot has no room for all of it; stands in the
        panel's head.

    Parameters
    ----------
    base_rate : tuple of two floats
        Of valence and arousal: the share of high ratings in training, 0–1.
    """

    def __init__(self, base_rate: tuple[float, float]) -> None:
        super().__init__()
        self.theme = DARK
        self.past = Track(BIN_S, 0.0).past(0.0)
        self.plot = _fixed_plot()
        self.strip = RatedStrip()
        self._grid = [InfiniteLine(value, angle=0) for value in (0.0, 0.5, 1.0)]
        self._usual = [InfiniteLine(rate, angle=0) for rate in base_rate]
        self.raw, self.steady = _curves(), _curves()
        for item in (*self._grid, *self._usual, *self.raw, *self.steady):
            self.plot.addItem(item)
        self._stretches = Stretches(self.plot.getViewBox(), base_rate)
        self.reason = ElidedLabel()
        self.reason.setObjectName("caption")
        self.setMinimumHeight(54)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # Of the item, since a graphics view shows no tooltip of its own.
        self.plot.getPlotItem().setToolTip(
            as_tooltip(
                "Thick: the mean over 5 s, which the words rest on. Thin: each half second's "
                "answers. Dashed: the base rates, in the same colours. Disc: valence; diamond: "
                "arousal.",
                "Hatched: no answer, and why.",
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.plot)
        self._drawn_span_s = 0.0
        self._fit_span()
        self.set_theme(DARK)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self.plot.setBackground(theme.panel)
        self.plot.getViewBox().setBackgroundColor(theme.background)
        for name in ("left", "bottom"):
            self.plot.getAxis(name).setTextPen(QColor(theme.muted))
        for line in self._grid:
            line.setPen(pen(theme.line))
        for row, quantity in enumerate(QUANTITIES):
            colour = getattr(theme, quantity)
            self._usual[row].setPen(pen(colour, dashed=True))
            self.raw[row].setPen(_curve_pen(colour, 1.0, 0.45))
            self.steady[row].setPen(_curve_pen(colour, 2.2))
        self.strip.set_theme(theme)
        self._stretches.theme = theme
        self._stretches.update()

    def refresh(
        self,
        past: Past,
        markers: Sequence[tuple[float, str]] = (),
        played: Sequence[Played] = (),
    ) -> None:
        """Draw what was said up to now, what was marked so many seconds ago, and what was rated."""
        self.past = past
        self._fit_span()
        curves = self.plot.getViewBox().sceneBoundingRect()
        room = (curves.left(), curves.right())
        self.strip.show_played(played, self.span_s, room, self.height() >= WORDS_FROM)
        for row in range(len(QUANTITIES)):
            for curve, values in ((self.raw[row], past.raw), (self.steady[row], past.steady)):
                x, y, connect = points(past, values[:, row])
                curve.setData(x, y, connect=connect, skipFiniteCheck=True)
        found = stretches(past)
        self._stretches.set_all(found, self.span_s, markers, said_now(past))
        words = found[-1][-1] if found else ""
        is_whole = not words or self._stretches.has_room_for(words)
        self.reason.setText("" if is_whole else f"hatched: {words}")

    @property
    def span_s(self) -> float:
        """How long a time is drawn, seconds."""
        oldest = float(self.past.age[0]) if len(self.past.age) else 0.0
        return next((span for span in SPANS_S if oldest <= span), SPANS_S[-1])

    def _fit_span(self) -> None:
        if self.span_s == self._drawn_span_s:
            return
        self._drawn_span_s = self.span_s
        self.plot.setRange(
            xRange=(-self.span_s, 0), yRange=(-EDGE, 1 + EDGE), padding=0, disableAutoRange=True
        )
        self.plot.getAxis("bottom").setTicks([time_ticks(self.span_s)])


class Stretches(QGraphicsItem):
    """Where there is no answer, and why, and what was marked; in pixels, below the curves."""

    def __init__(self, room: QGraphicsItem, base_rate: tuple[float, float]) -> None:
        super().__init__(room)
        self._base_rate = base_rate
        self.theme = DARK
        self._all: list[Stretch] = []
        self._span_s = SPANS_S[0]
        self._markers: Sequence[tuple[float, str]] = ()
        self._ends: tuple[float, ...] = ()
        self.setZValue(-1)

    def set_all(
        self,
        found: list[Stretch],
        span_s: float,
        markers: Sequence[tuple[float, str]] = (),
        ends: tuple[float, ...] = (),
    ) -> None:
        """Draw these from now on."""
        self._all, self._span_s, self._markers, self._ends = found, span_s, markers, ends
        self.update()

    @property
    def is_low(self) -> bool:
        """Whether there is no room for words at the top, or what is usual would cross them."""
        height = self.boundingRect().height()
        words_from = 1 + EDGE - WORDS / max(height, 1.0) * (1 + 2 * EDGE)
        return height < LOW or max(self._base_rate) > words_from

    def has_room_for(self, words: str) -> bool:
        """Whether words can be written whole."""
        width = QFontMetrics(font(11)).horizontalAdvance(words)
        return not self.is_low and width <= REASON_PX

    def boundingRect(self) -> QRectF:
        parent = self.parentItem()
        return QRectF() if parent is None else parent.boundingRect()

    def paint(
        self,
        painter: QPainter | None,
        option: QStyleOptionGraphicsItem | None,
        widget: QWidget | None = None,
    ) -> None:
        if painter is None:
            return
        painter.setFont(font(11))
        painter.setBackground(QColor(self.theme.panel))
        room = self.boundingRect()
        scale = room.width() / self._span_s
        free_from = room.left()
        for oldest, newest, withheld, words in self._all:
            colour = self.theme.notice if withheld else self.theme.muted
            width = max((oldest - newest) * scale, 1.0)
            box = QRectF(room.right() - oldest * scale, room.top(), width, room.height())
            draw_hatched(painter, box, colour)
            if not self.is_low:
                free_from = draw_reason(painter, box, room, colour, words, free_from)
        free_from = room.left()
        for age, words in sorted(self._markers, reverse=True):
            if 0 <= age <= self._span_s:
                x = room.right() - age * scale
                ink = self.theme.information
                free_from = draw_marker(painter, x, room, ink, words, free_from)
        self._draw_ends(painter, room)

    def _draw_ends(self, painter: QPainter, room: QRectF) -> None:
        """Say by its shape which line is which, as everywhere else."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.background), 1))
        for quantity, value in zip(QUANTITIES, self._ends, strict=False):
            painter.setBrush(QColor(getattr(self.theme, quantity)))
            y = room.bottom() - (value + EDGE) / (1 + 2 * EDGE) * room.height()
            draw_mark(painter, QPointF(room.right() - 1.25 * MARK, y), MARK, quantity)


def said_now(past: Past) -> tuple[float, ...]:
    """Return what is said of both quantities now; nothing where that is nothing."""
    if not len(past.age) or past.age[-1] > SILENT_FROM_S or not np.isfinite(past.steady[-1]).all():
        return ()
    valence, arousal = past.steady[-1].tolist()
    return valence, arousal


def points(past: Past, values: Array) -> tuple[Array, Array, NDArray[np.int32]]:
    """Return what a curve needs: seconds before now (negative), values, and what is joined.

    ``connect[i]`` says whether a line leads from point i to the next. What nothing leads to or
    from becomes two points, a dash as long as the half second that it is the mean of: a single
    one would not be seen.
    """
    known = np.flatnonzero(np.isfinite(values))
    x, y = -past.age[known], values[known]
    to_next = np.append(past.joined[known][1:], False)
    alone = ~to_next & ~np.append(False, to_next[:-1])[: len(known)]
    if not len(known):
        return x, y, np.zeros(0, np.int32)
    copies = 1 + alone
    first = (np.cumsum(copies) - copies)[alone]
    x, y = np.repeat(x, copies), np.repeat(y, copies)
    connect = np.repeat(to_next, copies).astype(np.int32)
    x[first] -= BIN_S / 2
    x[first + 1] += BIN_S / 2
    connect[first] = 1
    return x, y, connect


def stretches(past: Past) -> list[Stretch]:
    """Return where there is no answer, and why; oldest first."""
    withheld = np.array([bool(reason) for reason in past.reasons], np.bool_)
    half = BIN_S / 2
    found: list[Stretch] = []
    for mask, is_withheld in ((withheld, True), (past.silent, False)):
        for start, stop in runs(mask):
            words = past.reasons[stop - 1] if is_withheld else NOTHING_CAME
            oldest, newest = float(past.age[start]) + half, float(past.age[stop - 1]) - half
            found.append((oldest, newest, is_withheld, words))
    if len(past.age) and float(past.age[-1]) > SILENT_FROM_S:
        found.append((float(past.age[-1]), 0.0, False, NOTHING_CAME))
    return sorted(found, key=lambda each: -each[0])


def time_ticks(span_s: float) -> list[tuple[float, str]]:
    """Return the places on the time axis, seconds, with what is written there."""
    n_ticks = 6 if span_s == SPANS_S[0] else 10
    ages = [tick * span_s / n_ticks for tick in range(1, n_ticks)]
    words = [f"−{age:.0f} s" if span_s < 300 else f"−{age / 60:.0f} min" for age in ages]
    return [(0.0, "now"), *((-age, text) for age, text in zip(ages, words, strict=True))]


def _fixed_plot() -> PlotWidget:
    """Return an empty plot with axes of fixed size and nothing to drag."""
    plot = PlotWidget()
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setMinimumHeight(0)
    metrics = QFontMetrics(font(11))
    for name in ("left", "bottom"):
        axis = plot.getAxis(name)
        axis.setPen(None)
        # The outermost labels reach beyond the axis; without this they vanish.
        axis.setStyle(
            tickFont=font(11), tickLength=0, tickTextOffset=5, hideOverlappingLabels=False
        )
    plot.getAxis("left").setTicks([[(0.0, "0 low"), (0.5, "0.5"), (1.0, "1 high")]])
    plot.getAxis("left").setWidth(metrics.horizontalAdvance("1 high") + 10)
    plot.getAxis("bottom").setHeight(18)
    plot.getPlotItem().layout.setContentsMargins(0, 6, metrics.horizontalAdvance("now") / 2 + 4, 0)
    return plot


def _curves() -> list[PlotCurveItem]:
    return [PlotCurveItem(antialias=True) for _ in QUANTITIES]


def _curve_pen(colour: str, width: float, alpha: float = 1.0) -> QPen:
    line = pen(colour, width, alpha)
    line.setCosmetic(True)
    return line
