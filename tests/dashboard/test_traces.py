import numpy as np
import pytest

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.traces import SPAN, TraceBuffer, TracesView, into_lanes
from rtdreamer.epoc import N_CHANNELS, SFREQ, STEP_UV
from rtdreamer.stream import Chunk


@pytest.mark.parametrize("sizes", [[1], [7, 64, 3], [SPAN + 11]])
def test_the_buffer_holds_the_newest_samples_however_they_were_cut(sizes):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(N_CHANNELS, 3 * SPAN + 5))
    times = np.arange(data.shape[1]) / SFREQ
    buffer, start, turn = TraceBuffer(), 0, 0
    while start < data.shape[1]:
        stop = start + sizes[turn % len(sizes)]
        buffer.extend(Chunk(data[:, start:stop], times[start:stop]))
        start, turn = stop, turn + 1
    np.testing.assert_array_equal(buffer.samples, data[:, -SPAN:])


def test_a_pause_in_the_timestamps_leaves_a_hole_of_its_length(make_chunk):
    buffer = TraceBuffer()
    buffer.extend(make_chunk(0, 200))
    buffer.extend(make_chunk(456, 656))
    samples = buffer.samples
    assert np.isnan(samples[:, -456:-200]).all()
    np.testing.assert_array_equal(samples[:, -200:], make_chunk(456, 656).data)
    np.testing.assert_array_equal(samples[:, -656:-456], make_chunk(0, 200).data)


def test_a_pause_longer_than_the_picture_empties_it(make_chunk):
    buffer = TraceBuffer()
    buffer.extend(make_chunk())
    buffer.extend(make_chunk(0, 10, at=5000.0))
    assert np.isnan(buffer.samples[:, :-10]).all()


def test_each_channel_stays_in_its_lane_and_a_glitch_moves_nothing_else(samples):
    glitched = samples.copy()
    glitched[3, 500] = 700_000
    lanes, expected = into_lanes(glitched, 200.0), into_lanes(samples, 200.0)
    rows = np.arange(N_CHANNELS)[:, None]
    assert (np.abs(lanes + rows) <= 0.5).all()
    assert lanes[3, 500] == -2.5
    others = np.delete(lanes - expected, 500, axis=1)
    assert np.abs(others).max() * 200.0 < STEP_UV


def test_lanes_take_off_the_median_and_keep_what_is_unknown(samples):
    unknown = samples.copy()
    unknown[:, :300] = np.nan
    unknown[5] = np.nan
    lanes = into_lanes(unknown, 1e6)
    assert np.isnan(lanes[:, :300]).all()
    assert np.isnan(lanes[5]).all()
    medians = np.median(np.delete(lanes[:, 300:], 5, axis=0), axis=1)
    np.testing.assert_allclose(medians, -np.delete(np.arange(N_CHANNELS), 5), atol=1e-9)


def test_the_picture_shows_what_arrived_at_the_chosen_scale(app, make_chunk, samples, shows):
    view = TracesView()
    view.resize(600, 500)
    assert not shows(view, theme.TRACE)
    view.show_chunk(make_chunk())
    view.scale.setCurrentText("50 µV")
    view.refresh()
    times, lanes = view.curve.getData()
    lanes = lanes.reshape(N_CHANNELS, SPAN + 1)
    assert np.isnan(lanes[:, -1]).all()
    np.testing.assert_array_equal(lanes[:, :-1], into_lanes(samples, 100.0))
    assert times.reshape(N_CHANNELS, SPAN + 1)[0, SPAN - 1] == 0.0
    assert shows(view, theme.TRACE)
    view.set_flowing(False)
    assert not shows(view, theme.TRACE)
