"""What can be done by mouse, in one row, and how the recording stands."""

from collections.abc import Sequence
from pathlib import Path

from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton

from rtdreamer.dashboard.controls import button
from rtdreamer.dashboard.label import ElidedLabel, as_tooltip
from rtdreamer.dashboard.theme import DARK, Theme
from rtdreamer.live.orders import RecordingReport


class ActionBar(QFrame):
    """Buttons for the session at the left, the recording beside them, the view's at the right.

    Parameters
    ----------
    of_views : sequence of QPushButton
        Those at the right.

    Attributes
    ----------
    record_button, mark_button, baseline_button, setup_button : QPushButton
        Those at the left.
    recording : ElidedLabel
        The file that is recorded into, and for how long; or why nothing is written.
    """

    def __init__(self, of_views: Sequence[QPushButton]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.theme = DARK
        self.record_button = button("● Record", "Record the session, or stop (R)", True)
        self.mark_button = button("Marker", "Mark this moment, with a text (M)")
        self.baseline_button = button("Baseline", "Measure this person's baseline, 60 s (B)")
        self.setup_button = button("Setup…", "Choose stream, model, profile and folder (O)")
        self.left = [
            self.record_button, self.mark_button, self.baseline_button, self.setup_button,
        ]  # fmt: skip
        self.recording = ElidedLabel()
        self._report = RecordingReport(False)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 3, 8, 3)
        self._row.setSpacing(6)
        for each in self.left:
            self._row.addWidget(each)
        self._row.addWidget(self.recording, 1)
        for each in of_views:
            self._row.addWidget(each)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.theme = theme
        self._ink()

    def show_recording(self, report: RecordingReport, now: float) -> None:
        """Say how the recording stands ``now``, LSL seconds."""
        self._report = report
        self.record_button.setChecked(report.is_on)
        self.record_button.setText("■ Stop" if report.is_on else "● Record")
        self.recording.setText(_in_words(report, now))
        if report.path is not None:
            self.recording.setToolTip(as_tooltip(str(report.path)))
        self._ink()

    def _ink(self) -> None:
        colour = self.theme.notice if self._report.problem else self.theme.text
        style = f"color: {colour}"
        if self.recording.styleSheet() != style:
            self.recording.setStyleSheet(style)


def _in_words(report: RecordingReport, now: float) -> str:
    if not report.is_on:
        return ""
    path: Path | None = report.path
    if path is None:
        problem = f"▲ {report.problem}; " if report.problem else ""
        return f"{problem}recording begins with the first samples"
    length = report.in_words(now)
    if report.problem:
        return f"▲ {length}, NOT WRITTEN: {report.problem}; tried again · {path.name}"
    return f"recording {length} · {path.name}"
