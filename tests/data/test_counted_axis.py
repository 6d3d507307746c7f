"""A session's axis against when its samples were truly measured, and against what live counted."""

import json

import numpy as np
import pytest

from rtdreamer.data.counted_axis import counted_axis
from rtdreamer.data.recording import read_recording
from rtdreamer.data.session import read_recorded
from rtdreamer.data.session_file import read_session
from rtdreamer.data.xdf_moments import Arrivals
from rtdreamer.data.xdf_sensors import UNKNOWN_PAUSES
from rtdreamer.live.recorded_session import from_log
from rtdreamer.live.rescore import compare, rescore
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.released import load_live
from rtdreamer.stream.clock import MAX_LAG_S
from rtdreamer.stream.timeline import Timeline
from tests.recorded_here import EPOC, Wire, made_up, record
from tests.recorded_sessions import CHUNK_LOG, START, Recording, prediction

SFREQ, SIZE, LATE_S = 128, 8, 0.005
STAMPS = ["right", "go on", "stand still", "jump back", "no numbers"]


class Paused:
    """Samples of a headset that paused now and then, of which its stamps may tell nothing.

    ``true`` is when each was measured, ``first`` are those before which nothing was.
    """

    def __init__(self, seed, how, n_pauses=3, sfreq=SFREQ):
        n_times = 40 * sfreq
        rng = np.random.default_rng(seed)
        at = (10 + np.cumsum(rng.integers(6, 9, n_pauses))) * sfreq - rng.integers(0, 2 * sfreq)
        self.first = at // SIZE * SIZE
        self.pauses = rng.uniform(MAX_LAG_S + 0.3, 9, n_pauses)
        n = np.arange(n_times)
        lost = np.zeros(n_times)
        lost[self.first] = self.pauses
        even = START + n / sfreq
        self.true = even + np.cumsum(lost)
        self.received = self.true[SIZE - 1 :: SIZE] + LATE_S
        self.stamps = (even if how == "go on" else self.true).copy()
        for first in self.first.tolist():
            if how == "stand still":
                self.stamps[first : first + sfreq // 2] = self.stamps[first - 1]
            elif how == "jump back":
                self.stamps[first:] -= rng.uniform(20, 500)
            elif how == "no numbers":
                self.stamps[first : first + sfreq // 2] = np.nan
        self.values, _ = made_up(n_times, sfreq)
        self.bad = rng.choice(n_times, 5, replace=False)

    @property
    def arrivals(self):
        n = len(self.received)
        return Arrivals(np.full(n, SIZE), np.zeros(n, np.int64), self.received)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("how", STAMPS)
def test_each_sample_is_found_at_the_moment_it_was_measured(how, counts):
    for seed in range(3):
        headset = Paused(seed, how)
        data = headset.values[:, 2:].T.astype(np.float64)
        data[3, headset.bad] = np.nan
        counter = headset.values[:, 0].astype(np.float64) if counts else None
        axis, live, _ = counted_axis(data, headset.stamps, counter, headset.arrivals, SFREQ)
        found = axis.samples(axis.seconds(headset.true))
        assert np.abs(found - np.arange(len(found))).max() < 2
        assert (np.diff(axis.place) > 0).all()
        assert (np.diff(live.number) > 0).all()
        # As long as it was: a counter tells all but whole seconds.
        unsure = 0.5 * len(headset.pauses) if counts else 0.05
        true_s = headset.true[-1] - headset.true[0]
        assert axis.place[-1] / SFREQ == pytest.approx(true_s, abs=unsure)
        assert set(headset.first) == {gap.sample for gap in axis.gaps}


def test_what_was_lost_after_samples_were_held_up_is_missing_where_it_was():
    headset = Paused(2, "right", n_pauses=0)
    kept = np.r_[0:2000, 2100:5120]
    n_chunks = len(kept) // SIZE
    true = headset.true[kept[: n_chunks * SIZE]]
    received = true[SIZE - 1 :: SIZE] + LATE_S
    held = (true[::SIZE] > START + 12) & (true[::SIZE] < START + 14.5)
    received[held] = received[held][-1] + np.arange(held.sum()) / 1e3
    arrivals = Arrivals(np.full(n_chunks, SIZE), np.zeros(n_chunks, np.int64), received)
    data = headset.values[kept[: n_chunks * SIZE], 2:].T.astype(np.float64)
    axis, _, _ = counted_axis(data, true, None, arrivals, SFREQ)
    assert [(gap.sample, gap.seconds) for gap in axis.gaps] == [(2000, 100 / SFREQ)]


@pytest.mark.parametrize("how", STAMPS)
def test_numbers_are_those_that_the_timeline_counts(how):
    headset = Paused(11, how)
    wire = Wire(headset.values, headset.stamps, SIZE, np.repeat(headset.received, SIZE))
    timeline, n_came = Timeline(EPOC), 0
    timeline.start_source(SFREQ)
    for chunk in wire.chunks:
        n_came += sum(piece.n_times - piece.n_bridged for piece in timeline.take(chunk))
    data = headset.values[:, 2:].T.astype(np.float64)
    counter = headset.values[:, 0].astype(np.float64)
    _, found, _ = counted_axis(data, headset.stamps, counter, headset.arrivals, SFREQ)
    assert n_came == len(found.number)
    assert found.number[-1] + 1 - n_came == timeline.missing > 0


@pytest.fixture(scope="module")
def model():
    return load_live("simulated-100-ridge")


@pytest.mark.parametrize(("how", "sfreq"), [("go on", 128), ("jump back", 128), ("go on", 256)])
def test_predictions_and_eeg_of_a_session_lie_on_one_axis(tmp_path, model, how, sfreq):
    headset = Paused(5, how, n_pauses=1, sfreq=sfreq)
    received = np.repeat(headset.received, SIZE)
    wire = Wire(headset.values, headset.stamps, SIZE, received, sfreq)
    path = record(tmp_path, Classifier.ready(model, 64), [wire], 64)
    session, recorded = read_recorded(path), from_log(read_session(path, synchronise=False))
    made = rescore(recorded, Classifier.ready(model, 64), 64, at_its_pace=True)
    assert compare(recorded.predictions, made).is_same
    # Of each prediction: how many samples had come.
    last, ratio = recorded.predictions[-1], sfreq // SFREQ
    n_came = np.array([p["sample"] + 1 - p["missing"] for p in recorded.predictions]) * ratio
    n_missing = session.place[-1] - (len(session.place) - 1)
    assert 0 < last["missing"] == pytest.approx(n_missing / ratio, abs=1)
    # The filter that halves the rate answers 13 samples late.
    late = 13 * (ratio - 1)
    assert np.array_equal(session.verdicts.seconds * sfreq, session.place[n_came - 1] - late)
    assert UNKNOWN_PAUSES not in session.notes


def test_markers_of_a_file_lie_where_its_eeg_was_measured_or_the_doubt_is_said(tmp_path):
    headset = Paused(7, "go on")
    eeg = headset.values[:, 2:]
    moments = headset.true[[200, *(headset.first + 30), 5000]]
    log = np.array([[k, 0, SIZE, at, 0] for k, at in enumerate(headset.received)], float)
    for known in (True, False):
        recording = Recording(tmp_path / f"{known}.xdf").eeg(eeg, headset.stamps)
        recording.add("M", "Markers", moments, list("abcde"))
        if known:
            recording.add("rtdreamer-Chunks", "Session", log[:, 3], log, CHUNK_LOG)
        path = recording.done()
        session, plain = read_recorded(path), read_recording(path)
        assert (UNKNOWN_PAUSES in session.notes) == (UNKNOWN_PAUSES in plain.notes) != known
        if known:
            at = [200, *(headset.first + 30), 5000]
            there = [one.seconds * SFREQ for one in session.markers]
            assert there == pytest.approx(session.place[at], abs=2)
            assert [one.sample for one in plain.markers] == pytest.approx(at, abs=2)


@pytest.mark.parametrize("n_more", [-2, 2])
def test_a_recording_that_was_broken_off_between_eeg_and_log_is_counted_too(tmp_path, n_more):
    headset = Paused(3, "go on")
    log = np.array([[k, 0, SIZE, at, 0] for k, at in enumerate(headset.received)], float)
    n_times = len(headset.values) - 2 * SIZE
    recording = Recording(tmp_path / "a.xdf").eeg(headset.values[:n_times, 2:],
                                                  headset.stamps[:n_times])  # fmt: skip
    log = log[: n_times // SIZE + n_more]
    recording.add("rtdreamer-Chunks", "Session", log[:, 3], log, CHUNK_LOG)
    gaps = read_recorded(recording.done()).gaps
    assert [n / SFREQ for _, n in gaps] == pytest.approx(headset.pauses, abs=0.05)


def test_where_another_version_counted_otherwise_stamps_place_predictions(tmp_path):
    recording = Recording(tmp_path / "a.xdf")
    stamps = START + np.arange(2560) / SFREQ
    recording.eeg(made_up(2560)[0][:, 2:], stamps)
    log = np.array([[k, 0, 16, at, 0] for k, at in enumerate(stamps[15::16])], float)
    recording.add("rtdreamer-Chunks", "Session", log[:, 3], log, CHUNK_LOG)
    made = [json.dumps(prediction(stamps[k], k + 640)) for k in range(1280, 2560, 64)]
    recording.add("EPOC-Predictions", "Predictions", stamps[1280::64], made)
    session = read_recorded(recording.done())
    assert session.verdicts.seconds == pytest.approx(stamps[1280::64] - START)
    assert any("counted otherwise" in note for note in session.notes)
