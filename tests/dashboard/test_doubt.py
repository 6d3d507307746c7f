import pytest

from rtdreamer.dashboard.doubt import LATE_S, PREDICTING, STALE_S, doubt
from rtdreamer.epoc import SFREQ, WINDOW
from rtdreamer.live.state import Phase

HOP = 16
CAME = 110.05


def said(newest, phase=Phase.LIVE, now=CAME, came=CAME, hop=HOP):
    return doubt(newest, phase, now, came=came, hop=hop)


def test_a_fresh_prediction_with_a_verdict_is_not_doubted(make_prediction):
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
        prediction, due = make_prediction(hop=own), CAME + hop / SFREQ
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
