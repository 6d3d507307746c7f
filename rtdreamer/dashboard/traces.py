"""The traces: scrolling, or held while one looks back over the last minutes."""

import math
from collections import deque

import numpy as np
from PyQt5.QtCore import QLineF, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from rtdreamer.dashboard.density import Excerpt
from rtdreamer.dashboard.drawing import (
    Array,
    draw_hatched,
    draw_marker,
    draw_reason,
    font,
    pen,
    polyline,
    runs,
    see_through,
)
from rtdreamer.dashboard.lanes import blinks, cut_off, into_lanes, medians, thinned
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.dashboard.trace_buffer import Edges, TraceBuffer
from rtdreamer.dashboard.trace_frame import (
    LEFT,
    RIGHT,
    draw_names,
    draw_scale,
    draw_time_axis,
    name_at,
    time_in_words,
)
from rtdreamer.headset import Headset
from rtdreamer.prediction import Quality
from rtdreamer.signal.quality import assess
from rtdreamer.stream.gaps import Piece
from rtdreamer.stream.marker import Marker

SCALES_UV = (20, 50, 100, 200, 500)
"""Values of the scale bar, µV; a lane is twice as high."""

SPANS_S = (5, 10, 30)

ASSESSED_S = 10.0
"""Of as many seconds, at most, electrodes are judged where the session has not judged them."""

MAX_MARKERS = 500

CUT_PX = 10
"""Pixels between two marks of what is cut off."""


HELP = "Drag or turn the wheel to look back. Click a name: that electrode's spectrum."


