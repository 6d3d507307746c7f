from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rtdreamer.dashboard.status import BADGES, CHECK, NOTHING, FiguresView, StateView
from rtdreamer.dashboard.theme import DARK, LIGHT
from rtdreamer.live.orders import RecordingReport
from rtdreamer.live.sink import Phase
from rtdreamer.stream.chunk import StreamDescription
from tests.made_up_predictions import FACTS
from tests.pieces import piece


@pytest.fixture
def state(app):
    view = StateView()
    view.resize(1200, 50)
    return view


@pytest.fixture
def view(app):
    view = FiguresView(FACTS)
    view.resize(1200, 40)
    return view


def figures(view):
    return {name: label.text() for name, label in view.fields.items()}


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_its_badge_and_its_line(state, told, phase, shows):
    told.state(phase)
    state.refresh(told.summary())
    shape, colour = BADGES[phase]
    assert state.badge.text().startswith(f"{shape} {phase.value.upper()}")
    assert state.line.text().startswith("what goes on")
    assert shows(state.badge, getattr(DARK, colour))


def test_filling_counts_down(state, told, make_piece):
    told.state(Phase.FILLING)
    state.refresh(told.summary())
    assert state.badge.text() == "◌ FILLING 0 %"
    told.on_samples(make_piece(0, 320))
    state.refresh(told.summary())
    assert state.badge.text() == "◌ FILLING 25 %"
    assert state.line.text() == "what goes on · first answer in 8 s"
    told.state(Phase.LIVE)
    state.refresh(told.summary())
    assert state.badge.text() == "● LIVE"


def test_while_all_is_well_it_is_said_in_green(state, told, make_prediction, shows):
    told.predict(make_prediction(skipped=0))
    state.refresh(told.summary())
    assert state.badge.text() == "● LIVE"
    assert state.line.text() == "all 14 electrodes good"
    assert not shows(state, DARK.notice)


@pytest.mark.parametrize("what", ["flat", "skipped", "lost"])
def test_an_answer_that_something_is_wrong_with_is_no_good_news(
    state, told, make_prediction, make_quality, make_piece, shows, what
):
    newest = make_prediction(skipped=0)
    if what == "flat":
        flat = make_quality(**dict.fromkeys(("F7", "T7", "O1", "T8"), ("flat", 0.0)))
        newest = replace(newest, quality=flat, excluded=flat.bad)
    elif what == "skipped":
        newest = replace(newest, skipped=2985)
    else:
        told.on_samples(make_piece(total_missing=700))
    told.predict(newest)
    state.refresh(told.summary())
    shape, colour = CHECK
    assert state.badge.text() == f"{shape} CHECK"
    assert shows(state.badge, getattr(DARK, colour))
    words = {"flat": "wet and press on F7, T7, O1, T8", "skipped": "2985", "lost": "700 samples"}
    assert words[what] in state.line.text()


def test_a_note_stands_before_it_and_is_no_alarm(state, told, make_withheld, shows):
    told.predict(make_withheld())
    state.refresh(told.summary())
    state.say("saved a.png")
    state.refresh(told.summary())
    assert state.line.text() == "saved a.png"
    assert not shows(state.line, DARK.notice)
    # What could not be done stands out, and for longer; neither outlives what is said after it.
    state.say("a.png cannot be written", is_problem=True)
    assert shows(state.line, DARK.notice)
    state.say("saved a.png")
    assert not shows(state.line, DARK.notice)
    state.say_no_more()
    assert state.line.text().startswith("no answer")
    assert shows(state.line, DARK.notice)


def test_what_becomes_urgent_goes_before_a_note(state, told, make_prediction):
    told.predict(make_prediction())
    state.refresh(told.summary())
    state.say("saved a.png")
    told.state(Phase.FILLING, "following")
    state.refresh(told.summary())
    assert state.line.text() == "saved a.png"
    told.state(Phase.DISCONNECTED, "the stream is gone")
    state.refresh(told.summary())
    assert state.line.text().startswith("the stream is gone")


def test_the_light_theme_reaches_the_badge(state, told, shows):
    state.refresh(told.summary())
    state.set_theme(LIGHT)
    assert shows(state.badge, LIGHT.good)


def test_a_session_s_figures(view, told, stream, make_prediction, make_piece):
    view.refresh(told.summary())
    assert set(figures(view).values()) == {NOTHING, "0", FACTS.in_words}
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
        "missing": "1",
        "interpolated": "0",
        "skipped": "2",
        "model": "a-model · trained on 23 people",
    }


