import numpy as np
import pytest

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.traces import SPAN_S, TraceBuffer, TracesView, into_lanes
from rtdreamer.headset import EPOC
from tests.pieces import piece

SPAN = round(SPAN_S * EPOC.sfreq)


@pytest.mark.parametrize("sizes", [[1], [7, 64, 3], [SPAN + 11]])
def test_the_buffer_holds_the_newest_samples_however_they_were_cut(sizes):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(EPOC.n_channels, 3 * SPAN + 5))
    times = np.arange(data.shape[1]) / EPOC.sfreq
    buffer, start, turn = TraceBuffer(EPOC), 0, 0
    while start < data.shape[1]:
        stop = start + sizes[turn % len(sizes)]
        buffer.extend(piece(data[:, start:stop], times[start:stop]))
        start, turn = stop, turn + 1
    np.testing.assert_array_equal(buffer.samples, data[:, -SPAN:])


def test_what_is_missing_leaves_a_hole_of_its_length(samples):
    times = np.zeros(SPAN)
    buffer = TraceBuffer(EPOC)
    buffer.extend(piece(samples[:, :200], times[:200]))
    buffer.extend(piece(samples[:, 456:656], times[:200], missing=256))
    np.testing.assert_array_equal(buffer.samples[:, -656:-456], samples[:, :200])
    assert np.isnan(buffer.samples[:, -456:-200]).all()
    np.testing.assert_array_equal(buffer.unbroken, samples[:, 456:656])
    buffer.extend(piece(samples[:, :10], times[:10], missing=10**9))
    assert np.isnan(buffer.samples[:, :-10]).all()


def test_no_line_leads_from_one_stream_to_another(samples):
    times = np.zeros(SPAN)
    buffer = TraceBuffer(EPOC)
    buffer.extend(piece(samples[:, :200], times[:200]))
    buffer.extend(piece(samples[:, 200:300], times[:100], from_new_source=True))
    assert np.isnan(buffer.samples[:, -101]).all()
    np.testing.assert_array_equal(buffer.unbroken, samples[:, 200:300])


def test_each_channel_stays_in_its_lane_and_a_glitch_moves_nothing_else(samples):
    glitched = samples.copy()
    glitched[3, 500] = 700_000
    lanes, expected = into_lanes(glitched, 200.0), into_lanes(samples, 200.0)
    rows = np.arange(EPOC.n_channels)[:, None]
    assert (np.abs(lanes + rows) <= 0.5).all()
    assert lanes[3, 500] == -2.5
    others = np.delete(lanes - expected, 500, axis=1)
    assert np.abs(others).max() * 200.0 < EPOC.step_uv


def test_lanes_take_off_the_median_and_keep_what_is_unknown(samples):
    unknown = samples.copy()
    unknown[:, :300] = np.nan
    unknown[5] = np.nan
    lanes = into_lanes(unknown, 1e6)
    assert np.isnan(lanes[:, :300]).all()
    assert np.isnan(lanes[5]).all()
    medians = np.median(np.delete(lanes[:, 300:], 5, axis=0), axis=1)
    np.testing.assert_allclose(medians, -np.delete(np.arange(EPOC.n_channels), 5), atol=1e-9)


def test_the_picture_shows_what_arrived_at_the_chosen_scale(app, make_piece, samples, shows):
    view = TracesView(EPOC)
    view.resize(600, 500)
    assert not shows(view, theme.TRACE)
    view.show_samples(make_piece())
    view.scale.setCurrentText("50 µV")
    view.refresh()
    times, lanes = view.curve.getData()
    lanes = lanes.reshape(EPOC.n_channels, SPAN + 1)
    assert np.isnan(lanes[:, -1]).all()
    np.testing.assert_array_equal(lanes[:, :-1], into_lanes(samples, 100.0))
    assert times.reshape(EPOC.n_channels, SPAN + 1)[0, SPAN - 1] == 0.0
    assert shows(view, theme.TRACE)
    view.set_flowing(False)
    assert not shows(view, theme.TRACE)


def flaws_shown(view):
    """Name and flaw of each electrode that is marked poor, and of the others with a flaw."""
    (ticks,) = view.plot.getAxis("left")._tickLevels
    poor = [name.startswith("×") for _, name in ticks]
    shown = [text.toPlainText() if text.isVisible() else None for text in view.flaws]
    marked = {name: flaw for name, flaw, x in zip(EPOC.ch_names, shown, poor, strict=True) if x}
    soft = {n: f for n, f, x in zip(EPOC.ch_names, shown, poor, strict=True) if f and not x}
    return marked, soft


@pytest.fixture
def bad(samples):
    # Quiet enough not to be taken for muscle.
    bad = 4200 + 0.3 * (samples - 4200)
    bad[4, :] = 4100.0
    bad[9, 700] = 700_000.0
    return bad


def test_before_the_first_prediction_electrodes_are_judged_by_what_is_there(app, bad):
    view = TracesView(EPOC)
    times = np.arange(SPAN) / EPOC.sfreq
    view.show_samples(piece(bad[:, :100], times[:100]))
    view.mark_flaws(None)
    assert flaws_shown(view) == ({}, {})
    view.show_samples(piece(bad[:, 100:900], times[100:900]))
    view.mark_flaws(None)
    marked, soft = flaws_shown(view)
    assert set(marked) == {"T7", "T8"}
    assert marked["T7"] == "flat"
    assert soft == {}


def test_the_newest_prediction_s_flaws_are_shown_in_words(app, make_piece, make_quality, shows):
    view = TracesView(EPOC)
    view.resize(600, 500)
    view.show_samples(make_piece())
    view.mark_flaws(make_quality(F7=("flat", 0.0), AF3=("blink", 0.94)))
    assert flaws_shown(view) == ({"F7": "flat"}, {"AF3": "blink"})
    view.mark_flaws(make_quality(F7=("blink", 0.9)))
    assert flaws_shown(view) == ({}, {"F7": "blink"})
    view.mark_flaws(make_quality())
    assert flaws_shown(view) == ({}, {})


def test_after_a_hole_electrodes_are_judged_by_what_came_since(app, make_piece, make_quality):
    view = TracesView(EPOC)
    view.show_samples(make_piece(0, 1280, at=0.0))
    view.mark_flaws(make_quality(F7=("flat", 0.0)))
    assert flaws_shown(view)[0] == {"F7": "flat"}
    view.show_samples(make_piece(0, 640, at=100.0, missing=11_520))
    view.mark_flaws(None)
    assert flaws_shown(view)[0] == {}
