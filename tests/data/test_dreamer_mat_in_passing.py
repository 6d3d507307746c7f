"""DREAMER.mat is checked in passing, and its trials are read when they are asked for."""

import copy
import multiprocessing
import os
import pickle
import random
import re
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import io

from rtdreamer.data.dreamer_mat import DreamerFile, write_dreamer
from rtdreamer.data.trials import dreamer_trial
from rtdreamer.errors import DataError

LONG, SHORT = 3000, 1000
N_BYTES = 3 * 18 * (LONG + SHORT) * 14 * 8  # of all EEG


class ThreePeople:
    """Whose recordings are longer than what a reader looks at at once."""

    name, people, clips, simulated = "three people", "nobody", "nobody", True
    subjects, trials = (1, 2, 3), tuple(range(1, 19))

    def trial(self, subject, trial):
        rng = np.random.default_rng([subject, trial])
        eeg, baseline = (rng.normal(4200, 20, (14, n)).round(1) for n in (LONG + trial, SHORT))
        return dreamer_trial(subject, trial, eeg, baseline, rng.integers(1, 6, 3).tolist())


ALL = [(subject, trial) for subject in ThreePeople.subjects for trial in ThreePeople.trials]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("mat") / "DREAMER.mat"
    write_dreamer(path, ThreePeople())
    return path


@pytest.fixture
def path(written, tmp_path):
    path = tmp_path / "DREAMER.mat"
    path.write_bytes(written.read_bytes())
    return path


def digest(trial):
    return trial.eeg.tobytes(), trial.baseline.tobytes(), trial.ratings


def of_subject(file, subject):
    """What another process sees."""
    return [digest(file.trial(subject, trial)) for trial in file.trials]


@pytest.mark.parametrize("compressed", [True, False])
def test_each_value_is_as_scipy_reads_the_whole_file_in_any_order(written, tmp_path, compressed):
    dreamer = io.loadmat(written)["DREAMER"]
    path = tmp_path / "x.mat"
    io.savemat(path, {"DREAMER": dreamer}, do_compression=compressed)
    file = DreamerFile(path)
    asked = ALL + ALL[:9]
    random.Random(0).shuffle(asked)
    for subject, number in asked:
        trial, person = file.trial(subject, number), dreamer[0, 0]["Data"][0, subject - 1][0, 0]
        for found, part in ((trial.eeg, "stimuli"), (trial.baseline, "baseline")):
            expected = person["EEG"][0, 0][part][number - 1, 0].T
            assert found.shape == expected.shape
            assert found.tobytes() == expected.tobytes()
        scores = [person[f"Score{name.title()}"][number - 1, 0] for name in trial.ratings]
        assert list(trial.ratings.values()) == scores


def test_little_is_in_memory_at_any_time(written):
    tracemalloc.start()
    try:
        file = DreamerFile(written)
        kept, opening = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for subject, trial in ALL:
            file.trial(subject, trial)
        _, reading = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    one_trial = (LONG + 18 + SHORT) * 14 * 8
    marks = 3 * 36 * 70_000
    assert kept < marks < N_BYTES / 3
    assert opening < marks + 6 * one_trial
    assert reading < marks + 6 * one_trial


def test_a_trial_is_the_callers_own(written):
    file = DreamerFile(written)
    before = digest(file.trial(1, 1))
    file.trial(1, 1).eeg[:] = 0
    assert digest(file.trial(1, 1)) == before


def test_threads_may_read_at_once(written):
    file = DreamerFile(written)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: digest(file.trial(*one)), ALL))
    assert found == [digest(ThreePeople().trial(*one)) for one in ALL]


@pytest.mark.slow
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_may_read_at_once(written, method):
    file = DreamerFile(written)
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.starmap(of_subject, [(file, subject) for subject in file.subjects])
    assert found == [of_subject(ThreePeople(), subject) for subject in file.subjects]


def test_a_copy_reads_the_same(written):
    file = DreamerFile(written)
    for other in (pickle.loads(pickle.dumps(file)), copy.deepcopy(file)):
        assert (other.name, other.people) == (file.name, file.people)
        assert digest(other.trial(3, 18)) == digest(file.trial(3, 18))


def change(path):
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    os.utime(path, (1, 1))


def replace(path):
    other = path.with_name("other.mat")
    other.write_bytes(path.read_bytes())
    os.utime(other, (1, 1))
    other.replace(path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("spoil", [change, replace, cut])
def test_a_file_that_was_changed_since_it_was_opened_is_refused(path, spoil):
    file = DreamerFile(path)
    file.trial(2, 3)
    spoil(path)
    with pytest.raises(DataError, match=re.escape(f"{path}: was changed since it was opened")):
        file.trial(2, 3)


def test_a_file_that_is_gone_is_missed(path):
    file = DreamerFile(path)
    path.unlink()
    with pytest.raises(DataError, match=re.escape(f"{path}: no such file")):
        file.trial(1, 1)


def test_a_change_that_its_time_does_not_tell_is_refused_where_it_does_not_inflate(path):
    file = DreamerFile(path)
    found = path.stat()
    path.write_bytes(path.read_bytes()[:5000] + bytes(found.st_size - 5000))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    with pytest.raises(DataError, match=re.escape(f"{path}: is no MAT-file, or cut short")):
        file.trial(3, 18)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("EEG_SamplingRate", np.full((9000, 1), 128.0), "holds more numbers than belong there"),
        ("Provider", "SIMULATED" * 9000, "is no text, or too long"),
    ],
)
def test_far_more_than_belongs_there_is_refused(path, field, value, said):
    dreamer = io.loadmat(path)["DREAMER"]
    dreamer[0, 0]["Data"][0, 0] = 0.0
    dreamer[field][0, 0] = value
    io.savemat(path, {"DREAMER": dreamer})
    with pytest.raises(DataError, match=re.escape(f"{path}: {field}: {said}")):
        DreamerFile(path)


def test_a_simulation_that_says_so_in_a_cell_is_one(path):
    dreamer = io.loadmat(path)["DREAMER"]
    dreamer["Provider"][0, 0] = np.array([["SIMULATED", np.ones((2, 3))]], dtype=object)
    io.savemat(path, {"DREAMER": dreamer})
    assert DreamerFile(path).simulated
