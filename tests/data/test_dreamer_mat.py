import re
import zlib
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import io, sparse

from rtdreamer.data.dreamer_mat import DreamerFile, write_dreamer
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.trials import dreamer_trial
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

FIELDS = (
    "Data", "EEG_SamplingRate", "ECG_SamplingRate", "EEG_Electrodes", "noOfSubjects",
    "noOfVideoSequences", "Disclaimer", "Provider", "Version", "Acknowledgement",
)  # fmt: skip
SUBJECT_FIELDS = (
    "Age", "Gender", "EEG", "ECG", "ScoreValence", "ScoreArousal", "ScoreDominance",
)  # fmt: skip


@dataclass
class Brief:
    """Two people, 18 trials of about a second."""

    name: str = "two people for a second"
    people: str = "two people"
    clips: str = "two people"
    simulated: bool = True
    subjects: tuple[int, ...] = (1, 2)
    trials: tuple[int, ...] = tuple(range(1, 19))

    def trial(self, subject, trial):
        rng = np.random.default_rng([subject, trial])
        ratings = rng.integers(1, 6, 3).tolist()
        eeg = rng.normal(4200, 20, (14, 128 + trial)), rng.normal(4200, 20, (14, 64))
        return dreamer_trial(subject, trial, *eeg, ratings)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "DREAMER.mat"
    write_dreamer(path, Brief())
    return path


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


class TestWriting:
    def test_progress_counts_every_trial(self, tmp_path):
        told = []
        write_dreamer(tmp_path / "x.mat", Brief(), lambda done, total: told.append((done, total)))
        assert told == [(number, 36) for number in range(1, 37)]

    def test_only_one_subject_is_held_at_a_time(self, tmp_path):
        asked = []

        class Watched(Brief):
            def trial(self, subject, trial):
                asked.append((subject, trial, (tmp_path / "x.mat").exists()))
                written = sum(part.stat().st_size for part in tmp_path.rglob("plain.mat"))
                if subject == 2:
                    assert written > 18 * 128 * 14 * 8  # the first subject has left
                return super().trial(subject, trial)

        # The stream's own buffer is smaller than a subject.
        write_dreamer(tmp_path / "x.mat", Watched())
        assert asked == [(s, t, False) for s in (1, 2) for t in Brief.trials]

    def test_a_failure_leaves_the_older_file_and_nothing_else(self, path):
        before = path.read_bytes()

        class Failing(Brief):
            def trial(self, subject, trial):
                if (subject, trial) == (2, 2):
                    raise DataError("no more")
                return super().trial(subject, trial)

        with pytest.raises(DataError, match="no more"):
            write_dreamer(path, Failing())
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]

    def test_too_many_subjects_are_refused_after_the_first(self, path):
        before, asked = path.read_bytes(), []

        class Crowd(Brief):
            def trial(self, subject, trial):
                assert subject == 1
                asked.append(trial)
                return super().trial(subject, trial)

        with pytest.raises(DataError, match=r"60000 subjects.* write at most \d+$") as caught:
            write_dreamer(path, Crowd(subjects=tuple(range(1, 60_001))))
        n_times = sum(128 + trial + 64 for trial in Brief.trials)
        fitting = int(str(caught.value).split()[-1])
        assert fitting == pytest.approx(2**32 / (n_times * 8 * (14 + 4)), rel=0.011)
        assert asked == list(Brief.trials)
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]

    def test_the_size_foreseen_is_the_size_written(self, tmp_path):
        source = Brief(trials=(6000, 7000))
        written = []

        class Watched(Brief):
            def trial(self, subject, trial):
                written.extend(part.stat().st_size for part in tmp_path.rglob("plain.mat"))
                return super().trial(subject, trial)

        write_dreamer(tmp_path / "x.mat", Watched(subjects=(1, 2, 3), trials=source.trials))
        n_times = sum(128 + trial + 64 for trial in source.trials)
        assert written[-1] - written[2] == pytest.approx(n_times * 8 * (14 + 4), rel=0.01)

    def test_a_missing_folder_is_reported(self, tmp_path):
        with pytest.raises(DataError, match="cannot be written"):
            write_dreamer(tmp_path / "none" / "x.mat", Brief())


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


