"""A file of v7.3 is compared with the same one of level 5, which scipy wrote."""

import sys

import numpy as np
import pytest
from scipy import io

from rtdreamer.data.dreamer_mat import DreamerFile
from rtdreamer.errors import DataError
from tests import brief_dreamer, one_line

pytest.importorskip("h5py")
from tests.mat_hdf5_bytes import convert


@pytest.fixture
def modern(path):
    """The brief file as v7.3, beside the other one."""
    convert(path, path.with_stem("modern"))
    return path.with_stem("modern")


def refusal(path):
    return one_line.refusal(DreamerFile, path)


def test_both_are_the_same_dreamer(path, modern):
    one, other = DreamerFile(path), DreamerFile(modern)
    assert (one.subjects, one.trials, one.people, one.simulated, one.clips) == (
        other.subjects, other.trials, other.people, other.simulated, other.clips
    )  # fmt: skip
    for subject in one.subjects:
        for number in one.trials:
            trial, same = one.trial(subject, number), other.trial(subject, number)
            assert np.array_equal(trial.eeg, same.eeg)
            assert np.array_equal(trial.baseline, same.baseline)
            assert trial.ratings == same.ratings


def changed(field, value):
    def change(dreamer):
        dreamer[0, 0][field] = value
        return dreamer

    return change


def changed_person(change):
    def spoil(dreamer):
        change(dreamer[0, 0]["Data"][0, 1])
        return dreamer

    return spoil


@changed_person
def with_a_nan(person):
    person["EEG"][0, 0]["stimuli"][0, 0][3, 0][99, 13] = np.nan


@changed_person
def with_complex_eeg(person):
    person["EEG"][0, 0]["baseline"][0, 0][3, 0] = np.full((5, 14), 1j)


@changed_person
def with_three_channels(person):
    person["EEG"][0, 0]["stimuli"][0, 0][0, 0] = np.ones((128, 3))


@changed_person
def with_an_empty_trial(person):
    person["EEG"][0, 0]["stimuli"][0, 0][0, 0] = np.ones((0, 14))


@changed_person
def with_a_rating_of_six(person):
    person["ScoreValence"][0, 0][17] = 6


FAULTS = {
    "rate": changed("EEG_SamplingRate", np.array([[256.0]])),
    "electrodes": changed("EEG_Electrodes", np.ones((1, 14))),
    "no people": changed("Data", np.empty((1, 0), object)),
    "text": changed("EEG_SamplingRate", np.array(["128"])),
    "NaN": with_a_nan,
    "complex": with_complex_eeg,
    "channels": with_three_channels,
    "empty": with_an_empty_trial,
    "rating": with_a_rating_of_six,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_both_are_refused_alike(path, fault):
    brief_dreamer.spoil(path, FAULTS[fault])
    modern = path.with_stem("modern")
    convert(path, modern)
    assert refusal(modern) == refusal(path).replace(str(path), str(modern))


def test_a_file_without_the_variable(path, modern):
    import h5py

    with h5py.File(modern, "r+") as file:
        file.move("DREAMER", "OTHER")
    assert "has no variable DREAMER" in refusal(modern)


@pytest.mark.parametrize("share", [0.002, 0.3, 0.9])
def test_a_file_that_is_cut(modern, share):
    content = modern.read_bytes()
    modern.write_bytes(content[: int(share * len(content))])
    message = refusal(modern)
    assert "is a v7.3 (HDF5) file, cut short, damaged" in message or "is no MAT-file" in message


def test_cells_that_hold_each_other(modern):
    import h5py

    with h5py.File(modern, "r+") as file:
        cells = file["DREAMER/Data"]
        cells[0, 0] = cells.ref
    assert "damaged" in refusal(modern)


def test_another_process_may_read_it(modern):
    make, arguments = DreamerFile(modern).__reduce__()
    assert make(*arguments).trial(1, 1).eeg.shape == DreamerFile(modern).trial(1, 1).eeg.shape


def test_a_file_that_was_changed_in_the_meantime(path, modern):
    opened = DreamerFile(modern)
    modern.write_bytes(modern.read_bytes() + b"more")
    with pytest.raises(DataError, match="was changed since it was opened"):
        opened.trial(1, 1)


def test_without_h5py_it_is_said_what_to_do(modern, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    message = refusal(modern)
    assert 'pip install "rtdreamer[hdf5]"' in message
    assert "re-save it in MATLAB with -v7 (in Octave: save -v7)" in message


def test_the_converted_file_is_of_the_other_kind(path, modern):
    with pytest.raises(NotImplementedError, match="HDF"):
        io.loadmat(modern)
