import numpy as np

from rtdreamer.dashboard.history import MAX_PREDICTIONS, SPAN_S, History, joined_points


def test_the_history_keeps_its_span_and_no_more(make_prediction):
    history = History()
    for second in range(1000):
        history.add(make_prediction(timestamp=float(second)))
    times = [prediction.timestamp for prediction in history]
    assert times == list(range(999 - SPAN_S, 1000))
    assert history.newest is not None
    assert history.newest.timestamp == 999


def test_the_history_is_bounded_even_if_time_stands_still(make_prediction):
    history = History()
    for _ in range(MAX_PREDICTIONS + 100):
        history.add(make_prediction(timestamp=5.0))
    assert len(history) == MAX_PREDICTIONS


def test_no_line_crosses_a_pause_or_a_withheld_verdict():
    times = np.array([0.0, 1.0, 2.0, 12.0, 13.0, 14.0, 15.0])
    withheld = np.array([False, False, False, False, False, True, False])
    # Each entry says whether the point is joined to the next one.
    np.testing.assert_array_equal(joined_points(times, withheld), [1, 1, 0, 1, 0, 0, 0])
