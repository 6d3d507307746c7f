import re

import numpy as np
import pytest
from scipy import io, sparse

from rtdreamer.data.dreamer_mat import DreamerFile
from rtdreamer.errors import DataError
from tests import one_line
from tests.brief_dreamer import spoil


def refusal(path):
    return one_line.refusal(DreamerFile, path)


def without(struct, field):
    kept = [name for name in struct.dtype.names if name != field]
    new = np.empty((1, 1), dtype=[(name, object) for name in kept])
    for name in kept:
        new[name] = struct[name]
    return new


def test_a_missing_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "DREAMER.mat")


def test_a_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a MAT-file\n" * 100, bytes(2000)])
def test_not_a_mat_file(tmp_path, content):
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    # Older scipy takes nothing but zeros for an old MAT-file without variables.
    assert re.search("no MAT-file|has no variable DREAMER", refusal(path))


@pytest.mark.parametrize("share", [0.0002, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert "cut short" in refusal(path)


def test_a_v73_file(tmp_path):
    path = tmp_path / "x.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(500))
    assert "-v7" in refusal(path)


def test_another_mat_file(tmp_path):
    path = tmp_path / "x.mat"
    io.savemat(path, {"data": np.zeros(3)})
    assert "has no variable DREAMER" in refusal(path)


def test_a_variable_of_that_name_that_is_no_struct(tmp_path):
    path = tmp_path / "x.mat"
    io.savemat(path, {"DREAMER": np.zeros(3)})
    assert "has no field" in refusal(path)


@pytest.mark.parametrize("field", ["Data", "EEG_SamplingRate", "EEG_Electrodes", "Provider"])
def test_a_missing_field(path, field):
    spoil(path, lambda dreamer: without(dreamer, field))
    assert f"has no field {field}" in refusal(path)


@pytest.mark.parametrize("field", ["EEG", "ECG", "ScoreArousal"])
def test_a_missing_field_of_a_subject(path, field):
    def change(dreamer):
        dreamer[0, 0]["Data"][0, 1] = without(dreamer[0, 0]["Data"][0, 1], field)
        return dreamer

    spoil(path, change)
    message = refusal(path)
    assert "subject 2" in message
    assert f"has no field {field}" in message


def test_electrodes_in_another_order(path):
    def change(dreamer):
        dreamer["EEG_Electrodes"][0, 0] = dreamer["EEG_Electrodes"][0, 0][:, ::-1]
        return dreamer

    spoil(path, change)
    assert "AF4 F8 F4" in refusal(path)


def test_another_rate(path):
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
def test_no_one_rate(path, rate, said):
    def change(dreamer):
        dreamer["EEG_SamplingRate"][0, 0] = rate
        return dreamer

    spoil(path, change)
    assert f"EEG_SamplingRate: is {said}, not" in refusal(path)


@pytest.mark.parametrize("part", ["stimuli", "baseline"])
@pytest.mark.parametrize("shape", [(14, 128), (128, 13), (0, 14), (1792,)])
def test_an_array_of_the_wrong_shape(path, part, shape):
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
def test_what_is_no_array_of_real_numbers(path, value, named):
    def change(dreamer):
        dreamer[0, 0]["Data"][0, 1]["EEG"][0, 0]["stimuli"][0, 0][1, 0] = value
        return dreamer

    spoil(path, change)
    assert f"subject 2: EEG: stimuli: trial 2: {named}" in refusal(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e300])
def test_a_value_that_is_no_voltage(path, value):
    def change(dreamer):
        dreamer[0, 0]["Data"][0, 0]["EEG"][0, 0]["stimuli"][0, 0][2, 0][9, 4] = value
        return dreamer

    spoil(path, change)
    assert f"subject 1: EEG: stimuli: trial 3: sample 10, channel 5 is {value}" in refusal(path)


@pytest.mark.parametrize("rating", [0, 6, -1, 2.5, np.nan, np.inf])
def test_a_rating_off_the_scale(path, rating):
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
def test_what_is_no_column_of_ratings(path, scores, named):
    def change(dreamer):
        dreamer[0, 0]["Data"][0, 0]["ScoreArousal"][0, 0] = scores
        return dreamer

    spoil(path, change)
    assert f"subject 1: ScoreArousal: {named}" in refusal(path)


@pytest.mark.parametrize("empty", ["Data", "EEG_Electrodes"])
def test_an_empty_cell(path, empty):
    def change(dreamer):
        dreamer[0, 0][empty][0, 1] = np.zeros((0, 0))
        return dreamer

    spoil(path, change)
    assert f"{empty}: " in refusal(path)


def test_no_subjects(path):
    def change(dreamer):
        dreamer["Data"][0, 0] = np.empty((1, 0), dtype=object)
        return dreamer

    spoil(path, change)
    assert "no subjects" in refusal(path)


@pytest.mark.parametrize("part", ["stimuli", "baseline"])
@pytest.mark.parametrize("count", [0, 17, 19])
def test_another_number_of_trials(path, part, count):
    def change(dreamer):
        cells = dreamer[0, 0]["Data"][0, 1]["EEG"][0, 0][part]
        cells[0, 0] = np.resize(cells[0, 0], (count, 1))
        return dreamer

    spoil(path, change)
    message = refusal(path)
    assert f"subject 2: EEG: {part}: has {count} trials, DREAMER has 18" in message


@pytest.mark.parametrize(("subject", "trial"), [(3, 1), (1, 19), (0, 1)])
def test_a_trial_that_is_not_there(path, subject, trial):
    with pytest.raises(DataError, match="choose one of 1 to"):
        DreamerFile(path).trial(subject, trial)
