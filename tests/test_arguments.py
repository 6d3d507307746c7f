import math
from fractions import Fraction

import numpy as np
import pytest

from rtdreamer.arguments import check_number, check_whole, float_array
from rtdreamer.errors import RtdreamerError

NUMBERS = np.arange(6.0).reshape(2, 3)


def test_an_array_of_floats_is_not_copied():
    assert float_array(NUMBERS) is NUMBERS


@pytest.mark.parametrize(
    "same",
    [
        NUMBERS.tolist(),
        NUMBERS.astype(np.int16),
        NUMBERS.astype(np.float32),
        np.asfortranarray(NUMBERS),
        np.ma.masked_equal(NUMBERS, 9),
        NUMBERS.astype(object),
    ],
)
def test_numbers_of_any_kind_are_the_same_numbers(same):
    found = float_array(same)
    assert type(found) is np.ndarray
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, NUMBERS)


@pytest.mark.parametrize(
    "odd",
    [
        NUMBERS + 1j,
        np.ma.masked_equal(NUMBERS, 3),
        NUMBERS.astype(str),
        NUMBERS.astype("M8[s]"),
        [[1], [1, 2]],
        [[object()]],
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused(odd):
    with pytest.raises(ValueError, match="no array of real numbers, all of them there"):
        float_array(odd)


@pytest.mark.parametrize("value", [1, 16, np.int64(3), 10**30])
def test_whole_numbers_pass(value):
    check_whole("hop", value, 1)


@pytest.mark.parametrize("value", [0, 2.0, True, "16", None, math.nan, np.timedelta64(3)])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(RtdreamerError, match=r"hop is .*, must be a whole number from 1"):
        check_whole("hop", value, 1)


@pytest.mark.parametrize("value", [0, 2.5, np.float32(3), math.inf])
def test_numbers_pass(value):
    check_number("timeout", value, 0)


@pytest.mark.parametrize("value", [-1, "3", None, math.nan, 1j, np.timedelta64(3), Fraction(1, 2)])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(RtdreamerError, match=r"timeout is .*, must be a number from 0"):
        check_number("timeout", value, 0)
