"""The predictions of the last minutes, and their picture over time."""

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtWidgets import QVBoxLayout, QWidget
from pyqtgraph import InfiniteLine, PlotDataItem, mkPen

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.axes import fixed_plot, small_font, time_ticks
from rtdreamer.dashboard.quality import is_poor
from rtdreamer.prediction import Prediction

SPAN_S = 180
MAX_PREDICTIONS = 4096
"""A bound for any hop: SPAN_S at 20 predictions a second fits."""


class History:
    """The predictions of the last ``SPAN_S`` seconds, oldest first; bounded."""

    def __init__(self) -> None:
        self._predictions: deque[Prediction] = deque(maxlen=MAX_PREDICTIONS)

    def __len__(self) -> int:
        return len(self._predictions)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self._predictions)

    @property
    def newest(self) -> Prediction | None:
        return self._predictions[-1] if self._predictions else None

    def add(self, prediction: Prediction) -> None:
        """Append a prediction and drop what has become too old."""
        self._predictions.append(prediction)
        while prediction.timestamp - self._predictions[0].timestamp > SPAN_S:
            self._predictions.popleft()


class HistoryView(QWidget):
    """Valence and arousal over the last minutes; the scale is always 0–1."""

    def __init__(self) -> None:
        super().__init__()
        self._plot = fixed_plot(
            QRectF(-SPAN_S, -0.06, SPAN_S + 8, 1.12),
            left=[(0, "0 low"), (0.5, "0.5"), (1, "1 high")],
            bottom=time_ticks(SPAN_S, 30, "now"),
        )
        self._plot.setMinimumHeight(90)
        self._plot.addItem(_undecided_line())
        self._lines = (self._add_line(theme.VALENCE), self._add_line(theme.AROUSAL))
        self._poor = PlotDataItem(
            pen=None, symbol="o", symbolSize=4, symbolPen=None, symbolBrush=theme.IDLE
        )
        self._plot.addItem(self._poor)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)

    def refresh(self, history: History, now: float) -> None:
        """Draw the history as seen at ``now``, LSL seconds."""
        if not len(history):
            return
        times = np.array([p.timestamp - now for p in history])
        poor = np.array([is_poor(p) for p in history])
        joined = joined_points(times, poor)
        both = np.array([(p.affect.valence, p.affect.arousal) for p in history])
        for line, values in zip(self._lines, both.T, strict=True):
            line.setData(times, np.where(poor, np.nan, values), connect=joined)
        self._poor.setData(np.repeat(times[poor], 2), both[poor].ravel())

    def _add_line(self, colour: str) -> PlotDataItem:
        line = PlotDataItem(
            pen=mkPen(colour, width=2),
            symbol="o",
            symbolSize=3,
            symbolPen=None,
            symbolBrush=colour,
            antialias=True,
        )
        self._plot.addItem(line)
        return line


def joined_points(times: NDArray[np.float64], poor: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Whether a line leads from each point to the next: not across a pause or a poor window."""
    joined = np.zeros(len(times), np.int32)
    steps = np.diff(times)
    if steps.size:
        joined[:-1] = (steps <= 2.5 * np.median(steps)) & ~poor[:-1] & ~poor[1:]
    return joined


def _undecided_line() -> InfiniteLine:
    label = {"position": 0.01, "color": theme.MUTED, "anchors": [(0, 1), (0, 1)]}
    pen = mkPen(theme.MUTED, width=1, style=Qt.DashLine)
    line = InfiniteLine(0.5, angle=0, pen=pen, label="undecided", labelOpts=label)
    line.label.setFont(small_font())
    return line
