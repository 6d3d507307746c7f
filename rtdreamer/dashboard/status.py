"""How the session stands, and what to do about it; and the line of figures."""

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from rtdreamer.dashboard.label import ElidedLabel, as_tooltip
from rtdreamer.dashboard.theme import DARK, Theme, ink_on
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.sink import Phase
from rtdreamer.live.summary import Summary

BADGES = {
    Phase.WAITING: ("○", "muted"),
    Phase.FILLING: ("◌", "busy"),
    Phase.LIVE: ("●", "good"),
    Phase.POOR: ("▲", "notice"),
    Phase.STALLED: ("■", "bad"),
    Phase.DISCONNECTED: ("■", "bad"),
}
"""Of each phase a shape and the colour's name in the theme: not everybody sees all colours."""

CHECK = ("▲", "notice")
"""While answers come, but something is wrong."""

NOTE_MS = 6000
"""So long it stands what an action led to."""

PROBLEM_MS = 15_000
"""So long it stands why it led to nothing."""

BEFORE_THE_STAMP = (
    "Emotiv's own software adds some 260 ms before it stamps a sample, which no figure here holds."
)

FIELDS = {
    "stream": "The LSL stream's name and the computer it comes from",
    "rate": "Samples a second over the last 5 s, by their timestamps",
    "quality": "Signal quality of the last window, the mean over all electrodes: 0 unusable, "
    "1 clean. Usable: some electrodes are bad, marked ✕ beside their traces. "
    "Poor, no verdict: the reason is given",
    "latency": "From the window's last sample to its prediction on this screen",
    "missing": "Samples lost on the way since the start",
    "interpolated": "Samples since the start that the headset's driver put in for lost ones",
    "skipped": "Predictions skipped since the start, because newer ones were due",
    "model": "The model, what it was trained on, and whose baseline it predicts relative to",
}

NOTHING = "–"


