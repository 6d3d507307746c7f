import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.profile_collector import Collector
from rtdreamer.live.sink import Phase, State
from rtdreamer.prediction import Affect, Prediction, Quality
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.profile import Profile
from rtdreamer.window import BANDS, WINDOW

SPEC = Spec()
AVERAGE = Profile(
    np.full((len(BANDS), EPOC.n_channels), 7.0),
    np.full((len(BANDS), EPOC.n_channels, EPOC.n_channels), 0.5),
    np.full((EPOC.n_channels, SPEC.n_freqs), -1.0),
    np.tile(np.eye(EPOC.n_channels), (len(BANDS), 1, 1)),
    seconds=60.0,
)


def features(de):
    mi = np.zeros((len(BANDS), EPOC.n_channels, EPOC.n_channels))
    return Features(
        np.zeros((EPOC.n_channels, 8), np.float32),
        np.zeros((EPOC.n_channels, SPEC.n_freqs)),
        np.full((len(BANDS), EPOC.n_channels), de),
        mi,
        mi,
    )


def prediction(hop, poor=False):
    quality = Quality(
        (0.0 if poor else 1.0,) * EPOC.n_channels,
        ("flat" if poor else "",) * EPOC.n_channels,
        EPOC.ch_names,
    )
    affect, reason = (None, "0 of 14 electrodes are good") if poor else (Affect(0.5, 0.5), "")
    return Prediction(0.0, 0, affect, reason, quality, quality.bad, hop, 0, 0, 0, 1.0, "tiny", True)


class Heard:
    """A collector, what it said and what it showed."""

    def __init__(self, wanted_s):
        self.said, self.shown, self.now = [], [], 100.0
        show = lambda *shown: self.shown.append(shown)  # noqa: E731
        clock = lambda: self.now  # noqa: E731
        self.collector = Collector(SPEC, AVERAGE, wanted_s, self.said.append, show, clock)

    def take(self, hop, poor=False, de=1.0, left_out=()):
        self.collector.on_prediction(prediction(hop, poor), features(de).without(left_out))


@pytest.fixture
def heard():
    return Heard(60)


def test_what_windows_share_counts_once(heard):
    heard.take(WINDOW)
    assert heard.collector.seconds == 10
    for _ in range(3):
        heard.take(320)
    assert heard.collector.seconds == 17.5
    assert heard.collector.n_windows == 4
    assert heard.shown == [(0, 60), (10, 60), (12, 60), (15, 60), (17, 60)]


def test_after_a_gap_a_window_is_new_and_the_gap_is_not(heard):
    heard.take(WINDOW)
    heard.take(WINDOW + 5000)  # what was lost and the whole new window
    assert heard.collector.seconds == 20
    heard.take(WINDOW)  # a stream that was opened again
    assert heard.collector.seconds == 30


def test_the_profile_is_the_mean_of_the_good_windows(heard):
    heard.take(WINDOW, de=1.0)
    heard.take(320, poor=True, de=100.0)
    heard.take(320, poor=True, de=100.0)
    heard.take(320, de=2.0)
    profile = heard.collector.profile()
    assert (profile.de == 1.5).all()
    # The last window brings what the poor ones held of its own 10 s.
    assert profile.seconds == heard.collector.seconds == 17.5
    assert heard.collector.n_poor == 2


def test_a_bad_channel_counts_while_it_is_good_and_else_as_the_average_persons(heard):
    heard.take(WINDOW, de=1.0, left_out=(2, 5))
    heard.take(WINDOW, de=3.0, left_out=(5,))
    profile = heard.collector.profile()
    expected = np.full(EPOC.n_channels, 2.0)
    expected[[2, 5]] = 3.0, 7.0
    np.testing.assert_array_equal(profile.de, np.tile(expected, (len(BANDS), 1)))
    assert (profile.edge_weight[:, 5] == 0.5).all()
    assert (profile.edge_weight[:, 2, :5] == 0).all()
    assert (profile.spectrum[5] == -1).all()
    assert heard.collector.never_usable == (EPOC.ch_names[5],)


def test_poor_windows_alone_are_never_enough(heard):
    for _ in range(100):
        heard.take(320, poor=True)
    assert heard.collector.seconds == 0
    assert not heard.collector.is_complete
    heard.take(320)
    assert heard.collector.seconds == 10


def test_a_poor_signal_is_said_with_its_reason_and_when_it_is_over(heard):
    heard.collector.on_state(State(Phase.LIVE, "predicting"))
    heard.collector.on_state(State(Phase.POOR, "4 of 14 electrodes are good"))
    heard.collector.on_state(State(Phase.LIVE, "predicting"))
    assert heard.said == [
        "collecting",
        "poor signal: skipped until it is better: 4 of 14 electrodes are good",
        "collecting",
    ]


def test_what_happens_meanwhile_is_said_as_it_is(heard):
    said = "the stream's clock was wrong, once so far: its samples count as they come"
    for phase, message in ((Phase.LIVE, "predicting"), (Phase.POOR, "quality 0.29: flat F7")):
        heard.collector.on_state(State(phase, message))
        heard.collector.on_state(State(phase, said))
    assert heard.said[1] == f"collecting: {said}"
    assert heard.said[3] == f"poor signal: {said}"


def test_it_is_complete_when_the_seconds_are_in():
    heard = Heard(12)
    heard.take(WINDOW)
    assert not heard.collector.is_complete
    heard.take(320)
    assert heard.collector.is_complete
    assert heard.shown[-1] == (12, 12)


def test_that_samples_come_faster_than_they_should_is_said(heard):
    heard.collector.on_state(State(Phase.LIVE, "predicting, but samples come at 256 Hz"))
    heard.collector.on_state(State(Phase.STALLED, "nothing comes"))
    heard.collector.on_state(State(Phase.LIVE, "samples are back"))
    assert heard.said[::2] == ["collecting, but samples come at 256 Hz", "collecting"]


def test_silence_counts_until_there_are_samples_from_when_a_stream_is_gone(heard):
    collector = heard.collector
    collector.on_state(State(Phase.WAITING, "no stream yet"))
    heard.now += 50
    assert collector.silent_s == 0
    collector.on_state(State(Phase.FILLING, "following"))
    collector.on_state(State(Phase.STALLED, "nothing comes"))
    heard.now += 5
    collector.on_state(State(Phase.DISCONNECTED, "gone"))
    heard.now += 2
    assert collector.silent_s == 7
    collector.on_state(State(Phase.FILLING, "following"))
    heard.now += 2
    assert collector.silent_s == 9
    collector.on_samples(None)
    collector.on_state(State(Phase.POOR, "back, but poor"))
    heard.now += 2
    assert collector.silent_s == 0
    assert heard.said[:4] == [
        "waiting: no stream yet", "filling: following", "stalled: nothing comes",
        "disconnected: gone",
    ]  # fmt: skip
