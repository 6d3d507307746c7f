import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from rtdreamer.metrics.people import person_figures
from rtdreamer.metrics.target_metrics import target_metrics
from tests.made_up_runs import make_run


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
