import pytest

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.affect import AffectView
from rtdreamer.dashboard.plane import TRAIL_S
from rtdreamer.live.state import Phase


@pytest.fixture
def view(app):
    view = AffectView()
    view.resize(800, 300)
    view.show_phase(Phase.LIVE)
    return view


def test_a_good_prediction_is_shown_in_words_and_in_colour(view, make_prediction, shows):
    view.refresh(110.0)
    assert "no prediction yet" in view.valence.text
    assert not shows(view.valence, theme.VALENCE)
    view.show_prediction(make_prediction())
    view.refresh(110.1)
    assert view.valence.text == "high valence 58 %"
    assert view.arousal.text == "low arousal 69 %"
    assert view.notice.text() == ""
    assert shows(view.valence, theme.VALENCE)
    assert shows(view.plane, "#ffffff")


def test_a_poor_signal_is_greyed_and_said(view, make_prediction, shows):
    view.show_prediction(make_prediction(quality=0.31))
    view.refresh(110.1)
    assert "poor signal" in view.notice.text()
    assert "0.31" in view.notice.text()
    assert not shows(view.valence, theme.VALENCE)
    assert not shows(view.arousal, theme.AROUSAL)
    assert not shows(view.plane, "#ffffff")


def test_values_are_greyed_while_the_session_is_not_live(view, make_prediction, shows):
    view.show_prediction(make_prediction())
    view.show_phase(Phase.STALLED)
    view.refresh(117.0)
    assert "stalled" in view.notice.text()
    assert not shows(view.valence, theme.VALENCE)
    view.show_phase(Phase.LIVE)
    view.show_prediction(make_prediction(timestamp=117.1))
    view.refresh(117.2)
    assert shows(view.valence, theme.VALENCE)


def test_values_that_nothing_follows_are_greyed_though_the_session_is_live(
    view, make_prediction, shows
):
    view.show_prediction(make_prediction(timestamp=110.0, hop=16))
    view.refresh(111.0)
    assert view.believed
    view.refresh(113.2)
    assert "no new prediction for 3 s" in view.notice.text()
    assert not view.believed
    for shown, colour in ((view.valence, theme.VALENCE), (view.arousal, theme.AROUSAL)):
        assert not shows(shown, colour)
    assert not shows(view.plane, "#ffffff")


def test_the_trail_is_the_last_seconds(view, make_prediction):
    for second in range(100):
        view.show_prediction(make_prediction(timestamp=float(second)))
    view.refresh(100.0)
    assert [p.timestamp for p in view.plane.trail] == list(range(99 - round(TRAIL_S), 100))
