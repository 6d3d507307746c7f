"""The line at the bottom: which stream, which phase, and how well it all keeps up."""

import math

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.quality import is_poor
from rtdreamer.dashboard.rate import RateMeter
from rtdreamer.epoc import SFREQ, WINDOW
from rtdreamer.live.state import Phase, State
from rtdreamer.prediction import Prediction
from rtdreamer.stream import Chunk

BADGE_COLOURS = {
    Phase.WAITING: theme.IDLE,
    Phase.FILLING: theme.NOTICE,
    Phase.LIVE: theme.GOOD,
    Phase.STALLED: theme.BAD,
}

FIELDS = {
    "stream": "The LSL stream's name and the computer it comes from",
    "rate": "Samples a second over the last 5 s, by their timestamps; 128 Hz is right",
    "quality": "Signal quality of the last window: 0 unusable, 1 clean",
    "latency": "From the window's last sample to its prediction on this screen",
    "compute": "From the moment the window was complete to the network's answer",
    "lost": "Samples lost on the way since the start",
    "skipped": "Predictions left out since the start, because newer ones were due",
    "model": "The model, what it was trained on, and whose profile it judges by",
}

NOTHING = "–"


class StatusView(QFrame):
    """A badge with the phase, the session's own words, and one field for each figure."""

    def __init__(self, model: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.badge = QLabel()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.setFixedWidth(130)
        self.message = QLabel()
        self.message.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        self.fields = {name: QLabel(NOTHING) for name in FIELDS}
        self.fields["model"].setText(model)
        self.fields["model"].setToolTip(model)
        # It may name files of any length: it takes what is left, and widens nothing.
        self.fields["model"].setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        self._meter = RateMeter()
        self._state = State(Phase.WAITING, "starting")
        self._fill = 0.0
        top = QHBoxLayout()
        top.addWidget(self.badge)
        top.addWidget(self.message, 1)
        bottom = QHBoxLayout()
        bottom.setSpacing(26)
        for name, explanation in FIELDS.items():
            cell = _captioned(name, explanation, self.fields[name])
            bottom.addWidget(cell, name == "model")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addLayout(top)
        column.addLayout(bottom)
        self._show_badge()

    def show_state(self, state: State) -> None:
        """Show a phase, its message and the stream."""
        self._state = state
        if state.stream is not None:
            host = f" on {state.stream.hostname}" if state.stream.hostname else ""
            self.fields["stream"].setText(state.stream.name + host)
        self._show_badge()

    def show_chunk(self, chunk: Chunk) -> None:
        """Count a chunk's samples."""
        self._meter.add(chunk)

    def show_prediction(self, prediction: Prediction, now: float) -> None:
        """Show the figures of a prediction that reaches the screen at ``now``, LSL seconds."""
        fields = self.fields
        fields["latency"].setText(f"{1000 * (now - prediction.timestamp):.0f} ms")
        fields["compute"].setText(f"{prediction.compute_ms:.0f} ms")
        fields["lost"].setText(_counted(prediction.lost, "sample"))
        fields["skipped"].setText(_counted(prediction.skipped, "prediction"))
        poor = is_poor(prediction)
        fields["quality"].setText(f"{prediction.quality:.2f} {'poor' if poor else 'good'}")
        fields["quality"].setStyleSheet(f"color: {theme.NOTICE if poor else theme.TEXT}")

    def refresh(self, now: float, fill: float) -> None:
        """Bring the rate up to ``now``, LSL seconds, and show how far the window is, 0–1."""
        self._fill = fill
        rate = self._meter.rate(now)
        self.fields["rate"].setText(NOTHING if rate is None else f"{rate:.1f} Hz")
        if self._state.phase is Phase.FILLING:
            self._show_badge()

    def _show_badge(self) -> None:
        phase, message = self._state.phase, self._state.message
        text = phase.value.upper()
        if phase is Phase.FILLING:
            text += f" {100 * self._fill:.0f} %"
            message += f" · prediction in {math.ceil((1 - self._fill) * WINDOW / SFREQ)} s"
        self.badge.setText(text)
        self.badge.setStyleSheet(
            f"background: {BADGE_COLOURS[phase]}; color: white; font-weight: 700;"
            "border-radius: 9px; padding: 3px;"
        )
        self.message.setText(message)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _captioned(caption: str, explanation: str, value: QLabel) -> QWidget:
    cell = QWidget()
    cell.setToolTip(explanation)
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    name = QLabel(caption)
    name.setObjectName("caption")
    column.addWidget(name)
    column.addWidget(value)
    return cell
