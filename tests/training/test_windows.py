import hashlib
import struct
from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.data.trials import dreamer_trial
from rtdreamer.errors import DataError
from rtdreamer.signal.features import Spec
from rtdreamer.training.windows import WindowPlan, baseline_windows, window_hash

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
    trial = dreamer_trial(1, 1, counted(1), counted(n_times), (3, 3, 3))
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
    assert windows.inputs.signals.size == 0
    assert windows.of((2,)).inputs.signals.size == 0
    assert len(windows.of((2,))) == 2


def test_fewer_targets_are_the_first_ones(numbered):
    three = replace(numbered, ratings=np.arange(3 * len(numbered)).reshape(-1, 3))
    assert three.n_targets == 3
    assert three.labels(4).shape == (len(numbered), 3)
    two = three.with_targets(2)
    assert np.array_equal(two.ratings, three.ratings[:, :2])
    assert two.inputs is three.inputs


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


def eeg(seed, step=0.51):
    """A window in steps of a headset's converter."""
    walk = np.random.default_rng(seed).normal(0, 20, (14, 256))
    return 4200 + step * np.rint(walk / step)


@pytest.mark.parametrize("step", [0.51, 0.1275, 0.01, 0.005, 1.0, 1e-6])
def test_a_window_with_another_offset_has_the_same_hash(step):
    for seed in range(50):
        window = eeg(seed, step)
        offsets = np.random.default_rng([seed]).normal(0, 3000, (14, 1))
        assert window_hash(window + offsets) == window_hash(window) != 0
        if step >= 0.1:  # as a file in single precision holds it
            assert window_hash((window + offsets).astype(np.float32).astype(float)) == window_hash(
                window
            )


def test_other_windows_have_other_hashes():
    window = eeg(0)
    one_sample = window.copy()
    one_sample[3, 100] += 0.51
    moved = np.concatenate([window[:, 1:], window[:, :1]], axis=1)
    others = [window, *(eeg(seed) for seed in range(1, 40)), one_sample, moved, 1.1 * window]
    others += [-window, window[::-1], window[:, :-1], window.reshape(28, 128)]
    found = [window_hash(other) for other in others]
    assert len(set(found)) == len(others)
    assert all(-(2**63) <= one < 2**63 for one in found)
    assert min(found) < 0 < max(found)


def test_what_never_changes_has_no_hash():
    flat = np.arange(14.0)[:, None] + np.zeros((14, 256))
    assert window_hash(flat) == window_hash(flat + 0.001) == 0
    assert window_hash(flat + np.eye(14, 256)) != 0
    assert window_hash(flat[:, :1]) == 0


def test_it_is_the_first_bytes_of_sha256():
    # 1 µV up on the second of three samples: 100 steps.
    steps = struct.pack("<3d", 0, 100, 0)
    expected = struct.unpack("<q", hashlib.sha256(steps).digest()[:8])[0]
    assert window_hash(np.array([[7.0, 8.0, 7.0]])) == expected
    # Just below is the same point of the grid: no zero is negative.
    assert window_hash(np.array([[7.0, 8.0, 6.998]])) == expected


def test_overlapping_windows_differ():
    stimuli = np.concatenate([eeg(seed) for seed in range(6)], axis=1)
    windows = WindowPlan(1).cut(stimuli, replace(SPEC, n_times=256))
    assert len({window_hash(window) for window in windows}) == len(windows) == 5 * 256 + 1


def test_the_last_hash_of_each_trial_is_known(make_windows):
    windows = make_windows(n_subjects=2, n_trials=3, per_trial=4)
    assert windows.last_hashes().tolist() == [4, 8, 12, 16, 20, 24]
    assert windows.take(np.arange(2, 23)).last_hashes().tolist() == [4, 8, 12, 16, 20, 23]
    none = replace(windows, hash=np.where(windows.hash == 8, 0, windows.hash))
    assert none.last_hashes().tolist() == [4, 12, 16, 20, 24]
