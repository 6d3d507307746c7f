"""The predictions of the last minutes, and their picture over time."""

from collections import deque

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtWidgets import QVBoxLayout, QWidget
from pyqtgraph import InfiniteLine, PlotDataItem, TextItem, mkPen

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.axes import fixed_plot, small_font, time_ticks
from rtdreamer.prediction import Prediction

SPAN_S = 180
MAX_PREDICTIONS = 4096
"""A bound for any hop: SPAN_S at 20 predictions a second fits."""


class HistoryView(QWidget):
    """Valence and arousal over the last minutes; the scale is always 0–1.

    ``refresh`` draws; arriving predictions are only stored.

    Parameters
    ----------
    base_rate : tuple of two floats
        Of valence and arousal: the share of high ratings in training, 0–1.

    Attributes
    ----------
    predictions : deque of Prediction
        Those of the last ``SPAN_S`` seconds, oldest first.
    """

    def __init__(self, base_rate: tuple[float, float]) -> None:
        super().__init__()
        self.predictions: deque[Prediction] = deque(maxlen=MAX_PREDICTIONS)
        self._plot = fixed_plot(
            QRectF(-SPAN_S, -0.06, SPAN_S + 8, 1.12),
            left=[(0, "0 low"), (0.5, "0.5"), (1, "1 high")],
            bottom=time_ticks(SPAN_S, 30, "now"),
        )
        self._plot.setMinimumHeight(50)
        for rate, colour in zip(base_rate, (theme.VALENCE, theme.AROUSAL), strict=True):
            pen = mkPen(colour, width=1, style=Qt.PenStyle.DashLine)
            self._plot.addItem(InfiniteLine(rate, angle=0, pen=pen))
        self._plot.addItem(_key())
        self.lines = (self._add_line(theme.VALENCE), self._add_line(theme.AROUSAL))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)

    def add(self, prediction: Prediction) -> None:
        """Store a prediction and drop what has become too old."""
        self.predictions.append(prediction)
        while prediction.timestamp - self.predictions[0].timestamp > SPAN_S:
            self.predictions.popleft()

    def refresh(self, now: float) -> None:
        """Draw them as seen at ``now``, LSL seconds; what was withheld is a hole in the line."""
        history = self.predictions
        if not history:
            return
        times = np.array([p.timestamp - now for p in history])
        known = np.array([p.affect is not None for p in history])
        verdicts = [(p.affect.valence, p.affect.arousal) for p in history if p.affect is not None]
        both = np.reshape(verdicts, (-1, 2))
        joined = joined_points(times, withheld=~known)
        for line, values in zip(self.lines, both.T, strict=True):
            line.setData(times[known], values, connect=joined[known])

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


def joined_points(times: NDArray[np.float64], withheld: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Whether a line leads from each point to the next: not across a pause or a hole."""
    joined = np.zeros(len(times), np.int32)
    steps = np.diff(times)
    if steps.size:
        joined[:-1] = (steps <= 2.5 * np.median(steps)) & ~withheld[:-1] & ~withheld[1:]
    return joined


def _key() -> TextItem:
    # At the bottom, where the lines seldom are: beside its own line it would be drawn over.
    text = TextItem("dashed: base rate", color=theme.MUTED, anchor=(0, 1))
    text.setFont(small_font())
    text.setPos(-SPAN_S, -0.06)
    return text