def spoil(path, change):
    """Read a good file, change it, and write it again in the plain manner."""
    dreamer = io.loadmat(path)["DREAMER"]
    io.savemat(path, {"DREAMER": change(dreamer)})


def refusal(path):
    with pytest.raises(DataError) as caught:
        DreamerFile(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def without(struct, field):
    kept = [name for name in struct.dtype.names if name != field]
    new = np.empty((1, 1), dtype=[(name, object) for name in kept])
    for name in kept:
        new[name] = struct[name]
    return new


class TestRefusals:
    def test_a_missing_file(self, tmp_path):
        assert "no such file" in refusal(tmp_path / "DREAMER.mat")

    def test_a_folder(self, tmp_path):
        assert "is a folder" in refusal(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"not a MAT-file\n" * 100, bytes(2000)])
    def test_not_a_mat_file(self, tmp_path, content):
        path = tmp_path / "x.mat"
        path.write_bytes(content)
        # Older scipy takes nothing but zeros for an old MAT-file without variables.
        assert re.search("no MAT-file|has no variable DREAMER", refusal(path))

    @pytest.mark.parametrize("share", [0.0002, 0.01, 0.3, 0.9, 0.999])
    def test_a_truncated_file(self, path, share):
        data = path.read_bytes()
        path.write_bytes(data[: int(share * len(data))])
        assert "cut short" in refusal(path)

    def test_a_v73_file(self, tmp_path):
        path = tmp_path / "x.mat"
        path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(500))
        assert "-v7" in refusal(path)

    def test_another_mat_file(self, tmp_path):
        path = tmp_path / "x.mat"
        io.savemat(path, {"data": np.zeros(3)})
        assert "has no variable DREAMER" in refusal(path)

    def test_a_variable_of_that_name_that_is_no_struct(self, tmp_path):
        path = tmp_path / "x.mat"
        io.savemat(path, {"DREAMER": np.zeros(3)})
        assert "has no field" in refusal(path)

    @pytest.mark.parametrize("field", ["Data", "EEG_SamplingRate", "EEG_Electrodes", "Provider"])
    def test_a_missing_field(self, path, field):
        spoil(path, lambda dreamer: without(dreamer, field))
        assert f"has no field {field}" in refusal(path)

    @pytest.mark.parametrize("field", ["EEG", "ECG", "ScoreArousal"])
    def test_a_missing_field_of_a_subject(self, path, field):
        def change(dreamer):
            dreamer[0, 0]["Data"][0, 1] = without(dreamer[0, 0]["Data"][0, 1], field)
            return dreamer

        spoil(path, change)
        message = refusal(path)
        assert "subject 2" in message
        assert f"has no field {field}" in message

    def test_electrodes_in_another_order(self, path):
        def change(dreamer):
            dreamer["EEG_Electrodes"][0, 0] = dreamer["EEG_Electrodes"][0, 0][:, ::-1]
            return dreamer

        spoil(path, change)
        assert "AF4 F8 F4" in refusal(path)

    def test_another_rate(self, path):
        def change(dreamer):
            dreamer["EEG_SamplingRate"][0, 0] = np.array([[256.0]])
            return dreamer

        spoil(path, change)
        message = refusal(path)
        assert "256" in message
        assert "not 128 Hz" in message

    @pytest.mark.parametrize(
        ("rate", "said"), [(np.zeros((0, 0)), "empty"), (np.full((1, 2), 128.0), "128 128")]
    )
    def test_no_one_rate(self, path, rate, said):
        def change(dreamer):
            dreamer["EEG_SamplingRate"][0, 0] = rate
            return dreamer

        spoil(path, change)
        assert f"EEG_SamplingRate: is {said}, not" in refusal(path)

    @pytest.mark.parametrize("part", ["stimuli", "baseline"])
    @pytest.mark.parametrize("shape", [(14, 128), (128, 13), (0, 14), (1792,)])
    def test_an_array_of_the_wrong_shape(self, path, part, shape):
        def change(dreamer):
            dreamer[0, 0]["Data"][0, 1]["EEG"][0, 0][part][0, 0][1, 0] = np.zeros(shape)
            return dreamer

        spoil(path, change)
        message = refusal(path)
        assert f"subject 2: EEG: {part}: trial 2" in message
        assert "not samples × 14" in message

    @pytest.mark.parametrize(
        ("value", "named"),
        [
            (np.zeros((0, 0)), "has shape (0, 0)"),
            (np.full((128, 14), 1j), "holds complex numbers"),
            ("flat", "holds text"),
            (np.full((2, 14), 1.0, dtype=object), "holds cells"),
            (np.zeros((1, 1), dtype=[("data", object)]), "holds a struct"),
            (sparse.csc_array(np.eye(14)), "holds no array"),
        ],
    )
    def test_what_is_no_array_of_real_numbers(self, path, value, named):
        def change(dreamer):
            dreamer[0, 0]["Data"][0, 1]["EEG"][0, 0]["stimuli"][0, 0][1, 0] = value
            return dreamer

        spoil(path, change)
        assert f"subject 2: EEG: stimuli: trial 2: {named}" in refusal(path)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e300])
    def test_a_value_that_is_no_voltage(self, path, value):
        def change(dreamer):
            dreamer[0, 0]["Data"][0, 0]["EEG"][0, 0]["stimuli"][0, 0][2, 0][9, 4] = value
            return dreamer

        spoil(path, change)
        assert f"subject 1: EEG: stimuli: trial 3: sample 10, channel 5 is {value}" in refusal(path)

    @pytest.mark.parametrize("rating", [0, 6, -1, 2.5, np.nan, np.inf])
    def test_a_rating_off_the_scale(self, path, rating):
        def change(dreamer):
            scores = dreamer[0, 0]["Data"][0, 0]["ScoreArousal"][0, 0].astype(float)
            scores[1, 0] = rating
            dreamer[0, 0]["Data"][0, 0]["ScoreArousal"][0, 0] = scores
            return dreamer

        spoil(path, change)
        assert f"subject 1: ScoreArousal: trial 2: is rated {rating:g}, not" in refusal(path)

    @pytest.mark.parametrize(
        ("scores", "named"),
        [
            ("high", "holds text"),
            (np.full((18, 1), 3 + 0j), "holds complex numbers"),
            (np.full((18, 1), "high", dtype=object), "holds cells"),
            (np.zeros((0, 0)), "has 0 ratings, DREAMER has 18"),
            (np.full((17, 1), 3), "has 17 ratings, DREAMER has 18"),
            (np.full((18, 2), 3), "has 36 ratings, DREAMER has 18"),
        ],
    )
    def test_what_is_no_column_of_ratings(self, path, scores, named):
        def change(dreamer):
            dreamer[0, 0]["Data"][0, 0]["ScoreArousal"][0, 0] = scores
            return dreamer

        spoil(path, change)
        assert f"subject 1: ScoreArousal: {named}" in refusal(path)

    @pytest.mark.parametrize("empty", ["Data", "EEG_Electrodes"])
    def test_an_empty_cell(self, path, empty):
        def change(dreamer):
            dreamer[0, 0][empty][0, 1] = np.zeros((0, 0))
            return dreamer

        spoil(path, change)
        assert f"{empty}: " in refusal(path)

    def test_no_subjects(self, path):
        def change(dreamer):
            dreamer["Data"][0, 0] = np.empty((1, 0), dtype=object)
            return dreamer

        spoil(path, change)
        assert "no subjects" in refusal(path)

    @pytest.mark.parametrize("part", ["stimuli", "baseline"])
    @pytest.mark.parametrize("count", [0, 17, 19])
    def test_another_number_of_trials(self, path, part, count):
        def change(dreamer):
            cells = dreamer[0, 0]["Data"][0, 1]["EEG"][0, 0][part]
            cells[0, 0] = np.resize(cells[0, 0], (count, 1))
            return dreamer

        spoil(path, change)
        message = refusal(path)
        assert f"subject 2: EEG: {part}: has {count} trials, DREAMER has 18" in message

    @pytest.mark.parametrize(("subject", "trial"), [(3, 1), (1, 19), (0, 1)])
    def test_a_trial_that_is_not_there(self, path, subject, trial):
        with pytest.raises(DataError, match="choose one of 1 to"):
            DreamerFile(path).trial(subject, trial)
