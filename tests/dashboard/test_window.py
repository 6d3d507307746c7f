import gc
import tracemalloc
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt5.QtCore import QElapsedTimer, QPoint, QSettings, QSize, Qt
from PyQt5.QtGui import QImage, QScreen
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QComboBox, QLabel, QPushButton, QWidget

from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.label import ElidedLabel, fitted
from rtdreamer.dashboard.panel import Panel
from rtdreamer.dashboard.theme import DARK, LIGHT, MIN_FONT_PX
from rtdreamer.dashboard.window import LEAST_SIZE, TICK_MS, DashboardWindow
from rtdreamer.headset import EPOC
from rtdreamer.live.orders import BaselineReport, RecordingReport, TrialPlayed
from rtdreamer.live.sink import Phase, State
from rtdreamer.live.steady import Width
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.rated import RatedTrial
from tests.made_up_predictions import FACTS
from tests.pieces import piece

SIZES = [LEAST_SIZE, (1280, 720), (1366, 768), (1920, 1080)]


@pytest.fixture
def bridge(app):
    return Bridge()


@pytest.fixture
def open_window(bridge, tmp_path):
    windows = []

    def make(simulated=False, clock=lambda: 110.05, hop=16, settings=None, **facts):
        model = replace(FACTS, simulated=simulated, **facts)
        window = DashboardWindow(model, bridge, clock, hop, settings, tmp_path)
        window.show()
        windows.append(window)
        return window

    yield make
    for window in windows:
        window.close()


def test_the_banner_is_there_exactly_when_the_model_is_simulated(open_window, shows):
    assert open_window(simulated=False).banner is None
    window = open_window(simulated=True)
    assert window.banner.isVisible()
    assert "«a-model» was trained on SIMULATED people" in window.banner.text()
    assert shows(window.banner, DARK.notice)


@pytest.fixture
def crowded(app, bridge, open_window, make_prediction, make_quality, features):
    """A window in which every text is as long as it may become."""
    window = open_window(simulated=True)
    stream = StreamDescription("a-stream" * 50, "EEG", "id", "a-host" * 50, EPOC.sfreq, 14)
    bridge.on_state(State(Phase.LIVE, "a long message " * 50, stream))
    flat = make_quality(**dict.fromkeys(EPOC.ch_names[:6], ("implausible", 0.0)))
    bridge.on_prediction(
        make_prediction(
            missing=10_000, driver_interpolated=10_000, skipped=10_000, quality=flat, excluded=()
        ),
        features,
    )
    path = Path("a-folder") / ("a-recording" * 20)
    bridge.on_report(RecordingReport(True, path, -1e5, "a long reason " * 20, 10**10))
    bridge.on_report(BaselineReport(0, 600, is_poor=True))
    bridge.on_report(TrialPlayed(RatedTrial(1000, 1000, 5, 5, True, 50.0), 50.0))
    app.processEvents()
    return window


def test_the_window_fits_a_small_screen_whatever_the_names_are(crowded):
    needed = crowded.minimumSizeHint()
    assert needed.width() <= 1024
    assert needed.height() <= 640


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_open", ["nothing", "head", "spectrum"])
def test_nothing_is_cut_off_and_no_part_lies_over_another(app, crowded, size, is_open):
    window = crowded
    window.resize(*size)
    if is_open == "head":
        window.heads.open(0)
        window.ordering.open_mark()
    elif is_open == "spectrum":
        window.seen.open_electrode(4)
    app.processEvents()
    for _ in range(5):
        window.tick()
        app.processEvents()
    assert (window.width(), window.height()) == size
    leaves = [
        each
        for each in window.findChildren(QWidget)
        if each.isVisible() and not any(child.isVisible() for child in each.findChildren(QWidget))
    ]
    places = []
    for leaf in leaves:
        top_left = leaf.mapTo(window, leaf.rect().topLeft())
        place = leaf.rect().translated(top_left)
        within = leaf.parentWidget()
        while within is not None:
            room = within.rect().translated(within.mapTo(window, within.rect().topLeft()))
            assert room.contains(place), (leaf, place, room)
            within = None if within is window else within.parentWidget()
        assert not any(place.intersects(other) for other in places), leaf
        places.append(place)
    assert len(places) > 30


