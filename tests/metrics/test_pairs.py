import numpy as np
import pytest

from rtdreamer.metrics.pairs import count_pairs
from rtdreamer.metrics.predictions import Predictions


@pytest.fixture
def predictions():
    """Rows of five people, judged by three folds, with ties."""
    rng = np.random.default_rng(0)
    n = 120
    labels = rng.integers(0, 2, (n, 2)).astype(float)
    return Predictions(
        subject=rng.choice([2, 3, 5, 8, 13], n),
        trial=np.arange(n),
        fold=rng.integers(-1, 2, n),
        labels=labels,
        probabilities=rng.integers(0, 9, (n, 2)) / 8,
        base_rate=np.full((n, 2), 0.5),
        ratings=2 + 2 * labels,
    )


@pytest.mark.parametrize("target", [0, 1])
def test_every_pair_is_counted_once(predictions, target):
    subject, fold = predictions.subject, predictions.fold
    y, p = predictions.labels[:, target], predictions.probabilities[:, target]
    people = [2, 3, 5, 8, 13]
    ordered, total = np.zeros((5, 5)), np.zeros((5, 5))
    for a in np.flatnonzero(y == 1):
        for b in np.flatnonzero((y == 0) & (fold == fold[a])):
            place = people.index(subject[a]), people.index(subject[b])
            ordered[place] += (p[a] > p[b]) + (p[a] == p[b]) / 2
            total[place] += 1
    found = count_pairs(predictions, target)
    np.testing.assert_array_equal(found.subjects, people)
    np.testing.assert_array_equal(found.ordered, ordered)
    np.testing.assert_array_equal(found.total, total)


def test_one_class_forms_no_pair(predictions):
    predictions.labels[:] = 1
    found = count_pairs(predictions, 0)
    assert found.total.sum() == 0
    assert found.ordered.sum() == 0
