import zlib

import numpy as np
import pytest
from scipy import io

from rtdreamer.data.dreamer_mat import DreamerFile, write_dreamer
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.headset import EPOC
from tests.brief_dreamer import Brief, spoil

FIELDS = (
    "Data", "EEG_SamplingRate", "ECG_SamplingRate", "EEG_Electrodes", "noOfSubjects",
    "noOfVideoSequences", "Disclaimer", "Provider", "Version", "Acknowledgement",
)  # fmt: skip
SUBJECT_FIELDS = (
    "Age", "Gender", "EEG", "ECG", "ScoreValence", "ScoreArousal", "ScoreDominance",
)  # fmt: skip


def assert_same(trial, other):
    assert np.array_equal(trial.eeg, other.eeg)
    assert np.array_equal(trial.baseline, other.baseline)
    for what in ("subject", "stimulus", "session", "ratings"):
        assert getattr(trial, what) == getattr(other, what)


def test_what_is_written_is_read_back(path):
    file = DreamerFile(path)
    assert file.name == str(path)
    assert (file.subjects, file.trials) == ((1, 2), Brief.trials)
    for subject in file.subjects:
        for trial in file.trials:
            assert_same(file.trial(subject, trial), Brief().trial(subject, trial))


def test_a_file_can_be_written_from_a_file(path, tmp_path):
    again = tmp_path / "again.mat"
    write_dreamer(again, DreamerFile(path))
    assert_same(DreamerFile(again).trial(2, 3), Brief().trial(2, 3))


def test_a_simulation_stays_marked_as_one(path, tmp_path):
    assert DreamerFile(path).simulated
    assert "SIMULATED" in io.loadmat(path)["DREAMER"][0, 0]["Provider"][0]
    assert DreamerFile(path).people == DreamerFile(path).clips == Brief.people
    measured = tmp_path / "measured.mat"
    write_dreamer(measured, Brief(simulated=False))
    assert not DreamerFile(measured).simulated
    assert DreamerFile(measured).clips == "DREAMER"


@pytest.mark.slow
def test_a_full_simulated_subject_survives(tmp_path):
    source, path = SimulatedDreamer(1), tmp_path / "DREAMER.mat"
    write_dreamer(path, source)
    dreamer = io.loadmat(path)["DREAMER"][0, 0]
    eeg, ecg = dreamer["Data"][0, 0][0, 0]["EEG"], dreamer["Data"][0, 0][0, 0]["ECG"]
    assert eeg[0, 0]["stimuli"][0, 0].shape == (25472, 14)
    assert eeg[0, 0]["baseline"][0, 0].shape == (7808, 14)
    assert ecg[0, 0]["stimuli"][0, 0].shape == (50944, 2)
    assert ecg[0, 0]["baseline"][0, 0].shape == (15616, 2)
    file = DreamerFile(path)
    for trial in (1, 6, 18):
        assert_same(file.trial(1, trial), source.trial(1, trial))


class TestLayout:
    def test_fields_are_in_the_published_order(self, path):
        dreamer = io.loadmat(path)["DREAMER"]
        assert dreamer.shape == (1, 1)
        assert dreamer.dtype.names == FIELDS
        assert dreamer[0, 0]["Data"].shape == (1, 2)
        assert dreamer[0, 0]["Data"][0, 0].dtype.names == SUBJECT_FIELDS
        assert dreamer[0, 0]["Data"][0, 0]["EEG"][0, 0].dtype.names == ("baseline", "stimuli")
        assert dreamer[0, 0]["Data"][0, 0]["ECG"][0, 0].dtype.names == ("baseline", "stimuli")

    def test_by_names(self, path):
        dreamer = io.loadmat(path)["DREAMER"][0, 0]
        assert dreamer["EEG_SamplingRate"][0, 0] == 128
        assert dreamer["ECG_SamplingRate"][0, 0] == 256
        assert dreamer["noOfSubjects"][0, 0] == 2
        assert dreamer["noOfVideoSequences"][0, 0] == 18
        assert dreamer["EEG_Electrodes"].shape == (1, 14)
        assert tuple(cell[0] for cell in dreamer["EEG_Electrodes"][0]) == EPOC.ch_names
        subject, trial = dreamer["Data"][0, 1], Brief().trial(2, 3)
        assert subject["EEG"][0, 0]["stimuli"][0, 0].shape == (18, 1)
        stimuli = subject["EEG"][0, 0]["stimuli"][0, 0][2, 0]
        assert stimuli.dtype == np.float64
        assert np.array_equal(stimuli, trial.eeg.T)
        assert np.array_equal(subject["EEG"][0, 0]["baseline"][0, 0][2, 0], trial.baseline.T)
        scores = subject["ScoreValence"][0, 0]
        assert (scores.shape, scores.dtype) == ((18, 1), np.uint8)
        assert scores[2, 0] == trial.ratings["valence"]
        assert subject["Gender"][0, 0].shape == (1,)

    def test_by_positions(self, path):
        data = io.loadmat(path)["DREAMER"][0, 0][0]
        trial = Brief().trial(1, 2)
        assert np.array_equal(data[0, 0][0][0][2][0, 0][1][1, 0], trial.eeg.T)
        assert np.array_equal(data[0, 0][0][0][2][0, 0][0][1, 0], trial.baseline.T)
        assert data[0, 0][0][0][5][1, 0] == trial.ratings["arousal"]

    def test_squeezed(self, path):
        dreamer = io.loadmat(path, squeeze_me=True, struct_as_record=False)["DREAMER"]
        trial = Brief().trial(2, 1)
        assert dreamer._fieldnames == list(FIELDS)
        assert np.array_equal(dreamer.Data[1].EEG.stimuli[0], trial.eeg.T)
        assert dreamer.Data[1].ScoreDominance[0] == trial.ratings["dominance"]
        assert list(dreamer.EEG_Electrodes) == list(EPOC.ch_names)
        record = io.loadmat(path, squeeze_me=True, struct_as_record=True)["DREAMER"]
        assert np.array_equal(record["Data"][()][1]["EEG"][()]["stimuli"][()][0], trial.eeg.T)

    def test_the_one_variable_is_compressed(self, path):
        data = path.read_bytes()
        kind, n_bytes = np.frombuffer(data, np.uint32, 2, offset=128)
        assert kind == 15
        assert len(data) == 128 + 8 + n_bytes
        assert np.frombuffer(zlib.decompress(data[136:]), np.uint32, 1)[0] == 14  # a matrix


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.float32])
def test_whole_numbers_may_be_packed_in_fewer_bytes(path, dtype):
    def change(dreamer):
        eeg = dreamer[0, 0]["Data"][0, 0]["EEG"][0, 0]["stimuli"][0, 0]
        eeg[2, 0] = np.arange(128 * 14).reshape(128, 14).astype(dtype)
        dreamer[0, 0]["Data"][0, 0]["ScoreValence"][0, 0] = np.full((18, 1), 4, dtype)
        return dreamer

    spoil(path, change)
    trial = DreamerFile(path).trial(1, 3)
    assert trial.eeg.dtype == np.float64
    assert np.array_equal(trial.eeg.T.ravel(), np.arange(128 * 14).astype(dtype))
    assert trial.ratings["valence"] == 4
