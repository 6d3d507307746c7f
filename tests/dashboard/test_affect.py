from dataclasses import replace

import numpy as np
import pytest
from PyQt5.QtGui import QColor

from rtdreamer.dashboard.affect import AffectView
from rtdreamer.dashboard.plane import STAR, TRAIL_S
from rtdreamer.dashboard.theme import DARK, LIGHT
from rtdreamer.dashboard.track import Track
from rtdreamer.live.orders import TrialPlayed
from rtdreamer.live.sink import FLOWING, Phase
from rtdreamer.prediction import Affect
from rtdreamer.stream.rated import RatedTrial
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
    assert "the people the model learned from" in view.explanation.text()
    assert "not this person" in view.explanation.text()


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


def rated(valence=4, arousal=2):
    return TrialPlayed(RatedTrial(5, 3, valence, arousal, False, 100.0), 101.0)


def purple(widget):
    """Where a widget has the colour of what was rated, and of nothing else there."""
    picture, ink = widget.grab().toImage(), QColor(DARK.information).rgb()
    rows, columns = range(picture.height()), range(picture.width())
    return np.array([(x, y) for y in rows for x in columns if picture.pixel(x, y) == ink])


def test_what_was_rated_stands_beside_the_answer_and_goes_with_its_trial(
    view, predict, see, told, make_prediction
):
    predict(make_prediction(), 110.05)
    see(110.1)
    parts = (view.valence, view.arousal, view.plane)
    without = told.summary()
    assert not any(len(purple(part)) for part in parts)
    told.on_report(rated())
    see(110.1)
    assert all(len(purple(part)) for part in parts)
    assert view.valence.truth.of("valence") == "high (4 of 5)"
    assert view.arousal.truth.of("arousal") == "low (2 of 5)"
    # What is said of the answer is as it was.
    assert replace(told.summary(), truth=None) == without
    told.on_report(TrialPlayed(None, 110.1))
    see(110.1)
    assert not any(len(purple(part)) for part in parts)


@pytest.mark.parametrize("phase", Phase)
def test_where_nothing_comes_nothing_was_rated(view, see, told, phase):
    told.on_report(rated())
    told.state(phase)
    see(110.1)
    assert bool(len(purple(view.plane))) == (phase in FLOWING)


@pytest.mark.parametrize(("valence", "arousal"), [(1, 1), (1, 5), (3, 3), (4, 2), (5, 5)])
def test_the_star_lies_on_the_plane_as_it_was_rated(view, see, told, valence, arousal):
    told.on_report(rated(valence, arousal))
    see(110.1)
    plane = view.plane
    side = min(plane.width() - 48, plane.height() - 26)
    left, top = (plane.width() - side) / 2, 2
    x, y = purple(plane).T
    in_square = (x >= left) & (x <= left + side)
    span = side - 2 * STAR
    place = ((x[in_square] - left - STAR) / span, 1 - (y[in_square] - top - STAR) / span)
    middle = [(values.min() + values.max()) / 2 for values in place]
    assert middle == pytest.approx([(valence - 1) / 4, (arousal - 1) / 4], abs=0.03)
    # The words that explain it stand beside the square.
    assert (x > left + side).any()
