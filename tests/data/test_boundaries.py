import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.boundaries import UNKNOWN_S, gaps_at, is_skipped, without_skipped
from rtdreamer.data.sensors import Gap


def test_known_ones_are_gaps_in_order():
    assert gaps_at([(20, 3.0), (10, 0.5)], 30) == ((Gap(10, 0.5), Gap(20, 3.0)), ())


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf"), 0.0, -3.0])
def test_unknown_ones_are_taken_as_something_and_said(unknown):
    gaps, notes = gaps_at([(10, unknown), (20, 0.5), (25, unknown)], 30)
    assert gaps == (Gap(10, UNKNOWN_S), Gap(20, 0.5), Gap(25, UNKNOWN_S))
    assert notes == ("does not tell how long 2 gaps lasted: taken as 1 s",)
    assert gaps_at([(10, unknown)], 30)[1] == ("does not tell how long a gap lasted: taken as 1 s",)


def test_what_lies_before_the_first_or_after_the_last_sample_is_no_gap():
    assert gaps_at([(-5, 1.0), (0, None), (30, 1.0), (99, None)], 30) == ((), ())


def test_two_at_one_sample_are_one_and_what_is_known_counts():
    assert gaps_at([(10, None), (10, 2.0), (10, 0.5)], 30) == ((Gap(10, 2.0),), ())


@given(
    st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 20), st.booleans()), max_size=6),
    st.integers(1, 50),
)
def test_what_was_skipped_is_left_out_and_boundaries_move_along(marks, n_times):
    sfreq = 4.0
    timed = [(start, length / sfreq, skipped) for start, length, skipped in marks]
    kept, boundaries = without_skipped(timed, n_times, sfreq)
    gone = {k for start, length, skipped in marks if skipped for k in range(start, start + length)}
    assert np.flatnonzero(~kept).tolist() == sorted(gone & set(range(n_times)))
    for (start, _, _), (place, _) in zip(marks, boundaries, strict=True):
        assert place == sum(k not in gone for k in range(min(max(start, 0), n_times)))


def test_words_that_skip():
    assert is_skipped("BAD_ACQ_SKIP")
    assert is_skipped("Comment/bad_acq_skip ")
    assert not is_skipped("BAD_interpolated")
