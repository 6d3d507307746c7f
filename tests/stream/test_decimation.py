from itertools import pairwise

import numpy as np
import pytest

from rtdreamer.stream.chunk import Chunk
from rtdreamer.stream.decimation import DELAY_S, Decimator

SFREQ = 256.0


def stream(data):
    n_times = data.shape[1]
    return Chunk(data, np.arange(n_times) / SFREQ, np.arange(n_times) % SFREQ)


def wave(frequency, n_times=2560):
    return 4200 + np.sin(2 * np.pi * frequency * np.arange(n_times) / SFREQ)[None].repeat(14, 0)


@pytest.mark.parametrize("frequency", [1, 10, 30, 45])
def test_what_is_kept_is_the_signal_at_its_own_time(frequency):
    halved = Decimator().halve(stream(wave(frequency)))
    settled = halved.timestamps > 0.1
    expected = 4200 + np.sin(2 * np.pi * frequency * halved.timestamps)
    np.testing.assert_allclose(halved.data[0, settled], expected[settled], atol=0.01)


@pytest.mark.parametrize("frequency", [83, 100, 118, 127])
def test_what_would_be_folded_into_the_bands_is_stopped(frequency):
    halved = Decimator().halve(stream(wave(frequency)))
    assert np.ptp(halved.data[0, 100:]) < 2 * 2e-3


def test_the_offset_starts_without_a_step():
    halved = Decimator().halve(stream(np.full((14, 200), 4200.0)))
    np.testing.assert_allclose(halved.data, 4200.0, rtol=1e-12)


def test_it_does_not_depend_on_chunks():
    rng = np.random.default_rng(0)
    chunk = stream(4200 + rng.normal(0, 15, (14, 1001)))
    whole = Decimator().halve(chunk)
    cut = Decimator()
    bounds = [0, *np.sort(rng.integers(0, 1001, 60)).tolist(), 1001]
    pieces = [
        cut.halve(Chunk(chunk.data[:, a:b], chunk.timestamps[a:b], chunk.counter[a:b]))
        for a, b in pairwise(bounds)
    ]
    np.testing.assert_array_equal(np.hstack([p.data for p in pieces]), whole.data)
    np.testing.assert_array_equal(np.hstack([p.timestamps for p in pieces]), whole.timestamps)
    np.testing.assert_array_equal(np.hstack([p.counter for p in pieces]), whole.counter)
    np.testing.assert_allclose(np.diff(whole.timestamps), 1 / 128)
    np.testing.assert_array_equal(np.diff(whole.counter) % 128, 1)


def test_the_delay_is_some_fifty_milliseconds():
    assert 0.03 < DELAY_S < 0.06


def test_a_value_that_is_not_finite_is_forgotten_at_once():
    chunk = stream(wave(10))
    chunk.data[:, 1000] = np.nan
    halved = Decimator().halve(chunk)
    bad = ~np.isfinite(halved.data).all(axis=0)
    assert 13 <= bad.sum() <= 14
    assert not bad[520:].any()


@pytest.mark.parametrize("cut", [500, 700])
def test_no_sample_mixes_both_sides_of_a_gap(cut):
    level = np.repeat([4000.0, 4400.0], [500, 500])[None].repeat(14, 0)
    stamps = np.arange(1000) / SFREQ
    stamps[500:] += 60
    half = Decimator()
    pieces = [
        half.halve(Chunk(level[:, which], stamps[which]))
        for which in (slice(0, cut), slice(cut, None))
    ]
    found = np.hstack([piece.data for piece in pieces])
    np.testing.assert_allclose(found[:, :250], 4000)
    np.testing.assert_allclose(found[:, 250:], 4400)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("stamp", [np.nan, np.inf, -np.inf, 1e308])
@pytest.mark.parametrize("at", [0, 30, slice(30, 60), slice(None)])
def test_timestamps_that_are_none_break_nothing(stamp, at):
    chunk = stream(wave(10, 512))
    chunk.timestamps[at] = stamp
    chunk.data[3, 100:102] = np.inf, -np.inf
    half = Decimator()
    pieces = [half.halve(chunk.take(slice(i, i + 64))) for i in range(0, 512, 64)]
    found = np.hstack([piece.data for piece in pieces])
    assert found.shape == (14, 256)
    expected = Decimator().halve(stream(wave(10, 512))).data
    np.testing.assert_allclose(found[:, 100:], expected[:, 100:])


@pytest.mark.parametrize("batch", [16, 64, 256])
def test_batches_that_are_stamped_when_they_are_handed_over_are_no_gaps(batch):
    right = stream(wave(10))
    stamps = np.repeat(right.timestamps[batch - 1 :: batch], batch)[: right.n_times]
    stamps = np.append(stamps, right.timestamps[len(stamps) :])
    half = Decimator()
    pieces = [
        half.halve(Chunk(right.data[:, i : i + batch], stamps[i : i + batch]))
        for i in range(0, right.n_times, batch)
    ]
    expected = Decimator().halve(right).data
    np.testing.assert_array_equal(np.hstack([piece.data for piece in pieces]), expected)
