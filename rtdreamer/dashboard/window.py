"""The dashboard's one window."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

from PyQt5.QtCore import QSettings, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QCloseEvent, QResizeEvent
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from rtdreamer.dashboard import choices, keys, panel, theme
from rtdreamer.dashboard.action_bar import ActionBar
from rtdreamer.dashboard.affect import AffectView
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.controls import button
from rtdreamer.dashboard.eeg_panel import EegPanel
from rtdreamer.dashboard.faults import Faults
from rtdreamer.dashboard.history import HistoryView
from rtdreamer.dashboard.ordering import Control, Ordering
from rtdreamer.dashboard.picture import save_picture
from rtdreamer.dashboard.seen_panel import SeenPanel
from rtdreamer.dashboard.status import FiguresView, StateView
from rtdreamer.dashboard.track import Track
from rtdreamer.dashboard.truth_strip import RatedPast
from rtdreamer.errors import RtdreamerError
from rtdreamer.live.model_facts import ModelFacts
from rtdreamer.live.orders import BegunAnew, Report
from rtdreamer.live.sink import FLOWING, Phase, State
from rtdreamer.live.summary import Summariser, Summary
from rtdreamer.prediction import Prediction, Reasons
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece
from rtdreamer.stream.marker import Marker

FRAME_MS = 16
"""Traces are drawn 60 times a second, however often chunks arrive, and one head each time."""

TICK_MS = 200
"""The slower views are drawn 5 times a second."""

SPECTRUM_MS = 500
"""The spectrum of an electrode, while one is open, is made twice a second."""

MAX_MARKERS = 500

LEAST_SIZE = (960, 540)
"""Of the window, pixels: a screen of 1920 by 1080 at twice the size."""

FIRST_SIZE = (1280, 800)

TITLE_BAR = 40
"""Pixels, at most, that a system draws above a window."""

LOW = 640
"""Pixels: in windows that are less high, each line counts."""

LEAST_HISTORY = {False: 104, True: 90}
"""Pixels; less in low windows."""

SHARES = {False: (10, 11, 9), True: (8, 9, 13)}
"""Of the width: affect, traces and heads, without and with a large head, or a spectrum."""

SEEKING = (Phase.WAITING, Phase.DISCONNECTED)
"""Phases in which another stream may be what is wanted."""

NO_CONTROL = Control()


class DashboardWindow(QWidget):
    """Lays out the views, passes on to them what arrives over the bridge, and does what is asked.

    Parameters
    ----------
    model : ModelFacts
        The model that makes the predictions.
    bridge : Bridge
        Where everything arrives from.
    clock : callable
        LSL time now, seconds.
    hop : int
        Samples from one prediction to the next.
    settings : QSettings, optional
        Where choices and sizes are remembered; without, they are not.
    pictures : Path, optional
        The folder that pictures are saved in; without, the current one.
    control : Control, optional
        How it reaches the session.
    """

    closed = pyqtSignal()

    def __init__(
        self,
        model: ModelFacts,
        bridge: Bridge,
        clock: Callable[[], float],
        hop: int,
        settings: QSettings | None = None,
        pictures: Path | None = None,
        control: Control = NO_CONTROL,
    ) -> None:
        super().__init__()
        self._clock, self._hop, self._control = clock, hop, control
        self._settings, self._pictures = settings, pictures
        self.theme = theme.DARK
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._build(model)
        bands = model.spec.bands
        self.choose(choices.Choices() if settings is None else choices.load(settings, bands))
        self.setMinimumSize(*LEAST_SIZE)
        self.resize(self._first_size())
        where = None if settings is None else choices.geometry(settings)
        if where is not None:
            self.restoreGeometry(where)
        bridge.state_changed.connect(self._show_state)
        bridge.samples_arrived.connect(self._show_samples)
        bridge.unusable_counted.connect(self._count_unusable)
        bridge.prediction_made.connect(self._show_prediction)
        bridge.marker_set.connect(self._show_marker)
        bridge.reported.connect(self._hear)
        bridge.reasons_found.connect(self._show_reasons)
        self._timers = [
            self._every(FRAME_MS, self.draw_frame),
            self._every(TICK_MS, self.tick),
            self._every(SPECTRUM_MS, self.draw_spectrum),
        ]
        self.tick()

    def _build(self, model: ModelFacts) -> None:
        """Make everything that shows a session with this model."""
        self._summariser = Summariser(model, self._hop, self._clock)
        self.setWindowTitle(f"rtdreamer · {model.name}")
        self.banner = panel.banner(model) if model.simulated else None
        self.state = StateView()
        self.affect = AffectView(model)
        self.eeg = EegPanel(model.spec.headset, model.spec.bands)
        self.traces = self.eeg.traces
        self.seen = SeenPanel(model.spec)
        self.heads, self.spectrum = self.seen.heads, self.seen.spectrum
        self.history = HistoryView(model.base_rate)
        self.figures = FiguresView(model)
        self.track = Track(self._hop / model.spec.sfreq, model.window_s)
        self._rated = RatedPast(model.high_from)
        self.bar = ActionBar(self._buttons())
        self.ordering = Ordering(self, self._control, self._clock, self.bar, self._settings, model)
        self._markers: deque[Marker] = deque(maxlen=MAX_MARKERS)
        strips = (self.state, self.bar, self.ordering.strip, self.ordering.baseline, self.figures)
        self._views = (self.affect, self.traces, self.heads, self.spectrum, self.history)
        self.faults = Faults(self, (*self._views, *strips))
        self.faults.said.connect(self.state.say)
        self._lay_out()
        self.sheet = keys.KeySheet(self, self.commands)
        self._shortcuts = keys.bind(self, self.commands)

    def _begin_anew(self, model: ModelFacts) -> None:
        """Show another session, with nothing of the last one."""
        chosen = self.chosen
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
        for old in (*self._shortcuts, self.sheet, self.ordering, self.faults):
            old.deleteLater()
        self._content.hide()
        self._content.deleteLater()
        self._build(model)
        self.choose(chosen)
        self._fit_height()

    def end(self) -> None:
        """Close the window if it is open; a slot for those who end the session from elsewhere."""
        if self.isVisible():
            self.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        for timer in self._timers:
            timer.stop()
        if self._settings is not None:
            choices.save(self._settings, self.chosen, self.saveGeometry())
        super().closeEvent(event)
        self.closed.emit()

    def _first_size(self) -> QSize:
        """As large as it begins, and no larger than the screen, or its foot would be below it."""
        screen = self.screen()
        room = QSize(*FIRST_SIZE) if screen is None else screen.availableSize()
        return QSize(*FIRST_SIZE).boundedTo(room - QSize(0, TITLE_BAR))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit_height()
        if self.sheet.isVisible():
            self.sheet.place()

    def _fit_height(self) -> None:
        """Make room where there is little."""
        is_low = self.height() < LOW
        self.state.line.set_lines(1 if is_low else 2)
        self._history_panel.setMinimumHeight(LEAST_HISTORY[is_low])
        # What is to be done now is more than what was.
        asks = self.ordering.baseline.isVisible() or self.ordering.strip.isVisible()
        self._history_panel.setHidden(is_low and asks)

    # What is chosen.

    @property
    def chosen(self) -> choices.Choices:
        """What is chosen now."""
        return choices.Choices(
            self.eeg.scale.currentData(),
            self.eeg.span.currentData(),
            self.eeg.pass_band.currentText(),
            self.theme.name,
        )

    def choose(self, wanted: choices.Choices) -> None:
        """Choose all at once."""
        self.eeg.choose(wanted)
        self.set_theme(theme.THEMES[wanted.theme])

    def set_theme(self, colours: theme.Theme) -> None:
        """Draw everything in these colours."""
        self.theme = colours
        self.setStyleSheet(theme.style_sheet(colours))
        for view in (self.state, self.bar, *self._views, self.figures):
            self.faults.call(view, view.set_theme, colours)

    def toggle_theme(self) -> None:
        """Go from dark to light, or back."""
        self.set_theme(theme.LIGHT if self.theme is theme.DARK else theme.DARK)
        self.tick()

    def toggle_keys(self) -> None:
        """Show what can be done by key, or hide it."""
        self.sheet.toggle()

    def follow(self) -> None:
        """Close what is open, or if nothing is, follow the newest sample."""
        if self.ordering.close_what_is_over():
            return
        self.sheet.hide()
        self.seen.close_all()
        self.eeg.follow()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or be a window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def save_picture(self) -> None:
        """Save what the window shows as a PNG, and say where."""
        try:
            self.state.say(f"saved {save_picture(self, self._pictures or Path.cwd())}")
        except RtdreamerError as error:
            self.state.say(str(error), is_problem=True)

    # How it is made.

    def _buttons(self) -> list[QPushButton]:
        """Those of the views."""
        buttons = [self.eeg.pause_button]
        for text, tooltip, act in (
            ("Picture", "Save what the window shows (S)", self.save_picture),
            ("Theme", "Dark or light (T)", self.toggle_theme),
            ("Keys ?", "What can be done by key (?)", self.toggle_keys),
        ):
            made = button(text, tooltip)
            made.clicked.connect(act)
            buttons.append(made)
        return buttons

    @property
    def commands(self) -> list[keys.Command]:
        """What can be done by key."""
        # Made anew each time: a window that held its own methods would outlive its use.
        command = keys.Command
        return [
            *self.eeg.commands,
            *self.seen.commands,
            *self.ordering.commands,
            command(("S",), "S", "save a picture", self.save_picture),
            command(("F5",), "F5", "show what has failed again", self.faults.try_again),
            command(("T",), "T", "dark or light", self.toggle_theme),
            command(("F11",), "F11", "full screen", self.toggle_full_screen),
            command(("Esc", "End"), "Esc  End", "close; all bands, newest samples", self.follow),
            command(("?", "H", "F1"), "?", "this list", self.toggle_keys),
        ]

    def _lay_out(self) -> None:
        self.state.row.addWidget(self.ordering.field, 1)
        self.ordering.field.opened.connect(self.state.line.setHidden)
        self.ordering.baseline.shown.connect(self._fit_height)
        self.ordering.said.connect(self.state.say)
        self.ordering.model_changed.connect(self.figures.set_model)
        affect = panel.Panel("Valence and arousal", "chance it is high", self.affect)
        self._history_panel = panel.Panel(
            "Last minutes",
            "thick: mean of 5 s · thin: each answer · dashed: usual",
            self.history,
            (self.history.reason,),
        )
        self._body = QHBoxLayout()
        self._body.setSpacing(6)
        for view in (affect, self.eeg, self.seen):
            self._body.addWidget(view)
        self._share_out()
        self.seen.opened.connect(self._share_out)
        self.traces.electrode_clicked.connect(self.seen.open_electrode)
        self._content = QWidget()
        self._outer.addWidget(self._content)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.state)
        column.addWidget(self.bar)
        column.addWidget(self.ordering.strip)
        column.addWidget(self.ordering.baseline)
        if self.banner is not None:
            column.addWidget(self.banner)
        column.addLayout(self._body, 4)
        column.addWidget(self._history_panel, 1)
        column.addWidget(self.figures)

    def _share_out(self) -> None:
        for place, share in enumerate(SHARES[self.seen.is_large]):
            self._body.setStretch(place, share)
        self.faults.call(self.traces, self.traces.choose, self.spectrum.electrode)
        self.draw_spectrum()

    def _every(self, interval_ms: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(action)
        timer.start(interval_ms)
        return timer

    # What arrives.

    def _show_state(self, state: State) -> None:
        self._summariser.on_state(state)
        self.ordering.strip.set_waiting(state.phase in SEEKING)
        self._fit_height()
        self.faults.call(self.traces, self.traces.set_flowing, state.phase in FLOWING)
        self._say_how_it_stands(self._summariser.summary())

    def _show_samples(self, piece: Piece) -> None:
        self._summariser.on_samples(piece)
        self.faults.call(self.traces, self.traces.show_samples, piece)

    def _count_unusable(self, missing: int) -> None:
        self._summariser.on_unusable(missing)

    def _show_prediction(self, prediction: Prediction, features: Features) -> None:
        self._summariser.on_prediction(prediction, features)
        self.track.add(prediction, self._summariser.means)
        self.faults.call(self.heads, self.heads.show_prediction, prediction, features)

    def _hear(self, report: Report) -> None:
        if isinstance(report, BegunAnew):
            self._begin_anew(report.model)
        else:
            self._summariser.on_report(report)
            self._rated.hear(report)
            self.ordering.hear(report)
            self._fit_height()

    def _show_marker(self, marker: Marker) -> None:
        self._markers.append(marker)
        self.faults.call(self.traces, self.traces.show_marker, marker)

    def _show_reasons(self, reasons: Reasons) -> None:
        self.faults.call(self.heads, self.heads.show_reasons, reasons)

    def draw_frame(self) -> None:
        """Draw what moves."""
        self.faults.call(self.traces, self.traces.refresh)
        self.faults.call(self.heads, self.heads.refresh)

    def draw_spectrum(self) -> None:
        """Draw the spectrum of the electrode that is looked into."""
        if self.spectrum.electrode is not None:
            excerpt = self.traces.on_screen()
            self.faults.call(self.spectrum, self.spectrum.show_samples, excerpt)

    def tick(self) -> None:
        """Draw the slower views."""
        summary, call = self._summariser.summary(), self.faults.call
        past = self.track.past(summary.now)
        marked = [(summary.now - marker.timestamp, marker.text) for marker in self._markers]
        call(self.traces, self.traces.tick, summary.now, summary.quality)
        call(self.affect, self.affect.refresh, summary, past)
        call(self.history, self.history.refresh, past, marked, self._rated.stretches(summary.now))
        call(self.bar, self.ordering.tick)
        call(self.heads, self.heads.set_current, summary.verdict is not None)
        self._say_how_it_stands(summary)

    def _say_how_it_stands(self, summary: Summary) -> None:
        self.faults.call(self.state, self.state.refresh, summary)
        self.faults.call(self.figures, self.figures.refresh, summary)

    def hear_fault(self, error: Exception) -> None:
        """Take what nobody caught for what it is, a view's."""
        self.faults.hear(error)
