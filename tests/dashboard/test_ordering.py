"""What is ordered by key and by mouse in a real window, and what is shown of what comes of it."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PyQt5.QtCore import QSettings, Qt
from PyQt5.QtTest import QTest

from rtdreamer.dashboard.bridge import Bridge
from rtdreamer.dashboard.label import ElidedLabel
from rtdreamer.dashboard.ordering import Control
from rtdreamer.dashboard.theme import DARK
from rtdreamer.dashboard.window import LEAST_SIZE, DashboardWindow
from rtdreamer.live.orders import (
    BaselineEnd,
    BaselineReport,
    BegunAnew,
    FollowStream,
    Mark,
    ProfileInUse,
    RecordingReport,
    Said,
    SaveProfile,
    StartBaseline,
    StartRecording,
    StopBaseline,
    StopRecording,
    StreamsFound,
    UseModel,
    UseProfile,
)
from rtdreamer.live.sink import Phase, State
from rtdreamer.prediction import Carried, Reasons
from rtdreamer.stream.chunk import StreamDescription
from rtdreamer.stream.marker import Marker
from tests.made_up_predictions import FACTS

PATH = Path("study") / "sub-P001_ses-S001_task-Default_run-001_eeg.xdf"


EPOCX = StreamDescription("EmotivDataStream-EEG", "EEG", "EPOCX-1", "lab-pc", 128.0, 19)
MUSE = StreamDescription("Muse", "EEG", "", "laptop", 256.0, 4)
LONG = StreamDescription("a-stream" * 20, "EEG", "x" * 80, "a-host" * 20, 128.0, 14)


class Desk:
    """A window, the clock it goes by, and what is ordered in it."""

    def __init__(self, app, folder=None, settings=None):
        self.app, self.now, self.given, self.bridge = app, 110.0, [], Bridge()
        self.window = DashboardWindow(
            FACTS, self.bridge, lambda: self.now, 16, settings, None,
            Control(self.given.append, folder, ("a-model", "another-model")),
        )  # fmt: skip
        self.window.show()
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window)

    def press(self, key, *how):
        # Where there is no window manager, a dialog that closes gives the keys to nobody. Unlike
        # processEvents, this also lets go what is to be deleted.
        QTest.qWait(1)
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window)
        QTest.keyClick(self.window.focusWidget() or self.window, key, *how)

    def click(self, button):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def report(self, report):
        self.bridge.on_report(report)
        self.app.processEvents()


@pytest.fixture
def desk(app):
    made = []

    def make(**how):
        made.append(Desk(app, **how))
        return made[-1]

    yield make
    for one in made:
        one.window.close()


def settings(folder):
    return QSettings(str(folder / "dashboard.ini"), QSettings.Format.IniFormat)


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_a_marker_is_of_the_moment_at_which_it_was_asked_for(desk, by):
    one = desk()
    if by == "key":
        one.press(Qt.Key.Key_M)
    else:
        one.click(one.window.bar.mark_button)
    one.now = 117.0
    # Letters that are keys of the window are letters here; a second M does not move the moment.
    QTest.keyClicks(one.window.ordering.field.line, "MrS space?")
    assert not one.window.state.line.isVisible()
    one.press(Qt.Key.Key_Return)
    assert one.given == [Mark("MrS space?", 110.0)]
    assert one.window.state.line.isVisible()
    assert not one.window.traces.is_paused
    # The keys are the window's again, and the next one begins with nothing.
    one.press(Qt.Key.Key_M)
    assert one.window.ordering.field.line.text() == ""
    assert one.window.ordering.field.at == 117.0


def test_escape_and_an_empty_text_mark_nothing_and_leave_the_rest_as_it_is(desk):
    one = desk()
    one.window.heads.open(1)
    one.press(Qt.Key.Key_M)
    QTest.keyClicks(one.window.ordering.field.line, "never")
    one.press(Qt.Key.Key_Escape)
    one.press(Qt.Key.Key_M)
    one.press(Qt.Key.Key_Return)
    assert one.given == []
    assert not one.window.ordering.field.isVisible()
    assert one.window.heads.open_band == 1


def test_markers_are_drawn_on_both_time_axes(desk, app, make_piece, stream, shows):
    one = desk()
    one.bridge.on_state(State(Phase.LIVE, "live", stream))
    one.bridge.on_samples(make_piece())
    app.processEvents()
    one.window.tick()
    before = [shows(view, DARK.information) for view in (one.window.traces, one.window.history)]
    one.bridge.on_marker(Marker(("the door",), 105.0, 0.0, "a-stream", ""))
    app.processEvents()
    one.window.tick()
    # Dashed lines are of the very colour, and so are words.
    after = [shows(view, DARK.information) for view in (one.window.traces, one.window.history)]
    assert (before, after) == ([False, False], [True, True])
    ((place, words),) = one.window.traces.markers
    assert words == "the door"
    # The newest sample, at 109.99, is the last one.
    assert place == 5 * 128


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_it_records_into_the_folder_that_is_given_and_stops(desk, by):
    one = desk(folder=Path("study"))

    def order():
        if by == "key":
            one.press(Qt.Key.Key_R)
        else:
            one.click(one.window.bar.record_button)

    order()
    assert one.given == [StartRecording(Path("study"))]
    # Not before it is so.
    assert not one.window.bar.record_button.isChecked()
    one.report(RecordingReport(True))
    assert one.window.bar.recording.text() == "recording begins with the first samples"
    one.report(RecordingReport(True, PATH, 107.0, size=1_200_000))
    assert one.window.bar.record_button.text() == "■ Stop"
    one.now = 240.5
    one.window.tick()
    assert one.window.bar.recording.text() == f"recording 2:13 min, 1.2 MB · {PATH.name}"
    order()
    assert one.given[1:] == [StopRecording()]
    one.report(RecordingReport(False))
    one.report(Said(f"recorded 2:13 min, 1.2 MB: {PATH.name}"))
    assert one.window.bar.recording.text() == ""
    assert one.window.state.line.text().startswith("recorded 2:13 min")


def test_what_goes_wrong_with_a_recording_is_said_and_stands(desk, shows):
    one = desk(folder=Path("study"))
    one.report(RecordingReport(True, PATH, 107.0, "No space left on device"))
    assert "NOT WRITTEN: No space left on device" in one.window.bar.recording.text()
    assert shows(one.window.bar, DARK.notice)
    one.report(RecordingReport(True, PATH, 107.0))
    assert "NOT WRITTEN" not in one.window.bar.recording.text()
    one.report(Said("not recorded: study cannot be written", is_problem=True))
    assert one.window.state.line.text() == "not recorded: study cannot be written"
    assert one.window.isVisible()


def test_the_folder_is_asked_for_once_and_remembered(desk, tmp_path):
    first = desk(settings=settings(tmp_path))
    first.press(Qt.Key.Key_R)
    assert first.given == []
    dialog = first.window.ordering.dialog
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert first.given == [StartRecording(tmp_path)]
    first.window.close()
    second = desk(settings=settings(tmp_path))
    second.press(Qt.Key.Key_R)
    assert second.given == [StartRecording(tmp_path)]
    # Another one can be chosen, but not while it is recorded into this one.
    second.press(Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert second.window.ordering.dialog.isVisible()
    second.window.ordering.dialog.close()
    second.report(RecordingReport(True))
    second.press(Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert second.window.state.line.text() == "stop this recording first: R"
    # One that is gone is asked for again.
    second.window.close()
    memory = settings(tmp_path)
    memory.setValue("record_folder", str(tmp_path / "gone"))
    assert desk(settings=memory).window.ordering.folder is None


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_a_baseline_says_what_to_do_counts_down_and_can_be_stopped(desk, by):
    one = desk()
    strip = one.window.ordering.baseline
    assert not strip.isVisible()

    def order(button):
        if by == "key":
            one.press(Qt.Key.Key_B)
        else:
            one.click(button)

    order(one.window.bar.baseline_button)
    assert one.given == [StartBaseline(60.0)]
    one.report(BaselineReport(0.0, 60.0))
    assert strip.words.text() == "Baseline: sit quietly, with open eyes"
    assert strip.left.text() == "60 s"
    one.report(BaselineReport(23.0, 60.0, is_poor=True))
    assert strip.left.text() == "37 s"
    assert "too poor" in strip.words.text()
    assert strip.bar.value() == 23
    order(strip.stop_button)
    assert one.given[1:] == [StopBaseline()]
    one.report(BaselineEnd("no baseline: stopped; nothing is changed", is_measured=False))
    assert strip.words.text() == "No baseline: stopped; nothing is changed"
    assert not strip.save_button.isVisible()
    one.press(Qt.Key.Key_Escape)
    assert not strip.isVisible()


def test_a_baseline_that_was_measured_is_in_effect_and_can_be_saved(desk, tmp_path):
    one = desk()
    one.press(Qt.Key.Key_P)
    assert one.window.state.line.text() == "there is no baseline to be saved yet: B measures one"
    one.report(BaselineEnd("baseline in effect: 60 s of EEG", is_measured=True))
    one.report(ProfileInUse("the baseline measured here (60 s)"))
    model = one.window.figures.fields["model"].text()
    assert model == "a-model · trained on 23 people, relative to the baseline measured here (60 s)"
    one.click(one.window.ordering.baseline.save_button)
    dialog = one.window.ordering.dialog
    assert dialog.isVisible()
    assert dialog.defaultSuffix() == "toml"
    dialog.fileSelected.emit(str(tmp_path / "me.toml"))
    dialog.close()
    assert one.given == [SaveProfile(tmp_path / "me.toml")]
    one.report(Said(f"saved {tmp_path / 'me.toml'}: live --profile takes it"))
    assert one.window.state.line.text().startswith(f"saved {tmp_path}")
    one.click(one.window.ordering.baseline.close_button)
    assert not one.window.ordering.baseline.isVisible()
    one.press(Qt.Key.Key_O)
    words = [each.text() for each in one.window.ordering.setup.findChildren(ElidedLabel)]
    assert "Relative to the baseline measured here (60 s)." in words
    QTest.keyClick(one.window.ordering.setup, Qt.Key.Key_Escape)
    # It can be saved later, too.
    one.press(Qt.Key.Key_P)
    assert one.window.ordering.dialog.isVisible()
    one.window.ordering.dialog.close()


@pytest.mark.parametrize("by", ["key", "mouse"])
@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.DISCONNECTED])
def test_streams_that_are_there_have_a_button_each_while_none_is_followed(desk, app, phase, by):
    one = desk()
    strip = one.window.ordering.strip
    one.report(StreamsFound((EPOCX, MUSE)))
    one.bridge.on_state(State(Phase.LIVE, "live", EPOCX))
    app.processEvents()
    assert not strip.isVisible()
    one.bridge.on_state(State(phase, "none yet", None))
    app.processEvents()
    assert strip.isVisible()
    assert strip.buttons[0].text() == "EmotivDataStream-EEG on lab-pc · 128 Hz, 19 channels"
    assert "EmotivDataStream-EEG (EEG, EPOCX-1, lab-pc)" in strip.buttons[0].toolTip()
    if by == "key":
        one.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        one.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)  # there is no third
    else:
        one.click(strip.buttons[1])
    assert one.given == [FollowStream("Muse", "")]
    one.report(StreamsFound(()))
    assert not strip.isVisible()


def test_buttons_of_streams_with_any_names_fit_the_smallest_window(desk, app):
    one = desk()
    one.window.resize(*LEAST_SIZE)
    one.bridge.on_state(State(Phase.WAITING, "none yet", None))
    one.report(StreamsFound((LONG,) * 5))
    app.processEvents()
    assert one.window.width() == LEAST_SIZE[0]
    strip = one.window.ordering.strip
    assert len(strip.buttons) == 3
    places = [made.geometry() for made in strip.buttons]
    for made in strip.buttons:
        assert made.width() >= made.sizeHint().width()
        assert strip.rect().contains(made.geometry())
    assert all(a.right() < b.left() for a, b in pairwise(places))


def chosen(one, pick):
    """Open what can be chosen by its key, and choose."""
    one.press(Qt.Key.Key_O)
    setup = one.window.ordering.setup
    assert setup.isVisible()
    QTest.keyClick(pick(setup), Qt.Key.Key_Return)
    one.app.processEvents()
    assert one.window.ordering.setup is None


def test_stream_and_model_are_chosen_from_lists_by_enter(desk):
    one = desk()
    one.report(StreamsFound((EPOCX,)))
    chosen(one, lambda setup: setup.streams[0])
    chosen(one, lambda setup: setup.models[1])
    assert one.given == [FollowStream("EmotivDataStream-EEG", "EPOCX-1"), UseModel("another-model")]


def test_the_list_of_streams_stays_that_of_now(desk):
    one = desk()
    one.press(Qt.Key.Key_O)
    setup = one.window.ordering.setup
    assert [made.text() for made in setup.models] == ["✓ a-model, in use", "another-model"]
    assert setup.streams == []
    one.report(StreamsFound((EPOCX, MUSE)))
    assert len(setup.streams) == 2
    # Nobody's choice is moved under their finger, unless what they were about to choose is gone.
    assert setup.focusWidget() is setup.models[0]
    setup.streams[1].setFocus()
    one.report(StreamsFound((MUSE,)))
    assert setup.focusWidget() is setup.streams[0]
    QTest.keyClick(setup, Qt.Key.Key_Escape)
    assert one.window.ordering.setup is None
    assert one.given == []


def test_what_can_be_chosen_fits_the_smallest_screen_and_tab_reaches_it_all(desk, app):
    one = desk()
    one.report(StreamsFound((LONG,) * 12))
    one.press(Qt.Key.Key_O)
    setup = one.window.ordering.setup
    app.processEvents()
    assert setup.height() <= LEAST_SIZE[1]
    assert setup.width() <= LEAST_SIZE[0]
    for _ in range(11):
        QTest.keyClick(setup.focusWidget(), Qt.Key.Key_Tab)
    last = setup.streams[-1]
    assert setup.focusWidget() is last
    assert last.visibleRegion().boundingRect() == last.rect()
    assert last.width() >= last.minimumSizeHint().width()
    QTest.keyClick(setup, Qt.Key.Key_Escape)


def test_profile_and_model_can_be_files(desk, tmp_path):
    one = desk()
    chosen(one, lambda setup: setup.profile_file)
    one.window.ordering.dialog.fileSelected.emit(str(tmp_path / "me.toml"))
    one.window.ordering.dialog.close()
    chosen(one, lambda setup: setup.model_file)
    one.window.ordering.dialog.fileSelected.emit(str(tmp_path / "mine.safetensors"))
    one.window.ordering.dialog.close()
    mine = str(tmp_path / "mine.safetensors")
    assert one.given == [UseProfile(tmp_path / "me.toml"), UseModel(mine)]


def test_another_session_is_shown_with_nothing_of_the_last(
    desk, app, make_piece, make_prediction, features, stream
):
    one = desk()
    window = one.window
    one.bridge.on_state(State(Phase.LIVE, "live", stream))
    one.bridge.on_samples(make_piece())
    one.bridge.on_prediction(make_prediction(), features)
    one.bridge.on_marker(Marker(("the door",), 105.0, 0.0, "a-stream", ""))
    window.eeg.scale.setCurrentText("20 µV")
    facts = replace(FACTS, name="another", simulated=True)
    # All that is told after it is of the new one, however fast it comes.
    one.bridge.on_report(BegunAnew(facts, "model another"))
    one.bridge.on_state(State(Phase.FILLING, "following", stream))
    one.bridge.on_samples(make_piece(0, 640, at=200.0))
    app.processEvents()
    window.tick()
    assert "another" in window.windowTitle()
    assert window.banner.isVisible()
    assert "FILLING 50 %" in window.state.badge.text()
    assert window.traces.buffer.total == 640
    assert not len(window.track.past(110.0).age)
    assert not window.traces.markers
    one.bridge.on_reasons(Reasons(1279, Carried(1, (3,)), Carried(-1)))
    app.processEvents()
    assert window.heads.heads[0].marks
    # What was chosen of the picture stays, and the keys work once.
    assert window.eeg.scale.currentText() == "20 µV"
    one.press(Qt.Key.Key_Space)
    assert window.traces.is_paused
    one.press(Qt.Key.Key_R)
    one.window.ordering.dialog.close()
