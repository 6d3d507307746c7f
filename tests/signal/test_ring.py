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


def test_where_samples_are_from_and_when_they_came_goes_with_them():
    rng = np.random.default_rng(0)
    origin, interval = rng.integers(0, 3, 300).astype(np.uint8), rng.normal(size=300)
    for n_times, hop in ((50, 7), (64, 64)):
        ring, start = RingBuffer(1, n_times, hop), 0
        while start < 300:
            part = slice(start, start + int(rng.integers(1, 150)))
            stamps = np.arange(300.0)[part]
            for window in ring.extend(stamps[None], stamps, origin[part], interval[part]):
                held = slice(window.sample - n_times + 1, window.sample + 1)
                np.testing.assert_array_equal(window.origin, origin[held])
                np.testing.assert_array_equal(window.interval, interval[held])
                assert window.origin.dtype == np.uint8
                assert not window.origin.flags.writeable
            start = part.stop


def test_a_copy_stays_as_it_was():
    ring = RingBuffer(1, 4, 1)
    first, *_ = (window.copy() for window in ring.extend(np.arange(20.0)[None], np.arange(20.0)))
    np.testing.assert_array_equal(first.data, [[0, 1, 2, 3]])
    assert np.isnan(first.interval).all()
    assert not first.origin.any()


@pytest.mark.parametrize("length", [1, 3, 8, 40])
def test_each_electrode_s_contact_is_its_worst_in_the_window(length):
    """Unless it is not known by now: what was known before is of no account then."""
    rng = np.random.default_rng(length)
    at_sample = np.repeat(rng.random((40, 2)), 5, axis=0)
    known = np.repeat(rng.random(40) < 0.8, 5)
    ring = RingBuffer(1, 16, 3)
    n_known = 0
    for start in range(0, 200, length):
        n_times = min(length, 200 - start)
        contact = at_sample[start] if known[start] else None
        at_sample[start : start + n_times] = at_sample[start]
        known[start : start + n_times] = known[start]
        stamps = np.zeros(n_times)
        for window in ring.extend(stamps[None], stamps, contact=contact):
            held = slice(window.sample - 15, window.sample + 1)
            if not known[window.sample]:
                assert window.contact is None
                continue
            n_known += 1
            worst = at_sample[held][known[held]].min(axis=0)
            np.testing.assert_array_equal(window.contact, worst)
    assert n_known > 10


def test_the_contact_before_a_gap_is_forgotten():
    ring = RingBuffer(1, 4, 1)
    list(ring.extend(np.zeros((1, 6)), np.zeros(6), contact=np.array([0.0])))
    ring.skip(0)
    due = list(ring.extend(np.zeros((1, 5)), np.zeros(5), contact=np.array([1.0])))
    assert [window.contact.tolist() for window in due] == [[1.0], [1.0]]
