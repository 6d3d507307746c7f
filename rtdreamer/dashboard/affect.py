"""Valence and arousal: now, over the last minutes, and on their plane."""

from PyQt5.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.doubt import doubt
from rtdreamer.dashboard.history import History, HistoryView
from rtdreamer.dashboard.plane import TRAIL_S, PlaneView
from rtdreamer.dashboard.readout import Readout
from rtdreamer.live.state import Phase
from rtdreamer.prediction import Prediction


class AffectView(QWidget):
    """Everything about the predictions. ``refresh`` draws; arriving ones are only stored.

    Attributes
    ----------
    believed : bool
        Whether there was a prediction to rely on at the last ``refresh``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history = History()
        self.believed = False
        self.valence = Readout("valence", theme.VALENCE)
        self.arousal = Readout("arousal", theme.AROUSAL)
        self.plane = PlaneView()
        self.notice = QLabel()
        self.notice.setObjectName("notice")
        self._plot = HistoryView()
        self._phase = Phase.WAITING
        readouts = QHBoxLayout()
        readouts.setSpacing(24)
        readouts.addWidget(self.valence)
        readouts.addWidget(self.arousal)
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addLayout(readouts)
        left.addWidget(self.notice)
        left.addWidget(self._plot, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 7)
        row.addWidget(self.plane, 3)

    def show_prediction(self, prediction: Prediction) -> None:
        """Store a prediction for the next ``refresh``."""
        self.history.add(prediction)

    def show_phase(self, phase: Phase) -> None:
        """Note the session's phase: only while it is live is the last prediction current."""
        self._phase = phase

    def refresh(self, now: float) -> None:
        """Draw the predictions as seen at ``now``, LSL seconds."""
        newest = self.history.newest
        reason = doubt(newest, self._phase, now) if newest else ""
        self.believed = newest is not None and not reason
        self.notice.setText(reason)
        self.valence.show_value(newest.affect.valence if newest else None, self.believed)
        self.arousal.show_value(newest.affect.arousal if newest else None, self.believed)
        self._plot.refresh(self.history, now)
        trail = [p for p in self.history if newest and newest.timestamp - p.timestamp <= TRAIL_S]
        self.plane.show_trail(trail, self.believed)
