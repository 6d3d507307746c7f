import numpy as np
import pytest

from rtdreamer.dashboard.affect import AffectView
from rtdreamer.dashboard.plane import TRAIL_S
from rtdreamer.dashboard.theme import DARK, LIGHT
from rtdreamer.dashboard.track import Track
from rtdreamer.live.sink import Phase
from rtdreamer.prediction import Affect
from tests.made_up_predictions import FACTS


@pytest.fixture
def view(app):
    view = AffectView(FACTS)
    view.resize(440, 470)
    view.show()
    yield view
    view.close()


@pytest.fixture
def track():
    return Track(0.125, 10.0)


@pytest.fixture
def predict(told, track):
    """Have a prediction come at a time."""

    def come(prediction, now):
        told.predict(prediction, now)
        track.add(prediction, told.means)

    return come


@pytest.fixture
def see(view, told, track):
    """Draw the view as it is at a time."""

    def draw(now):
        told.now = now
        view.refresh(told.summary(), track.past(now))

    return draw


def shows_a_verdict(view):
    """Whether there is one on screen; that all its parts are there or none is checked."""
    parts = {
        view.valence.isVisible(),
        view.arousal.isVisible(),
        not view.reason.isVisible(),
        bool(view.plane.current),
    }
    (shown,) = parts
    return shown


def test_a_good_prediction_is_shown_in_words_and_in_colour(
    view, predict, see, make_prediction, shows
):
    see(110.0)
    assert not shows_a_verdict(view)
    assert view.reason.text().startswith("no verdict yet")
    predict(make_prediction(affect=Affect(valence=0.58, arousal=0.64)), 110.05)
    see(110.1)
    assert shows_a_verdict(view)
    assert view.valence.words == "More pleasant than usual"
    assert view.arousal.words == "Less activated than usual"
    assert shows(view.valence, DARK.valence)
    assert shows(view.arousal, DARK.arousal)


def test_what_is_usual_is_explained_on_the_screen(view):
    assert view.explanation.isVisible()
    assert "those the model learned from" in view.explanation.text()
    assert "50 % pleasant and 75 % activated" in view.explanation.text()
    assert "not this person's own" in view.explanation.text()


def test_what_the_last_minute_says_stands_beside_it(
    view, predict, see, make_prediction, make_withheld
):
    predict(make_prediction(), 110.05)
    see(110.1)
    assert view.valence.line.endswith("○ 0.71 over 42 s of EEG")
    assert view.plane.over_time == Affect(valence=0.71, arousal=0.22)
    # And goes with the verdict: what was said a minute ago is not said of now.
    predict(make_withheld(timestamp=110.2), 110.25)
    see(110.3)
    assert not view.valence.isVisible()
    assert view.plane.over_time is None
    predict(make_prediction(timestamp=110.4, over_time=None), 110.45)
    see(110.5)
    assert view.valence.isVisible()
    assert "○" not in view.valence.line


def test_a_withheld_verdict_is_no_verdict_and_where_the_reason_is_is_said(
    view, predict, see, told, make_prediction, make_withheld
):
    predict(make_prediction(timestamp=109.9), 109.95)
    withheld = make_withheld(timestamp=110.0, reason="4 of 14 electrodes are good")
    predict(withheld, 110.05)
    told.state(Phase.POOR)
    see(110.1)
    assert not shows_a_verdict(view)
    assert "the reason at the top" in view.reason.text()
    assert "4 of 14 electrodes are good" in told.summary().advice.line


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.LIVE])
def test_no_value_is_shown_while_the_session_is_not_live(
    view, predict, see, told, make_prediction, phase
):
    predict(make_prediction(), 110.05)
    told.state(phase)
    see(110.1)
    assert not shows_a_verdict(view)
    told.state(Phase.LIVE)
    predict(make_prediction(timestamp=117.1), 117.15)
    see(117.2)
    assert shows_a_verdict(view)


def test_a_value_that_nothing_follows_goes_though_the_session_is_live(
    view, predict, see, make_prediction
):
    predict(make_prediction(timestamp=110.0, hop=16), 110.05)
    see(111.0)
    assert shows_a_verdict(view)
    see(113.2)
    assert not shows_a_verdict(view)
    assert "nothing new for 3 s" in view.reason.text()


def test_values_of_late_data_are_not_shown_and_that_is_the_reason(
    view, predict, see, make_prediction
):
    predict(make_prediction(timestamp=110.0, hop=16), 115.0)
    see(115.1)
    assert not shows_a_verdict(view)
    assert view.reason.text() == "no verdict: the stream is 5 s late"


def test_the_trail_is_the_last_seconds_without_what_was_withheld(
    view, predict, see, make_prediction, make_withheld
):
    for second in range(100):
        make = make_withheld if second == 90 else make_prediction
        predict(make(timestamp=float(second)), second + 0.05)
    see(100.0)
    # In the middle of the half second that each came in.
    ages = view.plane.trail[:, 0]
    expected = [age - 0.25 for age in range(round(TRAIL_S), 0, -1) if age != 10]
    np.testing.assert_allclose(ages, expected)
    np.testing.assert_allclose(view.plane.trail[:, 1], 0.58)
    see(200.0)
    assert len(view.plane.trail) == 0


def test_the_box_on_the_plane_is_where_answers_lay(view, predict, see, make_prediction, shows):
    rng = np.random.default_rng(0)
    values = rng.uniform(0.2, 0.8, (80, 2))
    for place, value in enumerate(values):
        predict(make_prediction(timestamp=place / 8, affect=Affect(*value)), place / 8)
    see(10.0)
    valence, arousal = view.plane.current
    assert (valence.low, valence.high) == pytest.approx(np.quantile(values[:, 0], [0.1, 0.9]))
    assert (arousal.low, arousal.high) == pytest.approx(np.quantile(values[:, 1], [0.1, 0.9]))
    assert shows(view.plane, DARK.text)


def test_the_light_theme_reaches_all_of_it(view, predict, see, make_prediction, shows):
    predict(make_prediction(), 110.05)
    view.set_theme(LIGHT)
    see(110.1)
    for part, colour in ((view.valence, LIGHT.valence), (view.arousal, LIGHT.arousal)):
        assert shows(part, colour)
    assert shows(view.plane, LIGHT.text)
    assert not shows(view.plane, DARK.background)
