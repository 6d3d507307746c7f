import tracemalloc
from dataclasses import replace

import pytest
from PyQt5.QtCore import QElapsedTimer

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.window import TICK_MS, DashboardWindow
from rtdreamer.headset import EPOC
from rtdreamer.live.sink import Phase, State
from rtdreamer.stream.chunk import StreamDescription
from tests.made_up_predictions import FACTS
from tests.pieces import piece


@pytest.fixture
def bridge(app):
    return Bridge()


@pytest.fixture
def open_window(bridge):
    windows = []

    def make(simulated=False, clock=lambda: 110.05, hop=16):
        window = DashboardWindow(replace(FACTS, simulated=simulated), bridge, clock, hop)
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
    assert shows(window, theme.NOTICE)


def test_the_window_fits_a_small_screen_whatever_the_names_are(
    app, bridge, open_window, make_prediction, features
):
    window = open_window(simulated=True)
    stream = StreamDescription("a-stream" * 50, "EEG", "id", "a-host" * 50, EPOC.sfreq, 14)
    bridge.on_state(State(Phase.LIVE, "a long message " * 50, stream))
    bridge.on_prediction(
        make_prediction(missing=1000, driver_interpolated=1000, skipped=1000), features
    )
    app.processEvents()
    needed = window.minimumSizeHint()
    assert needed.width() <= 1024
    assert needed.height() <= 640


def test_what_the_bridge_is_given_reaches_every_view(
    app, bridge, open_window, stream, make_piece, make_prediction, make_quality, features
):
    window = open_window()
    bridge.on_state(State(Phase.LIVE, "live", stream))
    bridge.on_samples(make_piece())
    bridge.on_prediction(make_prediction(quality=make_quality(F7=("flat", 0.0))), features)
    app.processEvents()
    assert window.status.badge.text() == "LIVE"
    window.tick()
    assert window.status.fields["latency"].text() == "50 ms"
    assert len(window.affect.history.predictions) == 1
    assert window.heads.heads[4].edges.tolist() == features.edge_weight[4].tolist()
    window.traces.refresh()
    assert window.traces.curve.getData()[1] is not None
    assert window.traces.flaws[1].isVisible()


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
        return shows(graph, theme.DE_EVEN), window.affect.valence.isVisible()

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
        assert window.affect.plane.current is not None
    now[0] = 122.2
    window.tick()
    assert window.affect.plane.current is None


@pytest.mark.parametrize("phase", Phase)
def test_traces_are_grey_exactly_where_no_samples_arrive(
    app, bridge, open_window, stream, make_piece, shows, phase
):
    window = open_window()
    bridge.on_samples(make_piece())
    bridge.on_state(State(phase, "what goes on", stream))
    app.processEvents()
    window.traces.refresh()
    arrive = phase in (Phase.FILLING, Phase.LIVE, Phase.POOR)
    assert shows(window.traces, theme.TRACE) == arrive


def test_a_long_gap_s_samples_are_counted_before_the_next_prediction(
    app, bridge, open_window, stream, make_piece
):
    window = open_window()
    bridge.on_samples(make_piece(0, 128))
    bridge.on_samples(make_piece(1128, 1280, missing=1000, total_missing=1000))
    app.processEvents()
    window.tick()
    assert window.status.fields["missing"].text() == "1000 samples"


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
        assert window.status.fields["missing"].text() == f"{missing} samples"


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
    assert len(window.affect.history.predictions) <= 181
