"""What is ordered of a session in this process: done while it runs, and told of."""

import errno
import os
import time

import numpy as np
import pytest

from rtdreamer.data.session_file import read_session
from rtdreamer.data.xdf_writer import XdfFile
from rtdreamer.headset import EPOC
from rtdreamer.live import baseline_run as baseline_run_module
from rtdreamer.live.desk import Desk
from rtdreamer.live.orders import (
    BaselineEnd,
    BaselineReport,
    Mark,
    ProfileInUse,
    RecordingReport,
    Said,
    SaveProfile,
    StartBaseline,
    StartRecording,
    StopBaseline,
    StopRecording,
    UseProfile,
)
from rtdreamer.live.predictor import Predictor
from rtdreamer.live.profile_file import profile_text, read_profile, write_profile
from rtdreamer.live.recorder import RecordConfig
from rtdreamer.live.session import Session
from rtdreamer.live.session_writer import FORMAT
from rtdreamer.live.sink import Phase
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile
from tests.onlookers import Inbox, Kept, LookerOn
from tests.recorded_here import Wire, made_up

END_S = 20
CHUNK = 32


def profile_of(seed):
    values, _ = made_up(1280, seed=seed)
    return Profile.of([extract(values[:, 2:].T.astype(float), Spec())], 10.0)


class Someone(LookerOn):
    """Answers relative to a person."""

    def __init__(self, average):
        super().__init__()
        self.average = average
        self.profiles = []

    def extract(self, window):
        return extract(window, self.spec)

    def use_profile(self, profile):
        self.profiles.append(profile)


class Listener(Kept):
    def of(self, kind):
        return [report for report in self.reports if isinstance(report, kind)]


class Running:
    """A session that is led on as far as a test wants."""

    def __init__(self, person, seconds=200, spoil=lambda values: None):
        self.inbox, self.kept, self.person = Inbox(), Listener(), person
        self.texts = []
        self.now = 7000.0
        self.desk = Desk(self.inbox.take, person, self.config, "as at first", lambda: self.now)
        values, stamps = made_up(128 * seconds)
        spoil(values)
        self.source = Wire(values, stamps, CHUNK)
        clock = self.desk.recording.watch(lambda: 0.0)
        self.session = Session(Predictor(person), [self.kept, self.desk], 64, clock)
        self.desk.serve(self.session)

    def config(self, folder, text):
        self.texts.append(text)
        about = {
            "format": FORMAT, "rtdreamer": "0", "versions": {}, "model": "m", "model_sha256": "",
            "in_torch": False, "hop": 64, "profile": text,
        }  # fmt: skip
        return RecordConfig(folder, ch_names=EPOC.ch_names, about=about)

    def on(self, seconds):
        """Take so many seconds of EEG."""
        left = len(self.source.chunks) - seconds * 128 // CHUNK

        def enough():
            self.desk.attend()
            return len(self.source.chunks) <= left

        # Followed once only: a second time it would be another source.
        if not self.kept.states:
            self.session.follow(self.source, enough)
            return
        while not enough():
            chunk = self.source.pull(0.0)
            self.session._pass_on(chunk)
            self.session._take(chunk, self.source.description)

    @property
    def files(self):
        """That it was told are recorded into, in their order."""
        return list(dict.fromkeys(r.path for r in self.kept.of(RecordingReport) if r.path))

    def order(self, order):
        self.inbox.give(order)
        self.desk.attend()

    def until(self, condition):
        """Let what is done in threads end."""
        deadline = time.monotonic() + END_S
        while not condition():
            assert time.monotonic() < deadline, self.kept.reports
            time.sleep(0.01)
            self.desk.attend()
            self.session._pass_on(self.source.pull(0.0))


@pytest.fixture(scope="module")
def average():
    return profile_of(7)


@pytest.fixture
def running(average):
    made = []

    def make(**how):
        made.append(Running(Someone(average), **how))
        return made[-1]

    yield make
    for one in made:
        one.desk.close()