def test_latency_is_told_with_its_parts(view, told, make_prediction):
    told.predict(make_prediction(timestamp=110.0, compute_ms=17.6), now=110.0625)
    view.refresh(told.summary())
    tip = view._cells["latency"].toolTip().replace("\N{NO-BREAK SPACE}", " ")
    assert "Of 62 ms, 18 ms were spent" in tip
    assert "some 260 ms before it stamps" in tip


def test_what_is_late_is_not_shown_as_of_now(view, told, make_prediction, shows):
    told.predict(make_prediction(timestamp=110.0), now=154.0)
    view.refresh(told.summary())
    assert figures(view)["latency"] == "44 s late"
    assert figures(view)["quality"] == NOTHING
    assert shows(view.fields["latency"], DARK.notice)


def test_a_poor_signal_stands_out_with_its_electrodes(
    view, told, make_withheld, make_quality, shows
):
    told.state(Phase.POOR, "quality 0.40: flat F7")
    quality = make_quality(F7=("flat", 0.0), T7=("muscle", 0.3))
    told.predict(make_withheld(reason="quality 0.31: muscle T7", quality=quality))
    view.refresh(told.summary())
    assert view.fields["quality"].text() == "0.88 poor"
    assert "F7 flat 0.00, T7 muscle 0.30" in view.fields["quality"].toolTip()
    assert shows(view.fields["quality"], DARK.notice)


@pytest.mark.parametrize("phase", [Phase.FILLING, Phase.STALLED, Phase.DISCONNECTED])
def test_figures_of_the_last_prediction_go_when_no_other_follows(
    view, told, make_withheld, phase, shows
):
    told.predict(make_withheld(driver_interpolated=3))
    view.refresh(told.summary())
    told.state(phase)
    view.refresh(told.summary())
    shown = figures(view)
    assert {shown[name] for name in ("quality", "latency")} == {NOTHING}
    # What was counted since the start stays true.
    assert (shown["interpolated"], shown["skipped"]) == ("3", "2")
    assert view.fields["quality"].toolTip() == ""
    assert not shows(view.fields["quality"], DARK.notice)


def test_samples_that_were_made_up_are_shown_once_there_are_any(view, told, make_prediction):
    view.show()
    told.predict(make_prediction(driver_interpolated=0))
    view.refresh(told.summary())
    assert not view.fields["interpolated"].isVisible()
    told.predict(make_prediction(driver_interpolated=37))
    view.refresh(told.summary())
    assert view.fields["interpolated"].isVisible()
    assert view.fields["interpolated"].text() == "37"
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
    assert shows(view.fields["rate"], DARK.notice) == is_wrong
    # Where there is none, none is wrong.
    told.now += 60
    view.refresh(told.summary())
    assert not shows(view.fields["rate"], DARK.notice)


def test_long_names_and_messages_widen_nothing(app, told):
    short, long = FiguresView(FACTS), FiguresView(replace(FACTS, name="a-model" * 100))
    lines = StateView(), StateView()
    stream = StreamDescription("a-stream" * 100, "EEG", "id", "a-host" * 100, 128.0, 14)
    told.state(Phase.DISCONNECTED, "short")
    short.refresh(told.summary())
    lines[0].refresh(told.summary())
    told.state(Phase.DISCONNECTED, "long " * 200, stream)
    long.refresh(told.summary())
    lines[1].refresh(told.summary())
    assert long.minimumSizeHint() == short.minimumSizeHint()
    assert lines[0].minimumSizeHint() == lines[1].minimumSizeHint()
    assert "a-model" * 100 in long.fields["model"].toolTip()
    assert "long " * 200 in lines[1].line.toolTip()


def test_markup_in_a_stream_s_name_is_plain_text(view, told):
    stream = StreamDescription("<h1>EPOC</h1>", "EEG", "id", "", 128.0, 14)
    told.state(Phase.LIVE, stream=stream)
    view.refresh(told.summary())
    assert "&lt;h1&gt;" in view.fields["stream"].toolTip()


def test_a_recording_that_fails_is_what_is_the_matter(state, told):
    for problem in ("", "No space left on device"):
        told.on_report(RecordingReport(True, Path("a.xdf"), 0.0, problem))
        state.refresh(told.summary())
        assert ("cannot be written" in state.line.text()) is bool(problem)
