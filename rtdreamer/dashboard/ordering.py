"""What is ordered of the session by mouse and by key, and what is shown of what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PyQt5.QtCore import QObject, QSettings, pyqtSignal
from PyQt5.QtWidgets import QFileDialog, QWidget

from rtdreamer.dashboard.action_bar import ActionBar
from rtdreamer.dashboard.baseline_panel import BaselinePanel
from rtdreamer.dashboard.keys import Command
from rtdreamer.dashboard.mark_field import MarkField
from rtdreamer.dashboard.setup_dialog import SetupDialog, Wanted
from rtdreamer.dashboard.stream_strip import MOST, StreamStrip
from rtdreamer.live import orders
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.orders import Order, Report
from rtdreamer.stream.chunk import StreamDescription

PROFILES = "Profiles (*.toml)"
MODELS = "Models (*.safetensors)"


def _unheard(order: Order) -> None:
    """There is no session that hears it."""


@dataclass(frozen=True, slots=True)
class Control:
    """How a screen reaches the session that it shows.

    Attributes
    ----------
    give : callable
        Takes what is ordered of it.
    folder : Path or None
        That recordings go into; asked for, and remembered, if it is not given.
    models : tuple of str
        The names of those that can be chosen.
    """

    give: Callable[[Order], object] = _unheard
    folder: Path | None = None
    models: tuple[str, ...] = ()


class Ordering(QObject):
    """Turns what is done on the screen into orders, and reports into what the screen shows.

    Parameters
    ----------
    control : Control
        Of the session.
    clock : callable
        LSL time now, seconds.
    bar : ActionBar
        With the buttons.
    settings : QSettings or None
        Where the folder of recordings is remembered.
    model : ModelFacts
        The one in use.
    """

    said = pyqtSignal(str, bool)
    """A line on what came of an order, and whether it is of a problem."""

    model_changed = pyqtSignal(object)
    """What is said of the model, relative to another baseline."""

    def __init__(
        self,
        parent: QWidget,
        control: Control,
        clock: Callable[[], float],
        bar: ActionBar,
        settings: QSettings | None,
        model: ModelFacts,
    ) -> None:
        super().__init__(parent)
        self._model, self._models = model, control.models
        self.strip = StreamStrip()
        self.setup: SetupDialog | None = None
        self.strip.chosen.connect(self.follow_stream)
        self._give, self._clock, self._settings = control.give, clock, settings
        self.bar = bar
        self.field = MarkField()
        self.baseline = BaselinePanel()
        self.recording = orders.RecordingReport(False)
        self.dialog: QFileDialog | None = None
        self._folder = control.folder
        self._has_measured = False
        self.field.given.connect(self._mark)
        self.bar.mark_button.clicked.connect(self.open_mark)
        self.bar.record_button.clicked.connect(self.toggle_recording)
        self.bar.setup_button.clicked.connect(self.open_setup)
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
            *(
                Command((f"Ctrl+{place + 1}",), "", "", partial(self.follow_offered, place))
                for place in range(MOST)
            ),
            Command((), f"Ctrl 1 … {MOST}", "follow a stream that is offered", self.tick),
            Command(("O",), "O", "choose stream, model, profile, folder", self.open_setup),
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
            self._model = replace(self._model, baseline=f"relative to {report.in_words}")
            self.model_changed.emit(self._model)
        elif isinstance(report, orders.StreamsFound):
            self.strip.show_streams(report.streams)
            if self.setup is not None:
                self.setup.show_streams(report.streams)
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

    def follow_stream(self, stream: StreamDescription) -> None:
        """Follow it in place of what is followed or waited for."""
        self._give(orders.FollowStream(stream.name, stream.source_id))

    def follow_offered(self, place: int) -> None:
        """Follow the one whose button stands at this place."""
        if self.strip.isVisible() and place < len(self.strip.buttons):
            self.follow_stream(self.strip.streams[place])

    def open_setup(self) -> None:
        """Show what can be chosen."""
        parent = self.parent()
        dialog = SetupDialog(
            parent if isinstance(parent, QWidget) else None,
            self._models,
            self._model.name,
            self._model.baseline,
            self.folder,
        )
        dialog.finished.connect(self._setup_closed)
        dialog.show_streams(self.strip.streams)
        self.setup = dialog
        dialog.open()

    def ask_for_model(self) -> None:
        """Ask for a checkpoint, and answer with it."""
        dialog = self._ask("Choose a model", QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(MODELS)
        dialog.fileSelected.connect(self._use_model)
        dialog.open()

    def ask_for_profile(self) -> None:
        """Ask for a profile, and answer relative to it."""
        dialog = self._ask("Choose a profile", QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(PROFILES)
        dialog.fileSelected.connect(self._use_profile)
        dialog.open()

    def _setup_closed(self) -> None:
        dialog, self.setup = self.setup, None
        if dialog is None:
            return
        dialog.deleteLater()
        wanted, value = dialog.choice or (None, None)
        if wanted is Wanted.STREAM and isinstance(value, StreamDescription):
            self.follow_stream(value)
        elif wanted is Wanted.MODEL:
            self._use_model(str(value))
        elif wanted is Wanted.MODEL_FILE:
            self.ask_for_model()
        elif wanted is Wanted.PROFILE_FILE:
            self.ask_for_profile()
        elif wanted is Wanted.FOLDER:
            self.record_elsewhere()

    def _use_model(self, named: str) -> None:
        self._give(orders.UseModel(named))

    def _use_profile(self, chosen: str) -> None:
        self._give(orders.UseProfile(Path(chosen)))

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
