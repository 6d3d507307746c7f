import numpy as np
import pytest

from rtdreamer.dashboard.track import BIN_S, N_BINS, SPAN_S, Track
from rtdreamer.prediction import Affect

MEANS = Affect(0.4, 0.6)


def tracked(predictions, hop_s=0.125, means=MEANS):
    track = Track(hop_s, 10.0)
    for prediction in predictions:
        track.add(prediction, means)
    return track


def lines(past):
    """How many points each line that is drawn has."""
    known = np.flatnonzero(np.isfinite(past.raw[:, 0]))
    return np.diff(np.flatnonzero(~past.joined[known]), append=len(known)).tolist()


def test_before_the_first_prediction_there_is_no_past():
    past = Track(0.125, 10.0).past(100.0)
    assert len(past.age) == len(past.raw) == len(past.reasons) == 0


def test_each_half_second_holds_the_mean_of_its_answers(make_prediction):
    rng = np.random.default_rng(0)
    times = np.arange(0.0, 60.0, 0.125)
    values = rng.random((len(times), 2))
    track = tracked(
        make_prediction(timestamp=time, affect=Affect(*value))
        for time, value in zip(times, values, strict=True)
    )
    past = track.past(60.0)
    np.testing.assert_allclose(past.raw, values.reshape(-1, 4, 2).mean(axis=1))
    np.testing.assert_allclose(past.age, 60 - (np.arange(120) + 0.5) * BIN_S)
    assert lines(past) == [120]
    np.testing.assert_array_equal(past.steady, [[0.4, 0.6]] * 120)


def test_ten_minutes_are_kept_and_no_more(make_prediction):
    track = tracked(make_prediction(timestamp=float(second)) for second in range(2000))
    past = track.past(1999.5)
    assert len(past.age) == N_BINS
    assert past.age.max() <= SPAN_S + BIN_S
    assert np.isfinite(past.raw[:, 0]).sum() == SPAN_S + 1
    assert lines(past) == [SPAN_S + 1]


@pytest.mark.parametrize("step", [0.125, 1.0, 3.0, 8.0])
def test_predictions_that_are_skipped_leave_a_line(make_prediction, step):
    times = np.arange(0.0, 100.0, step)
    track = tracked(make_prediction(timestamp=float(time)) for time in times)
    past = track.past(100.0)
    assert lines(past) == [len(np.unique(np.floor(times / BIN_S)))]
    # Up to a few seconds they are late; longer ones are said to be silent, unless joined.
    assert not past.silent[:-1].any()


def test_a_long_hop_s_answers_are_one_line(make_prediction):
    track = tracked((make_prediction(timestamp=30.0 * n) for n in range(10)), hop_s=30.0)
    assert lines(track.past(280.0)) == [10]


def test_no_line_crosses_a_pause_or_what_was_withheld(make_prediction, make_withheld):
    times = [0.0, 1.0, 2.0, 3.0, 4.0, 20.0, 21.0]
    made = [make_withheld if time == 2.0 else make_prediction for time in times]
    track = tracked(make(timestamp=time) for make, time in zip(made, times, strict=True))
    past = track.past(21.5)
    assert lines(past) == [2, 2, 2]
    assert [bool(reason) for reason in past.reasons].count(True) == 1
    assert past.reasons[4].startswith("4 of 14")
    # From 4.5 s, where the last answer's half second ends, to 20 s.
    assert past.silent.sum() == 31
    assert past.silent[9:40].all()


def test_a_clock_that_jumps_begins_anew(make_prediction):
    for jump in (-50.0, 2 * SPAN_S):
        track = tracked([make_prediction(timestamp=time) for time in (100.0, 101.0, 101 + jump)])
        past = track.past(101 + jump + 0.25)
        assert lines(past) == [1]
        assert past.age.tolist() == pytest.approx([0.0], abs=BIN_S)


def test_a_place_is_used_again_without_what_it_held(make_withheld, make_prediction):
    track = tracked([make_withheld(timestamp=0.0)])
    for second in range(1, 610):
        track.add(make_prediction(timestamp=float(second)), None)
    past = track.past(610.0)
    assert not any(past.reasons)
    assert np.isnan(past.steady).all()
    assert track.newest == 609.0
