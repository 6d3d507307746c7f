"""The way from the worker thread into the GUI thread: Qt signals and nothing else."""

from PyQt5.QtCore import QObject, pyqtSignal

from rtdreamer.live.orders import Report
from rtdreamer.live.sink import Sink, State
from rtdreamer.prediction import Prediction, Reasons
from rtdreamer.signal.features import Features
from rtdreamer.stream.gaps import Piece
from rtdreamer.stream.marker import Marker


class Bridge(QObject, Sink):
    """A sink that turns each call into a Qt signal.

    The session calls it in the worker thread. Receivers are methods of widgets, so Qt queues each
    call and runs it in the widgets' own thread. What is passed is frozen; no one changes it later.
    """

    state_changed = pyqtSignal(object)
    samples_arrived = pyqtSignal(object)
    unusable_counted = pyqtSignal(int)
    prediction_made = pyqtSignal(object, object)
    marker_set = pyqtSignal(object)
    reported = pyqtSignal(object)
    reasons_found = pyqtSignal(object)
    work_ended = pyqtSignal()

    def on_state(self, state: State) -> None:
        self.state_changed.emit(state)

    def on_samples(self, piece: Piece) -> None:
        self.samples_arrived.emit(piece)

    def on_unusable(self, missing: int) -> None:
        self.unusable_counted.emit(missing)

    def on_marker(self, marker: Marker) -> None:
        self.marker_set.emit(marker)

    def on_report(self, report: Report) -> None:
        self.reported.emit(report)

    def on_prediction(self, prediction: Prediction, features: Features) -> None:
        self.prediction_made.emit(prediction, features)

    def on_reasons(self, reasons: Reasons) -> None:
        self.reasons_found.emit(reasons)
