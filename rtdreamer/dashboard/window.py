"""The dashboard's one window."""

from collections.abc import Callable

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QCloseEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.affect import AffectView
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.heads import HeadsView
from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.dashboard.status import StatusView
from rtdreamer.dashboard.traces import TracesView
from rtdreamer.live.sink import State
from rtdreamer.live.summary import FLOWING, ModelFacts, Summariser
from rtdreamer.prediction import Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece

FRAME_MS = 40
"""Traces are drawn 25 times a second, however often chunks arrive."""

TICK_MS = 200
"""The slower views are drawn 5 times a second."""


class DashboardWindow(QWidget):
    """Lays out the views and passes on to them what arrives over the bridge.

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
    """

    closed = pyqtSignal()

    def __init__(
        self, model: ModelFacts, bridge: Bridge, clock: Callable[[], float], hop: int
    ) -> None:
        super().__init__()
        self._summariser = Summariser(model, hop, clock)
        self.setWindowTitle(f"rtdreamer · {model.name}")
        self.setStyleSheet(theme.STYLE_SHEET)
        self.resize(1280, 800)
        self.banner = _banner(model) if model.simulated else None
        self.traces = TracesView(model.spec.headset)
        self.heads = HeadsView(model.spec)
        self.affect = AffectView(model)
        self.status = StatusView(model)
        self._lay_out()
        bridge.state_changed.connect(self._show_state)
        bridge.samples_arrived.connect(self._show_samples)
        bridge.unusable_counted.connect(self._count_unusable)
        bridge.prediction_made.connect(self._show_prediction)
        self._timers = [
            self._every(FRAME_MS, self.traces.refresh),
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
        super().closeEvent(event)
        self.closed.emit()

    def _lay_out(self) -> None:
        traces = _Panel(
            "EEG, last 10 s",
            "× bad electrode; drawn less its median",
            self.traces,
            self.traces.scale,
        )
        heads = _Panel(
            "What the model sees",
            "how much the electrodes' signals tell about each other, by band",
            self.heads,
        )
        affect = _Panel(
            "Valence and arousal",
            "how likely each is high; base rate: how often it was in training",
            self.affect,
        )
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(heads, 3)
        right.addWidget(affect, 2)
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(traces, 9)
        body.addLayout(right, 13)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        if self.banner is not None:
            column.addWidget(self.banner)
        column.addLayout(body, 1)
        column.addWidget(self.status)

    def _every(self, interval_ms: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.timeout.connect(action)
        timer.start(interval_ms)
        return timer

    def _show_state(self, state: State) -> None:
        self._summariser.on_state(state)
        self.traces.set_flowing(state.phase in FLOWING)
        self.status.refresh(self._summariser.summary())

    def _show_samples(self, piece: Piece) -> None:
        self._summariser.on_samples(piece)
        self.traces.show_samples(piece)

    def _count_unusable(self, missing: int) -> None:
        self._summariser.on_unusable(missing)

    def _show_prediction(self, prediction: Prediction, features: Features) -> None:
        self._summariser.on_prediction(prediction, features)
        self.heads.show_prediction(prediction, features)
        self.affect.show_prediction(prediction)

    def tick(self) -> None:
        """Draw the slower views."""
        summary = self._summariser.summary()
        self.traces.mark_flaws(summary.quality)
        self.affect.refresh(summary)
        self.heads.set_current(summary.verdict is not None)
        self.status.refresh(summary)


class _Panel(QFrame):
    """A titled frame; ``corner`` is an optional small widget at the title's right."""

    def __init__(self, title: str, caption: str, view: QWidget, corner: QWidget | None = None):
        super().__init__()
        self.setObjectName("panel")
        # The window's proportions alone share out the room, not what the plots would like.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        heading = QLabel(title)
        heading.setObjectName("title")
        explanation = ElidedLabel(caption)
        explanation.setObjectName("caption")
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(heading)
        head.addWidget(explanation, 1)
        if corner is not None:
            head.addWidget(corner)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(view, 1)


def _banner(model: ModelFacts) -> QLabel:
    label = QLabel(
        f"Model «{model.name}» was trained on SIMULATED people: "
        "this is a demonstration, not a measurement of feelings."
    )
    label.setObjectName("banner")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
