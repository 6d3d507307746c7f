import numpy as np
import pytest

from rtdreamer.metrics.predictions import ROWS, HeldOutPredictions


def predictions(rows):
    """From rows of subject, trial, fold, label, probability and base rate."""
    subject, trial, fold, *values = np.array(rows, float).T
    whole = (column.astype(np.int64) for column in (subject, trial, fold))
    both = [np.stack([v, 1 - v], axis=1) for v in values]
    return HeldOutPredictions(*whole, *both, ratings=2 + 2 * both[0])


WINDOWS = [
    (2, 1, 1, 1, 0.2, 0.5),
    (1, 2, 0, 0, 0.8, 0.25),
    (1, 1, 0, 1, 0.5, 0.25),
    (1, 2, 0, 0, 0.4, 0.25),
    (2, 1, 1, 1, 0.6, 0.5),
    (2, 1, 1, 1, 0.7, 0.5),
]


def test_a_trial_is_the_mean_over_its_windows():
    trials = predictions(WINDOWS).by_trial()
    assert len(trials) == 3
    np.testing.assert_array_equal(trials.subject, [1, 1, 2])
    np.testing.assert_array_equal(trials.trial, [1, 2, 1])
    np.testing.assert_array_equal(trials.fold, [0, 0, 1])
    np.testing.assert_array_equal(trials.labels, [[1, 0], [0, 1], [1, 0]])
    np.testing.assert_allclose(trials.probabilities, [[0.5, 0.5], [0.6, 0.4], [0.5, 0.5]])
    np.testing.assert_allclose(trials.base_rate, [[0.25, 0.75], [0.25, 0.75], [0.5, 0.5]])


def test_the_order_of_windows_does_not_matter():
    trials, shuffled = (predictions(rows).by_trial() for rows in (WINDOWS, WINDOWS[::-1]))
    for name in ROWS:
        np.testing.assert_allclose(getattr(shuffled, name), getattr(trials, name))


def test_trials_stay_as_they_are():
    trials = predictions(WINDOWS).by_trial()
    again = trials.by_trial()
    for name in ROWS:
        np.testing.assert_array_equal(getattr(again, name), getattr(trials, name))


def test_a_trial_whose_windows_lie_in_several_folds_has_none():
    trials = predictions([*WINDOWS, (1, 2, 1, 0, 0.3, 0.5)]).by_trial()
    np.testing.assert_array_equal(trials.fold, [0, -1, 1])
    np.testing.assert_allclose(trials.base_rate[1], [1 / 3, 2 / 3])


def test_a_forecast_of_the_base_rate_still_is_one():
    # Bit for bit, also where windows' thirds and tenths do not add up exactly.
    rows = [(1, 1, fold, 1, rate, rate) for fold, rate in enumerate([0.1, 0.7, 1 / 3])]
    trials = predictions(rows).by_trial()
    np.testing.assert_array_equal(trials.probabilities, trials.base_rate)


@pytest.mark.parametrize("said", [0.1, 0.7, 1 / 3, 2 / 3, 0.7333])
def test_a_constant_forecast_ties_trials_of_any_length(said):
    rows = [(1, n, 0, 0, said, said) for n in range(1, 13) for _ in range(n)]
    trials = predictions(rows).by_trial()
    assert set(trials.probabilities[:, 0]) == {said}
