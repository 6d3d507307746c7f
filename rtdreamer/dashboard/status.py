"""The line at the bottom: which stream, which phase, and how well it all keeps up."""

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.label import ElidedLabel, as_tooltip
from rtdreamer.live.sink import Phase
from rtdreamer.live.summary import ModelFacts, Summary

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

NOTHING = "–"


class StatusView(QFrame):
    """A badge with the phase, the session's own words, and one field for each figure."""

    def __init__(self, model: ModelFacts) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.badge = QLabel()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.setFixedWidth(130)
        self.message = ElidedLabel(lines=2)
        # Names of streams, hosts and profiles may have any length, and hold anything.
        self.fields: dict[str, QLabel] = {name: QLabel(NOTHING) for name in FIELDS}
        self.fields |= {"stream": ElidedLabel(NOTHING), "model": ElidedLabel(model.in_words)}
        self._cells = {name: _captioned(name, field) for name, field in self.fields.items()}
        # Many streams do not tell: shown where there are any.
        self._cells["interpolated"].hide()
        right = f"{FIELDS['rate']}; {model.spec.sfreq:g} Hz is right"
        self._cells["rate"].setToolTip(as_tooltip(right))
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

    def refresh(self, summary: Summary) -> None:
        """Show what there is to say."""
        self._show_badge(summary)
        self.message.setText(summary.message)
        fields, newest = self.fields, summary.newest
        fields["stream"].setText(summary.stream or NOTHING)
        rate = NOTHING if summary.rate is None else f"{summary.rate:.1f} Hz"
        fields["rate"].setText(rate)
        _set_style(fields["rate"], _ink(summary.rate_is_wrong))
        fields["missing"].setText(_counted(summary.missing, "sample"))
        if newest is not None:
            fields["interpolated"].setText(_counted(newest.driver_interpolated, "sample"))
            self._cells["interpolated"].setVisible(newest.driver_interpolated > 0)
            fields["skipped"].setText(_counted(newest.skipped, "prediction"))
        self._show_predicted(summary)

    def _show_predicted(self, summary: Summary) -> None:
        quality, predicted = self.fields["quality"], summary.predicted
        latency = compute = NOTHING
        if predicted is not None:
            latency = f"{1000 * summary.latency_s:.0f} ms"
            compute = f"{predicted.compute_ms:.0f} ms"
        self.fields["latency"].setText(latency)
        self.fields["compute"].setText(compute)
        quality.setText(summary.grade or NOTHING)
        _set_style(quality, _ink(predicted is not None and predicted.affect is None))
        flaws = summary.flaws or "no electrode has a flaw"
        quality.setToolTip(as_tooltip(FIELDS["quality"], flaws) if predicted else "")

    def _show_badge(self, summary: Summary) -> None:
        colour = BADGE_COLOURS[summary.state.phase]
        ink = theme.ON_NOTICE if colour == theme.NOTICE else "white"
        self.badge.setText(summary.phase.upper())
        _set_style(
            self.badge,
            f"background: {colour}; color: {ink}; font-weight: 700;"
            "border-radius: 9px; padding: 3px;",
        )


def _ink(stands_out: bool) -> str:
    return f"color: {theme.NOTICE if stands_out else theme.TEXT}"


def _set_style(label: QLabel, style: str) -> None:
    # Qt lays everything out again, even for the same style.
    if label.styleSheet() != style:
        label.setStyleSheet(style)


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
