"""The dashboard's one window."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt5.QtCore import QSettings, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QCloseEvent, QResizeEvent
from PyQt5.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from rtdreamer.dashboard import choices, keys, panel, theme
from rtdreamer.dashboard.affect import AffectView
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.controls import button, chooser, step
from rtdreamer.dashboard.heads import HeadsView
from rtdreamer.dashboard.history import HistoryView
from rtdreamer.dashboard.picture import save_picture
from rtdreamer.dashboard.status import FiguresView, StateView
from rtdreamer.dashboard.traces import SCALES_UV, SPANS_S, TracesView
from rtdreamer.dashboard.track import Track
from rtdreamer.errors import RtdreamerError
from rtdreamer.live.sink import State
from rtdreamer.live.summary import FLOWING, ModelFacts, Summariser
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece

FRAME_MS = 16
"""Traces are drawn 60 times a second, however often chunks arrive, and one head each time."""

TICK_MS = 200
"""The slower views are drawn 5 times a second."""

NOTE_MS = 6000
"""So long it stands what an action led to."""

LEAST_SIZE = (960, 540)
"""Of the window, pixels: a screen of 1920 by 1080 at twice the size."""

LEAST_HISTORY = 104

SHARES = {False: (10, 11, 9), True: (8, 9, 13)}
"""Of the width: affect, traces and heads, without and with one of the heads large."""


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
    ) -> None:
        super().__init__()
        self._summariser = Summariser(model, hop, clock)
        self._settings, self._pictures = settings, pictures
        self._note = ""
        bands = model.spec.bands
        self._pass_bands = choices.pass_bands(bands)
        self.setWindowTitle(f"rtdreamer · {model.name}")
        self.banner = panel.banner(model) if model.simulated else None
        self.state = StateView()
        self.affect = AffectView(model)
        self.traces = TracesView(model.spec.headset)
        self.heads = HeadsView(model.spec)
        self.history = HistoryView(model.base_rate)
        self.figures = FiguresView(model)
        self.track = Track(hop / model.spec.sfreq, model.window_s)
        self.theme = theme.DARK
        self._make_controls()
        self._lay_out()
        self.sheet = keys.KeySheet(self, self.commands)
        keys.bind(self, self.commands)
        first = choices.Choices() if settings is None else choices.load(settings, bands)
        self.choose(first)
        self.resize(1280, 800)
        where = None if settings is None else choices.geometry(settings)
        if where is not None:
            self.restoreGeometry(where)
        bridge.state_changed.connect(self._show_state)
        bridge.samples_arrived.connect(self._show_samples)
        bridge.unusable_counted.connect(self._count_unusable)
        bridge.prediction_made.connect(self._show_prediction)
        bridge.reasons_found.connect(self.heads.show_reasons)
        self._timers = [
            self._every(FRAME_MS, self.draw_frame),
            self._every(TICK_MS, self.tick),
        ]
        self.tick()

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

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self.sheet.isVisible():
            self.sheet.place()

    # What is chosen.

    @property
    def chosen(self) -> choices.Choices:
        """What is chosen now."""
        return choices.Choices(
            self.scale.currentData(),
            self.span.currentData(),
            self.pass_band.currentText(),
            self.theme.name,
        )

    def choose(self, wanted: choices.Choices) -> None:
        """Choose all at once."""
        self.scale.setCurrentIndex(self.scale.findData(wanted.scale_uv))
        self.span.setCurrentIndex(self.span.findData(wanted.span_s))
        self.pass_band.setCurrentText(wanted.pass_band)
        self.set_theme(theme.THEMES[wanted.theme])
        self._set_filter()

    def set_theme(self, colours: theme.Theme) -> None:
        """Draw everything in these colours."""
        self.theme = colours
        self.setStyleSheet(theme.style_sheet(colours))
        for view in (self.state, self.affect, self.traces, self.heads, self.history, self.figures):
            view.set_theme(colours)

    def toggle_theme(self) -> None:
        """Go from dark to light, or back."""
        self.set_theme(theme.LIGHT if self.theme is theme.DARK else theme.DARK)
        self.tick()

    def toggle_pause(self) -> None:
        """Hold the traces, or follow the newest sample again; the session goes on."""
        self.traces.pause(not self.traces.is_paused)
        self._show_pause()

    def earlier(self) -> None:
        """Look back by a fifth of the picture."""
        self.look_back(self.traces.span_s / 5)

    def later(self) -> None:
        """Look later by a fifth of the picture."""
        self.look_back(-self.traces.span_s / 5)

    def page_earlier(self) -> None:
        """Look back by the whole picture."""
        self.look_back(self.traces.span_s)

    def page_later(self) -> None:
        """Look later by the whole picture."""
        self.look_back(-self.traces.span_s)

    def larger(self) -> None:
        """Draw the traces larger."""
        step(self.scale, -1)

    def smaller(self) -> None:
        """Draw the traces smaller."""
        step(self.scale, 1)

    def next_span(self) -> None:
        """Draw the next longer time; after the longest the shortest."""
        step(self.span, 1, around=True)

    def next_filter(self) -> None:
        """Use the next display filter."""
        step(self.pass_band, 1, around=True)

    def toggle_keys(self) -> None:
        """Show what can be done by key, or hide it."""
        self.sheet.toggle()

    def look_back(self, seconds: float) -> None:
        """Show the traces so many seconds earlier; later, if negative."""
        self.traces.look_back(seconds)
        self._show_pause()

    def follow(self) -> None:
        """Close what lies over the views, and follow the newest sample."""
        self.sheet.hide()
        self.heads.open(None)
        self.traces.pause(False)
        self._show_pause()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or be a window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def save_picture(self) -> None:
        """Save what the window shows as a PNG, and say where."""
        try:
            self._say(f"saved {save_picture(self, self._pictures or Path.cwd())}")
        except RtdreamerError as error:
            self._say(str(error))

    def _say(self, note: str) -> None:
        self._note = note
        QTimer.singleShot(NOTE_MS, self._say_no_more)
        self.tick()

    def _say_no_more(self) -> None:
        self._note = ""

    def _show_pause(self) -> None:
        paused = self.traces.is_paused
        self.pause_button.setChecked(paused)
        self.pause_button.setText("Follow" if paused else "Pause")
        self._caption_traces()

    def _caption_traces(self) -> None:
        chosen = self.pass_band.currentText()
        shown = "unfiltered" if chosen == "off" else f"{chosen} here; the model sees all"
        held = "PAUSED, the session goes on · " if self.traces.is_paused else ""
        self.traces_panel.caption.setText(f"{held}{shown}")

    def _set_scale(self) -> None:
        self.traces.set_scale(self.scale.currentData())

    def _set_span(self) -> None:
        self.traces.set_span(self.span.currentData())

    def _set_filter(self) -> None:
        self.traces.set_filter(self._pass_bands[self.pass_band.currentText()])
        self._caption_traces()

    # How it is made.

    def _make_controls(self) -> None:
        self.scale = chooser(
            [(f"{value} µV", value) for value in SCALES_UV],
            "What the scale bar stands for; a lane is twice as high (+ and −)",
        )
        self.span = chooser([(f"{value} s", value) for value in SPANS_S], "How long a time (W)")
        self.pass_band = chooser(
            [(name, name) for name in self._pass_bands],
            "A filter for the picture; what the model sees never changes (F)",
        )
        self.pause_button = button("Pause", "Hold the traces, the session goes on (Space)", True)
        self.pause_button.clicked.connect(self.toggle_pause)
        self.buttons = [self.pause_button]
        for text, tooltip, act in (
            ("Picture", "Save what the window shows (S)", self.save_picture),
            ("Theme", "Dark or light (T)", self.toggle_theme),
            ("Keys ?", "What can be done by key (?)", self.toggle_keys),
        ):
            made = button(text, tooltip)
            made.clicked.connect(act)
            self.buttons.append(made)
        self.scale.currentIndexChanged.connect(self._set_scale)
        self.span.currentIndexChanged.connect(self._set_span)

    @property
    def commands(self) -> list[keys.Command]:
        """What can be done by key."""
        # Made anew each time: a window that held its own methods would outlive its use.
        command, n_bands = keys.Command, len(self.heads.heads)
        return [
            command(("Space",), "Space", "hold the traces, or follow again", self.toggle_pause),
            command(("Left",), "←", "look back, up to 10 minutes", self.earlier),
            command(("Right",), "→", "look later", self.later),
            command(("PgUp",), "Page ↑", "look back by a whole picture", self.page_earlier),
            command(("PgDown",), "Page ↓", "look later by a whole picture", self.page_later),
            command(("+", "=", "Up"), "+  ↑", "larger traces", self.larger),
            command(("-", "Down"), "−  ↓", "smaller traces", self.smaller),
            command(("W",), "W", "5, 10 or 30 s", self.next_span),
            command(("F",), "F", "next display filter; the model sees all", self.next_filter),
            *(command((f"{n + 1}",), "", "", partial(self.heads.open, n)) for n in range(n_bands)),
            command((), f"1 … {n_bands}", "one band large, with its values", self.heads.refresh),
            command(("S",), "S", "save a picture", self.save_picture),
            command(("T",), "T", "dark or light", self.toggle_theme),
            command(("F11",), "F11", "full screen", self.toggle_full_screen),
            command(("Esc", "End"), "Esc  End", "all bands, newest samples", self.follow),
            command(("?", "H", "F1"), "?", "this list", self.toggle_keys),
        ]

    def _lay_out(self) -> None:
        for made in self.buttons:
            self.state.row.addWidget(made)
        self.traces_panel = panel.Panel(
            "EEG", "", self.traces, (self.pass_band, self.span, self.scale)
        )
        self.pass_band.currentIndexChanged.connect(self._set_filter)
        self.traces.changed.connect(self._show_pause)
        affect = panel.Panel("Valence and arousal", "against what is usual", self.affect)
        heads = panel.Panel("What the model sees", "band by band", self.heads)
        history = panel.Panel(
            "Last minutes", "thick: mean of 5 s · thin: each answer · dashed: usual", self.history
        )
        history.setMinimumHeight(LEAST_HISTORY)
        self.setMinimumSize(*LEAST_SIZE)
        self._body = QHBoxLayout()
        self._body.setSpacing(6)
        for view in (affect, self.traces_panel, heads):
            self._body.addWidget(view)
        self._share_out()
        self.heads.opened.connect(self._share_out)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.state)
        if self.banner is not None:
            column.addWidget(self.banner)
        column.addLayout(self._body, 4)
        column.addWidget(history, 1)
        column.addWidget(self.figures)

    def _share_out(self) -> None:
        for place, share in enumerate(SHARES[self.heads.open_band is not None]):
            self._body.setStretch(place, share)

    def _every(self, interval_ms: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(action)
        timer.start(interval_ms)
        return timer

    # What arrives.

    def _show_state(self, state: State) -> None:
        self._summariser.on_state(state)
        self.traces.set_flowing(state.phase in FLOWING)
        summary = self._summariser.summary()
        self.state.refresh(summary, self._note)
        self.figures.refresh(summary)

    def _show_samples(self, piece: Piece) -> None:
        self._summariser.on_samples(piece)
        self.traces.show_samples(piece)

    def _count_unusable(self, missing: int) -> None:
        self._summariser.on_unusable(missing)

    def _show_prediction(self, prediction: Prediction, features: Features) -> None:
        self._summariser.on_prediction(prediction, features)
        self.heads.show_prediction(prediction, features)
        self.track.add(prediction, self._summariser.means)

    def draw_frame(self) -> None:
        """Draw what moves."""
        self.traces.refresh()
        self.heads.refresh()

    def tick(self) -> None:
        """Draw the slower views."""
        summary = self._summariser.summary()
        past = self.track.past(summary.now)
        self.traces.tick(summary.now, summary.quality)
        self.affect.refresh(summary, past)
        self.history.refresh(past)
        self.heads.set_current(summary.verdict is not None)
        self.state.refresh(summary, self._note)
        self.figures.refresh(summary)
