"""The line at the bottom: which stream, which phase, and how well it all keeps up."""

import math

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.label import ElidedLabel, as_tooltip
from rtdreamer.live.sampling import is_fast, is_slow
from rtdreamer.live.sink import Phase, State
from rtdreamer.live.summary import PREDICTING, ModelFacts, RateMeter, flaws_in_words, grade
from rtdreamer.prediction import Prediction
from rtdreamer.stream.gaps import Piece

BADGE_COLOURS = {
    Phase.WAITING: theme.IDLE,
    Phase.FILLING: theme.BUSY,
    Phase.LIVE: theme.GOOD,
    Phase.POOR: theme.NOTICE,
    Phase.STALLED: theme.BAD,
    Phase.DISCONNECTED: theme.BAD,
}

FIELDS = {
    "stream": "The LSL stream's name and the computer it comes from",
    "rate": "Samples a second over the last 5 s, by their timestamps",
    "quality": "Signal quality of the last window, the mean over all electrodes: 0 unusable, "
    "1 clean. Usable: some electrodes are poor, marked × beside their traces. "
    "Poor, no verdict: the reason is given",
    "latency": "From the window's last sample to its prediction on this screen",
    "compute": "From the moment the window was complete to the model's answer",
    "missing": "Samples lost on the way since the start",
    "interpolated": "Samples since the start that the headset's driver put in for lost ones",
    "skipped": "Predictions skipped since the start, because newer ones were due",
    "model": "The model, what it was trained on, and whose baseline it predicts relative to",
}

OF_LAST_PREDICTION = ("quality", "latency", "compute")
"""They say nothing once there is no current prediction."""

NOTHING = "–"


class StatusView(QFrame):
    """A badge with the phase, the session's own words, and one field for each figure."""

    def __init__(self, model: ModelFacts) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("panel")
        self.badge = QLabel()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.setFixedWidth(130)
        self.message = ElidedLabel(lines=2)
        # Names of streams, hosts and profiles may have any length, and hold anything.
        self.fields = {name: ElidedLabel() if name == "stream" else QLabel() for name in FIELDS}
        self.fields["model"] = ElidedLabel(model.in_words)
        for name in FIELDS:
            if name != "model":
                self.fields[name].setText(NOTHING)
        self._cells = {name: _captioned(name, field) for name, field in self.fields.items()}
        # Many streams do not tell: shown where there are any.
        self._cells["interpolated"].hide()
        right = f"{FIELDS['rate']}; {model.spec.sfreq:g} Hz is right"
        self._cells["rate"].setToolTip(as_tooltip(right))
        self._meter = RateMeter()
        self._state = State(Phase.WAITING, "starting")
        self._fill = 0.0
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.message, 1)
        bottom = QHBoxLayout()
        bottom.setSpacing(22)
        for name, cell in self._cells.items():
            bottom.addWidget(cell, name == "model")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(bottom)
        self._show_badge()

    def show_state(self, state: State) -> None:
        """Show a phase, its message and the stream."""
        self._state = state
        if state.stream is not None:
            host = f" on {state.stream.hostname}" if state.stream.hostname else ""
            self.fields["stream"].setText(state.stream.name + host)
        if state.phase not in PREDICTING:
            for name in OF_LAST_PREDICTION:
                self.fields[name].setText(NOTHING)
                self.fields[name].setToolTip("")
                self.fields[name].setStyleSheet("")
        self._show_badge()

    def show_samples(self, piece: Piece) -> None:
        """Count a piece's samples."""
        self._meter.add(piece)

    def show_prediction(self, prediction: Prediction, now: float) -> None:
        """Show the figures of a prediction that reaches the screen at ``now``, LSL seconds."""
        fields = self.fields
        fields["latency"].setText(f"{1000 * (now - prediction.timestamp):.0f} ms")
        fields["compute"].setText(f"{prediction.compute_ms:.0f} ms")
        fields["interpolated"].setText(_counted(prediction.driver_interpolated, "sample"))
        self._cells["interpolated"].setVisible(prediction.driver_interpolated > 0)
        fields["skipped"].setText(_counted(prediction.skipped, "prediction"))
        fields["quality"].setText(grade(prediction))
        colour = theme.NOTICE if prediction.affect is None else theme.TEXT
        fields["quality"].setStyleSheet(f"color: {colour}")
        flaws = flaws_in_words(prediction.quality) or "no electrode has a flaw"
        fields["quality"].setToolTip(as_tooltip(FIELDS["quality"], flaws))
        if self._state.phase is Phase.POOR and prediction.reason:
            self.message.setText(prediction.reason)

    def refresh(self, now: float, fill: float, missing: int) -> None:
        """Bring the rate up to ``now``, LSL seconds; ``fill`` is how far the window is, 0–1."""
        self._fill = fill
        rate = self._meter.rate(now)
        self._show_rate(rate)
        self.fields["missing"].setText(_counted(missing, "sample"))
        if self._state.phase is Phase.FILLING:
            self._show_badge()

    def _show_rate(self, rate: float | None) -> None:
        field, pace = self.fields["rate"], 1.0 if rate is None else rate / self._model.spec.sfreq
        field.setText(NOTHING if rate is None else f"{rate:.1f} Hz")
        style = f"color: {theme.NOTICE if is_slow(pace) or is_fast(pace) else theme.TEXT}"
        # Qt lays everything out again, even for the same style.
        if field.styleSheet() != style:
            field.setStyleSheet(style)

    def _show_badge(self) -> None:
        phase, message = self._state.phase, self._state.message
        text = phase.value.upper()
        if phase is Phase.FILLING:
            text += f" {100 * self._fill:.0f} %"
            message += f" · prediction in {math.ceil((1 - self._fill) * self._model.window_s)} s"
        colour = BADGE_COLOURS[phase]
        ink = theme.ON_NOTICE if colour == theme.NOTICE else "white"
        self.badge.setText(text)
        self.badge.setStyleSheet(
            f"background: {colour}; color: {ink}; font-weight: 700;"
            "border-radius: 9px; padding: 3px;"
        )
        self.message.setText(message)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _captioned(caption: str, value: QLabel) -> QWidget:
    cell = QWidget()
    cell.setToolTip(as_tooltip(FIELDS[caption]))
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    name = QLabel(caption)
    name.setObjectName("caption")
    column.addWidget(name)
    column.addWidget(value)
    return cell
