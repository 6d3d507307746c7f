import numpy as np
import pytest
from PyQt5.QtGui import QColor

from rtdreamer.dashboard.history import (
    MARK,
    NOTHING_CAME,
    SPANS_S,
    HistoryView,
    points,
    said_now,
    stretches,
    time_ticks,
)
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


def test_each_line_ends_in_its_quantity_s_mark_while_it_is_of_now(
    view, make_prediction, make_withheld
):
    answers = [make_prediction(timestamp=t / 2) for t in range(120)]
    fill(view, answers, 60.0)
    assert said_now(view.past) == (0.4, 0.9)
    picture = view.grab().toImage()
    room = view.plot.getViewBox().sceneBoundingRect()
    top = round(view.plot.geometry().top() + room.top())
    for ink in (DARK.valence, DARK.arousal):
        ink = QColor(ink).rgb()
        rows = range(top, top + round(room.height()))
        heights = [
            sum(picture.pixel(round(room.right()) - back, y) == ink for y in rows)
            for back in (5, 40)
        ]
        assert heights[0] >= heights[1] + MARK
    fill(view, answers, 70.0)
    assert said_now(view.past) == ()
    fill(view, [*answers, make_withheld(timestamp=60.2)], 60.3)
    assert said_now(view.past) == ()
    assert said_now(Track(0.125, 10.0).past(0.0)) == ()


@pytest.mark.parametrize(("age", "span"), [(5, SPANS_S[0]), (170, SPANS_S[0]), (200, SPANS_S[1])])
def test_the_shortest_time_that_holds_all_is_drawn(view, make_prediction, age, span):
    fill(view, [make_prediction(timestamp=0.0), make_prediction(timestamp=1.0)], float(age))
    assert view.span_s == span


def test_what_was_withheld_is_hatched_with_its_reason_and_silence_too(
    view, make_prediction, make_withheld
):
    predictions = [make_prediction(timestamp=float(t)) for t in range(30)]
    predictions += [make_withheld(timestamp=30 + t / 2, reason="flat F7") for t in range(20)]
    predictions += [make_prediction(timestamp=40.0 + t) for t in range(5)]
    predictions += [make_prediction(timestamp=60.0 + t) for t in range(5)]
    fill(view, predictions, 80.0)
    withheld, silent, since = stretches(view.past)
    assert withheld == (50.0, 40.0, True, "flat F7")
    assert silent == (35.5, 20.0, False, NOTHING_CAME)
    assert since == (15.75, 0.0, False, NOTHING_CAME)


def test_a_stretch_looks_by_its_cause(view):
    pictures = []
    for found in ([], [(60.0, 30.0, True, "")], [(60.0, 30.0, False, "")]):
        view._stretches.set_all(found, 180.0)
        pictures.append(view.grab().toImage())
    nothing, withheld, silent = pictures
    assert nothing != withheld
    assert nothing != silent
    assert withheld != silent


def test_while_answers_come_nothing_is_hatched(view, make_prediction):
    fill(view, [make_prediction(timestamp=t / 2) for t in range(100)], 50.0)
    assert stretches(view.past) == []


def test_curves_are_broken_where_an_answer_was_withheld(view, make_prediction, make_withheld):
    made = [make_prediction] * 4 + [make_withheld] + [make_prediction] * 3
    fill(view, [make(timestamp=place / 2) for place, make in enumerate(made)], 4.0)
    x, y, connect = points(view.past, view.past.raw[:, 0])
    np.testing.assert_allclose(x, [-3.75, -3.25, -2.75, -2.25, -1.25, -0.75, -0.25])
    np.testing.assert_allclose(y, 0.58)
    assert connect.tolist() == [1, 1, 1, 0, 1, 1, 0]
    drawn_x, drawn_y = view.raw[0].getData()
    np.testing.assert_array_equal(drawn_x, x)
    np.testing.assert_array_equal(drawn_y, y)


def test_a_lonely_answer_is_a_dash_of_its_half_second(view, make_prediction, make_withheld):
    made = [make_withheld, make_prediction, make_withheld]
    fill(view, [make(timestamp=place / 2) for place, make in enumerate(made)], 2.0)
    x, y, connect = points(view.past, view.past.steady[:, 1])
    np.testing.assert_allclose(x, [-1.5, -1.0])
    np.testing.assert_allclose(y, MEANS.arousal)
    assert connect.tolist() == [1, 0]


@pytest.mark.parametrize("span", SPANS_S)
def test_the_time_axis_ends_in_now_and_leaves_its_beginning_free(span):
    (now, words), *rest = time_ticks(span)
    assert (now, words) == (0.0, "now")
    assert all(-span < place < 0 for place, _ in rest)
    assert len({words for _, words in rest}) == len(rest)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 2, 1300])
def test_any_number_of_answers_can_be_drawn(view, make_prediction, make_withheld, n):
    made = [make_withheld if place % 7 == 3 else make_prediction for place in range(n)]
    fill(view, [make(timestamp=place / 2) for place, make in enumerate(made)], n / 2)
    picture = view.grab().toImage()
    assert picture.width() >= 800
    assert np.isfinite(view.past.age).all()


@pytest.mark.parametrize(
    ("height", "reason", "head"),
    [
        (150, "flat F7", ""),
        (150, "a long reason " * 9, "hatched: " + "a long reason " * 9),
        (54, "flat F7", "hatched: flat F7"),
    ],
)
def test_a_reason_that_the_plot_has_no_room_for_stands_above_it(
    app, view, make_prediction, make_withheld, height, reason, head
):
    view.resize(800, height)
    view.show()
    app.processEvents()
    fill(view, [make_prediction(timestamp=1.0)], 2.0)
    assert view.reason.text() == ""
    fill(view, [make_withheld(timestamp=t / 2, reason=reason) for t in range(20)], 10.0)
    assert view.reason.text() == head


@pytest.mark.parametrize(
    ("height", "usual", "head"),
    [(90, 0.5, ""), (90, 0.8, "hatched: flat F7"), (200, 0.8, ""), (200, 0.95, "hatched: flat F7")],
)
def test_no_words_lie_over_what_is_usual(app, make_withheld, height, usual, head):
    view = HistoryView((0.4, usual))
    view.resize(800, height)
    view.show()
    app.processEvents()
    fill(view, [make_withheld(timestamp=t / 2, reason="flat F7") for t in range(99)], 50.0)
    assert view.reason.text() == head
    view.close()


def test_in_a_low_plot_no_words_lie_over_the_lines(app, view, make_withheld, shows):
    view.show()
    found = {}
    for height in (54, 150):
        view.resize(800, height)
        app.processEvents()
        for reason in ("flat F7", "blink AF3"):
            fill(view, [make_withheld(timestamp=t / 2, reason=reason) for t in range(99)], 50.0)
            found[height, reason] = view.plot.grab().toImage()
    assert found[54, "flat F7"] == found[54, "blink AF3"]
    assert found[150, "flat F7"] != found[150, "blink AF3"]
    assert shows(view, DARK.background)
