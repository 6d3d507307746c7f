import numpy as np
import pytest
from sklearn.linear_model import Ridge

from rtdreamer.evaluation import chance as module
from rtdreamer.evaluation.chance import (
    claims_in_words,
    clips_alone,
    exchanged,
    least_claims,
    trials_of,
)
from rtdreamer.evaluation.protocols import make_folds
from rtdreamer.metrics.scores import auc


def people(n_people, n_clips, of_clips, seed):
    """Noise, and what clips do to it that has nothing to do with how they are liked."""
    rng = np.random.default_rng(seed)
    person, clip = np.indices((n_people, n_clips)).reshape(2, -1)
    x = rng.normal(size=(len(person), 12)) + of_clips * rng.normal(size=(n_clips, 12))[clip]
    liked = rng.normal(size=n_clips)[clip] + 0.5 * rng.normal(size=len(person))
    return x, np.stack([liked > 0, liked > 0.5], axis=1).astype(float), person, clip


def loso(person):
    return [(np.flatnonzero(person != k), np.flatnonzero(person == k)) for k in np.unique(person)]


def crossed(person, clip):
    return [
        (
            np.flatnonzero((person % 3 != i) & (clip % 3 != j)),
            np.flatnonzero((person % 3 == i) & (clip % 3 == j)),
        )
        for i in range(3)
        for j in range(3)
    ]


def test_where_clips_stand_on_both_sides_chance_is_above_a_half():
    found = [
        [
            np.mean([e.auc for e in exchanged(*data, sides(data), seed, 30)])
            for seed in range(6)
            for data in [people(8, 12, of_clips, seed)]
        ]
        for of_clips, sides in (
            (1.5, lambda d: loso(d[2])),
            (0.0, lambda d: loso(d[2])),
            (1.5, lambda d: crossed(d[2], d[3])),
        )
    ]
    same_clips, no_clips, other_clips = np.mean(found, axis=1)
    assert same_clips > 0.75
    assert no_clips == pytest.approx(0.5, abs=0.03)
    assert other_clips == pytest.approx(0.5, abs=0.03)


def test_clips_that_have_nothing_to_do_with_affect_are_not_taken_for_it():
    """One p in twenty is below .05, by any protocol, however much clips do."""
    n_runs, n_found = 40, 0
    for seed in range(n_runs):
        data = people(6, 10, 1.0, seed)
        n_found += exchanged(*data, loso(data[2]), seed, 39)[0].p <= 0.05
    assert n_found <= 7


def test_what_is_read_is_found():
    x, labels, person, clip = people(8, 12, 0.5, 0)
    x[:, 0] += 3 * labels[:, 0]
    valence, _ = exchanged(x, labels, person, clip, loso(person), 0, 99)
    assert valence.p <= 0.02
    assert valence.as_rated > valence.high


def test_the_regression_is_that_of_sklearn():
    x, labels, person, clip = people(5, 9, 0.5, 1)
    found = exchanged(x, labels, person, clip, loso(person), 0, 3)
    by_person = []
    for train, test in loso(person):
        mean, sd = x[train].mean(axis=0), x[train].std(axis=0)
        z, asked = (np.clip((k - mean) / sd, -5, 5) for k in (x[train], x[test]))
        model = Ridge(alpha=module.PENALTY).fit(z, 2 * labels[train, 0] - 1)
        n_pairs = labels[test, 0].sum() * (1 - labels[test, 0]).sum()
        if n_pairs:
            by_person.append((n_pairs, auc(labels[test, 0], model.predict(asked))))
    weights, aucs = np.array(by_person).T
    assert found[0].as_rated == pytest.approx(np.average(aucs, weights=weights))


def test_missing_trials_are_passed_over():
    x, labels, person, clip = people(6, 9, 1.0, 2)
    kept = np.sort(np.random.default_rng(0).permutation(len(x))[:40])
    parts = x[kept], labels[kept], person[kept], clip[kept]
    for found in exchanged(*parts, loso(parts[2]), 0, 20):
        assert 0 <= found.low <= found.auc <= found.high <= 1


