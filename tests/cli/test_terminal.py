import re
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from rtdreamer.cli.terminal import COLOURS, SIMULATED, TerminalView, mean_edge_weight
from rtdreamer.headset import EPOC
from rtdreamer.live.sink import Phase, State
from rtdreamer.prediction import Affect, OverTime, Prediction, Quality
from rtdreamer.signal.features import Features
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.window import WINDOW
from tests.made_up_predictions import FACTS
from tests.pieces import piece

STREAM = StreamDescription("EmotivDataStream-EEG", "EEG", "EPOCX-1", "lab-pc", EPOC.sfreq, 19)
CLEAN = Quality((1.0,) * EPOC.n_channels, ("",) * EPOC.n_channels, EPOC.ch_names)
BLINK = Quality((0.58, *CLEAN.channels[1:]), ("blink", *CLEAN.flaws[1:]), EPOC.ch_names)
PREDICTION = Prediction(
    timestamp=110.0, sample=1311, affect=Affect(valence=0.58, arousal=0.64), reason="",
    quality=BLINK, excluded=(0,), hop=16, skipped=2, missing=1, driver_interpolated=0,
    compute_ms=17.6, model="a-model", simulated_model=True,
    over_time=OverTime(Affect(0.53, 0.69), 42.4),
)  # fmt: skip
WITHHELD = {
    "affect": None,
    "over_time": None,
    "reason": "0 of 14 electrodes are good, 7 are needed: flat everywhere",
    "quality": Quality((0.0,) * EPOC.n_channels, ("flat",) * EPOC.n_channels, EPOC.ch_names),
}
WORDS = "valence above base rate (0.50)", "arousal below base rate (0.75)"
VERDICT = f"valence 0.58, arousal 0.64: {', '.join(WORDS)}"
COUPLING = "coupling delta 0.10 theta 0.20 alpha 0.30 beta 0.40 gamma 0.50"


def features_with(weights):
    """Features whose edges all weigh the same within a band: the inverse of the weight's rule."""
    mi = -0.5 * np.log(1 - np.square(weights))
    graphs = mi[:, None, None] * (1 - np.eye(EPOC.n_channels))
    return Features(
        signals=np.zeros((EPOC.n_channels, WINDOW), np.float32),
        spectrum=np.zeros((EPOC.n_channels, 45)),
        de=np.zeros((5, EPOC.n_channels)),
        mi=graphs,
        covariance=np.zeros_like(graphs),
    )


FEATURES = features_with(np.array([0.1, 0.2, 0.3, 0.4, 0.5]))


class Screen:
    """A view, the clock it sees, and what it has printed since the last look."""

    def __init__(self, terminal, simulated=True, hop=16):
        self.now, self.missing = 100.0, 0
        self._file = StringIO()
        console = Console(file=self._file, force_terminal=terminal, width=120, color_system=None)
        model = replace(FACTS, simulated=simulated)
        self.view = TerminalView(model, lambda: self.now, hop, console)

    def receive(self, seconds, missing=0):
        """Play samples in pieces of a quarter second, after a gap."""
        self.missing += missing
        self.now += missing / EPOC.sfreq
        for _ in range(round(4 * seconds)):
            times = self.now + np.arange(1, 33) / EPOC.sfreq
            self.now += 0.25
            data = np.full((EPOC.n_channels, 32), 4200.0)
            self.view.on_samples(piece(data, times, missing=missing, total_missing=self.missing))
            missing = 0

    def predict(self, late=0.0, **changes):
        prediction = replace(PREDICTION, timestamp=self.now - late, **changes)
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
        "live", "EmotivDataStream-EEG on lab-pc", "128.0 Hz", "0.58", "0.64", *WORDS,
        "quality 0.97, 13 of 14 electrodes: AF3 blink 0.58",
        "missing 0", "skipped 2", "latency 62 ms", "compute 18 ms",
        "model a-model · trained on 23 people",
        COUPLING, "over 42 s of EEG: valence 0.53, arousal 0.69",
    ):  # fmt: skip
        assert fact in text, fact


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("simulated", [True, False])
def test_a_simulated_model_is_said_to_be_one(terminal, simulated):
    screen = Screen(terminal, simulated)
    with screen.view:
        screen.view.on_state(State(Phase.WAITING, "starting"))
    assert (SIMULATED in screen.look()) == simulated


