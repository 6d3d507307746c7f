import dataclasses
import re
import subprocess
import sys
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from rtdreamer.cli.terminal import COLOURS, SIMULATED, TerminalView, mean_edge_weight
from rtdreamer.epoc import N_CHANNELS, SFREQ, WINDOW
from rtdreamer.live.state import Phase, State
from rtdreamer.prediction import Affect, Prediction
from rtdreamer.signal.features import Features
from rtdreamer.stream import Chunk, StreamDescription

STREAM = StreamDescription("EmotivDataStream-EEG", "EEG", "EPOCX-1", "lab-pc", SFREQ, 19)
PREDICTION = Prediction(
    timestamp=110.0, sample=1311, affect=Affect(valence=0.58, arousal=0.31), quality=0.9, hop=16,
    skipped=2, lost=1, compute_ms=17.6, model="a-model", simulated_model=True,
)  # fmt: skip
COUPLING = "coupling delta 0.10 theta 0.20 alpha 0.30 beta 0.40 gamma 0.50"


def features_with(weights):
    """Features whose edges all weigh the same within a band: the inverse of the weight's rule."""
    mi = -0.5 * np.log(1 - np.square(weights))
    graphs = mi[:, None, None] * (1 - np.eye(N_CHANNELS))
    return Features(
        signals=np.zeros((N_CHANNELS, WINDOW), np.float32),
        spectrum=np.zeros((N_CHANNELS, 45)),
        de=np.zeros((5, N_CHANNELS)),
        mi=graphs,
    )


FEATURES = features_with(np.array([0.1, 0.2, 0.3, 0.4, 0.5]))


class Screen:
    """A view, the clock it sees, and what it has printed since the last look."""

    def __init__(self, terminal, simulated=True):
        self.now = 100.0
        self._file = StringIO()
        console = Console(file=self._file, force_terminal=terminal, width=120, color_system=None)
        self.view = TerminalView("a-model, trained so", simulated, lambda: self.now, console)

    def receive(self, seconds, broken=False):
        """Play samples in chunks of a quarter second."""
        for _ in range(round(4 * seconds)):
            times = self.now + np.arange(1, 33) / SFREQ
            self.now += 0.25
            data = np.full((N_CHANNELS, 32), np.nan if broken else 4200.0)
            self.view.on_chunk(Chunk(data, times))

    def predict(self, **changes):
        prediction = dataclasses.replace(PREDICTION, timestamp=self.now, **changes)
        self.now += 0.0625
        self.view.on_prediction(prediction, FEATURES)

    def go_live(self):
        self.view.on_state(State(Phase.FILLING, "following", STREAM))
        self.receive(10)
        self.view.on_state(State(Phase.LIVE, "predicting", STREAM))
        self.look()
        self.now += 1.0
        self.predict()

    def look(self):
        text = self._file.getvalue()
        self._file.seek(0)
        self._file.truncate()
        return text


@pytest.fixture(params=[True, False], ids=["tty", "lines"])
def screen(request):
    screen = Screen(request.param)
    with screen.view:
        yield screen


@pytest.fixture
def lines():
    screen = Screen(terminal=False)
    with screen.view:
        yield screen


def test_every_fact_of_the_dashboard_is_there(screen):
    screen.go_live()
    text = " ".join(screen.look().split())
    for fact in (
        "live", "EmotivDataStream-EEG on lab-pc", "128.0 Hz", "0.58", "high valence 58 %", "0.31",
        "low arousal 69 %", "0.90 good", "lost 1", "skipped 2", "latency 62 ms", "compute 18 ms",
        "model a-model, trained so", COUPLING,
    ):  # fmt: skip
        assert fact in text, fact


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("simulated", [True, False])
def test_a_simulated_model_is_said_to_be_one(terminal, simulated):
    screen = Screen(terminal, simulated)
    with screen.view:
        screen.view.on_state(State(Phase.WAITING, "starting"))
    assert (SIMULATED in screen.look()) == simulated


def test_a_poor_signal_is_said_in_words(screen):
    screen.go_live()
    screen.look()
    screen.now += 1.0
    screen.predict(quality=0.31)
    text = screen.look()
    assert "0.31 poor signal" in text
    assert "do not rely on these values" in text


def test_values_that_nothing_follows_are_called_old(screen):
    screen.go_live()
    screen.receive(1)
    assert "no new prediction" not in screen.look()
    screen.receive(4, broken=True)
    assert "no new prediction for 5 s: these values are old" in screen.look()


def test_filling_is_told_until_the_window_is_full(screen):
    screen.view.on_state(State(Phase.FILLING, "following", STREAM))
    screen.receive(5.25)
    filled = re.findall(r"first window (\d+) % full", screen.look())
    assert filled == sorted(filled, key=int)
    assert filled[-1] == "52"


def test_a_hole_starts_the_window_anew(lines):
    lines.view.on_state(State(Phase.FILLING, "following", STREAM))
    lines.receive(5.25)
    lines.now += 2.0
    lines.look()
    lines.receive(1.0)
    assert "filling: first window 2 % full" in lines.look()


def test_a_stall_shows_no_rate(screen):
    screen.go_live()
    screen.look()
    screen.view.on_state(State(Phase.STALLED, "no samples for more than 2 s", STREAM))
    text = screen.look()
    assert "EmotivDataStream-EEG on lab-pc, – Hz" in text
    assert "no samples for more than 2 s" in text


def test_one_readable_line_a_second_names_stream_phase_and_rate(lines):
    lines.go_live()
    lines.look()
    for _ in range(40):
        lines.receive(0.25)
        lines.predict()
    printed = lines.look().splitlines()
    assert 9 <= len(printed) <= 13
    for line in printed:
        assert line.startswith("valence 0.58, arousal 0.31: high valence 58 %, low arousal 69 %")
        assert "live: EmotivDataStream-EEG on lab-pc, " in line
        assert " Hz | quality 0.90 good | lost 1, " in line
        assert "\x1b" not in line


def test_a_screen_is_redrawn_in_place_and_not_at_every_chunk():
    screen = Screen(terminal=True)
    with screen.view:
        screen.go_live()
        screen.look()
        for _ in range(100):
            screen.now += 0.01
            screen.predict()
            screen.now -= 0.0625
        drawn = screen.look().count("high valence")
    assert 4 <= drawn <= 6


def test_every_phase_has_its_colour():
    assert set(COLOURS) == set(Phase)


def test_the_mean_counts_every_pair_once_and_no_diagonal():
    mi = np.zeros((5, N_CHANNELS, N_CHANNELS))
    mi[2, 0, 1] = mi[2, 1, 0] = 50.0
    features = dataclasses.replace(FEATURES, mi=mi)
    n_pairs = N_CHANNELS * (N_CHANNELS - 1) / 2
    np.testing.assert_allclose(mean_edge_weight(features), [0, 0, 1 / n_pairs, 0, 0])


def test_it_needs_no_qt():
    code = (
        "import sys; import rtdreamer.cli.terminal; "
        "print([name for name in sys.modules if name.startswith(('PyQt5', 'pyqtgraph'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