@pytest.mark.filterwarnings("error")
def test_without_a_pair_there_is_nothing_to_tell():
    x, labels, person, clip = people(4, 6, 1.0, 3)
    labels[:, 0] = 1
    valence, arousal = exchanged(x, labels, person, clip, loso(person), 0, 20)
    assert set(valence.to_json().values()) == {None}
    assert None not in arousal.to_json().values()


def test_a_trial_is_the_mean_of_its_windows(make_windows):
    windows = make_windows(n_subjects=3, n_trials=6, per_trial=4)
    x, labels, person, clip, of_window = trials_of(windows, 3.0)
    assert x.shape == (18, 525)
    assert labels.shape == (18, 2)
    rows = (windows.subject == 2) & (windows.trial == 5)
    (trial,) = np.unique(of_window[rows])
    assert (person[trial], clip[trial]) == (1, 4)
    de = windows.inputs.nodes[rows, 0, :, 0].mean(axis=0)
    np.testing.assert_allclose(x[trial, :14], de, atol=1e-6)


def test_of_windows_each_target_is_told(make_windows):
    windows = make_windows(n_subjects=4, n_trials=8, per_trial=2)
    folds = make_folds("loso", windows, None, 0)
    found = clips_alone(windows, folds, 3.0)
    assert len(found) == 2
    assert found == clips_alone(windows, folds, 3.0)
    assert set(found[0].to_json()) == {"auc", "low", "high", "as_rated", "p"}


def test_ratings_of_a_clip_that_was_seen_twice_change_places_together():
    x, labels, person, clip = people(6, 9, 1.0, 2)
    once = exchanged(x, labels, person, clip, loso(person), 0, 20)
    twice = [np.concatenate([part, part]) for part in (x, labels, person, clip)]
    found = exchanged(*twice, loso(twice[2]), 0, 20)
    for one, two in zip(once, found, strict=True):
        # Twice the trials at the same penalty, so that it shrinks half as much.
        assert (two.auc, two.as_rated) == pytest.approx((one.auc, one.as_rated), abs=0.03)


def least(windows, protocol="crossed", n_folds=None):
    folds = make_folds(protocol, windows, n_folds, 0)
    return least_claims(windows, folds, 3.0)


def test_more_people_and_clips_can_claim_less(make_windows):
    sizes = ((6, 18), (12, 18), (12, 36))
    found = [np.mean(least(make_windows(n_subjects=n, n_trials=m))) for n, m in sizes]
    assert found == sorted(found, reverse=True)
    assert 0.5 < found[-1] < 0.6 < found[0]


def test_with_23_people_and_18_clips_it_is_about_a_tenth(make_windows):
    for value in least(make_windows(n_subjects=23, n_trials=18)):
        assert value == pytest.approx(0.62, abs=0.03)


def test_it_is_known_before_anything_is_seen(make_windows):
    """Only ratings and folds count, not the EEG, nor how many windows show it."""
    one, other = (
        make_windows(n_subjects=6, n_trials=9, per_trial=k, signal=s) for k, s in ((1, 0), (1, 3.0))
    )
    assert np.array_equal(one.ratings, other.ratings)
    assert least(one) == least(other)


def test_it_is_said_in_a_line(make_windows):
    windows = make_windows(n_subjects=6, n_trials=9)
    said = claims_in_words(windows, (0.671, 0.702))
    assert said == (
        "6 people and 9 clips: an AUC within a person below some valence 0.67, arousal 0.70 "
        "cannot be told from chance, whatever is learned"
    )


def test_without_pairs_nothing_is_claimed(make_windows):
    windows = make_windows(n_subjects=6, n_trials=9)
    windows.ratings[:, 1] = 5
    valence, arousal = least(windows)
    assert 0.5 < valence < 1
    assert np.isnan(arousal)
    assert "arousal" not in claims_in_words(windows, (valence, arousal))