@pytest.mark.parametrize(("size", "is_large"), [((1280, 720), False), (LEAST_SIZE, True)])
def test_words_have_the_room_they_need(app, crowded, size, is_large):
    """Only what is cut off with … may be narrower than its text."""
    window = crowded
    window.resize(*size)
    if is_large:
        window.seen.open_electrode(4)
    app.processEvents()
    # Qt lays out anew over several rounds of its loop.
    for _ in range(5):
        window.tick()
        app.processEvents()
    checked = 0
    for label in window.findChildren((QLabel, QPushButton)):
        if label.isVisible() and not isinstance(label, ElidedLabel):
            assert label.width() >= label.minimumSizeHint().width(), label.text()
            assert label.fontInfo().pixelSize() >= MIN_FONT_PX
            checked += 1
    for box in window.findChildren(QComboBox):
        longest = max(box.fontMetrics().horizontalAdvance(box.itemText(n)) for n in range(len(box)))
        assert box.width() >= longest
        checked += 1
    assert checked > 15


@pytest.mark.parametrize("size", SIZES)
def test_what_is_said_of_each_view_is_whole(app, open_window, size):
    window = open_window()
    window.resize(*size)
    app.processEvents()
    captions = [each.caption for each in window.findChildren(Panel)]
    assert len(captions) == 4
    for caption in captions:
        needed = caption.fontMetrics().horizontalAdvance(caption.text())
        assert caption.width() >= needed, caption.text()


@pytest.mark.parametrize("size", [(1024, 640), *SIZES])
@pytest.mark.parametrize("band", [None, Width((0.7, 0.4), 0.8, "simulated people")])
def test_what_is_usual_is_explained_whole_or_in_tooltips_alone(app, open_window, size, band):
    window = open_window(simulated=True, width=band)
    window.resize(*size)
    for _ in range(5):
        app.processEvents()
    label = window.affect.explanation
    assert label.isVisible() == (size != LEAST_SIZE)
    metrics, lines = label.fontMetrics(), label.height() // label.fontMetrics().lineSpacing()
    rows = fitted(label.text(), metrics, label.width(), lines)
    assert not label.isVisible() or not any(row.endswith("…") for row in rows)


def test_a_short_name_leaves_its_room_to_what_is_said_of_the_model(
    app, bridge, open_window, stream
):
    said = {
        "name": "simulated-23",
        "note": "trained on SIMULATED people",
        "baseline": "no profile: estimating",
    }
    fields = open_window(**said).figures.fields
    window = fields["model"].window()
    window.resize(1280, 720)
    widths = []
    for name in ("EPOC", "a-stream" * 100):
        bridge.on_state(State(Phase.LIVE, "live", replace(stream, name=name)))
        for _ in range(5):
            window.tick()
            app.processEvents()
        widths.append((fields["stream"].width(), fields["model"].width()))
    (short, whole), (long, cut) = widths
    assert whole >= fields["model"].fontMetrics().horizontalAdvance(fields["model"].text())
    # Of two long ones neither has all.
    assert short < long
    assert cut > long > 100


def test_what_the_bridge_is_given_reaches_every_view(
    app, bridge, open_window, stream, make_piece, make_prediction, make_quality, features
):
    window = open_window()
    bridge.on_state(State(Phase.LIVE, "live", stream))
    bridge.on_samples(make_piece())
    bridge.on_prediction(make_prediction(quality=make_quality(F7=("flat", 0.0))), features)
    app.processEvents()
    window.tick()
    assert "CHECK" in window.state.badge.text()
    assert "F7" in window.state.line.text()
    assert window.figures.fields["latency"].text() == "50 ms"
    assert np.isfinite(window.history.past.raw).sum() == 2
    assert window.heads.heads[4].edges.tolist() == features.edge_weight[4].tolist()
    assert np.isfinite(window.traces.drawn()).all()
    assert window.traces.quality.flaws[1] == "flat"


