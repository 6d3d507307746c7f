import numpy as np
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.decimation import N_TAPS, Decimator, decimate, delay_s
from rtdreamer.stream.gaps import Origin, Piece
from rtdreamer.stream.timeline import Timeline

RATE = 2 * EPOC.sfreq


def stream(data):
    n_times = data.shape[1]
    stamps = np.arange(n_times) / RATE
    return Chunk(data, stamps, np.arange(n_times) % RATE, received=float(stamps[-1]))


def wave(frequency, n_times=2560):
    return 4200 + np.sin(2 * np.pi * frequency * np.arange(n_times) / RATE)[None].repeat(14, 0)


def parts(chunk, cuts):
    """A chunk as several that are taken over one after the other."""
    for start, stop in zip([0, *cuts], [*cuts, chunk.n_times], strict=True):
        part = chunk.take(slice(start, stop))
        received = chunk.received - (chunk.n_times - stop) / RATE
        yield Chunk(part.data, part.timestamps, part.counter, part.interpolated, received)


def take(chunks):
    """Return the pieces that come out at 128 Hz, and the timeline."""
    timeline = Timeline(EPOC)
    timeline.start_source(RATE)
    return [piece for chunk in chunks for piece in timeline.take(chunk)], timeline


def data_of(pieces):
    return np.hstack([piece.data for piece in pieces])


@pytest.mark.parametrize("frequency", [1, 10, 30, 45])
def test_what_is_kept_is_the_signal_at_its_own_time(frequency):
    ((halved,), _) = take([stream(wave(frequency))])
    settled = halved.timestamps > 0.1
    expected = 4200 + np.sin(2 * np.pi * frequency * halved.timestamps)
    np.testing.assert_allclose(halved.data[0, settled], expected[settled], atol=0.01)


@pytest.mark.parametrize("frequency", [83, 100, 118, 127])
def test_what_would_be_folded_into_the_bands_is_stopped(frequency):
    assert np.ptp(decimate(wave(frequency), EPOC)[0, 100:]) < 2 * 2e-3


def test_the_offset_starts_without_a_step():
    np.testing.assert_allclose(decimate(np.full((14, 200), 4200.0), EPOC), 4200.0, rtol=1e-12)


@pytest.mark.parametrize("n_times", [0, 1, 2, 1001])
def test_a_stream_and_a_file_are_the_same_bit_for_bit_whatever_the_chunks(n_times):
    rng = np.random.default_rng(0)
    chunk = stream(4200 + rng.normal(0, 15, (14, max(n_times, 1)))).take(slice(n_times))
    whole = decimate(chunk.data, EPOC) if n_times else np.empty((14, 0))
    assert whole.shape == (14, n_times // 2)
    assert whole.flags.c_contiguous
    for cuts in ([], np.sort(rng.integers(0, n_times + 1, 60)).tolist(), range(1, n_times)):
        pieces, timeline = take(parts(chunk, cuts))
        if not pieces:
            assert n_times < 2
            continue
        np.testing.assert_array_equal(data_of(pieces), whole)
        stamps = np.hstack([piece.timestamps for piece in pieces])
        np.testing.assert_array_equal(stamps, chunk.timestamps[1::2] - delay_s(EPOC))
        interval = np.hstack([piece.interval for piece in pieces])
        np.testing.assert_allclose(interval[1:], 1 / EPOC.sfreq)
        assert [piece.from_new_source for piece in pieces] == [True] + [False] * (len(pieces) - 1)
        assert not any(piece.origin.any() or piece.missing for piece in pieces)
        assert timeline.missing == 0


def test_the_delay_is_some_fifty_milliseconds():
    assert 0.03 < delay_s(EPOC) < 0.06


def test_a_value_that_is_not_finite_is_bridged_before_it_meets_the_filter():
    chunk = stream(wave(10))
    chunk.data[3, 1000] = np.nan
    pieces, timeline = take([chunk])
    np.testing.assert_allclose(data_of(pieces), decimate(wave(10), EPOC), atol=0.05)
    origin = np.hstack([piece.origin for piece in pieces])
    assert np.flatnonzero(origin == Origin.BRIDGED).tolist() == [500]
    assert timeline.missing == 1


@pytest.mark.parametrize("cut", [500, 700])
def test_no_sample_mixes_both_sides_of_a_gap(cut):
    chunk = stream(np.repeat([4000.0, 4400.0], [500, 500])[None].repeat(14, 0))
    late = np.where(np.arange(1000) < 500, 0, 60)
    chunk = Chunk(chunk.data, chunk.timestamps + late)
    pieces, timeline = take([chunk.take(slice(0, cut)), chunk.take(slice(cut, None))])
    found = data_of(pieces)
    np.testing.assert_allclose(found[:, :250], 4000)
    np.testing.assert_allclose(found[:, 250:], 4400)
    assert [piece.missing for piece in pieces if piece.missing] == [timeline.missing] == [60 * 128]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("stamp", [np.nan, np.inf, -np.inf, 1e308])
@pytest.mark.parametrize("at", [0, 30, slice(30, 60), slice(None)])
def test_timestamps_that_are_none_break_nothing(stamp, at):
    chunk = stream(wave(10, 512))
    chunk.timestamps[at] = stamp
    chunk.data[3, 100:102] = np.inf, -np.inf
    pieces, _ = take(parts(chunk, range(64, 512, 64)))
    found = data_of(pieces)
    assert found.shape == (14, 256)
    np.testing.assert_allclose(found, decimate(wave(10, 512), EPOC), atol=0.1)


@pytest.mark.parametrize("batch", [16, 64, 256])
def test_batches_that_are_stamped_when_they_are_handed_over_are_no_gaps(batch):
    right = stream(wave(10))
    stamps = np.repeat(right.timestamps[batch - 1 :: batch], batch)[: right.n_times]
    stamps = np.append(stamps, right.timestamps[len(stamps) :])
    chunk = Chunk(right.data, stamps, received=right.received)
    pieces, timeline = take(parts(chunk, range(batch, right.n_times, batch)))
    np.testing.assert_array_equal(data_of(pieces), decimate(right.data, EPOC))
    assert timeline.missing == 0


@pytest.mark.parametrize("lengths", [[1], [3, 2, 7], [64]])
def test_a_sample_is_from_where_the_worse_of_its_two_is_from(lengths):
    rng = np.random.default_rng(len(lengths))
    origin = rng.choice(np.array([0, 0, 0, 1, 2], np.uint8), 640)
    decimator, found, start = Decimator(EPOC), [], 0
    for length in lengths * 640:
        part = slice(start, start + length)
        n_times = len(origin[part])
        if n_times:
            stamps = np.arange(start, start + n_times) / RATE
            piece = Piece(np.zeros((14, n_times)), stamps, origin[part], np.ones(n_times))
            found.append(decimator.decimate(piece))
        start = part.stop
    whence = np.hstack([piece.origin for piece in found if piece is not None])
    np.testing.assert_array_equal(whence, origin.reshape(-1, 2).max(axis=1))


def test_the_filter_reaches_back_as_far_as_it_says():
    step = np.repeat([0.0, 1.0], 100)[None]
    found = decimate(step, EPOC)[0]
    assert (found[:50] == 0).all()
    np.testing.assert_allclose(found[50 + N_TAPS // 2 :], 1)
