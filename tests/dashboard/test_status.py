from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.status import BADGE_COLOURS, NOTHING, StatusView
from rtdreamer.live.sink import Phase
from rtdreamer.stream.chunk import StreamDescription
from tests.made_up_predictions import FACTS
from tests.pieces import piece


@pytest.fixture
def view(app):
    view = StatusView(FACTS)
    view.resize(1200, 90)
    return view


def figures(view):
    return {name: label.text() for name, label in view.fields.items()}


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_its_badge_and_its_message(view, told, phase, shows):
    told.state(phase)
    view.refresh(told.summary())
    assert view.badge.text().lower().startswith(phase.value)
    assert view.message.text().startswith("what goes on")
    assert shows(view.badge, BADGE_COLOURS[phase])


def test_filling_counts_down(view, told, make_piece):
    told.state(Phase.FILLING)
    view.refresh(told.summary())
    assert view.badge.text() == "FILLING 0 %"
    told.on_samples(make_piece(0, 320))
    view.refresh(told.summary())
    assert view.badge.text() == "FILLING 25 %"
    assert view.message.text() == "what goes on · prediction in 8 s"
    told.state(Phase.LIVE)
    view.refresh(told.summary())
    assert view.badge.text() == "LIVE"


def test_a_session_s_figures(view, told, stream, make_prediction, make_piece):
    view.refresh(told.summary())
    assert set(figures(view).values()) == {NOTHING, "0 samples", FACTS.in_words}
    told.state(Phase.LIVE, stream=stream)
    for start in range(0, 1280, 32):
        told.on_samples(make_piece(start, start + 32, total_missing=1))
    told.predict(make_prediction(timestamp=110.0), now=110.0625)
    view.refresh(told.summary())
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


def test_a_poor_signal_is_told_with_its_electrodes_and_newest_reason(
    view, told, make_withheld, make_quality, shows
):
    told.state(Phase.POOR, "quality 0.40: flat F7")
    quality = make_quality(F7=("flat", 0.0), T7=("muscle", 0.3))
    told.predict(make_withheld(reason="quality 0.31: muscle T7", quality=quality))
    view.refresh(told.summary())
    assert view.message.text() == "quality 0.31: muscle T7"
    assert view.fields["quality"].text() == "0.88 poor"
    assert "F7 flat 0.00, T7 muscle 0.30" in view.fields["quality"].toolTip()
    assert shows(view.fields["quality"], theme.NOTICE)


@pytest.mark.parametrize("phase", [Phase.FILLING, Phase.STALLED, Phase.DISCONNECTED])
def test_figures_of_the_last_prediction_go_when_no_other_follows(
    view, told, make_withheld, phase, shows
):
    told.predict(make_withheld(driver_interpolated=3))
    view.refresh(told.summary())
    told.state(phase)
    view.refresh(told.summary())
    shown = figures(view)
    assert {shown[name] for name in ("quality", "latency", "compute")} == {NOTHING}
    # What was counted since the start stays true.
    assert (shown["interpolated"], shown["skipped"]) == ("3 samples", "2 predictions")
    assert view.fields["quality"].toolTip() == ""
    assert not shows(view.fields["quality"], theme.NOTICE)


def test_samples_that_were_made_up_are_shown_once_there_are_any(view, told, make_prediction):
    view.show()
    told.predict(make_prediction(driver_interpolated=0))
    view.refresh(told.summary())
    assert not view.fields["interpolated"].isVisible()
    told.predict(make_prediction(driver_interpolated=37))
    view.refresh(told.summary())
    assert view.fields["interpolated"].isVisible()
    assert view.fields["interpolated"].text() == "37 samples"
    view.close()


@pytest.mark.parametrize(
    ("sfreq", "is_wrong"),
    [(64.0, True), (100.0, True), (121.7, False), (128.0, False), (150.0, False), (256.0, True)],
)
def test_a_rate_that_is_far_from_right_stands_out(view, told, make_piece, shows, sfreq, is_wrong):
    whole = make_piece()
    stamps = 100 + np.arange(whole.n_times) / sfreq
    for start in range(0, whole.n_times, 32):
        part = slice(start, start + 32)
        told.on_samples(piece(whole.data[:, part], stamps[part]))
    told.now = float(stamps[-1])
    view.refresh(told.summary())
    assert view.fields["rate"].text() == f"{sfreq:.1f} Hz"
    assert shows(view.fields["rate"], theme.NOTICE) == is_wrong
    # Where there is none, none is wrong.
    told.now += 60
    view.refresh(told.summary())
    assert not shows(view.fields["rate"], theme.NOTICE)


def test_long_names_and_messages_widen_nothing(app, told):
    short, long = StatusView(FACTS), StatusView(replace(FACTS, name="a-model" * 100))
    stream = StreamDescription("a-stream" * 100, "EEG", "id", "a-host" * 100, 128.0, 14)
    for view, message in ((short, "short"), (long, "long " * 200)):
        told.state(Phase.DISCONNECTED, message, stream)
        view.refresh(told.summary())
    assert long.minimumSizeHint() == short.minimumSizeHint()
    assert "a-model" * 100 in long.fields["model"].toolTip()
    assert "long " * 200 in long.message.toolTip()


def test_markup_in_a_stream_s_name_is_plain_text(view, told):
    stream = StreamDescription("<h1>EPOC</h1>", "EEG", "id", "", 128.0, 14)
    told.state(Phase.LIVE, stream=stream)
    view.refresh(told.summary())
    assert "&lt;h1&gt;" in view.fields["stream"].toolTip()
