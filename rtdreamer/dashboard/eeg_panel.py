"""The traces, and what can be chosen of them: scale, time, filter, and where one looks."""

from collections.abc import Sequence

from rtdreamer.dashboard import choices, panel
from rtdreamer.dashboard.controls import button, chooser, step
from rtdreamer.dashboard.keys import Command
from rtdreamer.dashboard.traces import SCALES_UV, SPANS_S, TracesView
from rtdreamer.headset import Headset
from rtdreamer.window import Band


class EegPanel(panel.Panel):
    """A panel of traces with its boxes.

    Attributes
    ----------
    traces : TracesView
        The traces.
    scale, span, pass_band : QComboBox
        What is chosen.
    pause_button : QPushButton
        Holds the traces; it stands where the window places it.
    """

    def __init__(self, headset: Headset, bands: Sequence[Band]) -> None:
        self._pass_bands = choices.pass_bands(bands)
        self.traces = TracesView(headset)
        self.scale = chooser(
            [(f"{value} µV", value) for value in SCALES_UV],
            "What the scale bar stands for; a lane is twice as high (+ and −)",
        )
        self.span = chooser([(f"{value} s", value) for value in SPANS_S], "How long a time (W)")
        self.pass_band = chooser(
            [(name, name) for name in self._pass_bands],
            "A filter for the picture; what the model sees never changes (F)",
        )
        super().__init__("EEG", "", self.traces, (self.pass_band, self.span, self.scale))
        # Where there is little room the boxes need it; the whole is in the tooltip.
        self.caption.setMinimumWidth(1)
        self.pause_button = button("Pause", "Hold the traces, the session goes on (Space)", True)
        self.pause_button.clicked.connect(self.toggle_pause)
        self.scale.currentIndexChanged.connect(self._set_scale)
        self.span.currentIndexChanged.connect(self._set_span)
        self.pass_band.currentIndexChanged.connect(self._set_filter)
        self.traces.changed.connect(self._show_pause)

    @property
    def commands(self) -> list[Command]:
        """What can be done here by key."""
        return [
            Command(("Space",), "Space", "hold the traces, or follow again", self.toggle_pause),
            Command(("Left",), "←", "look back, up to 10 minutes", self.earlier),
            Command(("Right",), "→", "look later", self.later),
            Command(("PgUp",), "Page ↑", "look back by a whole picture", self.page_earlier),
            Command(("PgDown",), "Page ↓", "look later by a whole picture", self.page_later),
            Command(("+", "=", "Up"), "+  ↑", "larger traces", self.larger),
            Command(("-", "Down"), "−  ↓", "smaller traces", self.smaller),
            Command(("W",), "W", "5, 10 or 30 s", self.next_span),
            Command(("F",), "F", "next display filter; the model sees all", self.next_filter),
        ]

    def choose(self, wanted: choices.Choices) -> None:
        """Choose all at once."""
        self.scale.setCurrentIndex(self.scale.findData(wanted.scale_uv))
        self.span.setCurrentIndex(self.span.findData(wanted.span_s))
        self.pass_band.setCurrentText(wanted.pass_band)
        self._set_filter()

    def toggle_pause(self) -> None:
        """Hold the traces, or follow the newest sample again; the session goes on."""
        self.traces.pause(not self.traces.is_paused)
        self._show_pause()

    def follow(self) -> None:
        """Follow the newest sample."""
        self.traces.pause(False)
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

    def look_back(self, seconds: float) -> None:
        """Show the traces so many seconds earlier; later, if negative."""
        self.traces.look_back(seconds)
        self._show_pause()

    def _show_pause(self) -> None:
        paused = self.traces.is_paused
        self.pause_button.setChecked(paused)
        self.pause_button.setText("Follow" if paused else "Pause")
        self._say_what_is_shown()

    def _say_what_is_shown(self) -> None:
        chosen = self.pass_band.currentText()
        shown = "no filter" if chosen == "off" else f"{chosen} here; the model sees all"
        held = "PAUSED, the session goes on · " if self.traces.is_paused else ""
        self.caption.setText(f"{held}{shown}")

    def _set_scale(self) -> None:
        self.traces.set_scale(self.scale.currentData())

    def _set_span(self) -> None:
        self.traces.set_span(self.span.currentData())

    def _set_filter(self) -> None:
        self.traces.set_filter(self._pass_bands[self.pass_band.currentText()])
        self._say_what_is_shown()
