import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from rtdreamer.metrics.people import FEWEST_RATINGS, person_figures, share_people
from rtdreamer.metrics.target_metrics import target_metrics
from tests.made_up_runs import make_run
from tests.metrics.made_up import trials


@given(seed=st.integers(0, 999), n_windows=st.integers(1, 3), target=st.sampled_from((0, 1)))
def test_each_person_is_judged_as_by_scikit_learn(seed, n_windows, target):
    run = make_run(seed=seed, n_windows=n_windows)
    trials = run.predictions.by_trial()
    found = person_figures(trials, target)
    assert [person.subject for person in found] == [1, 2, 3, 4]
    for person in found:
        own = trials.subject == person.subject
        y, p = trials.labels[own, target], trials.probabilities[own, target]
        assert person.n_trials == len(y) == 6
        assert person.n_pairs == y.sum() * (1 - y).sum()
        if person.n_pairs:
            assert person.auc == pytest.approx(roc_auc_score(y, p))
        else:
            assert math.isnan(person.auc)
        assert person.brier == pytest.approx(brier_score_loss(y, p))
        assert person.mean_p == pytest.approx(p.mean())
        assert person.base_rate == pytest.approx(0.6)


def test_a_person_without_a_pair_has_no_auc():
    trials = make_run().predictions.by_trial()
    trials.labels[:] = 1
    for person in person_figures(trials, 0):
        assert math.isnan(person.auc)
        assert person.n_pairs == 0
        assert json.loads(json.dumps(person.to_json(), allow_nan=False))["auc"] is None


def test_only_what_one_fold_judged_is_compared():
    trials = make_run(n_people=1, n_folds=1).predictions.by_trial()
    trials.fold[:] = np.arange(6) % 3
    (person,) = person_figures(trials, 0)
    y = trials.labels[:, 0].reshape(2, 3)
    assert person.n_pairs == (y[0] != y[1]).sum()


@given(seed=st.integers(0, 99), target=st.sampled_from((0, 1)))
def test_all_people_together_have_the_auc_within_a_person(seed, target):
    trials = make_run(seed=seed, n_people=6).predictions.by_trial()
    people = [person for person in person_figures(trials, target) if person.n_pairs]
    weights = [person.n_pairs for person in people]
    found = np.average([person.auc for person in people], weights=weights)
    assert found == pytest.approx(target_metrics(trials, target).auc)


def people(rows, *subjects, clips=18):
    """Some people's first trials, under other numbers."""
    kept = rows.take(np.flatnonzero(np.isin(rows.subject, subjects) & (rows.trial <= clips)))
    return replace(kept, subject=kept.subject + 100)


def test_people_are_known_by_their_ratings():
    a, b = trials(seed=1), trials(seed=2)
    assert not share_people(a, b)
    assert share_people(a, people(a, 3))
    assert share_people(people(a, 3), a)
    assert not share_people(people(a, 1, 2), people(a, 3, 4))
    shuffled = a.take(np.random.default_rng(0).permutation(len(a)))
    assert share_people(shuffled, a)
    one_target = replace(a, labels=a.labels[:, :1], ratings=a.ratings[:, :1])
    assert share_people(one_target, people(a, 3))


def test_one_other_rating_makes_another_person():
    a = people(trials(), 3)
    ratings = a.ratings.copy()
    ratings[5, 1] = 6 - ratings[5, 1] if ratings[5, 1] != 3 else 1
    assert not share_people(a, replace(a, ratings=ratings))


def test_trials_that_one_of_them_left_out_tell_nothing():
    a = trials()
    fewer = a.take(np.flatnonzero(a.trial != 7))
    assert share_people(fewer, a)
    just_enough = FEWEST_RATINGS // 2
    assert share_people(people(a, 3, clips=just_enough), a)
    assert not share_people(people(a, 3, clips=just_enough - 1), a)
    assert not share_people(a, replace(a, trial=a.trial + 18))


def test_who_rates_everything_alike_is_nobody_in_particular():
    a = people(trials(), 3)
    a = replace(a, ratings=np.full_like(a.ratings, 3))
    assert not share_people(a, a)