def test_graphs_and_values_fade_together_when_no_prediction_follows(
    app, bridge, open_window, stream, make_prediction, make_withheld, features, shows
):
    now = [110.05]
    window = open_window(clock=lambda: now[0])
    graph = window.heads.heads[0]
    bridge.on_state(State(Phase.LIVE, "live", stream))
    bridge.on_prediction(make_prediction(hop=16), features)

    def in_colour(seen_at):
        now[0] = seen_at
        wait_until = QElapsedTimer()
        wait_until.start()
        while wait_until.elapsed() < 3 * TICK_MS:
            app.processEvents()
        return shows(graph, DARK.de_even), window.affect.valence.isVisible()

    assert in_colour(110.05) == (True, True)
    assert in_colour(115.0) == (False, False)
    bridge.on_prediction(make_prediction(timestamp=115.0, hop=16), features)
    assert in_colour(115.1) == (True, True)
    bridge.on_prediction(make_withheld(timestamp=115.2, hop=16), features)
    assert in_colour(115.3) == (False, False)


def test_a_long_hop_s_verdict_stays_until_the_next_is_due(
    app, bridge, open_window, stream, make_prediction, features
):
    now = [110.05]
    window = open_window(clock=lambda: now[0], hop=1280)
    bridge.on_state(State(Phase.LIVE, "live", stream))
    bridge.on_prediction(make_prediction(timestamp=110.0, hop=1280), features)
    app.processEvents()
    for seconds in range(12):
        now[0] = 110.05 + seconds
        window.tick()
        assert window.affect.plane.current
    now[0] = 122.2
    window.tick()
    assert not window.affect.plane.current


@pytest.mark.parametrize("phase", Phase)
def test_traces_are_grey_exactly_where_no_samples_arrive(
    app, bridge, open_window, stream, make_piece, shows, phase
):
    window = open_window()
    bridge.on_samples(make_piece())
    bridge.on_state(State(phase, "what goes on", stream))
    app.processEvents()
    arrive = phase in (Phase.FILLING, Phase.LIVE, Phase.POOR)
    assert shows(window.traces, DARK.trace) == arrive


def test_a_long_gap_s_samples_are_counted_before_the_next_prediction(
    app, bridge, open_window, stream, make_piece
):
    window = open_window()
    bridge.on_samples(make_piece(0, 128))
    bridge.on_samples(make_piece(1128, 1280, missing=1000, total_missing=1000))
    app.processEvents()
    window.tick()
    assert window.figures.fields["missing"].text() == "1000"


def test_unusable_samples_are_counted_while_nothing_else_comes(
    app, bridge, open_window, stream, make_piece
):
    window = open_window()
    bridge.on_samples(make_piece(0, 128))
    bridge.on_state(State(Phase.STALLED, "no usable samples", stream))
    for missing in (300, 428):
        bridge.on_unusable(missing)
        app.processEvents()
        window.tick()
        assert window.figures.fields["missing"].text() == f"{missing}"


@pytest.fixture
def window(app, bridge, open_window, stream, make_piece):
    """A live one with half a minute of samples, that keys go to."""
    window = open_window()
    bridge.on_state(State(Phase.LIVE, "live", stream))
    for part in range(3):
        bridge.on_samples(make_piece(at=70.0 + 10 * part))
    app.processEvents()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    return window


def press(window, *keys):
    for key in keys:
        QTest.keyClick(window, key)


def test_space_holds_the_traces_and_follows_again(window):
    press(window, Qt.Key.Key_Space)
    assert window.traces.is_paused
    assert window.eeg.pause_button.isChecked()
    assert window.eeg.caption.text().startswith("PAUSED, the session goes on")
    press(window, Qt.Key.Key_Space)
    assert not window.traces.is_paused
    QTest.mouseClick(window.eeg.pause_button, Qt.MouseButton.LeftButton)
    assert window.traces.is_paused
    assert window.eeg.pause_button.text() == "Follow"


def test_the_arrows_look_back_and_escape_returns_to_now(window):
    press(window, Qt.Key.Key_Left, Qt.Key.Key_PageUp)
    assert window.traces.behind_s == 12.0
    press(window, Qt.Key.Key_Right)
    assert window.traces.behind_s == 10.0
    press(window, Qt.Key.Key_Escape)
    assert (window.traces.behind_s, window.traces.is_paused) == (0.0, False)


