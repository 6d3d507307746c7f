import os

# Before Qt is loaded: real windows, drawn without a screen.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
import pytest
from PyQt5.QtCore import QSettings, QTimer
from PyQt5.QtGui import QImage

from rtdreamer.dashboard.app import application
from rtdreamer.headset import EPOC
from rtdreamer.live.sink import Phase, State
from rtdreamer.live.summary import Summariser
from rtdreamer.signal.features import Spec, extract
from rtdreamer.stream.chunk import Chunk, StreamDescription
from rtdreamer.window import WINDOW
from tests.made_up_predictions import FACTS
from tests.pieces import piece


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    # What tests choose is not remembered for whoever runs them.
    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    return application()


@pytest.fixture
def watchdog(app):
    """Ends the event loop, and the test, if nothing else does."""
    fired = []

    def bite():
        fired.append(True)
        for window in app.topLevelWidgets():
            window.close()
        app.quit()

    timer = QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(bite)
    timer.start(15_000)
    yield
    timer.stop()
    assert not fired, "the dashboard did not end by itself"


@pytest.fixture
def stream():
    return StreamDescription("EmotivDataStream-EEG", "EEG", "EPOCX-1", "lab-pc", EPOC.sfreq, 19)


@pytest.fixture(scope="session")
def samples():
    """Ten seconds around the headset's offset, channels partly alike; µV."""
    rng = np.random.default_rng(5)
    common = rng.normal(size=WINDOW)
    own = rng.normal(size=(EPOC.n_channels, WINDOW))
    return EPOC.offset_uv + 6 * (own + np.linspace(0, 2, EPOC.n_channels)[:, None] * common)


@pytest.fixture(scope="session")
def features(samples):
    return extract(samples, Spec())


@pytest.fixture
def make_chunk(samples):
    """The samples from ``start`` on, the first of them at LSL time ``at`` + start / EPOC.sfreq."""

    def make(start=0, stop=WINDOW, at=100.0):
        return Chunk(samples[:, start:stop], at + np.arange(start, stop) / EPOC.sfreq)

    return make


@pytest.fixture
def make_piece(make_chunk):
    """The same as a session hands them on."""

    def make(start=0, stop=WINDOW, at=100.0, **more):
        chunk = make_chunk(start, stop, at)
        return piece(chunk.data, chunk.timestamps, **more)

    return make


class Told(Summariser):
    """A session that is told of at times of the test's choice: ``now``, LSL seconds."""

    def __init__(self):
        self.now = 110.05
        super().__init__(FACTS, 16, lambda: self.now)

    def predict(self, prediction, now=110.05):
        self.now = now
        self.on_prediction(prediction, None)

    def state(self, phase, message="what goes on", stream=None):
        self.on_state(State(phase, message, stream))


@pytest.fixture
def told():
    told = Told()
    told.state(Phase.LIVE)
    return told


@pytest.fixture
def shows():
    """Whether a widget's picture holds a colour."""

    def look(widget, colour):
        image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        memory = image.constBits().asarray(image.byteCount())
        pixels = np.frombuffer(memory, np.uint32) & 0xFFFFFF
        return int(colour.lstrip("#"), 16) in pixels

    return look
