import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.live.advice import LATELY_S
from rtdreamer.live.answer import Answer
from rtdreamer.live.meters import Lately, RateMeter
from rtdreamer.live.sink import Phase, State
from rtdreamer.live.steady import Steadied
from rtdreamer.live.summary import (
    LATE_S,
    PREDICTING,
    STALE_S,
    Summariser,
)
from rtdreamer.prediction import Affect, OverTime
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.gaps import Origin
from rtdreamer.window import WINDOW
from tests.made_up_predictions import FACTS
from tests.pieces import piece

HOP = 16
CAME = 110.05
STREAM = StreamDescription("EPOC+", "EEG", "id", "lab-pc", EPOC.sfreq, 14)


def summary(newest=None, phase=Phase.LIVE, now=CAME, came=CAME, hop=HOP, pieces=(), unusable=0):
    """What there is to say of such a session."""
    time = [came]
    summariser = Summariser(FACTS, hop, lambda: time[0])
    for each in pieces:
        summariser.on_samples(each)
    if unusable:
        summariser.on_unusable(unusable)
    if newest is not None:
        summariser.on_prediction(newest, None)
    summariser.on_state(State(phase, "what goes on", STREAM))
    time[0] = now
    return summariser.summary()


def said(newest, phase=Phase.LIVE, **more):
    """Why there is no current verdict; that there are answers or a reason is checked."""
    found = summary(newest, phase, **more)
    assert bool(found.answers) == (found.verdict is not None) == (not found.why_not)
    return found.why_not


def seconds(start, stop, **first):
    """Pieces of a quarter second each, the last sample of which is at these times."""
    for part in range(4 * start, 4 * stop):
        yield piece(np.zeros((14, 32)), (part * 32 + np.arange(1, 33)) / EPOC.sfreq, **first)
        first = {"total_missing": first["total_missing"]} if "total_missing" in first else {}


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


def test_flaws_are_listed_with_their_electrodes(make_prediction, make_quality):
    quality = make_quality(F7=("flat", 0.0), AF4=("blink", 0.94))
    assert summary(make_prediction(quality=quality)).flaws == "F7 flat 0.00, AF4 blink 0.94"
    assert summary(make_prediction()).flaws == ""


def test_the_grade_tells_what_the_answer_rests_on(make_prediction, make_withheld, make_quality):
    def grade(newest):
        return summary(newest).grade

    flat = make_quality(F7=("flat", 0.0))
    assert grade(make_prediction(quality=make_quality(AF3=("blink", 0.93)))) == "0.99 good"
    assert grade(make_prediction(quality=flat, excluded=(1,))) == "0.93, 13 of 14 electrodes"
    # Of a model that cannot leave any out.
    assert grade(make_prediction(quality=flat)) == "0.93 usable"
    assert grade(make_withheld()) == "0.29 poor"
    # No electrode's fault.
    assert grade(make_withheld(quality=make_quality())) == "1.00 no verdict"


@pytest.mark.parametrize("phase", Phase)
def test_figures_of_a_window_are_shown_while_others_follow(make_prediction, phase):
    found = summary(make_prediction(), phase)
    assert (found.predicted is not None) == bool(found.grade) == (phase in PREDICTING)
    assert found.newest is not None


def test_answers_are_of_the_last_window_and_of_the_last_minute(make_prediction):
    minute = OverTime(Affect(0.53, 0.69), 42.4)
    newest = make_prediction(affect=Affect(0.58, 0.64), over_time=minute)
    alone = [Steadied(0.58, 1, 0.58, 0.58, 110.0), Steadied(0.64, -1, 0.64, 0.64, 110.0)]
    assert summary(newest).answers == (
        Answer("valence", 0.58, 0.5, 0.53, alone[0]),
        Answer("arousal", 0.64, 0.75, 0.69, alone[1]),
    )
    assert summary(newest).span == "over 42 s of EEG"
    without = summary(make_prediction(over_time=None))
    assert (without.answers[0].over_time, without.span) == (None, "")


def test_a_filling_window_counts_down_and_begins_again_after_a_gap():
    found = summary(phase=Phase.FILLING, pieces=[*seconds(0, 2)])
    assert (found.phase, found.message) == ("filling 20 %", "what goes on · prediction in 8 s")
    found = summary(phase=Phase.FILLING, pieces=[*seconds(0, 2), *seconds(4, 5, missing=256)])
    assert (found.phase, found.message) == ("filling 10 %", "what goes on · prediction in 9 s")
    bridged = [*seconds(0, 2), *seconds(2, 3, total_missing=15)]
    assert summary(phase=Phase.FILLING, pieces=bridged).fill == 0.3
    assert summary(phase=Phase.LIVE, pieces=[*seconds(0, 12)]).fill == 1.0


