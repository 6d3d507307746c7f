import numpy as np
import pytest

from rtdreamer.hand_over import HandOver

BATCHES = [4, 4, 10, 1, 1, 30, 4]
"""The third and the sixth are held up for as long as it takes to sample them."""


def stamps_of(batches):
    """Each batch is stamped when its last sample is there; all in samples."""
    return np.repeat(np.cumsum(batches), batches).astype(float)


def test_all_steps_of_a_stream_in_batches_are_explained():
    steps = np.diff(stamps_of([8] * 20))
    left = steps - HandOver().explained(steps)
    assert left[steps > 0].max() == 1


def test_what_is_held_up_is_explained_by_what_comes_at_once():
    stamps = stamps_of(BATCHES)
    steps = np.diff(stamps)
    left = steps - HandOver().explained(steps)
    assert left.max() == 1


@pytest.mark.parametrize("cut", range(1, 50))
def test_batches_that_are_cut_count_in_full_before_the_next_step(cut):
    steps = np.diff(stamps_of([16] * 4))
    hand_over = HandOver()
    parts = [hand_over.explained(part) for part in np.split(steps, [cut])]
    assert (steps - np.concatenate(parts))[steps > 0].max() == 1


def test_a_step_without_any_such_samples_stays():
    steps = np.array([1.0, 1.0, 40.0, 1.0, 1.0])
    assert not HandOver().explained(steps).any()
    assert HandOver().explained(np.array([])).shape == (0,)
