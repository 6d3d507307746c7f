"""What is recorded when the disk does not do as it should, and where."""

import errno
import os
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from rtdreamer.data.session_file import read_session
from rtdreamer.data.xdf_writer import XdfFile
from rtdreamer.errors import RtdreamerError
from rtdreamer.headset import EPOC
from rtdreamer.live import recorder as recorder_module
from rtdreamer.live import session_writer as session_writer_module
from rtdreamer.live.recorded_session import from_log
from rtdreamer.live.recorder import RecordConfig, Recorder
from rtdreamer.live.session import Session
from rtdreamer.live.session_writer import FORMAT
from rtdreamer.live.sink import Phase
from rtdreamer.signal.features import Spec
from tests.onlookers import Kept
from tests.recorded_here import Wire, made_up

END_S = 20
ABOUT = {
    "format": FORMAT, "rtdreamer": "0", "versions": {}, "model": "m", "model_sha256": "",
    "in_torch": False, "hop": 16, "profile": None,
}  # fmt: skip


class Disk:
    """A file's writing, which fails while the disk is full, and waits while it is held."""

    def __init__(self, monkeypatch):
        self.is_full = False
        self.free = threading.Event()
        self.free.set()
        flush = XdfFile.flush

        def slow(file):
            self.free.wait(END_S)
            return flush(file)

        def wrap(file, path):
            init(file, path)
            file._file = Raw(file._file, self)

        init = XdfFile.__init__
        monkeypatch.setattr(XdfFile, "__init__", wrap)
        monkeypatch.setattr(XdfFile, "flush", slow)


class Raw:
    def __init__(self, file, disk):
        self.file, self.disk = file, disk

    def write(self, content):
        if not self.disk.is_full:
            return self.file.write(content)
        if len(content) > 100:
            return self.file.write(content[:100])  # as far as there is room
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


@pytest.fixture
def record(tmp_path):
    """A recorder, and a session of single chunks that it listens to, and another who does."""
    made = []

    def start():
        recorder = Recorder(
            RecordConfig(tmp_path, ch_names=EPOC.ch_names, about=ABOUT), time.monotonic
        )
        made.append(recorder)
        kept = Kept()
        predictor = SimpleNamespace(spec=Spec(), reset=lambda: None)
        session = Session(predictor, [recorder, kept], 16)
        session.enter(Phase.FILLING, "following", None)
        return recorder, session, kept

    yield start
    for recorder in made:
        recorder.close()


def said(session, kept, words, chunks):
    """Pass chunks on until a state with these words is told; it must be soon."""
    deadline = time.monotonic() + END_S
    while time.monotonic() < deadline:
        session._pass_on(next(chunks))
        if found := [state.message for state in kept.states if words in state.message]:
            return found[-1]
        time.sleep(0.02)
    raise AssertionError([state.message for state in kept.states])


def written(path):
    """Wait until something is in the file."""
    deadline = time.monotonic() + END_S
    while path.stat().st_size == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def endless():
    values, stamps = made_up(128 * 60)
    return iter(Wire(values, stamps, 4).chunks)


def read(path):
    (eeg,) = [s for s in read_session(path, synchronise=False).streams if s.type == "EEG"]
    return eeg


def test_a_full_disk_is_told_of_and_nothing_is_lost_if_it_has_room_again(disk, record):
    recorder, session, kept = record()
    chunks = endless()
    assert said(session, kept, "recording to ", chunks).endswith("_run-001_eeg.xdf")
    written(recorder.path)
    reports = [recorder.report]
    disk.is_full = True
    assert "No space left" in said(session, kept, "cannot be written", chunks)
    reports.append(recorder.report)
    assert not read_session(recorder.path, synchronise=False).note  # it ends with a whole chunk
    disk.is_full = False
    assert "nothing is lost" in said(session, kept, "written again", chunks)
    recorder.close()
    reports.append(recorder.report)
    np.testing.assert_array_equal(np.diff(read(recorder.path).timestamps), 1 / 128)
    n_left = 4 * len(list(chunks))
    assert len(read(recorder.path).timestamps) == 128 * 60 - n_left
    assert recorder.in_words.endswith("_run-001_eeg.xdf")
    assert [report.problem for report in reports] == ["", "No space left on device", ""]
    sizes = [report.size for report in reports]
    assert 0 < sizes[0] <= sizes[1] < sizes[2]
    assert {report.path for report in reports} == {recorder.path}


