import pytest

from rtdreamer.dashboard.doubt import STALE_S, doubt
from rtdreamer.epoc import SFREQ, WINDOW
from rtdreamer.live.state import Phase


def test_a_fresh_clean_prediction_is_not_doubted(make_prediction):
    assert doubt(make_prediction(timestamp=110.0), Phase.LIVE, 110.0 + STALE_S) == ""


def test_one_that_nothing_followed_is_called_old(make_prediction):
    prediction = make_prediction(timestamp=110.0, hop=16)
    assert doubt(prediction, Phase.LIVE, 115.0) == (
        "no new prediction for 5 s: these values are old"
    )


def test_a_long_hop_is_waited_for(make_prediction):
    hop = 640
    prediction = make_prediction(timestamp=110.0, hop=hop)
    due = 110.0 + hop / SFREQ
    assert doubt(prediction, Phase.LIVE, due + STALE_S) == ""
    assert doubt(prediction, Phase.LIVE, due + STALE_S + 0.1)


def test_the_first_one_s_hop_excuses_nothing(make_prediction):
    prediction = make_prediction(timestamp=110.0, hop=WINDOW)
    assert "no new prediction for 3 s" in doubt(prediction, Phase.LIVE, 113.0)


@pytest.mark.parametrize("phase", set(Phase) - {Phase.LIVE})
def test_only_a_live_session_s_values_are_current(make_prediction, phase):
    assert doubt(make_prediction(), phase, 110.0).startswith(f"{phase.value}: ")
