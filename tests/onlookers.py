"""Those who are shown what passes through a session, and keep it; and who gives it orders."""

import queue
import time

from rtdreamer.live.sink import Sink
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Spec, extract


class LookerOn:
    """A classifier that keeps the windows it is shown, and takes some seconds for each."""

    name = "looker-on"
    simulated = True
    spec = Spec()

    def __init__(self, seconds=0.0):
        self.windows = []
        self._seconds = seconds

    def extract(self, window):
        time.sleep(self._seconds)
        self.windows.append(window.copy())
        return extract(window, self.spec)

    def classify(self, features, sample):
        return Affect(0.5, 0.5), OverTime(Affect(0.5, 0.5), 10.0)

    def reset(self):
        pass


class Kept(Sink):
    """Keeps what a session says."""

    def __init__(self):
        self.states, self.n_samples, self.predictions, self.features = [], 0, [], []
        self.missing, self.unusable = [], []
        self.reports, self.markers = [], []

    @property
    def phases(self):
        return [state.phase for state in self.states]

    def on_state(self, state):
        self.states.append(state)

    def on_samples(self, piece):
        self.n_samples += piece.n_times
        self.missing.append(piece.total_missing)

    def on_unusable(self, missing):
        self.missing.append(missing)
        self.unusable.append(missing)

    def on_report(self, report):
        self.reports.append(report)

    def on_marker(self, marker):
        self.markers.append(marker)

    def on_prediction(self, prediction, features):
        self.predictions.append(prediction)
        self.features.append(features)


class Inbox:
    """Hands orders from one thread to a session in another."""

    def __init__(self):
        self._orders = queue.SimpleQueue()
        self.give = self._orders.put

    def take(self):
        """What was ordered since this was last asked."""
        return [self._orders.get() for _ in range(self._orders.qsize())]
