"""What whoever wears the headset is to do while the baseline is measured, and what came of it."""

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QHideEvent, QShowEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar

from rtdreamer.dashboard.controls import button
from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.live.orders import BaselineEnd, BaselineReport

DO = "Baseline: sit quietly, with open eyes"


class BaselinePanel(QFrame):
    """A strip that is there while a baseline is measured, and until its end has been seen.

    Attributes
    ----------
    is_running : bool
        Whether one is being measured.
    words : ElidedLabel
        What to do, or what came of it.
    bar : QProgressBar
        Seconds of EEG so far.
    stop_button, save_button, close_button : QPushButton
        Give it up; write it into a file; have seen the end.
    """

    shown = pyqtSignal()
    """It is there, or is there no longer."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.is_running = False
        self.words = ElidedLabel()
        self.words.setObjectName("strip")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(180)
        self.left = QLabel()
        self.left.setObjectName("strip")
        self.stop_button = button("Stop", "Give the baseline up; nothing is changed (B)")
        self.save_button = button("Save as…", "Write the baseline into a profile file (P)")
        self.close_button = button("Close", "It stays in effect (Esc)")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 8, 3)
        row.setSpacing(10)
        row.addWidget(self.words, 1)
        for part in (self.left, self.bar, self.stop_button, self.save_button, self.close_button):
            row.addWidget(part)
        self.close_button.clicked.connect(self.hide)
        self.hide()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.shown.emit()

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self.shown.emit()

    def show_progress(self, report: BaselineReport) -> None:
        """Say what to do, and for how much longer."""
        self.words.setText(f"{DO} · signal too poor, not counted" if report.is_poor else DO)
        self.left.setText(f"{report.wanted_s - report.seconds:.0f} s")
        self.bar.setRange(0, round(report.wanted_s))
        self.bar.setValue(round(report.seconds))
        self._offer(running=True)

    def show_end(self, end: BaselineEnd) -> None:
        """Say what came of it."""
        self.words.setText(end.line[0].upper() + end.line[1:])
        self._offer(running=False)
        self.save_button.setVisible(end.is_measured)

    def _offer(self, running: bool) -> None:
        self.is_running = running
        for part in (self.left, self.bar, self.stop_button):
            part.setVisible(running)
        self.save_button.setVisible(False)
        self.close_button.setVisible(not running)
        self.show()
