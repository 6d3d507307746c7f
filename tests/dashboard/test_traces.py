import numpy as np
import pytest
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QMouseEvent, QWheelEvent
from PyQt5.QtTest import QTest

from rtdreamer.dashboard.lanes import into_lanes, medians
from rtdreamer.dashboard.theme import DARK, LIGHT
from rtdreamer.dashboard.trace_buffer import LOOK_BACK_S
from rtdreamer.dashboard.traces import SPANS_S, TracesView
from rtdreamer.headset import EPOC
from rtdreamer.stream.gaps import Origin
from tests.pieces import piece


@pytest.fixture
def view(app):
    view = TracesView(EPOC)
    view.resize(600, 500)
    view.set_flowing(True)
    view.show()
    yield view
    view.close()


def minutes(n_minutes):
    """Pieces of a second; each sample is as many hundredths of a µV as its index."""
    for second in range(60 * n_minutes):
        index = second * 128 + np.arange(128)
        yield piece(np.tile(index / 100.0, (EPOC.n_channels, 1)), index / EPOC.sfreq)


def test_the_picture_shows_what_arrived_at_the_chosen_scale(view, make_piece, samples, shows):
    assert not shows(view, DARK.trace)
    view.show_samples(make_piece())
    view.set_scale(50)
    view.refresh()
    expected = into_lanes(samples, 100.0, medians(samples))
    np.testing.assert_allclose(view.drawn(), expected, atol=1e-4)
    assert shows(view, DARK.trace)
    view.set_flowing(False)
    assert not shows(view, DARK.trace)
    assert shows(view, DARK.idle)


@pytest.mark.parametrize("span", SPANS_S)
def test_as_many_seconds_as_chosen_are_drawn(view, span):
    view.set_span(span)
    for each in minutes(1):
        view.show_samples(each)
    view.tick(60.0, None)
    assert view.drawn().shape == (EPOC.n_channels, span * 128)
    assert not view.grab().isNull()


def test_a_picture_that_is_held_stays_while_the_session_goes_on(view):
    pieces = [*minutes(2)]
    for each in pieces[:60]:
        view.show_samples(each)
    view.tick(60.0, None)
    view.pause(True)
    held = view.buffer.raw(view._last, 1280)
    for each in pieces[60:]:
        view.show_samples(each)
    np.testing.assert_array_equal(view.buffer.raw(view._last, 1280), held)
    assert view.behind_s == 60.0
    view.tick(120.0, None)
    assert view.right_end == "60 s ago"
    view.pause(False)
    view.tick(120.0, None)
    assert (view.behind_s, view.right_end) == (0.0, "now")


def test_one_looks_back_ten_minutes_and_no_further(view):
    for each in minutes(12):
        view.show_samples(each)
    view.look_back(45.0)
    assert view.behind_s == 45.0
    view.look_back(1e6)
    assert view.behind_s == LOOK_BACK_S - view.span_s
    assert np.isfinite(view.buffer.raw(view._last, 1280)).all()
    view.look_back(-1e6)
    assert view.behind_s == 0
    assert view.is_paused


def test_what_is_held_for_longer_than_that_moves_on_with_what_is_still_there(view):
    view.show_samples(next(minutes(1)))
    view.pause(True)
    for each in minutes(11):
        view.show_samples(each)
    view.tick(0.0, None)
    assert view.behind_s <= LOOK_BACK_S
    assert not view.grab().isNull()


def test_the_wheel_and_a_drag_look_back(view):
    for each in minutes(1):
        view.show_samples(each)
    heard = []
    view.changed.connect(lambda: heard.append(view.behind_s))
    at = QPointF(300, 200)
    turn = QWheelEvent(
        at, at, QPoint(0, 0), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.wheelEvent(turn)
    assert view.behind_s == 2.0
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    there = QPointF(200 + round(view._room.width() / 2), 200)
    button = Qt.MouseButton.LeftButton
    no_keys = Qt.KeyboardModifier.NoModifier
    view.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, there, button, button, no_keys))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    assert view.behind_s == pytest.approx(7.0, abs=0.1)
    assert heard[-1] == view.behind_s


def test_the_axis_says_how_old_the_newest_sample_is(view, make_piece):
    view.show_samples(make_piece(at=100.0))
    ends = 100 + 1279 / EPOC.sfreq
    view.tick(ends + 0.1, None)
    assert view.right_end == "now"
    view.set_flowing(False)
    view.tick(ends + 14.2, None)
    assert view.right_end == "14 s ago"
    view.tick(ends + 200.0, None)
    assert view.right_end == "3:20 min ago"


