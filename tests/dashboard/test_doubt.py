import pytest

from rtdreamer.dashboard.doubt import PREDICTING, STALE_S, doubt
from rtdreamer.epoc import SFREQ, WINDOW
from rtdreamer.live.state import Phase


def test_a_fresh_prediction_with_a_verdict_is_not_doubted(make_prediction):
    assert doubt(make_prediction(timestamp=110.0), Phase.LIVE, 110.0 + STALE_S) == ""


@pytest.mark.parametrize("phase", Phase)
def test_before_the_first_prediction_there_is_no_verdict_yet(phase):
    assert doubt(None, phase, 110.0).startswith("no verdict yet")


@pytest.mark.parametrize("phase", PREDICTING)
def test_a_withheld_verdict_is_said_with_its_reason(make_withheld, phase):
    withheld = make_withheld(reason="4 of 14 electrodes are good")
    assert doubt(withheld, phase, 110.0) == "verdict withheld: 4 of 14 electrodes are good"


def test_one_that_nothing_followed_is_called_old(make_prediction, make_withheld):
    for make in (make_prediction, make_withheld):
        prediction = make(timestamp=110.0, hop=16)
        assert doubt(prediction, Phase.LIVE, 115.0) == "no verdict: nothing new for 5 s"


def test_a_long_hop_is_waited_for(make_prediction):
    hop = 640
    prediction = make_prediction(timestamp=110.0, hop=hop)
    due = 110.0 + hop / SFREQ
    assert doubt(prediction, Phase.LIVE, due + STALE_S) == ""
    assert doubt(prediction, Phase.LIVE, due + STALE_S + 0.1)


def test_the_first_one_s_hop_excuses_nothing(make_prediction):
    prediction = make_prediction(timestamp=110.0, hop=WINDOW)
    assert "nothing new for 3 s" in doubt(prediction, Phase.LIVE, 113.0)


def test_only_a_live_session_s_verdict_is_current_and_each_phase_says_why(make_prediction):
    said = {doubt(make_prediction(), phase, 110.0) for phase in set(Phase) - {Phase.LIVE}}
    assert len(said) == len(Phase) - 1
    assert all("verdict" in words for words in said)
