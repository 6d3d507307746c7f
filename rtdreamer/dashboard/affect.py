"""Valence and arousal: now, over the last minutes, and on their plane."""

from PyQt5.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.history import HistoryView
from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.dashboard.plane import TRAIL_S, PlaneView
from rtdreamer.dashboard.readout import HEIGHT, Readout
from rtdreamer.live.summary import ModelFacts, Summary
from rtdreamer.prediction import Prediction

REASON_LINES = 3


class AffectView(QWidget):
    """Everything about the verdict. ``refresh`` draws; arriving predictions are only stored.

    Where there is no current verdict the reason takes the place of numbers and bars.

    Parameters
    ----------
    model : ModelFacts
        The model that makes the predictions.
    """

    def __init__(self, model: ModelFacts) -> None:
        super().__init__()
        base_rate, window_s = model.base_rate, model.window_s
        self.valence = Readout("valence", theme.VALENCE, base_rate[0], window_s)
        self.arousal = Readout("arousal", theme.AROUSAL, base_rate[1], window_s)
        self.plane = PlaneView(base_rate, window_s)
        self.reason = ElidedLabel(lines=REASON_LINES)
        self.reason.setObjectName("reason")
        self.history = HistoryView(base_rate)
        self._readouts = QWidget()
        readouts = QHBoxLayout(self._readouts)
        readouts.setContentsMargins(0, 0, 0, 0)
        readouts.setSpacing(24)
        readouts.addWidget(self.valence)
        readouts.addWidget(self.arousal)
        self._verdict = QStackedWidget()
        self._verdict.setFixedHeight(HEIGHT)
        self._verdict.addWidget(self.reason)
        self._verdict.addWidget(self._readouts)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._verdict)
        left.addWidget(self.history, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 7)
        row.addWidget(self.plane, 3)

    def show_prediction(self, prediction: Prediction) -> None:
        """Store a prediction for the next ``refresh``."""
        self.history.add(prediction)

    def refresh(self, summary: Summary) -> None:
        """Draw the predictions as seen at the summary's moment."""
        now, verdict, minute = summary.now, summary.verdict, summary.over_time
        self.reason.setText(summary.why_not)
        for readout, answer in zip((self.valence, self.arousal), summary.answers, strict=False):
            readout.show_answer(answer, summary.span)
        self._verdict.setCurrentWidget(self.reason if verdict is None else self._readouts)
        self.history.refresh(now)
        aged = [(now - p.timestamp, p.affect) for p in self.history.predictions]
        trail = [(age, affect) for age, affect in aged if affect and age <= TRAIL_S]
        self.plane.show_trail(trail, verdict, minute.affect if minute else None)
