import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.sink import Phase
from rtdreamer.live.summary import (
    AT_BASE_RATE,
    LATE_S,
    PREDICTING,
    STALE_S,
    RateMeter,
    flaws_in_words,
    grade,
    in_words,
    why_no_prediction,
)
from rtdreamer.signal.features import Spec
from rtdreamer.stream.gaps import Origin
from rtdreamer.window import WINDOW
from tests.pieces import piece

HOP = 16
CAME = 110.05


def said(newest, phase=Phase.LIVE, now=CAME, came=CAME, hop=HOP):
    return why_no_prediction(newest, phase, now, came=came, hop=hop, spec=Spec())


def test_a_fresh_prediction_with_a_verdict_needs_no_reason(make_prediction):
    assert said(make_prediction(timestamp=110.0), now=CAME + STALE_S) == ""


@pytest.mark.parametrize("phase", Phase)
def test_before_the_first_prediction_there_is_no_verdict_yet(phase):
    assert said(None, phase).startswith("no verdict yet")


@pytest.mark.parametrize("phase", PREDICTING)
def test_a_withheld_verdict_is_said_with_its_reason(make_withheld, phase):
    withheld = make_withheld(reason="4 of 14 electrodes are good")
    assert said(withheld, phase) == "verdict withheld: 4 of 14 electrodes are good"


def test_one_that_nothing_followed_is_called_old(make_prediction, make_withheld):
    for make in (make_prediction, make_withheld):
        assert said(make(hop=HOP), now=CAME + 5.0) == "no verdict: nothing new for 5 s"


@pytest.mark.parametrize("hop", [640, WINDOW, 3 * WINDOW])
def test_a_long_hop_is_waited_for_from_the_first_prediction_on(make_prediction, hop):
    for own in (WINDOW, hop):
        prediction, due = make_prediction(hop=own), CAME + hop / EPOC.sfreq
        assert said(prediction, now=due + STALE_S - 0.1, hop=hop) == ""
        assert "nothing new" in said(prediction, now=due + STALE_S + 0.1, hop=hop)


def test_a_machine_too_slow_for_the_hop_is_waited_for(make_prediction):
    prediction = make_prediction(hop=5 * 128)
    assert said(prediction, now=CAME + 5 + STALE_S - 0.1) == ""
    assert "nothing new" in said(prediction, now=CAME + 5 + STALE_S + 0.1)


def test_the_first_one_s_hop_excuses_nothing(make_prediction):
    prediction = make_prediction(hop=WINDOW)
    assert "nothing new for 3 s" in said(prediction, now=CAME + 3.0)


def test_late_data_are_called_late_and_never_old(make_prediction):
    for late in (LATE_S + 0.6, 60.0):
        prediction = make_prediction(timestamp=CAME - late)
        assert said(prediction) == f"no verdict: the stream is {late:.0f} s late"
    assert said(make_prediction(timestamp=CAME - LATE_S + 0.1)) == ""


def test_only_a_live_session_s_verdict_is_current_and_each_phase_says_why(make_prediction):
    words = {said(make_prediction(), phase) for phase in set(Phase) - {Phase.LIVE}}
    assert len(words) == len(Phase) - 1
    assert all("verdict" in each for each in words)


def test_flaws_are_listed_with_their_electrodes(make_quality):
    quality = make_quality(F7=("flat", 0.0), AF4=("blink", 0.94))
    assert flaws_in_words(quality) == "F7 flat 0.00, AF4 blink 0.94"
    assert flaws_in_words(make_quality()) == ""


def test_the_grade_tells_what_the_answer_rests_on(make_prediction, make_withheld, make_quality):
    flat = make_quality(F7=("flat", 0.0))
    assert grade(make_prediction(quality=make_quality(AF3=("blink", 0.93)))) == "0.99 good"
    assert grade(make_prediction(quality=flat, excluded=(1,))) == "0.93, 13 of 14 electrodes"
    # Of a model that cannot leave any out.
    assert grade(make_prediction(quality=flat)) == "0.93 usable"
    assert grade(make_withheld()) == "0.29 poor"
    # No electrode's fault.
    assert grade(make_withheld(quality=make_quality())) == "1.00 no verdict"


def pieces(sfreq, seconds, rng):
    n_sent, n_times = 0, int(seconds * sfreq)
    while n_sent < n_times:
        n = int(rng.integers(1, 60))
        yield piece(np.zeros((14, n)), (n_sent + np.arange(n)) / sfreq)
        n_sent += n


@pytest.mark.parametrize("sfreq", [128.0, 121.7])
def test_the_rate_does_not_depend_on_how_the_stream_is_cut(sfreq):
    meter = RateMeter()
    for one in pieces(sfreq, 30, np.random.default_rng(2)):
        meter.add(one)
    assert meter.rate(30.0) == pytest.approx(sfreq, rel=1e-6)


def test_silence_has_no_rate():
    meter = RateMeter()
    assert meter.rate(0.0) is None
    for one in pieces(128.0, 5, np.random.default_rng(3)):
        meter.add(one)
    assert meter.rate(60.0) is None


def test_what_was_bridged_did_not_arrive():
    meter = RateMeter()
    for start in range(0, 640, 8):
        meter.add(piece(np.zeros((14, 4)), (start + np.arange(4)) / 128.0))
        stamps = (start + np.arange(4, 8)) / 128.0
        meter.add(piece(np.zeros((14, 4)), stamps, Origin.BRIDGED))
    assert meter.rate(5.0) == pytest.approx(64, rel=0.02)


@pytest.mark.parametrize(
    ("probability", "base_rate", "words"),
    [
        (0.64, 0.75, "arousal below base rate"),
        (0.64, 0.5, "arousal above base rate"),
        (0.71, 0.75, "arousal at base rate"),
        (0.79, 0.75, "arousal at base rate"),
        (0.5, 0.5, "arousal at base rate"),
        (0.0, 1.0, "arousal below base rate"),
        (1.0, 0.0, "arousal above base rate"),
    ],
)
def test_words_compare_a_probability_with_the_base_rate(probability, base_rate, words):
    assert in_words("arousal", probability, base_rate) == words


def test_the_base_rate_reaches_equally_far_both_ways():
    said = {in_words("valence", 0.5 + shift * AT_BASE_RATE, 0.5) for shift in (-0.99, 0.0, 0.99)}
    assert said == {"valence at base rate"}
    assert in_words("valence", 0.5 - 1.01 * AT_BASE_RATE, 0.5) == "valence below base rate"
    assert in_words("valence", 0.5 + 1.01 * AT_BASE_RATE, 0.5) == "valence above base rate"
