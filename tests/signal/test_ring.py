import numpy as np
import pytest

from rtdreamer.signal.ring import RingBuffer


def windows_of(data, cuts, n_times, hop):
    """Run ``data`` through a ring in chunks that end at ``cuts``."""
    ring = RingBuffer(len(data), n_times, hop)
    stamps = np.arange(data.shape[1]) / 128
    found = []
    for start, stop in zip([0, *cuts], [*cuts, data.shape[1]], strict=True):
        for window in ring.extend(data[:, start:stop], stamps[start:stop]):
            found.append((window.sample, window.timestamp, window.data.copy()))
    return found


@pytest.mark.parametrize("hop", [1, 3, 16, 50, 70, 1000])
def test_windows_do_not_depend_on_chunks(hop):
    rng = np.random.default_rng(hop)
    data = rng.normal(size=(3, 700))
    n_times = 50
    expected = range(n_times - 1, 700, hop)
    for _ in range(10):
        cuts = sorted(rng.integers(0, 700, rng.integers(0, 40)).tolist())
        found = windows_of(data, cuts, n_times, hop)
        assert [sample for sample, _, _ in found] == list(expected)
        for sample, timestamp, window in found:
            np.testing.assert_array_equal(window, data[:, sample - n_times + 1 : sample + 1])
            assert timestamp == sample / 128


def test_the_window_is_one_contiguous_read_only_view():
    ring = RingBuffer(2, 4, 1)
    for window in ring.extend(np.arange(20.0).reshape(2, 10), np.arange(10.0)):
        assert window.data.strides[-1] == window.data.itemsize
        assert window.data.base is not None
        with pytest.raises(ValueError, match="read-only"):
            window.data[0, 0] = 1


def test_skip_empties_the_ring_and_counts_on():
    ring = RingBuffer(1, 4, 2)
    stamps = np.arange(6.0)
    list(ring.extend(np.zeros((1, 6)), stamps))
    assert ring.fill == 1
    ring.skip(10)
    assert ring.fill == 0
    due = list(ring.extend(np.ones((1, 5)), np.arange(5.0)))
    assert [window.sample for window in due] == [19]


def test_fill_grows_to_one():
    ring = RingBuffer(1, 4, 1)
    fills = []
    for _ in range(6):
        list(ring.extend(np.zeros((1, 1)), np.zeros(1)))
        fills.append(ring.fill)
    assert fills == [0.25, 0.5, 0.75, 1, 1, 1]


@pytest.mark.parametrize("arguments", [(0, 4, 1), (2, 0, 1), (2, 4, 0), (2, 4, -3)])
def test_sizes_below_one_are_refused(arguments):
    with pytest.raises(ValueError, match="at least 1"):
        RingBuffer(*arguments)


def test_a_chunk_of_another_shape_is_refused():
    ring = RingBuffer(2, 4, 1)
    with pytest.raises(ValueError, match="expected 2 channels × 3 samples"):
        list(ring.extend(np.zeros((3, 3)), np.zeros(3)))
