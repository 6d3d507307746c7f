"""Each fault of a DREAMER.mat ends the real command with one line that helps."""

import numpy as np
import pytest
from numpy.lib.recfunctions import drop_fields
from scipy import io

from rtdreamer.cli.main import run
from rtdreamer.data import simulated
from rtdreamer.data.dreamer_mat import DreamerFile, write_dreamer


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two simulated people who watch each clip for a second."""
    path = tmp_path_factory.mktemp("data") / "whole.mat"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "CLIP_SECONDS", (1,) * 18)
        patch.setattr(simulated, "BASELINE_SECONDS", 1)
        write_dreamer(path, simulated.SimulatedDreamer(2))
    return path.read_bytes()


@pytest.fixture
def bad(whole, tmp_path):
    path = tmp_path / "BAD.mat"
    path.write_bytes(whole)
    return path


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1000])


def make_another_mat_file(path):
    io.savemat(path, {"EEG": np.zeros((128, 14))})


def make_no_mat_file(path):
    path.write_text("subject,trial,valence\n" * 100, encoding="utf-8")


def make_v73(path):
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(1000))


def changed(change):
    """Break a file through its contents: ``change(dreamer, second_person)`` edits in place."""

    def spoil(path):
        dreamer = io.loadmat(path)["DREAMER"]
        dreamer = change(dreamer, dreamer[0, 0]["Data"][0, 1])
        io.savemat(path, {"DREAMER": dreamer})

    return spoil


@changed
def drop_ecg(dreamer, person):
    dreamer[0, 0]["Data"][0, 1] = drop_fields(person, "ECG")
    return dreamer


@changed
def drop_electrodes(dreamer, person):
    return drop_fields(dreamer, "EEG_Electrodes")


@changed
def spoil_a_sample(dreamer, person):
    person["EEG"][0, 0]["stimuli"][0, 0][3, 0][99, 13] = np.nan
    return dreamer


@changed
def swap_electrodes(dreamer, person):
    names = dreamer[0, 0]["EEG_Electrodes"]
    names[0, [0, 1]] = names[0, [1, 0]]
    return dreamer


@changed
def double_the_rate(dreamer, person):
    dreamer[0, 0]["EEG_SamplingRate"][:] = 256
    return dreamer


def leave_trials(count):
    @changed
    def change(dreamer, person):
        for part in ("stimuli", "baseline"):
            cells = person["EEG"][0, 0][part]
            cells[0, 0] = cells[0, 0][:count]
        for field in ("ScoreValence", "ScoreArousal", "ScoreDominance"):
            person[field][0, 0] = person[field][0, 0][:count]
        return dreamer

    return change


def rate(rating):
    @changed
    def change(dreamer, person):
        scores = person["ScoreValence"][0, 0].astype(float)
        scores[17] = rating
        person["ScoreValence"][0, 0] = scores
        return dreamer

    return change


FAULTS = {
    "truncated": (truncate, "cut short", "get it again"),
    "no MAT-file": (make_no_mat_file, "is no MAT-file", "get it again"),
    "not DREAMER": (make_another_mat_file, "has no variable DREAMER", "use DREAMER.mat"),
    "v7.3": (make_v73, "is a v7.3 (HDF5) file", "re-save it in MATLAB with -v7"),
    "no ECG": (drop_ecg, "subject 2: has no field ECG", "use DREAMER.mat"),
    "no electrodes": (drop_electrodes, "has no field EEG_Electrodes", "use DREAMER.mat"),
    "NaN": (spoil_a_sample, "trial 4: sample 100, channel 14 is nan", "use DREAMER.mat"),
    "order": (swap_electrodes, "are F7 AF3 F3", "not AF3 F7 F3"),
    "rate": (double_the_rate, "is 256, ", "not 128 Hz"),
    "0 trials": (leave_trials(0), "stimuli: has 0 trials", "DREAMER has 18"),
    "17 trials": (leave_trials(17), "stimuli: has 17 trials", "DREAMER has 18"),
    "rated 0": (rate(0), "ScoreValence: trial 18: is rated 0", "whole number 1 to 5"),
    "rated 6": (rate(6), "ScoreValence: trial 18: is rated 6", "whole number 1 to 5"),
    "rated 2.5": (rate(2.5), "ScoreValence: trial 18: is rated 2.5", "whole number 1 to 5"),
}


def assert_helpful(messages, path, found, to_do):
    assert messages.count("\n") == 1
    for said in (str(path), found, to_do):
        assert said in messages


@pytest.mark.parametrize(("spoil", "found", "to_do"), FAULTS.values(), ids=FAULTS)
def test_training_on_a_bad_file_says_what_is_wrong(bad, spoil, found, to_do, capsys):
    spoil(bad)
    out = bad.with_name("x.safetensors")
    assert run(["train", "--data", str(bad), "--out", str(out)]) == 2
    assert_helpful(capsys.readouterr().err, bad, found, to_do)
    assert list(bad.parent.iterdir()) == [bad]


def test_a_process_of_its_own_says_the_same(bad, start, finish):
    leave_trials(17)(bad)
    out = bad.with_name("x.safetensors")
    code, _, messages = finish(start("train", "--data", bad, "--out", out))
    assert code == 2
    assert_helpful(messages, bad, "has 17 trials", "DREAMER has 18")


def test_the_same_file_without_a_fault_is_read(bad):
    changed(lambda dreamer, person: dreamer)(bad)
    assert DreamerFile(bad).subjects == (1, 2)
