import numpy as np
import pytest

from rtdreamer.dashboard.history import (
    MAX_POINTS,
    SPAN_S,
    STEP_S,
    HistoryView,
    joined_points,
)


def test_the_history_keeps_its_span_and_no_more(app, make_prediction):
    history = HistoryView((0.5, 0.5))
    for second in range(1000):
        history.add(make_prediction(timestamp=float(second)))
    times = [prediction.timestamp for prediction in history.predictions]
    assert times == list(range(999 - SPAN_S, 1000))


@pytest.mark.parametrize("hop", [1, 16, 128])
def test_the_history_holds_its_span_at_any_hop(app, make_prediction, hop):
    history = HistoryView((0.5, 0.5))
    for number in range(0, 128 * (SPAN_S + 20), hop):
        history.add(make_prediction(timestamp=number / 128))
    times = np.array([prediction.timestamp for prediction in history.predictions])
    assert np.ptp(times) > SPAN_S - 1
    assert np.diff(times).min() >= STEP_S
    assert np.diff(times).max() <= max(STEP_S + 1 / 128, hop / 128)


def test_every_change_between_a_verdict_and_none_is_kept_up_to_a_bound(app, make_prediction):
    history = HistoryView((0.5, 0.5))
    withheld = {"affect": None, "reason": "flat everywhere"}
    for number in range(MAX_POINTS + 100):
        history.add(make_prediction(timestamp=5.0, **(withheld if number % 2 else {})))
    assert len(history.predictions) == MAX_POINTS


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
