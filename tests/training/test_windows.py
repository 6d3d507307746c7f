from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.signal.features import Spec
from rtdreamer.training.windows import WindowPlan, baseline_windows

SPEC = Spec()
HOURLY = WindowPlan(hop=460_800)


def counted(n_times):
    """A trial in which each sample is its own index."""
    return np.tile(np.arange(n_times, dtype=np.float64), (14, 1))


def starts(hop, n_times):
    return [int(w[0, 0]) for w in WindowPlan(hop).cut(counted(n_times), SPEC)]


def test_the_last_window_is_the_last_samples():
    stimuli = counted(5000)
    (window,) = WindowPlan(None).cut(stimuli, SPEC)
    assert np.array_equal(window, stimuli[:, -1280:])


@pytest.mark.parametrize("seconds", [60, 65, 393])
@pytest.mark.parametrize(("hop", "n"), [(640, 11), (1280, 6), (7680, 1)])
def test_the_last_minute_holds_so_many_windows(seconds, hop, n):
    found = starts(hop, seconds * 128)
    assert len(found) == n
    assert found[-1] + 1280 == seconds * 128
    assert found[0] >= (seconds - 60) * 128
    assert set(np.diff(found)) <= {hop}


def test_windows_are_whole_and_in_order():
    windows = WindowPlan(700).cut(counted(10_000), SPEC)
    assert all(w.shape == (14, 1280) for w in windows)
    assert all(np.array_equal(w[0], w[0, 0] + np.arange(1280)) for w in windows)
    assert [w[0, 0] for w in windows] == sorted(w[0, 0] for w in windows)


def test_a_shorter_trial_gives_what_there_is():
    assert starts(640, 20 * 128) == [0, 640, 1280]
    assert starts(1280, 2000) == [720]


@pytest.mark.parametrize("hop", [None, 640])
@pytest.mark.parametrize(("n_times", "n"), [(1280, 1), (1279, 0), (1, 0)])
def test_a_trial_as_long_as_a_window_is_long_enough(hop, n_times, n):
    assert len(starts(hop, n_times)) == n


def test_a_hop_longer_than_the_trial_leaves_the_last_window():
    assert len(HOURLY.cut(counted(8000), SPEC)) == 1


@pytest.mark.parametrize("hop", [0, -640])
def test_a_hop_below_one_sample_is_refused(hop):
    with pytest.raises(DataError, match=f"hop of {hop} samples"):
        WindowPlan(hop)


@pytest.mark.parametrize(("n_times", "n"), [(1279, 0), (1280, 1), (61 * 128, 6)])
def test_windows_of_a_baseline_lie_side_by_side(n_times, n):
    trial = Trial(1, 1, counted(1), counted(n_times), 3, 3, 3, simulated=True)
    windows = baseline_windows(trial, SPEC)
    assert [int(w[0, 0]) for w in windows] == [1280 * k for k in range(n)]
    assert all(w.shape == (14, 1280) for w in windows)


@pytest.fixture(scope="module")
def numbered(make_windows):
    """Windows of which each can be told by any of its arrays."""
    windows = make_windows(n_subjects=3, n_trials=4, per_trial=2, n_times=128)
    assert len(np.unique(windows.inputs.spectrum[:, 0, 0])) == len(windows) == 24
    return windows


def rows(windows):
    """What identifies each row, in every array."""
    return [
        (
            spectrum.tobytes(),
            nodes.tobytes(),
            weight.tobytes(),
            covariance.tobytes(),
            signals.tobytes(),
            tuple(ratings),
            int(subject),
            int(trial),
        )
        for spectrum, nodes, weight, covariance, signals, ratings, subject, trial in zip(
            *windows.inputs,
            windows.signals,
            windows.ratings.tolist(),
            windows.subject,
            windows.trial,
            strict=True,
        )
    ]


def test_taking_windows_takes_all_of_them(numbered):
    index = np.array([23, 0, 7, 7])
    taken = numbered.take(index)
    assert len(taken) == 4
    assert rows(taken) == [rows(numbered)[k] for k in index]
    assert taken.profiles == numbered.profiles


def test_the_windows_of_subjects_are_all_of_theirs_in_order(numbered):
    expected = [row for row in rows(numbered) if row[6] in (1, 3)]
    assert rows(numbered.of((3, 1))) == expected
    assert numbered.of((3, 1)).subjects == (1, 3)
    assert len(numbered.of(())) == 0
    assert numbered.subjects == (1, 2, 3)


def test_windows_without_signals_can_be_taken(make_windows):
    windows = make_windows(n_subjects=2, n_trials=2)
    assert windows.signals.size == 0
    assert windows.of((2,)).signals.size == 0
    assert len(windows.of((2,))) == 2


def test_ratings_can_be_wiped_and_nothing_else(numbered):
    wiped = numbered.without_ratings()
    assert not wiped.ratings.any()
    assert wiped.ratings.shape == numbered.ratings.shape
    assert numbered.ratings.all()
    assert [row[:5] + row[6:] for row in rows(wiped)] == [
        row[:5] + row[6:] for row in rows(numbered)
    ]
    assert np.unique(wiped.labels(3)).tolist() == [0]


def test_labels_are_high_from_the_threshold_on(numbered):
    windows = replace(numbered.take(np.arange(3)), ratings=np.array([[1, 5], [2, 4], [3, 3]]))
    assert windows.labels(3).tolist() == [[0, 1], [0, 1], [1, 1]]
    assert windows.labels(3.5).tolist() == [[0, 1], [0, 1], [0, 0]]
    assert windows.labels(3).dtype == np.float32