def test_keys_choose_scale_window_and_filter_and_the_screen_says_so(window):
    press(window, Qt.Key.Key_Plus)
    assert window.traces.scale_uv == 50
    press(window, Qt.Key.Key_Minus, Qt.Key.Key_Minus)
    assert window.traces.scale_uv == 200
    press(window, *[Qt.Key.Key_Minus] * 9)
    assert window.traces.scale_uv == 500
    press(window, Qt.Key.Key_W)
    assert window.traces.span_s == 30
    press(window, Qt.Key.Key_W)
    assert window.traces.span_s == 5
    assert window.eeg.caption.text() == "no filter"
    press(window, Qt.Key.Key_F)
    assert window.traces.buffer.edges == (1.0, 45.0)
    assert window.eeg.caption.text() == "1–45 Hz here; the model sees all"


def test_a_number_opens_its_band_and_the_same_closes_it(window):
    press(window, Qt.Key.Key_3)
    assert window.heads.open_band == 2
    press(window, Qt.Key.Key_3)
    assert window.heads.open_band is None
    press(window, Qt.Key.Key_5, Qt.Key.Key_Escape)
    assert window.heads.open_band is None


def test_e_goes_through_the_spectra_of_what_is_on_the_screen(app, window):
    press(window, Qt.Key.Key_E)
    assert (window.spectrum.electrode, window.traces.chosen) == (0, 0)
    assert window.spectrum.source == "raw signal · 10 s · up to 10 s ago"
    press(window, Qt.Key.Key_E, Qt.Key.Key_E)
    assert window.seen.heading.text() == f"Spectrum of {EPOC.ch_names[2]}"
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert window.spectrum.electrode == 1
    press(window, Qt.Key.Key_W, Qt.Key.Key_F)
    window.draw_spectrum()
    assert window.spectrum.source == "raw signal, not filtered · 30 s · up to 10 s ago"
    press(window, Qt.Key.Key_Escape)
    assert (window.spectrum.electrode, window.traces.chosen) == (None, None)
    assert window.heads.isVisible()


def test_a_click_on_a_name_opens_its_spectrum_and_the_same_closes_it(window):
    def click(row):
        room = window.traces._room
        at = QPoint(40, round(room.top() + (row + 0.5) * room.height() / EPOC.n_channels))
        QTest.mouseClick(window.traces, Qt.MouseButton.LeftButton, pos=at)

    for row in (0, 6, EPOC.n_channels - 1):
        click(row)
        assert window.spectrum.electrode == row
    click(EPOC.n_channels - 1)
    assert window.spectrum.electrode is None
    # What is seen of an electrode goes with the session.
    assert not window.traces.is_paused


def test_a_spectrum_is_of_what_is_looked_back_at(window):
    window.seen.open_electrode(3)
    newest = window.spectrum.power
    press(window, Qt.Key.Key_Left)
    window.draw_spectrum()
    assert window.spectrum.source.endswith(" s ago")
    assert not np.array_equal(window.spectrum.power, newest)


def test_a_spectrum_that_fails_leaves_the_heads(app, window, monkeypatch, capsys):
    def fail(excerpt):
        raise ValueError("no such frequency")

    monkeypatch.setattr(window.spectrum, "show_samples", fail)
    press(window, Qt.Key.Key_E)
    app.processEvents()
    assert window.faults.failed.keys() == {window.spectrum}
    press(window, Qt.Key.Key_Escape)
    assert window.heads.isVisible()
    assert "no such frequency" in capsys.readouterr().err
    monkeypatch.undo()
    press(window, Qt.Key.Key_E, Qt.Key.Key_F5)
    window.draw_spectrum()
    assert window.spectrum.isVisible()
    assert window.spectrum.power is not None


def test_a_question_mark_lists_every_key(window):
    press(window, Qt.Key.Key_Question)
    assert window.sheet.isVisible()
    for command in window.commands:
        assert command.words in window.sheet.text.text()
    assert window.rect().contains(window.sheet.geometry())
    press(window, Qt.Key.Key_Escape)
    assert not window.sheet.isVisible()


