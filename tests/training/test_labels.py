from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from rtdreamer.errors import DataError
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.labels import checked_labels, learned_labels
from tests.one_line import assert_one_line


def soft(windows, softness, threshold=3.0):
    return learned_labels(
        windows, TrainingConfig(label_softness=softness, label_threshold=threshold)
    )


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows(n_subjects=3, n_trials=12)


@pytest.mark.parametrize("threshold", [2.0, 3.0, 3.5, 5.0])
@pytest.mark.parametrize("softness", [0.0, 1e-3, 1e-30, 1e-320])
def test_with_next_to_no_softness_labels_are_hard(windows, softness, threshold):
    found = soft(windows, softness, threshold)
    assert found.dtype == np.float32
    assert np.array_equal(found, (windows.ratings >= threshold).astype(np.float32))


def test_in_closed_form(windows):
    found = soft(windows, 0.5)
    for rating, expected in zip(range(1, 6), (0.047, 0.269, 0.731, 0.953, 0.993), strict=True):
        assert found[windows.ratings == rating] == pytest.approx(expected, abs=5e-4)
    # The softness is how many steps of the rating change the log odds by 1.
    np.testing.assert_allclose(logit(soft(windows, 2.0)), (windows.ratings - 2.5) / 2, atol=1e-5)


@pytest.mark.parametrize("threshold", [1.5, 2.0, 2.2, 3.0, 3.5, 4.9])
@pytest.mark.parametrize("softness", [0.1, 0.5, 3.0, 1e6])
def test_higher_ratings_are_surer_to_be_high_and_none_changes_sides(windows, threshold, softness):
    found = soft(windows, softness, threshold)
    of_rating = [np.unique(found[windows.ratings == rating]) for rating in range(1, 6)]
    assert all(len(values) == 1 for values in of_rating)
    steps = np.diff(np.concatenate(of_rating))
    assert (steps >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert np.array_equal(found >= 0.5, windows.labels(threshold) == 1)


def test_softer_is_less_sure(windows):
    sure = [abs(soft(windows, s) - 0.5).mean() for s in (0.0, 0.1, 0.5, 2.0, 100.0)]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] == 0.5
    assert sure[-1] < 0.01


@pytest.mark.parametrize("threshold", [2.0, 3.0, 4.0])
def test_mirrored_ratings_are_sure_of_the_opposite(windows, threshold):
    # High from 3 on is what low up to 3 is, mirrored.
    mirrored = replace(windows, ratings=6 - windows.ratings)
    both = soft(windows, 0.5, threshold) + soft(mirrored, 0.5, 7 - threshold)
    np.testing.assert_allclose(both, 1, atol=1e-6)


def test_a_threshold_between_two_ratings_is_that_of_the_upper_one(windows):
    for threshold in (2.01, 2.5, 2.99):
        assert np.array_equal(soft(windows, 0.5, threshold), soft(windows, 0.5, 3.0))


@pytest.mark.parametrize("softness", [0.0, 0.5])
@pytest.mark.parametrize(("target", "name"), [(0, "valence"), (1, "arousal"), (2, "dominance")])
def test_one_class_is_refused(make_windows, softness, target, name):
    windows = make_windows(n_targets=3)
    windows.ratings[:, target] = np.where(windows.ratings[:, target] > 3, 5, 4)
    with pytest.raises(DataError) as error:
        soft(windows, softness)
    assert_one_line(error.value, f"noise: every {name} of subjects 1, 2, 3, 4 is on one side of 3")
    with pytest.raises(DataError, match=name):
        checked_labels(windows, 3.0)
