from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from rtdreamer.metrics.pairs import all_pairs, pairs_by_label, pairs_by_rating
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.target_metrics import of_all_pairs, of_own_pairs, target_metrics
from tests.metrics.made_up import trials

PEOPLE, CLIPS = [2, 3, 5, 8, 13], [1, 4, 6, 7]


@pytest.fixture
def predictions():
    """Rows of five people and four clips, judged by three folds, with ties."""
    rng = np.random.default_rng(0)
    n = 120
    subject, trial = rng.choice(PEOPLE, n), rng.choice(CLIPS, n)
    # One rating a trial.
    ratings = rng.integers(1, 6, (14, 8, 2))[subject, trial].astype(float)
    return HeldOutPredictions(
        subject=subject,
        trial=trial,
        fold=rng.integers(-1, 2, n),
        labels=(ratings >= 3).astype(float),
        probabilities=rng.integers(0, 9, (n, 2)) / 8,
        base_rate=np.full((n, 2), 0.5),
        ratings=ratings,
    )


def counted(predictions, values, p, is_pair):
    """Every pair, counted one by one, by person and clip of the higher and of the lower."""
    ordered, total = np.zeros((2, 5, 4, 5, 4))
    subject, trial, fold = predictions.subject, predictions.trial, predictions.fold
    for a in range(len(values)):
        for b in np.flatnonzero((values < values[a]) & (fold == fold[a])):
            if is_pair(a, b):
                cells = [(PEOPLE.index(subject[k]), CLIPS.index(trial[k])) for k in (a, b)]
                place = (*cells[0], *cells[1])
                ordered[place] += (p[a] > p[b]) + (p[a] == p[b]) / 2
                total[place] += 1
    return ordered, total


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize(
    ("count", "name"), [(pairs_by_label, "labels"), (pairs_by_rating, "ratings")]
)
def test_every_pair_of_a_person_is_counted_once(predictions, target, count, name):
    ordered, total = counted(
        predictions,
        getattr(predictions, name)[:, target],
        predictions.probabilities[:, target],
        lambda a, b: predictions.subject[a] == predictions.subject[b],
    )
    found = count(predictions, target)
    np.testing.assert_array_equal(found.subjects, PEOPLE)
    np.testing.assert_array_equal(found.clips, CLIPS)
    np.testing.assert_array_equal(found.ordered, np.einsum("icid->icd", ordered))
    np.testing.assert_array_equal(found.total, np.einsum("icid->icd", total))


@pytest.mark.parametrize("target", [0, 1])
def test_every_pair_at_all_is_counted_once(predictions, target):
    ordered, total = counted(
        predictions,
        predictions.labels[:, target],
        predictions.probabilities[:, target],
        lambda a, b: True,
    )
    found = all_pairs(predictions, target)
    np.testing.assert_array_equal(found.ordered, ordered)
    np.testing.assert_array_equal(found.total, total)


def test_one_class_forms_no_pair(predictions):
    predictions.labels[:] = 1
    for found in (pairs_by_label(predictions, 0), all_pairs(predictions, 0)):
        assert found.total.sum() == 0
        assert found.ordered.sum() == 0


def test_the_concordance_of_one_person_is_that_of_somers():
    predictions = trials(n_people=1, n_clips=40)
    d = stats.somersd(predictions.ratings[:, 0], predictions.probabilities[:, 0]).statistic
    assert target_metrics(predictions, 0).concordance == pytest.approx((d + 1) / 2)


def test_of_two_ratings_the_concordance_is_the_auc():
    predictions = trials()
    of_two = replace(predictions, ratings=np.where(predictions.labels == 1, 4.0, 2.0))
    found = target_metrics(of_two, 0)
    assert found.concordance == found.auc
    assert target_metrics(predictions, 0).concordance != found.auc


def literal(predictions, people, clips):
    """Rows of people and clips that are copied so often, and which copy each is of."""
    rows, person, clip = [], [], []
    for i, s in enumerate(np.repeat(PEOPLE, people)):
        for j, c in enumerate(np.repeat(CLIPS, clips)):
            found = np.flatnonzero((predictions.subject == s) & (predictions.trial == c))
            rows += found.tolist()
            person += [i] * len(found)
            clip += [j] * len(found)
    return np.array(rows), np.array(person), np.array(clip)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5])
def test_weights_count_as_copies_do(predictions, own, seed):
    rng = np.random.default_rng(seed)
    people, clips = rng.multinomial(5, [0.2] * 5), rng.multinomial(4, [0.25] * 4)
    rows, person, clip = literal(predictions, people, clips)
    subject, trial, fold = (
        x[rows] for x in (predictions.subject, predictions.trial, predictions.fold)
    )
    y, p = predictions.labels[rows, 0], predictions.probabilities[rows, 0]
    # Copies of one person, or of one clip, are not compared with each other.
    same_copy = person[:, None] == person
    allowed = (same_copy if own else same_copy | (subject[:, None] != subject)) & (
        (clip[:, None] == clip) | (trial[:, None] != trial)
    )
    pair = allowed & (fold[:, None] == fold) & (y[:, None] > y)
    expected = ((np.sign(p[:, None] - p) + 1) / 2)[pair].mean()
    statistic = (
        of_own_pairs(pairs_by_label(predictions, 0))
        if own
        else of_all_pairs(all_pairs(predictions, 0))
    )
    assert statistic(people[None] * 1.0, clips[None] * 1.0)[0] == pytest.approx(expected)
