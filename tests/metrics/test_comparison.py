import gc
import math
from dataclasses import astuple, replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from rtdreamer.errors import DataError
from rtdreamer.metrics.comparison import compare, corrected_resampled_t, holm, mean_difference
from rtdreamer.metrics.scores import auc
from rtdreamer.metrics.target_metrics import target_metrics
from tests.metrics.made_up import trials


def another(predictions, seed=1, effect=0.0):
    """What another method says of the same trials."""
    rng = np.random.default_rng(seed)
    p = 0.5 + effect * (predictions.ratings - 3) / 8
    return replace(predictions, probabilities=p + rng.uniform(-0.2, 0.2, p.shape))


def seeds(n=3, n_folds=4, **options):
    a = [trials(n_folds=n_folds, seed=seed, **options) for seed in range(n)]
    return a, [another(one, seed) for seed, one in enumerate(a)]


@pytest.mark.parametrize("target", [0, 1])
def test_the_difference_is_that_of_the_figures(target):
    a, b = seeds()
    metrics = [[target_metrics(one, target) for one in method] for method in (a, b)]
    for statistic in ("auc", "concordance"):
        found = compare(a, b, target, statistic)
        of_a, of_b = ([getattr(one, statistic) for one in method] for method in metrics)
        by_seed = np.subtract(of_a, of_b)
        assert found.difference == pytest.approx(by_seed.mean())
        assert found.seed_sd == pytest.approx(by_seed.std(ddof=1))
        assert found.low < found.difference < found.high
        assert (found.n_people, found.n_seeds) == (8, 3)


def test_the_other_way_round_it_is_the_negative():
    a, b = seeds()
    one, other = compare(a, b, 0), compare(b, a, 0)
    assert one.difference == -other.difference
    assert one.low == pytest.approx(-other.high)
    assert one.effect_size == pytest.approx(-other.effect_size)
    assert one.p == pytest.approx(other.p)


def test_a_method_is_no_better_than_itself():
    a, _ = seeds()
    found = compare(a, a, 0)
    assert (found.difference, found.low, found.high, found.worst_difference) == (0, 0, 0, 0)
    assert math.isnan(found.p)
    assert math.isnan(found.effect_size)


def test_people_are_those_of_sklearns_auc():
    a, b = seeds(n=1, n_folds=1)
    by_person = []
    for subject in range(1, 9):
        rows = a[0].subject == subject
        by_person.append(
            np.subtract(*(auc(m[0].labels[rows, 0], m[0].probabilities[rows, 0]) for m in (a, b)))
        )
    found = compare(a, b, 0)
    assert found.worst_subject == 1 + np.argmin(by_person)
    assert found.worst_difference == pytest.approx(min(by_person))
    assert found.effect_size == pytest.approx(np.mean(by_person) / np.std(by_person, ddof=1))


def test_a_paired_interval_is_the_narrower_one():
    """Both methods err on the same trials."""
    a = [trials(n_people=20, effect=0.4)]
    b = [replace(a[0], probabilities=np.clip(a[0].probabilities - 0.02 * a[0].labels, 0, 1))]
    found = compare(a, b, 0)
    low, high = target_metrics(a[0], 0).auc_ci
    assert found.high - found.low < (high - low) / 3


def test_what_is_better_is_found_and_what_is_not_is_not():
    a, b = seeds(n_people=20, effect=1.0)
    found = compare(a, b, 0)
    assert found.low > 0
    assert found.p < 0.01
    assert found.effect_size > 0.5
    a, b = seeds(n_people=20, effect=0.0)
    found = compare(a, b, 0)
    assert found.low < 0 < found.high
    assert found.p > 0.05


def test_of_methods_that_know_nothing_few_are_said_to_differ():
    n_runs = 50
    found = [compare(*seeds(1, seed, effect=0.0), 0) for seed in range(2, 2 + n_runs)]
    n_apart = sum(f.low > 0 or f.high < 0 for f in found)
    assert n_apart <= 7


def test_fewer_were_learned_from_where_clips_are_kept_apart():
    """3 × 3 folds: four ninths learned from instead of eight."""
    a = [trials(n_people=9)]
    fold = (a[0].subject % 3) * 3 + a[0].trial % 3
    a = [replace(a[0], fold=fold)]
    b = [another(a[0])]
    differences = []
    for k in range(9):
        parts = [m[0].take(np.flatnonzero(fold == k)) for m in (a, b)]
        differences.append(np.subtract(*(target_metrics(part, 0).auc for part in parts)))
    for apart, share in ((True, 1 / 4), (False, 1 / 8)):
        expected = corrected_resampled_t(np.array(differences), share)
        assert compare(a, b, 0, clips_apart=apart).p == pytest.approx(expected)