def test_no_key_does_two_things(window):
    keys = [key for command in window.commands for key in command.keys]
    assert len(set(keys)) == len(keys)


def test_t_changes_the_theme_of_every_view(window, shows):
    views = (window.traces, window.heads, window.affect, window.history)
    assert all(shows(view, DARK.panel) for view in views)
    press(window, Qt.Key.Key_T)
    for view in views:
        assert shows(view, LIGHT.panel)
        assert not shows(view, DARK.panel)
    assert not shows(window, DARK.background)


def test_s_saves_what_is_seen_and_says_where(window, tmp_path):
    press(window, Qt.Key.Key_S, Qt.Key.Key_S)
    # None is written over another.
    saved = sorted(tmp_path.glob("rtdreamer-*.png"))
    assert len(saved) == 2
    picture = QImage(str(saved[0]))
    assert (picture.width(), picture.height()) == (window.width(), window.height())
    assert window.state.line.text().startswith(f"saved {tmp_path}")


def test_a_picture_that_cannot_be_saved_is_told_and_ends_nothing(window, tmp_path):
    window._pictures = tmp_path / "not-there.txt"
    window._pictures.write_text("a file, not a folder")
    press(window, Qt.Key.Key_S)
    assert "not-there.txt" in window.state.line.text()
    assert window.isVisible()


def test_choices_and_size_are_remembered(open_window, tmp_path):
    def settings():
        return QSettings(str(tmp_path / "dashboard.ini"), QSettings.Format.IniFormat)

    first = open_window(settings=settings())
    first.resize(1111, 777)
    first.eeg.scale.setCurrentText("20 µV")
    first.eeg.span.setCurrentText("30 s")
    first.eeg.pass_band.setCurrentText("theta")
    first.set_theme(LIGHT)
    first.close()
    second = open_window(settings=settings())
    assert second.chosen == first.chosen
    assert (second.width(), second.height()) == (1111, 777)
    assert second.traces.buffer.edges == (4.0, 8.0)
    assert second.traces.theme is LIGHT
    # Where nothing is given, nothing is remembered.
    assert open_window().chosen != first.chosen


def test_settings_that_make_no_sense_are_left_aside(open_window, tmp_path):
    path = tmp_path / "dashboard.ini"
    path.write_text("[General]\nscale_uv=7\nspan_s=x\npass_band=nu\ntheme=9\ngeometry=3\n")
    window = open_window(settings=QSettings(str(path), QSettings.Format.IniFormat))
    assert window.chosen == open_window().chosen


def test_a_window_that_is_closed_and_let_go_is_gone(app, bridge):
    """Without a round of the garbage collector, which may run in the session's thread."""
    window = DashboardWindow(FACTS, bridge, lambda: 110.05, 16)
    window.show()
    window.close()
    alive = weakref.ref(window)
    gc.disable()
    try:
        del window
        app.processEvents()
        assert alive() is None
    finally:
        gc.enable()


def test_memory_stays_flat_over_half_an_hour(
    app, bridge, open_window, make_prediction, features, samples
):
    window = open_window()

    def run(start_s, stop_s):
        for second in range(start_s, stop_s):
            times = second + (samples[0, :128] * 0 + range(128)) / EPOC.sfreq
            for part in range(0, 128, 16):
                stop = part + 16
                bridge.on_samples(piece(samples[:, part:stop].copy(), times[part:stop].copy()))
            bridge.on_prediction(make_prediction(timestamp=second + 1.0), features)
            app.sendPostedEvents()

    run(0, 300)
    tracemalloc.start()
    try:
        run(300, 400)
        before = tracemalloc.get_traced_memory()[0]
        run(400, 2200)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 100_000
    assert window.traces.buffer.total == 2200 * 128


def test_it_begins_no_larger_than_the_screen(app, open_window, monkeypatch):
    small = QSize(1280, 720)
    monkeypatch.setattr(QScreen, "availableSize", lambda screen: small)
    window = open_window()
    assert window.width() == 1280
    assert LEAST_SIZE[1] <= window.height() < 720
