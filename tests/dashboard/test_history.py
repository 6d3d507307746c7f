import numpy as np
import pytest

from rtdreamer.dashboard.history import (
    MAX_PREDICTIONS,
    SPAN_S,
    HistoryView,
    joined_points,
)


def test_the_history_keeps_its_span_and_no_more(app, make_prediction):
    history = HistoryView((0.5, 0.5))
    for second in range(1000):
        history.add(make_prediction(timestamp=float(second)))
    times = [prediction.timestamp for prediction in history.predictions]
    assert times == list(range(999 - SPAN_S, 1000))


def test_the_history_is_bounded_even_if_time_stands_still(app, make_prediction):
    history = HistoryView((0.5, 0.5))
    for _ in range(MAX_PREDICTIONS + 100):
        history.add(make_prediction(timestamp=5.0))
    assert len(history.predictions) == MAX_PREDICTIONS


def test_no_line_crosses_a_pause_or_a_withheld_verdict():
    times = np.array([0.0, 1.0, 2.0, 12.0, 13.0, 14.0, 15.0])
    withheld = np.array([False, False, False, False, False, True, False])
    # Each entry says whether the point is joined to the next one.
    np.testing.assert_array_equal(joined_points(times, withheld), [1, 1, 0, 1, 0, 0, 0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("withheld", [[], [3, 4], range(8)])
def test_what_was_withheld_is_not_drawn_and_no_complaint(app, make_prediction, withheld):
    history = HistoryView((0.5, 0.5))
    for i in range(8):
        change = {"affect": None, "reason": "flat everywhere"} if i in withheld else {}
        history.add(make_prediction(timestamp=float(i), **change))
    history.resize(400, 200)
    history.show()
    history.refresh(8.0)
    history.grab()
    times, _ = history.lines[0].getData()
    shown = [] if times is None else times.tolist()
    assert shown == [i - 8.0 for i in range(8) if i not in withheld]
