"""Both screens name and draw the channels of the headset that the model's spec names."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from rtdreamer.cli.terminal import TerminalView
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.theme import DARK
from rtdreamer.dashboard.window import DashboardWindow
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.session import Session
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.signal.features import Spec, extract
from rtdreamer.stream.chunk import Chunk, StreamDescription
from tests.chunk_source import Source
from tests.made_up_headset import CAP
from tests.made_up_predictions import FACTS

SPEC = Spec(headset=CAP)
N_TIMES = SPEC.n_times + 64


class Cap(Source):
    description = StreamDescription("Cap", "EEG", "cap", "lab-pc", CAP.sfreq, 19, CAP.ch_names)


def chunks():
    """An eighth of a second each; C3 is dead and C7 buzzes."""
    data = np.random.default_rng(0).normal(scale=3, size=(CAP.n_channels, N_TIMES))
    data[3] = 5.0
    data[7] += 400 * np.sin(2 * np.pi * 50 * np.arange(N_TIMES) / CAP.sfreq)
    times = 100 + np.arange(N_TIMES) / CAP.sfreq
    parts = (slice(start, start + 16) for start in range(0, N_TIMES, 16))
    return [Chunk(data[:, part], times[part]) for part in parts]


class Classifier:
    name, simulated, spec = "a-model", False, SPEC

    def extract(self, window):
        return extract(window, self.spec)

    def classify(self, features, sample):
        return Affect(0.6, 0.4), OverTime(Affect(0.55, 0.45), 10.0)

    def reset(self):
        pass


@pytest.fixture
def followed(app):
    """A session of such a headset, seen by both screens: the window, and what was printed."""
    bridge, printed, model = Bridge(), StringIO(), replace(FACTS, spec=SPEC)
    clock = lambda: 100 + N_TIMES / CAP.sfreq  # noqa: E731
    window = DashboardWindow(model, bridge, clock, 16)
    window.resize(1280, 800)
    window.show()
    terminal = TerminalView(model, clock, 16, Console(file=printed, width=500))
    source = Cap(chunks())
    session = Session(Predictor(Classifier()), [bridge, terminal], 16)
    session.follow(source, lambda: not source.chunks)
    app.processEvents()
    window.traces.refresh()
    window.tick()
    terminal._print(terminal._line(terminal._summariser.summary()))
    yield window, printed.getvalue()
    window.close()


def test_the_traces_are_those_of_its_channels(followed):
    window, _ = followed
    quality = window.traces.quality
    assert [quality.ch_names[row] for row in quality.bad] == ["C3", "C7"]
    lanes = window.traces.drawn()
    assert len(lanes) == CAP.n_channels
    assert np.isfinite(lanes).all()


def test_the_heads_show_its_electrodes_at_its_places(followed, shows):
    window, _ = followed
    assert [head.edges.shape for head in window.heads.heads] == [(19, 19)] * 5
    assert shows(window.heads.heads[0], DARK.notice)  # crossed: C3 and C7 are excluded
    assert [each.mean for each in window.affect.plane.current] == pytest.approx([0.6, 0.4])


def test_the_terminal_names_its_channels(followed):
    _, printed = followed
    line = printed.splitlines()[-1]
    assert "17 of 19 electrodes: C3 flat 0.00, C7 mains 0." in line
    assert "live: Cap on lab-pc, 128.0 Hz" in line
    assert "coupling delta 0." in line
