"""Valence and arousal: now, over the last minutes, and on their plane."""

from PyQt5.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.history import History, HistoryView
from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.dashboard.plane import TRAIL_S, PlaneView
from rtdreamer.dashboard.readout import HEIGHT, Readout
from rtdreamer.live.sink import Phase
from rtdreamer.live.summary import ModelFacts, why_no_prediction
from rtdreamer.prediction import Affect, OverTime, Prediction

REASON_LINES = 3


class AffectView(QWidget):
    """Everything about the predictions. ``refresh`` draws; arriving ones are only stored.

    Where there is no current verdict the reason takes the place of numbers and bars.

    Parameters
    ----------
    model : ModelFacts
        The model that makes the predictions.
    hop : int
        Samples from one prediction to the next.

    Attributes
    ----------
    current : Affect or None
        The verdict that held at the last ``refresh``.
    over_time : OverTime or None
        What the last minute said then.
    """

    def __init__(self, model: ModelFacts, hop: int) -> None:
        super().__init__()
        base_rate, window_s = model.base_rate, model.window_s
        self._spec = model.spec
        self._hop = hop
        self._came = 0.0
        self.history = History()
        self.current: Affect | None = None
        self.over_time: OverTime | None = None
        self.valence = Readout("valence", theme.VALENCE, base_rate[0], window_s)
        self.arousal = Readout("arousal", theme.AROUSAL, base_rate[1], window_s)
        self.plane = PlaneView(base_rate, window_s)
        self.reason = ElidedLabel(lines=REASON_LINES)
        self.reason.setObjectName("reason")
        self.plot = HistoryView(base_rate)
        self._phase = Phase.WAITING
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
        left.addWidget(self.plot, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 7)
        row.addWidget(self.plane, 3)
        self.refresh(0.0)

    def show_prediction(self, prediction: Prediction, now: float) -> None:
        """Store a prediction that came at ``now``, LSL seconds, for the next ``refresh``."""
        self._came = now
        self.history.add(prediction)

    def show_phase(self, phase: Phase) -> None:
        """Note the session's phase: only while it is live is the last prediction current."""
        self._phase = phase

    def refresh(self, now: float) -> None:
        """Draw the predictions as seen at ``now``, LSL seconds."""
        newest = self.history.newest
        reason = why_no_prediction(
            newest, self._phase, now, came=self._came, hop=self._hop, spec=self._spec
        )
        self.reason.setText(reason)
        self.current = newest.affect if newest and not reason else None
        self.over_time = newest.over_time if newest and not reason else None
        if self.current is not None:
            self._show_values(self.current, self.over_time)
        self._verdict.setCurrentWidget(self.reason if self.current is None else self._readouts)
        self.plot.refresh(self.history, now)
        aged = [(now - p.timestamp, p.affect) for p in self.history]
        trail = [(age, affect) for age, affect in aged if affect and age <= TRAIL_S]
        minute = None if self.over_time is None else self.over_time.affect
        self.plane.show_trail(trail, self.current, minute)

    def _show_values(self, current: Affect, minute: OverTime | None) -> None:
        if minute is None:
            self.valence.show_value(current.valence)
            self.arousal.show_value(current.arousal)
        else:
            self.valence.show_value(current.valence, minute.affect.valence, minute.seconds)
            self.arousal.show_value(current.arousal, minute.affect.arousal, minute.seconds)
