from contextlib import suppress

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from rtdreamer.signal import blas


def n_threads():
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}


@pytest.mark.parametrize("n_before", [1, 2])
def test_it_takes_one_thread_and_leaves_them_as_they_were(n_before):
    with threadpool_limits(n_before, user_api="blas"):
        before = n_threads()
        with blas.one_thread():
            assert n_threads() == {1}
            with blas.one_thread():
                assert n_threads() == {1}
            assert n_threads() == {1}
        assert n_threads() == before


def test_what_is_raised_meanwhile_changes_nothing_of_that():
    with threadpool_limits(2, user_api="blas"):
        before = n_threads()
        with suppress(ZeroDivisionError), blas.one_thread():
            raise ZeroDivisionError
        assert n_threads() == before