@pytest.mark.skipif(os.name == "nt", reason="what is open cannot be moved there")
def test_a_file_that_is_moved_or_deleted_is_told_of(record, monkeypatch, tmp_path):
    monkeypatch.setattr(recorder_module, "SYNC_S", 0.05)
    recorder, session, kept = record()
    chunks = endless()
    said(session, kept, "recording to ", chunks)
    recorder.path.rename(tmp_path / "away.xdf")
    said(session, kept, "moved or deleted, or its disk is gone", chunks)
    assert "moved or deleted" in recorder.report.problem
    (tmp_path / "away.xdf").rename(recorder.path)
    assert "nothing is lost" in said(session, kept, "written again", chunks)
    recorder.path.unlink()
    recorder.close()
    assert recorder.in_words.endswith(
        "run-001_eeg.xdf; its file was moved or deleted, or its disk is gone"
    )
    assert recorder.report.problem


def test_what_the_disk_takes_too_late_is_lost_whole_and_known(disk, record, monkeypatch):
    monkeypatch.setattr(session_writer_module, "MAX_PENDING", 5000)
    recorder, session, kept = record()
    chunks = endless()
    said(session, kept, "recording to ", chunks)
    disk.is_full = True
    said(session, kept, "cannot be written", chunks)
    time.sleep(0.5)
    for _ in range(4):
        for _ in range(20):
            session._pass_on(next(chunks))
        time.sleep(0.3)
    disk.is_full = False
    words = said(session, kept, "written again", chunks)
    n_lost = int(words.split(":")[1].split()[0])
    assert n_lost >= 20
    recorder.close()
    found = from_log(read_session(recorder.path, synchronise=False))
    assert f"{n_lost} chunks of samples are not in it" in found.note
    (source,) = found.sources
    for chunk in source.chunks:  # none is made of what came in another
        np.testing.assert_allclose(np.diff(chunk.timestamps), 1 / 128)
    starts = [chunk.timestamps[0] - chunk.raw.correction for chunk in source.chunks]
    assert np.sum(np.diff(starts) > 4.5 / 128) >= 1


def test_a_disk_that_stays_full_is_named_at_the_end(disk, record):
    recorder, session, kept = record()
    chunks = endless()
    said(session, kept, "recording to ", chunks)
    disk.is_full = True
    said(session, kept, "cannot be written", chunks)
    recorder.close()
    assert "No space left" in recorder.in_words


def test_a_disk_that_hangs_keeps_no_one_waiting(disk, record, monkeypatch):
    monkeypatch.setattr(recorder_module, "MAX_WAITING", 64)
    recorder, session, kept = record()
    disk.free.clear()
    chunks = endless()
    assert "lacks 1 part" in said(session, kept, "too slow", chunks)
    disk.free.set()
    recorder.close()


def test_a_fault_of_the_writer_does_not_pass_unseen(record, monkeypatch):
    monkeypatch.setattr(recorder_module.SessionWriter, "chunk", lambda *arguments: 1 / 0)
    _, session, kept = record()
    assert "ZeroDivisionError" in said(session, kept, "has ended", endless())


def test_each_session_has_a_file_of_its_own(record):
    paths = []
    for _ in range(2):
        recorder, session, kept = record()
        said(session, kept, "recording to ", endless())
        recorder.close()
        paths.append(recorder.path.name)
    assert [path[-15:] for path in paths] == ["run-001_eeg.xdf", "run-002_eeg.xdf"]


def test_without_samples_there_is_no_file(record, tmp_path):
    recorder, _, _ = record()
    recorder.close()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_of_before_the_session(tmp_path):
    (tmp_path / "sub-P001").write_text("a file")
    with pytest.raises(RtdreamerError, match="cannot be written"):
        Recorder(RecordConfig(tmp_path), time.monotonic)
