import numpy as np
import pytest
from scipy.signal import butter, sosfilt, sosfilt_zi

from rtdreamer.dashboard.trace_buffer import LOOK_BACK_S, ORDER, TraceBuffer
from rtdreamer.headset import EPOC
from rtdreamer.stream.gaps import Origin
from tests.pieces import piece

SIZE = round(LOOK_BACK_S * EPOC.sfreq)
SINGLE = 1e-3  # µV that single precision may take


def extended(data, sizes, edges=None):
    """A buffer that was given all samples, cut as ``sizes`` says again and again."""
    buffer, start, turn = TraceBuffer(EPOC), 0, 0
    buffer.set_filter(edges)
    times = np.arange(data.shape[1]) / EPOC.sfreq
    while start < data.shape[1]:
        stop = start + sizes[turn % len(sizes)]
        buffer.extend(piece(data[:, start:stop], times[start:stop]))
        start, turn = stop, turn + 1
    return buffer


def noise(n_times, seed=0):
    return 4200 + np.random.default_rng(seed).normal(scale=20, size=(EPOC.n_channels, n_times))


@pytest.mark.parametrize("sizes", [[613], [6, 640, 3000], [SIZE + 11]])
def test_the_buffer_holds_the_newest_samples_however_they_were_cut(sizes):
    data = noise(SIZE + 5000)
    buffer = extended(data, sizes)
    assert buffer.total == data.shape[1]
    for end in (buffer.total, buffer.total - 3000, buffer.total - SIZE + 1280):
        np.testing.assert_allclose(buffer.raw(end, 1280), data[:, end - 1280 : end], atol=SINGLE)


def test_what_was_overwritten_or_never_was_is_not_known():
    data = noise(SIZE + 2000)
    buffer = extended(data, [700])
    oldest = buffer.raw(buffer.total - SIZE + 100, 1280)
    assert np.isnan(oldest[:, :-100]).all()
    assert np.isfinite(oldest[:, -100:]).all()
    young = extended(data[:, :50], [50])
    assert np.isnan(young.raw(50, 1280)[:, :-50]).all()
    assert np.isnan(young.shown(50, 1280)[:, :-50]).all()
    assert np.isnan(TraceBuffer(EPOC).raw(0, 10)).all()


def test_memory_does_not_grow():
    buffer = TraceBuffer(EPOC)
    before = buffer._raw.nbytes
    for start in range(0, 3 * SIZE, 12_800):
        buffer.extend(piece(noise(12_800), start + np.arange(12_800.0)))
    assert buffer._raw.nbytes == before == EPOC.n_channels * SIZE * 4


def test_what_is_missing_leaves_a_hole_of_its_length(samples):
    times = np.zeros(1280)
    buffer = TraceBuffer(EPOC)
    buffer.extend(piece(samples[:, :200], times[:200]))
    buffer.extend(piece(samples[:, 456:656], times[:200], missing=256))
    found = buffer.raw(buffer.total, 656)
    np.testing.assert_allclose(found[:, :200], samples[:, :200], atol=SINGLE)
    assert np.isnan(found[:, 200:456]).all()
    np.testing.assert_allclose(buffer.unbroken(1280), samples[:, 456:656], atol=SINGLE)
    assert buffer.unbroken(50).shape[1] == 50
    buffer.extend(piece(samples[:, :10], times[:10], missing=10**9))
    assert np.isnan(buffer.raw(buffer.total, 1280)[:, :-10]).all()


def test_no_line_leads_from_one_stream_to_another(samples):
    times = np.zeros(1280)
    buffer = TraceBuffer(EPOC)
    buffer.extend(piece(samples[:, :200], times[:200]))
    buffer.extend(piece(samples[:, 200:300], times[:100], from_new_source=True))
    assert np.isnan(buffer.raw(buffer.total, 1280)[:, -101]).all()


def test_what_was_filled_in_is_told_where_it_is(samples):
    times = np.arange(1280) / EPOC.sfreq
    buffer = TraceBuffer(EPOC)
    buffer.extend(piece(samples[:, :100], times[:100]))
    buffer.extend(piece(samples[:, 100:108], times[100:108], Origin.BRIDGED))
    buffer.extend(piece(samples[:, 108:200], times[108:200]))
    found = buffer.filled_in(200, 300)
    assert np.flatnonzero(found).tolist() == [*range(200, 208)]


@pytest.mark.parametrize("sizes", [[1], [16], [7, 300]])
@pytest.mark.parametrize("edges", [(1.0, 45.0), (8.0, 13.0)])
def test_the_display_filter_is_scipy_s_however_samples_are_cut(sizes, edges):
    data = noise(2000)
    sos = butter(ORDER, edges, "bandpass", fs=EPOC.sfreq, output="sos")
    start = sosfilt_zi(sos)[:, None, :] * data[None, :, :1]
    expected, _ = sosfilt(sos, data, axis=-1, zi=start)
    live = extended(data, sizes, edges)
    later = extended(data, sizes)
    later.set_filter(edges)
    for buffer in (live, later):
        np.testing.assert_allclose(buffer.shown(2000, 1500), expected[:, 500:], atol=0.01)
        # What came is kept.
        np.testing.assert_allclose(buffer.raw(2000, 1500), data[:, 500:], atol=SINGLE)
    live.set_filter(None)
    np.testing.assert_array_equal(live.shown(2000, 1500), live.raw(2000, 1500))


def test_a_filter_goes_on_over_a_choice_and_begins_anew_after_a_hole():
    data = noise(3000)
    times = np.arange(3000) / EPOC.sfreq
    buffer = extended(data[:, :1000], [100])
    buffer.set_filter((8.0, 13.0))
    whole = extended(data[:, :2000], [100], (8.0, 13.0))
    buffer.extend(piece(data[:, 1000:2000], times[1000:2000]))
    np.testing.assert_allclose(buffer.shown(2000, 900), whole.shown(2000, 900), atol=0.01)
    buffer.extend(piece(data[:, 2500:], times[2500:], missing=500))
    alone = extended(data[:, 2500:], [500], (8.0, 13.0))
    np.testing.assert_allclose(buffer.shown(3000, 500), alone.shown(500, 500), atol=0.01)
    assert np.isnan(buffer.shown(2500, 500)).all()


def test_a_filter_lets_its_band_through_and_the_offset_not():
    times = np.arange(4000) / EPOC.sfreq
    wave = 4200 + 20 * np.sin(2 * np.pi * 10 * times)
    data = np.tile(wave, (EPOC.n_channels, 1))
    alpha = extended(data, [64], (8.0, 13.0)).shown(4000, 1280)
    beta = extended(data, [64], (13.0, 30.0)).shown(4000, 1280)
    assert np.abs(alpha).max() == pytest.approx(20, rel=0.1)
    assert np.abs(beta).max() < 8
