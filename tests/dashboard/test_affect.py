import numpy as np
import pytest

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.affect import AffectView
from rtdreamer.dashboard.plane import TRAIL_S
from rtdreamer.live.sink import Phase
from rtdreamer.prediction import Affect
from tests.made_up_predictions import FACTS


@pytest.fixture
def view(app):
    view = AffectView(FACTS)
    view.resize(800, 300)
    view.show()
    yield view
    view.close()


@pytest.fixture
def predict(view, told):
    """Have a prediction come at a time."""

    def come(prediction, now):
        told.predict(prediction, now)
        view.show_prediction(prediction)

    return come


@pytest.fixture
def see(view, told):
    """Draw the view as it is at a time."""

    def draw(now):
        told.now = now
        view.refresh(told.summary())

    return draw


def shows_a_verdict(view, shows):
    """Whether there is one on screen; that all its parts are there or none is checked."""
    parts = {
        view.valence.isVisible(),
        view.arousal.isVisible(),
        not view.reason.isVisible(),
        view.plane.current is not None,
        shows(view.plane, "#ffffff"),
    }
    (shown,) = parts
    return shown


def test_a_good_prediction_is_shown_in_words_and_in_colour(
    view, predict, see, make_prediction, shows
):
    see(110.0)
    assert not shows_a_verdict(view, shows)
    assert view.reason.text().startswith("no verdict yet")
    predict(make_prediction(affect=Affect(valence=0.58, arousal=0.64)), 110.05)
    see(110.1)
    assert shows_a_verdict(view, shows)
    assert view.valence.answer.in_words == "valence above base rate"
    assert view.arousal.answer.in_words == "arousal below base rate"
    assert shows(view.valence, theme.VALENCE)


def test_what_the_last_minute_says_stands_beside_it(
    view, predict, see, make_prediction, make_withheld
):
    predict(make_prediction(), 110.05)
    see(110.1)
    assert view.valence.line == "0.71 over 42 s of EEG"
    assert view.arousal.line == "0.22 over 42 s of EEG"
    assert view.plane.over_time == Affect(valence=0.71, arousal=0.22)
    # And goes with the verdict: what was said a minute ago is not said of now.
    predict(make_withheld(timestamp=110.2), 110.25)
    see(110.3)
    assert not view.valence.isVisible()
    assert view.plane.over_time is None
    predict(make_prediction(timestamp=110.4, over_time=None), 110.45)
    see(110.5)
    assert view.valence.isVisible()
    assert view.valence.line == ""


def test_a_withheld_verdict_is_no_verdict_and_the_reason_is_said(
    view, predict, see, told, make_prediction, make_withheld, shows
):
    predict(make_prediction(timestamp=109.9), 109.95)
    withheld = make_withheld(timestamp=110.0, reason="4 of 14 electrodes are good")
    predict(withheld, 110.05)
    told.state(Phase.POOR)
    see(110.1)
    assert not shows_a_verdict(view, shows)
    assert view.reason.text() == "verdict withheld: 4 of 14 electrodes are good"


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.LIVE])
def test_no_value_is_shown_while_the_session_is_not_live(
    view, predict, see, told, make_prediction, shows, phase
):
    predict(make_prediction(), 110.05)
    told.state(phase)
    see(110.1)
    assert not shows_a_verdict(view, shows)
    told.state(Phase.LIVE)
    predict(make_prediction(timestamp=117.1), 117.15)
    see(117.2)
    assert shows_a_verdict(view, shows)


def test_a_value_that_nothing_follows_goes_though_the_session_is_live(
    view, predict, see, make_prediction, shows
):
    predict(make_prediction(timestamp=110.0, hop=16), 110.05)
    see(111.0)
    assert shows_a_verdict(view, shows)
    see(113.2)
    assert not shows_a_verdict(view, shows)
    assert "nothing new for 3 s" in view.reason.text()


def test_values_of_late_data_are_not_shown_and_that_is_the_reason(
    view, predict, see, make_prediction, shows
):
    predict(make_prediction(timestamp=110.0, hop=16), 115.0)
    see(115.1)
    assert not shows_a_verdict(view, shows)
    assert view.reason.text() == "no verdict: the stream is 5 s late"


def test_the_trail_is_the_last_seconds_without_what_was_withheld(
    view, predict, see, make_prediction, make_withheld
):
    for second in range(100):
        make = make_withheld if second == 90 else make_prediction
        predict(make(timestamp=float(second)), second + 0.05)
    see(100.0)
    ages = [age for age, _ in view.plane.trail]
    assert ages == [age for age in range(round(TRAIL_S), 0, -1) if age != 10]
    see(119.0)
    assert max(age for age, _ in view.plane.trail) == TRAIL_S
    see(200.0)
    assert view.plane.trail == []


def test_what_was_withheld_is_a_hole_in_the_line(
    view, predict, see, make_prediction, make_withheld
):
    for second, make in enumerate([make_prediction] * 2 + [make_withheld] * 3 + [make_prediction]):
        predict(make(timestamp=float(second)), second + 0.05)
    see(6.0)
    for line in view.history.lines:
        times, values = line.getData()
        np.testing.assert_array_equal(times, [-6, -5, -1])
        assert np.isfinite(values).all()
        # Each entry says whether the point is joined to the next one.
        np.testing.assert_array_equal(line.opts["connect"], [1, 0, 0])


def test_a_history_of_nothing_but_withheld_verdicts_can_be_drawn(
    view, predict, see, make_withheld, shows
):
    for second in range(5):
        predict(make_withheld(timestamp=float(second)), second + 0.05)
    see(5.0)
    assert not shows_a_verdict(view, shows)
    assert view.plane.trail == []