def test_a_marker_is_passed_on_with_the_moment_it_marks(running):
    session = running()
    session.order(Mark("  the door ", 6999.5))
    session.order(Mark("   ", 1.0))
    (marker,) = session.kept.markers
    assert (marker.text, marker.timestamp, marker.stream) == (
        "the door", 6999.5, "rtdreamer-Marks",
    )  # fmt: skip


def test_what_is_recorded_between_start_and_stop_is_in_the_file_and_no_more(running, tmp_path):
    session = running()
    session.on(12)
    session.order(StartRecording(tmp_path))
    session.until(lambda: session.files)
    session.order(Mark("now", 5012.0))
    session.on(3)
    last = session.source.chunks[0].timestamps[0] - 1 / 128
    session.order(StopRecording())
    session.until(lambda: session.kept.of(Said))
    (path,) = session.files
    (said,) = session.kept.of(Said)
    assert said.line.startswith("recorded 0:00 min")
    assert path.name in said.line
    reports = session.kept.of(RecordingReport)
    assert [report.is_on for report in reports] == [True] * (len(reports) - 1) + [False]
    file = read_session(path, synchronise=False)
    by_name = {stream.name: stream for stream in file.streams}
    assert by_name["rtdreamer-Marks"].timestamps.tolist() == [5012.0]
    stamps = by_name["EPOC"].timestamps
    assert stamps[0] >= 5012.0
    assert stamps[-1] == pytest.approx(last, abs=1e-3)
    assert len(stamps) == round((stamps[-1] - stamps[0]) * 128) + 1
    assert '"joined_late": true' in by_name["rtdreamer-Session"].texts[0]
    # A second one goes into a file of its own.
    session.order(StartRecording(tmp_path))
    session.until(lambda: len(session.files) == 2)
    assert session.files[-1].name.endswith("run-002_eeg.xdf")


def test_who_comes_late_is_told_that_it_is_recorded(running, tmp_path):
    session = running()
    desk = Desk(clock=lambda: 7000.0)
    desk.record(session.config(tmp_path, None))
    desk.serve(session.session)
    desk.attend()
    desk.close()
    assert session.kept.of(RecordingReport) == [RecordingReport(True)]


def test_a_folder_that_cannot_be_written_is_told_of_and_nothing_ends(running, tmp_path):
    session = running()
    session.on(1)
    (tmp_path / "taken").write_text("a file, not a folder")
    session.order(StartRecording(tmp_path / "taken"))
    session.until(lambda: session.kept.of(Said))
    (said,) = session.kept.of(Said)
    assert said.is_problem
    assert said.line.startswith("not recorded: ")
    assert "taken" in said.line
    session.on(1)
    assert not session.desk.recording.is_on


def test_a_full_disk_is_reported_for_as_long_as_it_is_full(running, tmp_path, monkeypatch):
    session = running()
    session.order(StartRecording(tmp_path))
    session.on(1)
    session.until(lambda: session.files)
    with monkeypatch.context() as full:

        def flush(file):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        full.setattr(XdfFile, "flush", flush)
        session.until(lambda: session.kept.of(RecordingReport)[-1].problem)
        assert session.kept.of(RecordingReport)[-1].problem == os.strerror(errno.ENOSPC)
    session.until(lambda: not session.kept.of(RecordingReport)[-1].problem)
    assert session.kept.of(RecordingReport)[-1].is_on