class TracesView(QWidget):
    """Traces by electrode. ``refresh`` draws; arriving samples are only stored.

    Attributes
    ----------
    scale_uv, span_s : int
        What the scale bar stands for, µV, and how long a time is drawn, seconds.
    markers : deque of (int, str)
        The last ones: the index of the sample that each lies at, and what it says.
    chosen : int or None
        The electrode that is looked at more closely.
    """

    changed = pyqtSignal()
    """Something was chosen here with the mouse."""

    electrode_clicked = pyqtSignal(int)
    """The name of an electrode was clicked."""

    def __init__(self, headset: Headset) -> None:
        super().__init__()
        self.theme = DARK
        self._headset = headset
        self.buffer = TraceBuffer(headset)
        self.scale_uv, self.span_s = 100, 10
        self._end: int | None = None
        self._stale = True
        self._flowing = False
        self._now = math.nan
        self._middle = np.full((headset.n_channels, 1), np.nan)
        self._blinks: list[tuple[int, int]] = []
        self.markers: deque[tuple[int, str]] = deque(maxlen=MAX_MARKERS)
        self._eyes = [headset.ch_names.index(name) for name in headset.ocular]
        self.quality: Quality | None = None
        self.chosen: int | None = None
        self._dragged_from: tuple[float, int] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self._again()

    def show_samples(self, piece: Piece) -> None:
        """Store a piece for the next ``refresh``."""
        self.buffer.extend(piece)
        self._stale = self._stale or self._end is None

    def show_marker(self, marker: Marker) -> None:
        """Draw a marker at its place among the samples; before the first of them there is none."""
        since_s = self.buffer.newest_at - marker.timestamp
        if math.isfinite(since_s):
            place = self.buffer.total - 1 - round(since_s * self._headset.sfreq)
            self.markers.append((place, marker.text))
            self._stale = True

    def set_flowing(self, flowing: bool) -> None:
        """Grey the traces while nothing arrives."""
        self._flowing = flowing
        self._again()

    def set_scale(self, scale_uv: int) -> None:
        """Choose what the scale bar stands for, µV."""
        self.scale_uv = scale_uv
        self._again()

    def set_span(self, span_s: int) -> None:
        """Choose how long a time is drawn, seconds."""
        self.span_s = span_s
        self._again()

    def set_filter(self, edges: Edges | None) -> None:
        """Choose a pass band, Hz, for these pictures; what the model sees is never filtered."""
        self.buffer.set_filter(edges)
        self._again()

    def choose(self, electrode: int | None) -> None:
        """Frame the name of an electrode, or of none."""
        self.chosen = electrode
        self._stale = True

    def on_screen(self) -> Excerpt:
        """What is on the screen, as it came."""
        quality, last, n_drawn = self.quality, self._last, self._n_drawn
        return Excerpt(
            self.buffer.raw(last, n_drawn),
            int(self.buffer.filled_in(last, n_drawn).sum()),
            self.right_end,
            () if quality is None else quality.flaws,
            () if quality is None else quality.bad,
            self.buffer.edges is not None,
        )

    @property
    def is_paused(self) -> bool:
        """Whether the picture is held."""
        return self._end is not None

    @property
    def behind_s(self) -> float:
        """How far before the newest sample the picture ends, seconds."""
        return (self.buffer.total - self._last) / self._headset.sfreq

    def pause(self, paused: bool) -> None:
        """Hold the picture, or follow the newest sample again."""
        self._end = self.buffer.total if paused else None
        self._again()

    def look_back(self, seconds: float) -> None:
        """Hold the picture so many seconds earlier; later, if negative, up to the newest."""
        n_drawn = round(self.span_s * self._headset.sfreq)
        oldest = max(self.buffer.total - self.buffer.size, 0) + n_drawn
        end = self._last - round(seconds * self._headset.sfreq)
        self._end = min(max(end, oldest), self.buffer.total)
        self._again()

    def refresh(self) -> None:
        """Draw what arrived since the last call; do nothing if nothing did."""
        if self._stale:
            self._stale = False
            self.update()

    def tick(self, now: float, quality: Quality | None) -> None:
        """Do what need not be done at every frame.

        Parameters
        ----------
        now : float
            LSL time, seconds.
        quality : Quality or None
            Of the newest window; None while one fills. The session assesses whole windows only,
            but it is in these seconds that electrodes are put right: what is there is assessed
            here, for which the GUI thread takes some 2 ms, five times a second. So is what is
            looked back at.
        """
        self._now = now
        if self.is_paused:
            quality = self._assessed(self._last_unbroken())
        elif quality is None:
            quality = self._assessed(self.buffer.unbroken(round(ASSESSED_S * self._headset.sfreq)))
        if quality is not None and quality != self.quality:
            self.quality = quality
            self._set_tooltip(quality)
        self._measure()
        if not self._flowing or self.is_paused:
            self.update()

    def _last_unbroken(self) -> Array:
        """The end of what is drawn, without a hole."""
        raw = self.buffer.raw(self._last, round(min(self.span_s, ASSESSED_S) * self._headset.sfreq))
        holes = np.flatnonzero(np.isnan(raw[0]))
        return raw[:, holes[-1] + 1 :] if len(holes) else raw

    def _assessed(self, samples: Array) -> Quality | None:
        enough = samples.shape[1] >= self._headset.sfreq
        return assess(samples, self._headset) if enough else None

    def drawn(self) -> Array:
        """What is drawn, in lanes, shape (n_channels, n_times); NaN where there is nothing."""
        shown = self.buffer.shown(self._last, self._n_drawn)
        return into_lanes(shown, 2.0 * self.scale_uv, self._middle)

    @property
    def blink_ages(self) -> list[tuple[float, float]]:
        """From and to how many seconds before the picture's end each blink that is drawn lasts."""
        last, sfreq = self._last, self._headset.sfreq
        return [((last - start) / sfreq, (last - stop) / sfreq) for start, stop in self._blinks]

    @property
    def right_end(self) -> str:
        """What stands at the right end of the time axis."""
        ago = self._ago
        return "now" if ago < 1 and not self.is_paused else f"{time_in_words(ago)} ago"

    @property
    def _last(self) -> int:
        oldest = min(self.buffer.total, max(self.buffer.total - self.buffer.size, 0) + 1)
        return self.buffer.total if self._end is None else max(self._end, oldest)

    @property
    def _n_drawn(self) -> int:
        return round(self.span_s * self._headset.sfreq)

    @property
    def _ago(self) -> float:
        """How old the newest sample drawn is, seconds."""
        late = self._now - self.buffer.newest_at
        return self.behind_s + (late if math.isfinite(late) else 0.0)

    def _again(self) -> None:
        self._measure()
        self._stale = True

    def _measure(self) -> None:
        """Where the middle of each lane lies, and where the eyes blink."""
        raw = self.buffer.raw(self._last, self._n_drawn)
        first = self._last - self._n_drawn
        self._blinks = [(first + start, first + stop) for start, stop in
                        blinks(raw[self._eyes], self._headset.sfreq)]  # fmt: skip
        if self.buffer.edges is None:
            self._middle = medians(raw)
        else:
            self._middle = np.zeros((len(raw), 1))

    def _set_tooltip(self, quality: Quality) -> None:
        rows = zip(quality.ch_names, quality.flaws, quality.channels, strict=True)
        found = [f"{name}: {flaw}, quality {value:.2f}" for name, flaw, value in rows if flaw]
        self.setToolTip("\n".join([HELP, *found]))

    # What the mouse does.

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            self.look_back(event.angleDelta().y() / 120 * self.span_s / 10)
            self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and self._name_at(event) is None:
            self._dragged_from = (event.pos().x(), self._last)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        if self._dragged_from is None:
            is_name = self._name_at(event) is not None
            shape = Qt.CursorShape.PointingHandCursor if is_name else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            return
        x, last = self._dragged_from
        moved = (event.pos().x() - x) * self.span_s / self._room.width()
        if self.is_paused or abs(event.pos().x() - x) > 3:
            self.look_back((self._last - last) / self._headset.sfreq + moved)
            self.changed.emit()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and self._dragged_from is None:
            electrode = self._name_at(event)
            if electrode is not None:
                self.electrode_clicked.emit(electrode)
        self._dragged_from = None

    def _name_at(self, event: QMouseEvent) -> int | None:
        return name_at(event.localPos(), self._room, self._headset.n_channels)

    # How it is drawn.

    @property
    def _room(self) -> QRectF:
        """Where the lanes lie."""
        return QRectF(LEFT, 16, max(self.width() - LEFT - RIGHT, 10), max(self.height() - 36, 10))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        painter.setBackground(QColor(self.theme.panel))
        painter.setFont(font(11))
        room = self._room
        lane_height = room.height() / self._headset.n_channels
        if np.isnan(self._middle).all():
            self._measure()
        draw_time_axis(painter, room, self.span_s, self._ago, self.right_end, self.theme)
        draw_names(painter, room, self._headset.ch_names, self.quality, self.chosen, self.theme)
        draw_scale(painter, room, lane_height, self.scale_uv, self.theme)
        self._draw_stretches(painter, room, lane_height)
        self._draw_lines(painter, room, lane_height)
        self._draw_markers(painter, room)

    def _draw_lines(self, painter: QPainter, room: QRectF, height: float) -> None:
        n_drawn = self._n_drawn
        lanes = self.drawn()
        per = int(n_drawn // room.width())
        places, points = thinned(lanes, self._last - n_drawn, per)
        x = room.right() - (n_drawn - 1 - places) * room.width() / n_drawn
        centres = room.top() + (np.arange(len(lanes)) + 0.5) * height
        y = centres[:, None] - points * height
        stretches = [*runs(np.isfinite(points[0]))]
        bad = self.quality.bad if self.quality is not None else ()
        for row in range(len(lanes)):
            colour = self.theme.notice if row in bad else self.theme.trace
            painter.setPen(pen(colour if self._flowing or self.is_paused else self.theme.idle))
            for start, stop in stretches:
                painter.drawPolyline(polyline(x[start:stop], y[row, start:stop]))
        self._draw_cut_off(painter, room, height, lanes)

    def _draw_markers(self, painter: QPainter, room: QRectF) -> None:
        first, free_from = self._last - self._n_drawn, room.left()
        for place, words in sorted(self.markers):
            if first <= place <= self._last:
                x = room.left() + (place - first) * room.width() / self._n_drawn
                free_from = draw_marker(painter, x, room, self.theme.information, words, free_from)

    def _draw_cut_off(self, painter: QPainter, room: QRectF, height: float, lanes: Array) -> None:
        n_bins = max(int(room.width() / CUT_PX), 1)
        width = room.width() / n_bins
        marks = []
        for side, found in zip((0.02, 0.98), cut_off(lanes, n_bins), strict=True):
            for row, place in np.argwhere(found).tolist():
                y = room.top() + (row + side) * height
                x = room.left() + place * width
                marks.append(QLineF(x, y, x + width, y))
        if marks:
            painter.setPen(QPen(QColor(self.theme.bad), 2))
            painter.drawLines(*marks)

    def _draw_stretches(self, painter: QPainter, room: QRectF, height: float) -> None:
        n_drawn, last = self._n_drawn, self._last
        width = room.width() / n_drawn
        missing = np.isnan(self.buffer.raw(last, n_drawn)[0])
        named: list[tuple[float, float, str, str]] = []
        if self.buffer.total:
            missing[: max(n_drawn - last, 0)] = False  # before the first sample
            for start, stop in runs(missing):
                box = QRectF(room.left() + start * width, room.top(), 0, room.height())
                box.setWidth((stop - start) * width)
                draw_hatched(painter, box, self.theme.muted)
                named.append((box.left(), box.width(), "missing", self.theme.muted))
        for start, stop in runs(self.buffer.filled_in(last, n_drawn)):
            x = room.left() + start * width
            size = max((stop - start) * width, 2.0)
            painter.fillRect(QRectF(x, room.bottom() - 2, size, 4), QColor(self.theme.notice))
        for start, stop in self._blinks:
            x = room.left() + (start - last + n_drawn) * width
            for row in self._eyes:
                box = QRectF(x, room.top() + row * height, (stop - start) * width, height)
                painter.fillRect(box & room, see_through(self.theme.busy, 0.22))
            named.append((x, (stop - start) * width, "blink", self.theme.busy))
        # Above the lanes, clear of the scale at the right.
        strip = room.adjusted(0, -18, -44, 0)
        free_from = strip.left()
        for x, size, words, colour in sorted(named):
            if strip.left() <= x + size / 2 <= strip.right():
                box = QRectF(x, strip.top(), size, strip.height())
                free_from = draw_reason(painter, box, strip, colour, words, free_from)
