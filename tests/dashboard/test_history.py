import numpy as np
import pytest
from PyQt5.QtCore import QRectF

from rtdreamer.dashboard.history import NOTHING_CAME, SPANS_S, HistoryView
from rtdreamer.dashboard.theme import DARK, LIGHT
from rtdreamer.dashboard.track import Track
from rtdreamer.prediction import Affect

MEANS = Affect(0.4, 0.9)


@pytest.fixture
def view(app):
    view = HistoryView((0.5, 0.75))
    view.resize(800, 150)
    return view


def fill(view, predictions, now):
    track = Track(0.125, 10.0)
    for prediction in predictions:
        track.add(prediction, MEANS)
    view.refresh(track.past(now))


def test_both_quantities_are_drawn_in_their_colours(view, make_prediction, shows):
    fill(view, [make_prediction(timestamp=float(t)) for t in range(60)], 60.0)
    assert shows(view, DARK.valence)
    assert shows(view, DARK.arousal)
    view.set_theme(LIGHT)
    assert shows(view, LIGHT.valence)
    assert not shows(view, DARK.valence)


@pytest.mark.parametrize(("age", "span"), [(5, SPANS_S[0]), (170, SPANS_S[0]), (200, SPANS_S[1])])
def test_the_shortest_time_that_holds_all_is_drawn(view, make_prediction, age, span):
    fill(view, [make_prediction(timestamp=0.0), make_prediction(timestamp=1.0)], float(age))
    assert view.span_s == span


def stretches(view):
    room = QRectF(0, 0, 180, 100)
    return [(box.left(), box.right(), words) for box, _, words in view._stretches(room)]


def test_what_was_withheld_is_hatched_with_its_reason_and_silence_too(
    view, make_prediction, make_withheld
):
    predictions = [make_prediction(timestamp=float(t)) for t in range(30)]
    predictions += [make_withheld(timestamp=30 + t / 2, reason="flat F7") for t in range(20)]
    predictions += [make_prediction(timestamp=40.0 + t) for t in range(5)]
    predictions += [make_prediction(timestamp=60.0 + t) for t in range(5)]
    # On a picture of 180 s, each pixel is a second.
    fill(view, predictions, 80.0)
    withheld, silent, since = stretches(view)
    assert withheld == (pytest.approx(130), pytest.approx(140), "flat F7")
    assert silent == (pytest.approx(144.5), pytest.approx(160), NOTHING_CAME)
    assert since == (pytest.approx(164.25), pytest.approx(180), NOTHING_CAME)


def test_while_answers_come_nothing_is_hatched(view, make_prediction):
    fill(view, [make_prediction(timestamp=t / 2) for t in range(100)], 50.0)
    assert stretches(view) == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 2, 1300])
def test_any_number_of_answers_can_be_drawn(view, make_prediction, make_withheld, n):
    made = [make_withheld if place % 7 == 3 else make_prediction for place in range(n)]
    fill(view, [make(timestamp=place / 2) for place, make in enumerate(made)], n / 2)
    picture = view.grab().toImage()
    assert picture.width() >= 800
    assert np.isfinite(view.past.age).all()
