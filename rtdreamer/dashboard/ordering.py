"""What is ordered of the session by mouse and by key, and what is shown of what comes of it."""

from collections.abc import Callable
from pathlib import Path

from PyQt5.QtCore import QObject, QSettings, pyqtSignal
from PyQt5.QtWidgets import QFileDialog, QWidget

from rtdreamer.dashboard.action_bar import ActionBar
from rtdreamer.dashboard.baseline_panel import BaselinePanel
from rtdreamer.dashboard.keys import Command
from rtdreamer.dashboard.mark_field import MarkField
from rtdreamer.live import orders
from rtdreamer.live.orders import Order, Report

PROFILES = "Profiles (*.toml)"


class Ordering(QObject):
    """Turns what is done on the screen into orders, and reports into what the screen shows.

    Parameters
    ----------
    give : callable
        Takes an order.
    clock : callable
        LSL time now, seconds.
    bar : ActionBar
        With the buttons.
    folder : Path or None
        That recordings go into; asked for, and remembered, if it is not given.
    settings : QSettings or None
        Where it is remembered.
    """

    said = pyqtSignal(str, bool)
    """A line on what came of an order, and whether it is of a problem."""

    profile_used = pyqtSignal(str)

    def __init__(
        self,
        parent: QWidget,
        give: Callable[[Order], object],
        clock: Callable[[], float],
        bar: ActionBar,
        folder: Path | None,
        settings: QSettings | None,
    ) -> None:
        super().__init__(parent)
        self._give, self._clock, self._settings = give, clock, settings
        self.bar = bar
        self.field = MarkField()
        self.baseline = BaselinePanel()
        self.recording = orders.RecordingReport(False)
        self.dialog: QFileDialog | None = None
        self._folder = folder
        self._has_measured = False
        self.field.given.connect(self._mark)
        self.bar.mark_button.clicked.connect(self.open_mark)
        self.bar.record_button.clicked.connect(self.toggle_recording)
        self.bar.baseline_button.clicked.connect(self.toggle_baseline)
        self.baseline.stop_button.clicked.connect(self.toggle_baseline)
        self.baseline.save_button.clicked.connect(self.save_profile)

    @property
    def commands(self) -> list[Command]:
        """What can be ordered by key."""
        return [
            Command(("M",), "M", "mark this moment, with a text", self.open_mark),
            Command(("R",), "R", "record, or stop", self.toggle_recording),
            Command(("Shift+R",), "Shift R", "record into another folder", self.record_elsewhere),
            Command(("B",), "B", "measure the baseline, 60 s, or stop", self.toggle_baseline),
            Command(("P",), "P", "save the measured baseline as a profile", self.save_profile),
        ]

    def hear(self, report: Report) -> None:
        """Show what is reported."""
        if isinstance(report, orders.RecordingReport):
            self.recording = report
            self.tick()
        elif isinstance(report, orders.BaselineReport):
            self.baseline.show_progress(report)
        elif isinstance(report, orders.BaselineEnd):
            self._has_measured = self._has_measured or report.is_measured
            self.baseline.show_end(report)
        elif isinstance(report, orders.ProfileInUse):
            self.profile_used.emit(report.in_words)
        elif isinstance(report, orders.Said):
            self.said.emit(report.line, report.is_problem)

    def tick(self) -> None:
        """Show how long it has been recorded."""
        self.bar.show_recording(self.recording, self._clock())

    def open_mark(self) -> None:
        """Ask for the text of this moment."""
        self.field.open(self._clock())

    def close_what_is_over(self) -> bool:
        """Close the field or what a baseline came to; return whether there was any."""
        if self.field.isVisible():
            self.field.give_up()
            return True
        if self.baseline.isVisible() and not self.baseline.is_running:
            self.baseline.hide()
            return True
        return False

    def toggle_recording(self) -> None:
        """Record, or stop."""
        if self.recording.is_on:
            self._give(orders.StopRecording())
        elif (folder := self.folder) is not None:
            self._give(orders.StartRecording(folder))
        else:
            self.record_elsewhere()
        self.tick()

    def record_elsewhere(self) -> None:
        """Ask for the folder, and record into it."""
        if self.recording.is_on:
            self.said.emit("stop this recording first: R", True)
            return
        dialog = self._ask("Record into the folder of the study", QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._record_into)
        dialog.open()

    @property
    def folder(self) -> Path | None:
        """That recordings go into; None if it is not known, or is there no longer."""
        if self._folder is not None or self._settings is None:
            return self._folder
        found = self._settings.value("record_folder")
        return Path(found) if isinstance(found, str) and Path(found).is_dir() else None

    def toggle_baseline(self) -> None:
        """Measure this person's baseline, or give that up."""
        running = self.baseline.is_running
        self._give(orders.StopBaseline() if running else orders.StartBaseline())

    def save_profile(self) -> None:
        """Ask for a file, and write the baseline that was measured into it."""
        if not self._has_measured:
            self.said.emit("there is no baseline to be saved yet: B measures one", True)
            return
        dialog = self._ask("Save the baseline", QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(PROFILES)
        dialog.setDefaultSuffix("toml")
        dialog.selectFile("me.toml")
        dialog.fileSelected.connect(self._save_into)
        dialog.open()

    def _ask(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        parent = self.parent()
        self.dialog = QFileDialog(parent if isinstance(parent, QWidget) else None, title)
        self.dialog.setFileMode(mode)
        self.dialog.finished.connect(self.dialog.deleteLater)
        return self.dialog

    def _mark(self, text: str, at: float) -> None:
        self._give(orders.Mark(text, at))

    def _record_into(self, chosen: str) -> None:
        self._folder = Path(chosen)
        if self._settings is not None:
            self._settings.setValue("record_folder", chosen)
        self._give(orders.StartRecording(self._folder))

    def _save_into(self, chosen: str) -> None:
        self._give(orders.SaveProfile(Path(chosen)))
