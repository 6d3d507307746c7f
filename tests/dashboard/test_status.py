from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.status import BADGE_COLOURS, NOTHING, StatusView
from rtdreamer.live.sink import Phase, State
from rtdreamer.stream.chunk import StreamDescription
from tests.made_up_predictions import FACTS
from tests.pieces import piece


@pytest.fixture
def view(app):
    view = StatusView(FACTS)
    view.resize(1200, 90)
    return view


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_its_badge_and_its_message(view, phase, shows):
    view.show_state(State(phase, "what goes on"))
    assert view.badge.text().lower().startswith(phase.value)
    assert view.message.text().startswith("what goes on")
    assert shows(view.badge, BADGE_COLOURS[phase])


def test_filling_counts_down(view, stream):
    view.show_state(State(Phase.FILLING, "receiving", stream))
    assert view.badge.text() == "FILLING 0 %"
    view.refresh(102.5, fill=0.25, missing=0)
    assert view.badge.text() == "FILLING 25 %"
    assert "prediction in 8 s" in view.message.text()
    view.show_state(State(Phase.LIVE, "predicting", stream))
    assert view.badge.text() == "LIVE"


def test_a_prediction_s_figures(view, stream, make_prediction, make_piece):
    view.show_state(State(Phase.LIVE, "live", stream))
    for start in range(0, 1280, 32):
        view.show_samples(make_piece(start, start + 32))
    view.show_prediction(make_prediction(timestamp=110.0), now=110.0625)
    view.refresh(110.0, fill=1.0, missing=1)
    assert figures(view) == {
        "stream": "EmotivDataStream-EEG on lab-pc",
        "rate": "128.0 Hz",
        "quality": "1.00 good",
        "latency": "62 ms",
        "compute": "18 ms",
        "missing": "1 sample",
        "interpolated": "0 samples",
        "skipped": "2 predictions",
        "model": "a-model · trained on 23 people",
    }


def figures(view):
    return {name: label.text() for name, label in view.fields.items()}


def test_a_poor_signal_is_told_with_its_electrodes_and_newest_reason(
    view, stream, make_withheld, make_quality, shows
):
    view.show_state(State(Phase.POOR, "quality 0.40: flat F7", stream))
    quality = make_quality(F7=("flat", 0.0), T7=("muscle", 0.3))
    view.show_prediction(make_withheld(reason="quality 0.31: muscle T7", quality=quality), 110.1)
    assert view.message.text() == "quality 0.31: muscle T7"
    assert view.fields["quality"].text() == "0.88 poor"
    assert "F7 flat 0.00, T7 muscle 0.30" in view.fields["quality"].toolTip()
    assert shows(view.fields["quality"], theme.NOTICE)


@pytest.mark.parametrize("phase", [Phase.FILLING, Phase.STALLED, Phase.DISCONNECTED])
def test_figures_of_the_last_prediction_go_when_no_other_follows(
    view, stream, make_prediction, phase
):
    view.show_state(State(Phase.LIVE, "live", stream))
    view.show_prediction(make_prediction(driver_interpolated=3), 110.1)
    view.show_state(State(phase, "what goes on", stream))
    shown = figures(view)
    assert {shown[name] for name in ("quality", "latency", "compute")} == {NOTHING}
    # What was counted since the start stays true.
    assert (shown["interpolated"], shown["skipped"]) == ("3 samples", "2 predictions")
    assert view.fields["quality"].toolTip() == ""


def test_samples_that_were_made_up_are_shown_once_there_are_any(view, make_prediction):
    view.show()
    view.show_prediction(make_prediction(driver_interpolated=0), 110.1)
    assert not view.fields["interpolated"].isVisible()
    view.show_prediction(make_prediction(driver_interpolated=37), 110.1)
    assert view.fields["interpolated"].isVisible()
    assert view.fields["interpolated"].text() == "37 samples"
    view.close()


@pytest.mark.parametrize(
    ("sfreq", "is_wrong"),
    [(64.0, True), (100.0, True), (121.7, False), (128.0, False), (150.0, False), (256.0, True)],
)
def test_a_rate_that_is_far_from_right_stands_out(view, make_piece, shows, sfreq, is_wrong):
    whole = make_piece()
    stamps = 100 + np.arange(whole.n_times) / sfreq
    for start in range(0, whole.n_times, 32):
        part = slice(start, start + 32)
        view.show_samples(piece(whole.data[:, part], stamps[part]))
    view.refresh(float(stamps[-1]), fill=1.0, missing=0)
    assert view.fields["rate"].text() == f"{sfreq:.1f} Hz"
    assert shows(view.fields["rate"], theme.NOTICE) == is_wrong
    # Where there is none, none is wrong.
    view.refresh(float(stamps[-1]) + 60, fill=1.0, missing=0)
    assert not shows(view.fields["rate"], theme.NOTICE)


def test_long_names_and_messages_widen_nothing(app):
    short, long = StatusView(FACTS), StatusView(replace(FACTS, name="a-model" * 100))
    stream = StreamDescription("a-stream" * 100, "EEG", "id", "a-host" * 100, 128.0, 14)
    for view, message in ((short, "short"), (long, "long " * 200)):
        view.show_state(State(Phase.DISCONNECTED, message, stream))
    assert long.minimumSizeHint() == short.minimumSizeHint()
    assert "a-model" * 100 in long.fields["model"].toolTip()
    assert "long " * 200 in long.message.toolTip()


def test_markup_in_a_stream_s_name_is_plain_text(view):
    stream = StreamDescription("<h1>EPOC</h1>", "EEG", "id", "", 128.0, 14)
    view.show_state(State(Phase.LIVE, "live", stream))
    assert "&lt;h1&gt;" in view.fields["stream"].toolTip()