class StateView(QFrame):
    """A badge with the phase, and one line that says what is the matter and what to do.

    Attributes
    ----------
    line : ElidedLabel
        That line; for a few seconds, what an action here led to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.theme = DARK
        self._summary: Summary | None = None
        self._note, self._is_problem = "", False
        self._noted_in: Phase | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.say_no_more)
        self.badge = QLabel()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.setMinimumWidth(120)
        self.line = ElidedLabel(lines=2)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(8, 4, 8, 4)
        self.row.setSpacing(8)
        self.row.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self.row.addWidget(self.line, 1)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        if self._summary is not None:
            self.refresh(self._summary)

    def say(self, note: str, is_problem: bool = False) -> None:
        """Say for some seconds what an action here led to, before how the session stands."""
        self._note, self._is_problem = note, is_problem
        self._noted_in = None if self._summary is None else self._summary.state.phase
        self._timer.start(PROBLEM_MS if is_problem else NOTE_MS)
        self._show_line()

    def say_no_more(self) -> None:
        """Say how the session stands again."""
        self._note = ""
        self._show_line()

    def refresh(self, summary: Summary) -> None:
        """Show how the session stands."""
        self._summary = summary
        advice, phase = summary.advice, summary.state.phase
        if advice.is_urgent and phase is not self._noted_in and not self._is_problem:
            self._note = ""  # what has become urgent since goes first
        checks = advice.is_urgent and phase is Phase.LIVE
        shape, colour = CHECK if checks else BADGES[phase]
        ground = getattr(self.theme, colour)
        self.badge.setText(f"{shape} {'CHECK' if checks else summary.phase.upper()}")
        _set_style(
            self.badge,
            f"background: {ground}; color: {ink_on(ground)}; font-weight: 700;"
            "border-radius: 9px; padding: 3px 8px;",
        )
        self._show_line()

    def _show_line(self) -> None:
        line, stands_out = self._note, self._is_problem
        if not line and self._summary is not None:
            line, stands_out = self._summary.advice.line, self._summary.advice.is_urgent
        self.line.setText(line)
        _set_style(self.line, f"color: {self.theme.notice if stands_out else self.theme.text}")


class FiguresView(QFrame):
    """One field for each figure, in a line at the bottom."""

    def __init__(self, model: ModelFacts) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.theme = DARK
        # Names of streams, hosts and profiles may have any length, and hold anything.
        self.fields: dict[str, QLabel] = {name: QLabel(NOTHING) for name in FIELDS}
        self.fields |= {"stream": ElidedLabel(NOTHING), "model": ElidedLabel(model.in_words)}
        self._cells = {name: _captioned(name, field) for name, field in self.fields.items()}
        # Many streams do not tell: shown where there are any.
        self._cells["interpolated"].hide()
        right = f"{FIELDS['rate']}; {model.spec.sfreq:g} Hz is right"
        self._cells["rate"].setToolTip(as_tooltip(right))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.setSpacing(16)
        # A short name leaves what it does not need to the other.
        self._cells["stream"].setSizePolicy(
            QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred
        )
        for name, cell in self._cells.items():
            row.addWidget(cell, {"model": 3, "stream": 2}.get(name, 0))

    def set_model(self, model: ModelFacts) -> None:
        """Say what is true of the model from now on."""
        self.fields["model"].setText(model.in_words)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours, from the next ``refresh`` on."""
        self.theme = theme

    def refresh(self, summary: Summary) -> None:
        """Show what there is to say."""
        fields, newest = self.fields, summary.newest
        fields["stream"].setText(summary.stream or NOTHING)
        fields["rate"].setText(NOTHING if summary.rate is None else f"{summary.rate:.1f} Hz")
        self._ink("rate", summary.rate_is_wrong)
        fields["missing"].setText(f"{summary.missing}")
        self._ink("missing", summary.lost_lately > 0)
        if newest is not None:
            fields["interpolated"].setText(f"{newest.driver_interpolated}")
            self._cells["interpolated"].setVisible(newest.driver_interpolated > 0)
            fields["skipped"].setText(f"{newest.skipped}")
            self._ink("skipped", summary.skipped_lately > 0)
        self._show_predicted(summary)

    def _show_predicted(self, summary: Summary) -> None:
        predicted, cell = summary.predicted, self._cells["latency"]
        late, quality = self.fields["latency"], self.fields["quality"]
        if predicted is None:
            late.setText(NOTHING)
            cell.setToolTip(as_tooltip(FIELDS["latency"], BEFORE_THE_STAMP))
        elif summary.is_late:
            # Nothing that is true of now.
            late.setText(f"{summary.latency_s:.0f} s late")
        else:
            late.setText(f"{1000 * summary.latency_s:.0f} ms")
            cell.setToolTip(as_tooltip(FIELDS["latency"], _parts(summary), BEFORE_THE_STAMP))
        self._ink("latency", summary.is_late)
        is_of_now = predicted is not None and not summary.is_late
        quality.setText((summary.grade if is_of_now else "") or NOTHING)
        self._ink("quality", predicted is not None and predicted.affect is None)
        flaws = summary.flaws or "no electrode has a flaw"
        tip = as_tooltip(FIELDS["quality"], flaws) if is_of_now else ""
        self._cells["quality"].setToolTip(tip or as_tooltip(FIELDS["quality"]))
        quality.setToolTip(tip)

    def _ink(self, name: str, stands_out: bool) -> None:
        colour = self.theme.notice if stands_out else self.theme.text
        _set_style(self.fields[name], f"color: {colour}")


def _parts(summary: Summary) -> str:
    """Say what the latency is made of."""
    newest = summary.newest
    if newest is None:
        return ""
    whole, compute = 1000 * summary.latency_s, newest.compute_ms
    return (
        f"Of {whole:.0f} ms, {compute:.0f} ms were spent on features, model and quality; the rest "
        "is the stream's way here and the wait for its next chunk."
    )


def _set_style(label: QLabel, style: str) -> None:
    # Qt lays everything out again, even for the same style.
    if label.styleSheet() != style:
        label.setStyleSheet(style)


def _captioned(caption: str, value: QLabel) -> QWidget:
    cell = QWidget()
    cell.setToolTip(as_tooltip(FIELDS[caption]))
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(5)
    name = QLabel(caption)
    name.setObjectName("caption")
    row.addWidget(name)
    row.addWidget(value, 1)
    return cell