def test_the_quality_is_that_of_the_newest_window_unless_one_fills(make_prediction):
    newest = make_prediction()
    assert summary(newest, pieces=seconds(0, 10)).quality == newest.quality
    assert summary(newest, pieces=[*seconds(0, 10), *seconds(12, 13, missing=256)]).quality is None
    assert summary(None, pieces=seconds(0, 10)).quality is None


def test_of_a_poor_signal_the_newest_reason_is_said(make_withheld, make_prediction):
    withheld = make_withheld(reason="4 of 14 electrodes are good")
    assert summary(withheld, Phase.POOR).message == "4 of 14 electrodes are good"
    # The phase is told before the first of its predictions.
    assert summary(make_prediction(), Phase.POOR).message == "what goes on"
    assert summary(withheld, Phase.LIVE).message == "what goes on"


def test_latency_is_how_old_a_prediction_was_when_it_came(make_prediction):
    found = summary(make_prediction(timestamp=110.0), now=CAME + 1)
    assert found.latency_s == pytest.approx(0.05)


def test_a_stream_is_named_with_its_computer():
    assert summary().stream == "EPOC+ on lab-pc"
    assert Summariser(FACTS, HOP, lambda: 0.0).summary().stream == ""


@pytest.mark.parametrize("phase", Phase)
def test_there_is_a_rate_exactly_where_samples_arrive(phase):
    found = summary(phase=phase, pieces=seconds(0, 5), now=5.0)
    assert (found.rate is not None) == (phase in (Phase.FILLING, Phase.LIVE, Phase.POOR))
    assert not found.rate_is_wrong


def test_what_cannot_be_used_is_missing_and_lowers_the_rate():
    before = summary(pieces=seconds(0, 5), now=5.0)
    after = summary(pieces=seconds(0, 5), now=6.0, unusable=128)
    assert (before.missing, after.missing) == (0, 128)
    assert before.rate == pytest.approx(128)
    # Of the five seconds before, one had none. The first piece only marks the start.
    assert after.rate == pytest.approx(128 * 4 / 5, rel=0.02)


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


def test_the_words_are_of_the_last_seconds_and_do_not_follow_one_window(make_prediction):
    time = [0.0]
    summariser = Summariser(FACTS, HOP, lambda: time[0])
    summariser.on_state(State(Phase.LIVE, "predicting", STREAM))
    for eighth in range(80):
        time[0] = eighth / 8
        valence = 0.9 if eighth < 79 else 0.1
        summariser.on_prediction(
            make_prediction(timestamp=time[0], affect=Affect(valence, 0.75)), None
        )
    valence, arousal = summariser.summary().answers
    assert (valence.in_words, valence.plainly) == (
        "valence above base rate",
        "more pleasant than usual",
    )
    assert valence.probability == 0.1
    assert arousal.plainly == "about as activated as usual"


def test_of_late_data_it_is_said_that_they_are(make_prediction):
    assert not summary(make_prediction(timestamp=CAME - LATE_S + 0.1)).is_late
    late = summary(make_prediction(timestamp=CAME - 44.0))
    assert late.is_late
    assert late.advice.is_urgent
    assert late.advice.line.startswith("the stream is 44 s late")
    assert not summary(make_prediction(timestamp=CAME - 44.0), Phase.FILLING).is_late


def test_silence_is_counted_from_the_last_samples():
    assert summary(phase=Phase.STALLED).silent_s == 0
    found = summary(phase=Phase.STALLED, pieces=seconds(0, 2), came=100.0, now=114.2)
    assert found.silent_s == pytest.approx(14.2)
    assert "for 14 s now" in found.advice.line


def test_a_count_tells_how_much_it_grew_lately_in_bounded_memory():
    lately = Lately()
    lately.count(7, 0.0)
    lately.count(7, 1.0)
    lately.count(10, 20.0)
    assert lately.over(20.0) == 10
    assert lately.over(LATELY_S + 1) == 3
    assert lately.over(20.1 + LATELY_S) == 0


def test_what_was_skipped_or_lost_long_ago_asks_for_nothing(make_prediction):
    newest = make_prediction(skipped=2985, missing=120)
    lost = [*seconds(0, 11, total_missing=120)]
    found = summary(newest, pieces=lost)
    assert "2985 predictions skipped" in found.advice.line
    assert "120 samples lost" in found.advice.line
    assert found.advice.is_urgent
    later = summary(newest, pieces=lost, now=CAME + LATELY_S + 1)
    assert (later.lost_lately, later.skipped_lately) == (0, 0)
    assert not later.advice.is_urgent
