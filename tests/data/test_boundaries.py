import pytest

from rtdreamer.data.boundaries import UNKNOWN_S, gaps_at
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