def test_the_baseline_is_of_what_comes_after_it_was_begun_and_takes_effect(running, tmp_path):
    def spoil(values):
        values[: 128 * 20, 2:] *= np.linspace(0.99, 1.01, 14)  # before it begins

    session = running(spoil=spoil)
    session.on(20)
    session.order(StartBaseline(20.0))
    session.on(19)
    seconds = [report.seconds for report in session.kept.of(BaselineReport)]
    assert seconds == sorted(seconds)
    assert seconds[0] == 0
    assert 18 <= seconds[-1] < 20
    assert not session.person.profiles
    session.on(3)
    (profile,) = session.person.profiles
    (end,) = session.kept.of(BaselineEnd)
    assert end.is_measured
    assert end.line.startswith("baseline in effect: 20 s of EEG")
    values, _ = made_up(128 * 200)
    eeg = values[:, 2:].T.astype(float)
    starts = [128 * 20 + 64 * k for k in range(0, 21, 5)]
    windows = [extract(eeg[:, start : start + 1280], Spec()) for start in starts]
    np.testing.assert_allclose(profile.de, Profile.of(windows, 20.0).de, rtol=1e-3)
    path = tmp_path / "me.toml"
    session.order(SaveProfile(path))
    session.until(lambda: session.kept.of(Said))
    assert str(path) in session.kept.of(Said)[0].line
    np.testing.assert_array_equal(read_profile(path, Spec()).de, profile.de)
    assert session.kept.of(ProfileInUse)[-1].in_words == "me.toml (20 s)"


def test_a_new_baseline_ends_the_recording_and_begins_the_next_that_names_it(
    running, tmp_path, average
):
    session = running()
    session.order(StartRecording(tmp_path / "study"))
    session.on(1)
    session.until(lambda: session.files)
    path = tmp_path / "me.toml"
    write_profile(path, average, Spec())
    session.order(UseProfile(path))
    session.until(lambda: len(session.files) == 2)
    assert session.texts == ["as at first", profile_text(average, Spec())]
    assert session.files[-1].name.endswith("run-002_eeg.xdf")


@pytest.mark.parametrize("how", ["stopped", "silent", "poor"])
def test_a_baseline_that_ends_early_changes_nothing_and_says_why(running, monkeypatch, how):
    monkeypatch.setattr(baseline_run_module, "PATIENCE", 0.0)

    def spoil(values):
        if how == "poor":
            values[128 * 12 :, 2:12] = 4200

    session = running(spoil=spoil)
    session.on(12)
    session.order(StartBaseline(40.0))
    session.on(15)
    if how == "stopped":
        session.order(StopBaseline())
    elif how == "silent":
        session.session.enter(Phase.STALLED, "no usable samples", None)
    session.on(10 if how == "poor" else 1)
    (end,) = session.kept.of(BaselineEnd)
    assert not end.is_measured
    assert {"stopped": "stopped; ", "silent": "stalled: no usable samples", "poor": "flat"}[
        how
    ] in end.line
    assert end.line.endswith("nothing is changed")
    assert not session.person.profiles
    # The next one is not hindered, and begins with nothing.
    session.kept.reports.clear()
    session.session.enter(Phase.FILLING, "samples are back", None)
    session.order(StartBaseline(40.0))
    session.on(1)
    assert session.kept.of(BaselineReport)[0].seconds == 0
    session.order(SaveProfile("never"))
    assert session.kept.of(Said)[-1].line == "there is no baseline to be saved yet"


def test_no_baseline_where_none_is_needed_or_nothing_comes(running):
    session = running()
    session.order(StartBaseline())
    session.person.average = None
    session.order(StartBaseline())
    first, second = (end.line for end in session.kept.of(BaselineEnd))
    assert first == "no baseline: no samples come (waiting)"
    assert second == (
        "no baseline: model 'looker-on' does not predict relative to a person: it needs none"
    )


def test_a_profile_that_does_not_fit_is_refused(running, tmp_path):
    session = running()
    session.on(1)
    path = tmp_path / "not-one.toml"
    path.write_text("x = 1")
    session.order(UseProfile(path))
    session.until(lambda: session.kept.of(Said))
    (said,) = session.kept.of(Said)
    assert said.is_problem
    assert said.line.startswith("nothing is changed: ")
    assert "not-one.toml" in said.line
    assert not session.person.profiles