def with_blink(samples, at):
    eyes = [EPOC.ch_names.index(name) for name in EPOC.ocular]
    data = samples.copy()
    data[eyes, at : at + 40] += 220 * np.hanning(40)
    return data


def test_a_blink_is_shaded_where_it_is_and_moves_with_the_traces(view, samples):
    times = np.arange(1280) / EPOC.sfreq
    view.show_samples(piece(with_blink(samples, 640), times))
    view.tick(10.0, None)
    ((first, last),) = view.blink_ages
    assert last < 640 / 128 - 20 / 128 < first
    assert first - last < 0.7
    # The trace is not erased: all of it is drawn.
    assert np.isfinite(view.drawn()).all()
    view.show_samples(piece(samples[:, :256], times[:256] + 10))
    view.tick(12.0, None)
    ((later, _),) = view.blink_ages
    assert later == pytest.approx(first + 2.0)


def test_what_the_scale_cuts_off_is_marked(view, make_piece, shows):
    view.show_samples(make_piece())
    view.set_scale(200)
    assert not shows(view, DARK.bad)
    view.set_scale(20)
    assert shows(view, DARK.bad)


def test_what_was_filled_in_is_marked_at_the_axis(view, samples, shows):
    times = np.arange(1280) / EPOC.sfreq
    view.show_samples(piece(samples[:, :600], times[:600]))
    assert not shows(view, DARK.notice)
    view.show_samples(piece(samples[:, 600:640], times[600:640], Origin.BRIDGED))
    view.refresh()
    view._stale = True
    view.refresh()
    assert shows(view, DARK.notice)


def test_a_filter_changes_the_picture_and_not_what_came(view, make_piece, samples):
    view.show_samples(make_piece())
    view.set_filter((8.0, 13.0))
    assert not np.allclose(view.drawn(), into_lanes(samples, 200.0, medians(samples)), atol=0.01)
    np.testing.assert_allclose(view.buffer.raw(1280, 1280), samples, atol=1e-3)


@pytest.fixture
def bad(samples):
    # Quiet enough not to be taken for muscle.
    bad = 4200 + 0.3 * (samples - 4200)
    bad[4, :] = 4100.0
    bad[9, 700] = 700_000.0
    return bad


def flawed(view):
    quality = view.quality
    return {quality.ch_names[row]: quality.flaws[row] for row in quality.bad}


def test_before_the_first_prediction_electrodes_are_judged_by_what_is_there(view, bad):
    times = np.arange(1280) / EPOC.sfreq
    view.show_samples(piece(bad[:, :100], times[:100]))
    view.tick(1.0, None)
    assert view.quality is None
    view.show_samples(piece(bad[:, 100:900], times[100:900]))
    view.tick(7.0, None)
    assert flawed(view) == {"T7": "flat", "T8": "implausible"}


def test_a_bad_electrode_is_marked_by_sign_word_and_colour(view, make_piece, make_quality, shows):
    view.show_samples(make_piece())
    view.tick(10.0, make_quality())
    good = view.grab().toImage()
    assert not shows(view, DARK.notice)
    view.tick(10.0, make_quality(F7=("flat", 0.0), AF3=("blink", 0.94)))
    assert shows(view, DARK.notice)
    names = good.copy(0, 0, 70, good.height())
    assert view.grab().toImage().copy(0, 0, 70, good.height()) != names
    assert "F7: flat, quality 0.00" in view.toolTip()
    view.tick(10.0, make_quality())
    assert not shows(view, DARK.notice)


def test_after_a_hole_electrodes_are_judged_by_what_came_since(view, make_piece, make_quality):
    view.show_samples(make_piece(0, 1280, at=0.0))
    view.tick(10.0, make_quality(F7=("flat", 0.0)))
    assert set(flawed(view)) == {"F7"}
    view.show_samples(make_piece(0, 640, at=100.0, missing=11_520))
    view.tick(105.0, None)
    assert flawed(view) == {}


def test_what_is_looked_back_at_is_judged_itself(view, bad, samples, make_quality):
    times = np.arange(1280) / EPOC.sfreq
    view.show_samples(piece(bad, times))
    view.show_samples(piece(samples, times + 10))
    view.tick(20.0, make_quality())
    assert flawed(view) == {}
    view.look_back(10.0)
    view.tick(20.0, make_quality())
    assert flawed(view) == {"T7": "flat", "T8": "implausible"}


def test_the_light_theme_is_light(view, make_piece, shows):
    view.show_samples(make_piece())
    view.set_theme(LIGHT)
    assert shows(view, LIGHT.panel)
    assert shows(view, LIGHT.trace)
    assert not shows(view, DARK.panel)
