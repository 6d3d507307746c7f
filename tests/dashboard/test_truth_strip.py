"""When rated trials were played, and the strip that says so."""

import pytest
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import QApplication

from rtdreamer.dashboard.history import WORDS_FROM, HistoryView
from rtdreamer.dashboard.theme import DARK, LIGHT
from rtdreamer.dashboard.track import SPAN_S, Track
from rtdreamer.dashboard.truth_strip import WITH_WORDS, RatedPast
from rtdreamer.live.orders import Said, TrialPlayed
from rtdreamer.live.truth import Truth
from rtdreamer.stream.rated import RatedTrial


def trial(number, began):
    return RatedTrial(5, number, 4, 2, False, began)


@pytest.fixture
def past():
    return RatedPast(3.0)


def test_a_trial_lasts_until_the_next_begins_or_none_is_played(past):
    past.hear(Said("something else"))
    assert past.stretches(100.0) == []
    first, second, third = trial(1, 10.0), trial(2, 70.0), trial(3, 120.0)
    past.hear(TrialPlayed(first, 12.0))
    assert past.stretches(15.0) == [(5.0, 0.0, Truth(first, 3.0))]
    past.hear(TrialPlayed(second, 70.4))
    past.hear(TrialPlayed(None, 100.0))
    past.hear(TrialPlayed(third, 121.0))
    past.hear(TrialPlayed(None, 124.0))
    past.hear(TrialPlayed(third, 127.0))
    assert past.stretches(130.0) == [
        (120.0, 60.0, Truth(first, 3.0)),
        (60.0, 30.0, Truth(second, 3.0)),
        (10.0, 6.0, Truth(third, 3.0)),
        (6.0, 0.0, Truth(third, 3.0)),
    ]
    # What lies before the last minutes is no longer drawn.
    assert [each[2].trial for each in past.stretches(75.0 + SPAN_S)] == [second, third, third]


@pytest.fixture
def view(app):
    view = HistoryView((0.5, 0.75))
    view.resize(800, 150)
    view.show()
    yield view
    view.close()


def fill(view, make_prediction, played, now=100.0):
    track = Track(0.125, 10.0)
    for second in range(100):
        track.add(make_prediction(timestamp=float(second)), None)
    view.refresh(track.past(now), (), played)
    QApplication.processEvents()  # lays out anew
    view.refresh(track.past(now), (), played)


def test_the_strip_lies_over_the_stretch_in_which_the_trial_was_played(view, make_prediction):
    fill(view, make_prediction, ())
    assert not view.strip.isVisible()
    place = view.plot.geometry()
    fill(view, make_prediction, [(60.0, 15.0, Truth(trial(1, 40.0), 3.0))])
    assert view.strip.isVisible()
    picture, ink = view.strip.grab().toImage(), QColor(DARK.information).rgb()
    y = view.strip.height() - 2
    found = [x for x in range(picture.width()) if picture.pixel(x, y) == ink]
    left, right = view.strip.room
    box = view.plot.getViewBox().sceneBoundingRect()
    assert (left, right) == (box.left(), box.right())
    ends = [right - age * (right - left) / view.span_s for age in (60.0, 15.0)]
    assert [found[0], found[-1]] == pytest.approx(ends, abs=3)
    # It takes room of its own: no curve has its colour, and no curve lies under it.
    assert view.plot.y() == view.strip.height()
    view.set_theme(LIGHT)
    picture = view.strip.grab().toImage()
    assert picture.pixel(round(sum(ends) / 2), y) == QColor(LIGHT.information).rgb()
    fill(view, make_prediction, ())
    assert not view.strip.isVisible()
    assert view.plot.geometry() == place


@pytest.mark.parametrize("height", [54, WORDS_FROM])
def test_the_strip_has_words_where_there_is_room(view, make_prediction, height):
    view.resize(800, height)
    fill(view, make_prediction, [(90.0, 0.0, Truth(trial(1, 10.0), 3.0))])
    assert (view.strip.height() == WITH_WORDS) == (height >= WORDS_FROM)
    picture, ink = view.strip.grab().toImage(), QColor(DARK.text).rgb()
    columns, rows = range(picture.width()), range(picture.height())
    has_words = any(picture.pixel(x, y) == ink for x in columns for y in rows)
    assert has_words == (height >= WORDS_FROM)
