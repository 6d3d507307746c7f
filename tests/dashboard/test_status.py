import pytest

from rtdreamer.dashboard import theme
from rtdreamer.dashboard.status import BADGE_COLOURS, StatusView
from rtdreamer.live.state import Phase, State


@pytest.fixture
def view(app):
    view = StatusView("a-model · trained on 23 people")
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
    view.refresh(102.5, fill=0.25)
    assert view.badge.text() == "FILLING 25 %"
    assert "prediction in 8 s" in view.message.text()
    view.show_state(State(Phase.LIVE, "predicting", stream))
    assert view.badge.text() == "LIVE"


def test_the_figures_of_a_prediction(view, stream, make_prediction, make_chunk, shows):
    view.show_state(State(Phase.LIVE, "live", stream))
    for start in range(0, 1280, 32):
        view.show_chunk(make_chunk(start, start + 32))
    view.show_prediction(make_prediction(timestamp=110.0), now=110.0625)
    view.refresh(110.0, fill=1.0)
    shown = {name: label.text() for name, label in view.fields.items()}
    assert shown == {
        "stream": "EmotivDataStream-EEG on lab-pc",
        "rate": "128.0 Hz",
        "quality": "0.90 good",
        "latency": "62 ms",
        "compute": "18 ms",
        "lost": "1 sample",
        "skipped": "2 predictions",
        "model": "a-model · trained on 23 people",
    }
    view.show_prediction(make_prediction(quality=0.4), now=110.1)
    assert view.fields["quality"].text() == "0.40 poor"
    assert shows(view.fields["quality"], theme.NOTICE)


def test_a_long_name_widens_nothing_and_can_be_read_whole(app):
    short, long = StatusView("a-model"), StatusView("a-model" * 100)
    assert long.minimumSizeHint().width() == short.minimumSizeHint().width()
    assert long.fields["model"].toolTip() == "a-model" * 100
