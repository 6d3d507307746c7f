"""A session on one axis of time, whoever recorded it."""

import json

import numpy as np
import pytest

from rtdreamer.data.recording import read_recording
from rtdreamer.data.session import read_recorded
from rtdreamer.data.xdf_sensors import UNKNOWN_PAUSES
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from tests.recorded_sessions import (
    CHUNK_LOG,
    GAP,
    HOST,
    MADE_UP,
    SERIAL,
    SFREQ,
    START,
    Recording,
    chunk_log,
    prediction,
    signals,
    stamps_of,
    whole_session,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return whole_session(tmp_path_factory.mktemp("session") / "a.xdf")


def test_samples_lie_where_they_were_measured(path):
    session = read_recorded(path)
    assert np.array_equal(session.data, signals().T)
    assert session.gaps == (GAP,)
    assert session.interpolated_stretches == (MADE_UP,)
    assert session.seconds == (5120 + GAP[1]) / SFREQ
    assert np.array_equal(session.place / SFREQ, stamps_of(5120) - START)


def test_markers_events_and_predictions_are_on_the_same_axis(path):
    session = read_recorded(path)
    assert [mark.text for mark in session.markers] == ["clip <1> & begins, now", "New Segment"]
    assert [mark.seconds for mark in session.markers] == pytest.approx([3.25, 25.5], abs=1e-6)
    (event,) = session.events  # the other one repeats it
    assert event.seconds == pytest.approx(stamps_of(5120)[1290] - START, abs=1e-6)
    k = np.arange(GAP[0] + 1280, 5120, 64)
    assert np.allclose(session.verdicts.seconds, (k + GAP[1]) / SFREQ, atol=1e-6)
    assert session.verdicts.withheld.sum() == sum(n % 7 == 3 for n in range(len(k)))
    assert session.about["model"] == session.verdicts.model == "simulated-23"
    assert session.verdicts.simulated


@pytest.mark.parametrize("speed", [0.5, 3])
def test_what_was_played_at_another_speed_is_as_if_it_had_been_at_its_own(path, tmp_path, speed):
    fast = whole_session(tmp_path / "b.xdf", speed=speed)
    session, own = read_recorded(fast), read_recorded(path)
    assert np.array_equal(session.place, own.place)
    assert session.sfreq == own.sfreq
    for found, expected in [
        ([one.seconds for one in session.markers], [one.seconds for one in own.markers]),
        ([one.seconds for one in session.events], [one.seconds for one in own.events]),
        (session.verdicts.seconds, own.verdicts.seconds),
    ]:
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    (note,) = set(session.notes) - set(own.notes)
    assert note.startswith(f"it was played at {speed:g} times its speed")
    again, own = read_recording(fast), read_recording(path)
    assert np.array_equal(again.data, own.data)
    assert [gap.sample for gap in again.gaps] == [gap.sample for gap in own.gaps]
    assert [gap.seconds for gap in again.gaps] == pytest.approx([one.seconds for one in own.gaps])
    assert [one.sample for one in again.markers] == pytest.approx(
        [one.sample for one in own.markers], abs=1e-3
    )


def test_two_speeds_of_one_headset_are_refused(tmp_path):
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    recording.speed = 2
    path = recording.eeg(signals(seed=1), stamps_of(5120) + 1e3).done()
    with pytest.raises(DataError, match="differ in rate, speed"):
        read_recorded(path)


def test_a_session_that_was_broken_off_between_two_chunks_is_said_to_be_cut(path, tmp_path):
    content, cut = path.read_bytes(), tmp_path / "cut.xdf"
    cut.write_bytes(content[: content.index(b"<sample_count>")])  # in the first footer
    session = read_recorded(cut)
    assert np.array_equal(session.data, signals().T)
    assert "its EEG ends without a footer: the file may be cut" in session.notes
    assert "its EEG ends without a footer: the file may be cut" not in read_recorded(path).notes


def test_no_computer_and_no_device_is_named(path):
    session = read_recorded(path)
    assert not session.identity
    said = [*(one.text for one in session.events), *session.verdicts.reasons]
    assert any("[removed]" in text for text in said)
    assert not any(HOST in text or SERIAL in text for text in said)
    kept = read_recorded(path, keep_identity=True)
    assert HOST in kept.events[0].text
    assert kept.identity == {"device": SERIAL, "computer": HOST}


def test_a_short_name_is_cut_out_as_a_word_only(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.recorded_sessions.HOST", "vm")
    event = {"phase": "live", "message": "vm sends EPOC, 1 of 2, as evm"}
    recording = Recording(tmp_path / "a.xdf").eeg(signals(1280), source_id="1")
    recording.add("EPOC-Events", "Markers", [START], [json.dumps(event)])
    recording.add("M", "Markers", [START], ["1 vm"], source_id="EPOC")
    session = read_recorded(recording.done())
    assert session.events[0].text == "live: [removed] sends EPOC, 1 of 2, as evm"
    assert session.markers[0].text == "1 vm"


def test_uneven_stamps_do_not_move_moments(tmp_path):
    rng = np.random.default_rng(3)
    late = START + np.arange(5120) / SFREQ + rng.exponential(0.004, 5120)
    recording = Recording(tmp_path / "a.xdf").eeg(signals(), np.sort(late))
    session = read_recorded(recording.add("M", "Markers", [START + 20], ["x"]).done())
    assert session.gaps == ()
    assert session.markers[0].seconds == pytest.approx(20 - 0.004, abs=0.002)


def test_a_headset_whose_clock_runs_fast_is_followed(tmp_path):
    stamps = START + np.arange(38400) / (SFREQ * 1.001)
    recording = Recording(tmp_path / "a.xdf").eeg(signals(38400), stamps)
    session = read_recorded(recording.add("M", "Markers", [stamps[30000]], ["x"]).done())
    assert session.markers[0].seconds * SFREQ == pytest.approx(30000, abs=0.01)


def test_where_samples_did_not_wait_a_jump_is_a_clock_that_was_set(tmp_path):
    stamps = START + np.arange(5120) / SFREQ
    stamps[2560:] += 1000
    log = chunk_log(START + np.arange(15, 5120, 16) / SFREQ, 16)
    recording = Recording(tmp_path / "a.xdf").eeg(signals(), stamps)
    recording.add("rtdreamer-Chunks", "Session", log[:, 3], log, CHUNK_LOG)
    session = read_recorded(recording.add("M", "Markers", [START + 30], ["x"]).done())
    assert session.gaps == ()
    assert session.markers[0].seconds == pytest.approx(30)
    assert session.notes == (
        "the sender's clock was set at 20.0 s: 0 s are taken to be missing there",
    )


@pytest.mark.parametrize("jump", [-100.0, 1e6])
def test_without_a_log_a_clock_that_was_set_is_a_gap_of_a_second(tmp_path, jump):
    stamps = START + np.arange(5120) / SFREQ
    stamps[2560:] += jump
    session = read_recorded(Recording(tmp_path / "a.xdf").eeg(signals(), stamps).done())
    assert session.gaps == ((2560, SFREQ),)
    assert any("clock was set at" in note for note in session.notes)


def test_labrecorder_alone_with_our_stream_of_numbers(tmp_path):
    values = np.array([[0.5, 0.25], [np.nan, np.nan]])
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    model = "<model><name>simulated-23</name><simulated>true</simulated></model>"
    stamps = stamps_of(5120)[[2600, 2664]]
    channels = [("valence", ""), ("arousal", "")]
    recording.add("EPOC-Affect", "Affect", stamps, values, channels, extra=model)
    found = read_recorded(recording.done()).verdicts
    assert np.array_equal(found.affect, values, equal_nan=True)
    assert (found.model, found.simulated) == ("simulated-23", True)
    assert found.quality is None
    assert found.reasons[1]
    assert not found.reasons[0]


def test_eeg_alone_has_no_verdicts(tmp_path):
    session = read_recorded(Recording(tmp_path / "a.xdf").eeg(signals()).done())
    assert session.verdicts is None
    assert (session.events, session.markers) == ((), ())


def test_markers_that_are_numbers(tmp_path):
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    codes = np.array([[33024.0], [7.0]])
    session = read_recorded(recording.add("OV", "Markers", [START, START + 1], codes).done())
    assert [mark.text for mark in session.markers] == ["33024", "7"]


def test_of_several_headsets_one_is_named(tmp_path):
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    path = recording.eeg(signals(seed=1), source_id="EPOCX-OTHER").done()
    with pytest.raises(DataError, match="--source-id") as raised:
        read_recorded(path)
    assert raised.value.__notes__[1] == (
        "EPOC (EEG, source id EPOCX-OTHER): 128 Hz, 5120 samples in 42.5 s"
    )
    assert np.array_equal(read_recorded(path, "EPOCX-OTHER").data, signals(seed=1).T)


def test_a_cut_file_is_read_as_far_as_it_goes(path, tmp_path):
    cut = tmp_path / "cut.xdf"
    cut.write_bytes(path.read_bytes()[:-100])
    session = read_recorded(cut)
    assert np.array_equal(session.data, signals().T)
    assert "cut off" in session.notes[0]
    played = read_recording(cut)
    assert np.array_equal(played.data, signals().T)
    assert "what can be read of a damaged file" in played.name


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda one: one.add("M", "Markers", [1.0], ["x"]), "no stream of type EEG"),
        (lambda one: one.eeg(signals()[:0]), "is empty"),
        (lambda one: one.eeg(np.full((2560, 14), np.nan, np.float32)), "no finite numbers"),
        (
            lambda one: one.eeg(signals(), channels=[*EPOC.ch_names[:-1], "X"]),
            "AF4 missing",
        ),
        (
            lambda one: one.eeg(signals()).add("P", "Predictions", [START], ['{"valence": 1}']),
            "rtdreamer rescore",
        ),
        (
            lambda one: one.eeg(signals()).add("P", "Predictions", [START], [
                json.dumps(prediction(START, 0, channel_quality=None))]),
            "rtdreamer rescore",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_in_one_line(tmp_path, build, words):
    path = build(Recording(tmp_path / "a.xdf")).done()
    with pytest.raises(DataError) as raised:
        read_recorded(path)
    message = str(raised.value)
    assert words in message
    assert str(path) in message
    assert "\n" not in message


def test_samples_that_are_no_numbers_are_missing(tmp_path):
    values, bad = signals(), [*range(5), 700, *range(800, 810)]
    values[:5] = np.nan
    values[700, 3] = np.inf
    values[800:810] = 1e30
    recording = Recording(tmp_path / "a.xdf").eeg(values)
    session = read_recorded(recording.add("M", "Markers", [START + 5], ["x"]).done())
    assert np.array_equal(session.data, np.delete(signals(), bad, 0).T)
    assert session.place[0] == 0
    assert session.gaps == ((695, 1), (795, 10), (GAP[0] - 5, GAP[1]))
    assert session.markers[0].seconds == pytest.approx(5 - 5 / SFREQ, abs=1e-6)
    assert session.notes == ("16 samples that are no finite numbers are missing", UNKNOWN_PAUSES)
    played = read_recording(tmp_path / "a.xdf")
    assert np.array_equal(np.flatnonzero(np.isnan(played.data[0])), bad)
    assert played.notes == (UNKNOWN_PAUSES, "16 samples not finite are sent as missing")


def test_chunks_out_of_order_are_put_right(tmp_path):
    stamps = START + np.arange(5120) / SFREQ
    parts = np.split(np.arange(5120), 80)
    parts[10], parts[30], parts[31] = parts[30], parts[31], parts[10]
    written = np.concatenate(parts)
    path = Recording(tmp_path / "a.xdf").eeg(signals()[written], stamps[written]).done()
    session = read_recorded(path)
    assert np.array_equal(session.data, signals().T)
    assert not session.gaps
    assert "out of order" in session.notes[0]
    assert np.array_equal(read_recording(path).data, signals().T)


def test_markers_on_another_clock_are_left_out(tmp_path):
    recording = Recording(tmp_path / "a.xdf").eeg(signals())
    session = read_recorded(recording.add("M", "Markers", [1.7e9, START + 1], ["x", "y"]).done())
    assert [mark.text for mark in session.markers] == ["y"]
    assert session.notes[0].startswith("1 of 2 markers left out")