def test_a_fold_that_every_seed_has_counts_once():
    """People left out one by one are the same folds whatever the seed."""
    a = [trials(n_folds=8)]
    b = [another(a[0])]
    once = compare(a, b, 0).p
    # Another seed numbers the folds otherwise.
    a2, b2 = (replace(m[0], fold=(m[0].fold + 3) % 8) for m in (a, b))
    assert compare([a[0], a2, a[0]], [b[0], b2, b[0]], 0).p == pytest.approx(once)
    # Where another seed makes other folds, more is known.
    a3, b3 = (replace(m[0], fold=(m[0].subject // 2) % 4) for m in (a, b))
    assert compare([a[0], a3], [b[0], b3], 0).p != pytest.approx(once)


def test_uncorrected_it_is_students_t():
    x = np.random.default_rng(0).normal(0.3, 1, 15)
    assert corrected_resampled_t(x, 0.0) == pytest.approx(stats.ttest_1samp(x, 0).pvalue)


def test_the_correction_is_that_of_nadeau_and_bengio():
    x = np.random.default_rng(1).normal(0.5, 1, 10)
    ratio = 1 / 9
    t = x.mean() / np.sqrt((1 / 10 + ratio) * x.var(ddof=1))
    assert corrected_resampled_t(x, ratio) == pytest.approx(2 * stats.t.sf(t, 9))
    assert corrected_resampled_t(x, ratio) > corrected_resampled_t(x, 0)


def test_without_a_spread_there_is_no_p():
    assert math.isnan(corrected_resampled_t(np.zeros(5), 0.1))
    assert math.isnan(corrected_resampled_t(np.ones(1), 0.1))
    assert corrected_resampled_t(np.ones(5), 0.1) == 0


@pytest.mark.parametrize("seed", range(20))
def test_holm_is_that_of_statsmodels(seed, monkeypatch):
    # It collects garbage each time: a third of a second among all that the tests have loaded.
    monkeypatch.setattr(gc, "collect", lambda: 0)
    rng = np.random.default_rng(seed)
    p = rng.uniform(0, 1, rng.integers(1, 9)) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_holm_passes_over_what_does_not_exist():
    assert holm([]) == []
    found = holm([0.01, math.nan, 0.04])
    assert found[0] == 0.02
    assert math.isnan(found[1])
    assert found[2] == 0.04


@pytest.mark.parametrize("name", ["subject", "trial", "fold", "labels", "ratings"])
def test_what_is_not_paired_is_refused(name):
    a, b = seeds(1)
    b = [replace(b[0], **{name: getattr(b[0], name)[::-1]})]
    with pytest.raises(DataError, match=rf"did not judge the same trials .* \({name} differs\)"):
        compare(a, b, 0)


def test_as_many_seeds_of_both_are_needed():
    a, b = seeds(2)
    with pytest.raises(DataError, match="2 seeds of one method, 1 of the other"):
        compare(a, b[:1], 0)


def test_without_pairs_nothing_can_be_compared():
    a, b = seeds(1)
    both = [[replace(m[0], labels=np.ones_like(m[0].labels))] for m in (a, b)]
    with pytest.raises(DataError, match="no one has two trials"):
        compare(*both, 0)


def test_the_same_rows_give_the_same():
    a, b = seeds()
    assert astuple(compare(a, b, 0)) == astuple(compare(a, b, 0))


@pytest.mark.parametrize("n", [2, 3, 10])
def test_over_data_sets_it_is_the_t_test_of_scipy(n):
    d = np.random.default_rng(n).normal(0.03, 0.05, n)
    found = mean_difference(d.tolist())
    expected = stats.ttest_1samp(d, 0)
    ends = expected.confidence_interval(0.95)
    assert (found.difference, found.n) == (pytest.approx(d.mean()), n)
    assert (found.low, found.high) == (pytest.approx(ends.low), pytest.approx(ends.high))
    assert found.p == pytest.approx(expected.pvalue)
    assert found.sd == pytest.approx(stats.tstd(d))


def test_data_sets_that_all_say_the_same():
    found = mean_difference([0.0] * 3)
    assert (found.difference, found.low, found.high, found.sd) == (0, 0, 0, 0)
    assert math.isnan(found.p)
    found = mean_difference([0.25] * 4)
    assert (found.low, found.high, found.p) == (0.25, 0.25, 0)


@pytest.mark.parametrize("n", [0, 1])
def test_one_data_set_has_no_scatter(n):
    with pytest.raises(DataError, match=f"{n} data sets have no scatter"):
        mean_difference([0.1] * n)
