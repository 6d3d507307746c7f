import numpy as np
import pytest

from tests.soak.demand import SoakError
from tests.soak.footprint import Footprint


def footprint(threads, kib=400_000.0):
    """Of a process with so many threads, and twice as many open files, at each reading."""
    made = Footprint()
    n = len(threads)
    hours = np.linspace(0, 0.5, n)
    table = np.column_stack([hours, np.full(n, kib), threads, 2 * np.array(threads)])
    made._readings.extend(table.ravel())
    return made


@pytest.mark.parametrize("lost_at", [0, 50, 100, 199])
def test_what_comes_and_goes_was_not_left(lost_at):
    threads = np.full(200, 12)
    threads[lost_at : lost_at + 10] = 9
    footprint(threads).check()


def test_what_each_loss_leaves_is_found():
    threads = np.where(np.arange(200) % 20 < 3, 9, 12) + np.arange(200) // 40
    with pytest.raises(SoakError, match="1 threads and 2 open files were left"):
        footprint(threads).check()


def test_memory_that_grows_is_found():
    kib = 400_000.0 + 10_000 * np.linspace(0, 0.5, 200)
    with pytest.raises(SoakError, match="memory grows"):
        footprint(np.full(200, 12), kib).check()