def test_a_withheld_verdict_is_no_verdict_and_the_newest_reason_is_said(screen):
    screen.go_live()
    screen.look()
    screen.view.on_state(State(Phase.POOR, "an older reason", STREAM))
    screen.look()
    screen.now += 1.0
    screen.predict(**WITHHELD)
    text = " ".join(screen.look().split())
    assert "verdict withheld: 0 of 14 electrodes are good, 7 are needed: flat everywhere" in text
    assert "quality 0.00 poor: AF3 flat 0.00, F7 flat 0.00, " in text
    assert "128.0 Hz" in text
    assert "an older reason" not in text
    assert "base rate" not in text
    assert "0.64" not in text


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.LIVE])
def test_no_old_value_is_shown_outside_the_live_phase(screen, phase):
    screen.go_live()
    screen.look()
    screen.view.on_state(State(phase, "what goes on", STREAM))
    screen.receive(1.25)
    text = screen.look()
    assert phase.value in text
    assert ("latency" in text) == (phase is Phase.POOR)
    assert "base rate" not in text
    assert "0.64" not in text


def test_values_that_nothing_follows_are_shown_no_longer(screen):
    screen.go_live()
    screen.receive(1)
    assert "no verdict" not in screen.look()
    screen.receive(4)
    text = screen.look()
    assert "no verdict: nothing new for 5 s" in text
    assert "base rate" not in text[text.index("no verdict: nothing new for 5 s") :]


def test_a_long_hop_is_waited_for():
    screen = Screen(terminal=False, hop=WINDOW)
    with screen.view:
        screen.go_live()
        screen.receive(9)
        assert "no verdict: nothing new" not in screen.look()
        screen.receive(4)
        assert "no verdict: nothing new for 13 s" in screen.look()


def test_late_data_are_called_late(screen):
    screen.go_live()
    screen.look()
    for _ in range(20):
        screen.now += 0.25
        screen.predict(late=5.0)
    text = screen.look()
    assert "no verdict: the stream is 5 s late" in text
    assert "latency 5062 ms" in text
    assert "nothing new" not in text


def test_samples_that_were_made_up_are_told_once_there_are_any(screen):
    screen.go_live()
    assert "interpolated" not in screen.look()
    screen.now += 1.0
    screen.predict(driver_interpolated=37)
    assert "interpolated by the headset 37" in screen.look()


def test_what_is_lost_is_told_before_the_next_prediction(screen):
    screen.go_live()
    screen.view.on_state(State(Phase.FILLING, "starting again", STREAM))
    screen.look()
    screen.receive(1.25, missing=1000)
    assert "missing 1000" in screen.look()


def test_filling_is_told_until_the_window_is_full(screen):
    screen.view.on_state(State(Phase.FILLING, "following", STREAM))
    screen.receive(5.25)
    filled = re.findall(r"filling (\d+) %", screen.look())
    assert filled == sorted(filled, key=int)
    assert filled[-1] == "52"


def test_a_hole_starts_the_window_anew(lines):
    lines.view.on_state(State(Phase.FILLING, "following", STREAM))
    lines.receive(5.25)
    lines.look()
    lines.receive(1.0, missing=256)
    assert "filling 2 %: following · prediction in 10 s | Emotiv" in lines.look()


def test_unusable_samples_are_counted_while_nothing_else_comes(screen):
    screen.go_live()
    screen.view.on_state(State(Phase.STALLED, "no usable samples", STREAM))
    screen.look()
    for missing in (300, 428):
        screen.now += 1.0
        screen.view.on_unusable(missing)
        assert f"missing {missing}" in screen.look()


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
        assert line.startswith(VERDICT)
        assert "live: EmotivDataStream-EEG on lab-pc, " in line
        assert " Hz | quality 0.97, 13 of 14 electrodes: AF3 blink 0.58 | coupling " in line
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
        drawn = screen.look().count("valence above base rate")
    assert 4 <= drawn <= 6


def test_every_phase_has_its_colour():
    assert set(COLOURS) == set(Phase)


def test_the_mean_counts_every_pair_once_and_no_diagonal():
    mi = np.zeros((5, EPOC.n_channels, EPOC.n_channels))
    mi[2, 0, 1] = mi[2, 1, 0] = 50.0
    features = replace(FEATURES, mi=mi)
    n_pairs = EPOC.n_channels * (EPOC.n_channels - 1) / 2
    np.testing.assert_allclose(mean_edge_weight(features), [0, 0, 1 / n_pairs, 0, 0])


def test_pairs_with_an_electrode_that_is_left_out_do_not_count_in_the_mean():
    whole = mean_edge_weight(replace(FEATURES, mi=np.full_like(FEATURES.mi, 0.2)))
    mi = np.full_like(FEATURES.mi, 0.2)
    mi[:, 3] = mi[:, :, 3] = 50.0
    left_out = replace(FEATURES, mi=mi).without([3])
    np.testing.assert_allclose(mean_edge_weight(left_out), whole)
    assert np.isnan(mean_edge_weight(left_out.without(range(14)))).all()


@pytest.mark.slow
def test_it_needs_no_qt():
    code = (
        "import sys; import rtdreamer.cli.terminal; "
        "print([name for name in sys.modules if name.startswith(('PyQt5', 'pyqtgraph'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
