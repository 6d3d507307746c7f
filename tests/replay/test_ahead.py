"""The next item is made while one is played: never more, and its errors come in its place."""

import threading
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.ahead import one_ahead

END_S = 10


def wait_until(fits):
    deadline = time.monotonic() + END_S
    while not fits():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@given(st.lists(st.integers(), max_size=9))
def test_all_items_come_in_order(items):
    assert list(one_ahead(iter(items))) == items


def test_one_item_is_made_ahead_and_no_more():
    made = []

    def items():
        for number in range(6):
            made.append(number)
            yield number

    for number in one_ahead(items()):
        wait_until(lambda n=number: len(made) == min(n + 2, 6))
        time.sleep(0.01)
        assert len(made) == min(number + 2, 6)


def test_an_error_comes_where_its_item_would():
    def items():
        yield 1
        yield 2
        raise ValueError("the third cannot be read")

    played = one_ahead(items())
    assert [next(played), next(played)] == [1, 2]
    with pytest.raises(ValueError, match="the third cannot be read"):
        next(played)


def test_the_thread_ends_with_the_iterator():
    before = threading.active_count()
    with closing(one_ahead(iter(range(100)))) as played:
        next(played)
        assert threading.active_count() == before + 1
    wait_until(lambda: threading.active_count() == before)


def test_nothing_is_made_before_it_is_asked_for():
    made = []
    one_ahead(made.append(n) for n in range(3))
    time.sleep(0.01)
    assert made == []
