"""Markers of a recorded session among its samples."""

import json

import numpy as np
import pytest

from rtdreamer.data.recording import read_recording
from tests.recorded_sessions import (
    CHUNK_LOG,
    GAP,
    SFREQ,
    START,
    Recording,
    chunk_log,
    signals,
    stamps_of,
    whole_session,
)


def test_markers_lie_where_they_were_set_and_events_are_none(tmp_path):
    found = read_recording(whole_session(tmp_path / "a.xdf"))
    assert [one.text for one in found.markers] == ["clip <1> & begins, now", "New Segment"]
    expected = [3.25 * SFREQ, 25.5 * SFREQ - GAP[1]]
    assert [one.sample for one in found.markers] == pytest.approx(expected, abs=1e-4)
    assert [(gap.sample, gap.seconds) for gap in found.gaps] == [(GAP[0], GAP[1] / SFREQ)]


def test_those_in_a_gap_before_and_after_keep_their_distance(tmp_path):
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    stamps = stamps_of(5120)
    times = [START - 1, (stamps[1279] + stamps[1280]) / 2, stamps[-1] + 2]
    recording.add("OV", "Markers", times, np.array([[1.0], [2.0], [33024.0]]))
    found = read_recording(recording.done()).markers
    assert [one.sample for one in found] == pytest.approx([-128, 1279.5, 5119 + 256], abs=1e-4)
    assert [one.text for one in found] == ["1", "2", "33024"]


def test_what_has_no_place_is_said_and_the_rest_is_there(tmp_path):
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    times = [START + 1, np.nan, START + 2, 1.7e9, -np.inf, START + 86400]
    recording.add("Psy", "Markers", times, list("abcdef"))
    recording.add("State", "Session", [START], [json.dumps({"phase": "live"})])
    found = read_recording(recording.done())
    assert [one.text for one in found.markers] == ["a", "c"]
    assert "2 markers of its stream Psy (Markers) left out: the time is no number" in found.notes
    assert any(note.startswith("2 of 4 markers left out") for note in found.notes)


def test_a_clock_that_was_set_is_no_gap_where_the_session_says_so(tmp_path):
    stamps = START + np.arange(5120) / SFREQ
    stamps[2560:] += 1000
    log = chunk_log(START + np.arange(15, 5120, 16) / SFREQ, 16)
    recording = Recording(tmp_path / "a.xdf").eeg(signals(), stamps)
    recording.add("rtdreamer-Chunks", "Session", log[:, 3], log, CHUNK_LOG)
    recording.add("M", "Markers", [START + 30], ["x"])
    found = read_recording(recording.done())
    assert not found.gaps
    assert [one.sample for one in found.markers] == pytest.approx([30 * SFREQ])
    assert "clock was set at 20.0 s" in found.notes[-1]


def test_of_twice_the_rate_markers_are_halved_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.recorded_sessions.SFREQ", 256)
    recording = Recording(tmp_path / "a.xdf").eeg(signals(2561), START + np.arange(2561) / 256)
    recording.add("M", "Markers", [START, START + 5 + 1 / 256, START + 12], list("abc"))
    found = read_recording(recording.done())
    assert found.data.shape[1] == 1280
    assert [one.sample for one in found.markers] == pytest.approx([-0.5, 640, 12 * 128 - 0.5])
