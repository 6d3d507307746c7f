import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from rtdreamer.metrics.intervals import (
    N_RESAMPLES,
    SHARED_BY_LABELS,
    draw_counts,
    two_way_interval,
    variance_of_fits,
)
from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.target_metrics import estimate_of_pairs
from tests.metrics.made_up import trials


def mean_of(cells):
    """The mean of (n, m) cells if people and clips are taken so often."""
    return lambda people, clips: (
        ((people @ cells) * clips).sum(axis=1) / (people.sum(axis=1) * clips.sum(axis=1))
    )


def drawn(rng, n, m, of_people=0.0, of_clips=0.0, of_trials=0.0):
    """Cells with these SDs of people, clips and single trials."""
    return (
        rng.normal(0, of_people, (n, 1))
        + rng.normal(0, of_clips, (1, m))
        + rng.normal(0, of_trials, (n, m))
    )


def test_a_draw_takes_as_many_as_there_are():
    draws = draw_counts(7, np.random.default_rng(0))
    assert draws.shape == (N_RESAMPLES, 7)
    assert (draws.sum(axis=1) == 7).all()
    np.testing.assert_allclose(draws.mean(axis=0), 1, atol=0.15)


def test_the_value_is_that_of_everybody():
    cells = np.random.default_rng(0).normal(size=(5, 7))
    value, (low, high) = two_way_interval(mean_of(cells), 5, 7)
    assert value == pytest.approx(cells.mean())
    assert low < value < high


@pytest.mark.parametrize(
    ("of_people", "of_clips", "of_trials"),
    [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 1, 3)],
)
def test_the_width_is_what_the_closed_form_says(of_people, of_clips, of_trials):
    n, m, rng = 30, 40, np.random.default_rng(1)
    half_widths = []
    for seed in range(12):
        cells = drawn(rng, n, m, of_people, of_clips, of_trials)
        _, (low, high) = two_way_interval(mean_of(cells), n, m, seed=seed)
        half_widths.append((high - low) / 2)
    # A noise that both have in common counts once, not three times.
    sd = math.sqrt(of_people**2 / n + of_clips**2 / m + of_trials**2 / (n * m))
    assert np.mean(half_widths) == pytest.approx(stats.t.ppf(0.975, n - 1) * sd, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m"), [(6, 18), (12, 18), (18, 6)])
@pytest.mark.parametrize("sds", [(1, 0, 0), (0, 0, 1), (0.3, 0.3, 1)])
def test_of_a_hundred_intervals_some_five_miss(n, m, sds):
    if sds == (1, 0, 0) and n > m:
        sds = (0, 1, 0)
    rng, n_runs = np.random.default_rng(2), 200
    n_held = 0
    for seed in range(n_runs):
        _, (low, high) = two_way_interval(mean_of(drawn(rng, n, m, *sds)), n, m, seed=seed)
        n_held += low <= 0 <= high
    assert 0.88 * n_runs <= n_held


def test_whoever_resamples_people_alone_is_too_sure():
    """Clips of their own, seen by all: what a bootstrap over people cannot know."""
    rng = np.random.default_rng(3)
    n_held = n_held_by_people = 0
    for seed in range(100):
        cells = drawn(rng, 23, 18, of_clips=1, of_trials=1)
        _, (low, high) = two_way_interval(mean_of(cells), 23, 18, seed=seed)
        n_held += low <= 0 <= high
        means = cells.mean(axis=1)
        n_held_by_people += abs(means.mean()) <= 2.07 * means.std(ddof=1) / math.sqrt(23)
    assert n_held >= 88
    assert n_held_by_people < 50


def test_the_variance_of_fits_widens():
    cells = drawn(np.random.default_rng(4), 8, 9, 1, 1, 1)
    value, one = two_way_interval(mean_of(cells), 8, 9)
    _, four = two_way_interval(mean_of(cells), 8, 9, spread=4.0)
    np.testing.assert_allclose(np.array(four) - value, 2 * (np.array(one) - value))


def test_the_seed_decides():
    cells = drawn(np.random.default_rng(5), 8, 9, 1, 1, 1)
    assert two_way_interval(mean_of(cells), 8, 9) == two_way_interval(mean_of(cells), 8, 9)
    assert two_way_interval(mean_of(cells), 8, 9) != two_way_interval(mean_of(cells), 8, 9, seed=1)


@pytest.mark.parametrize(("n", "m"), [(1, 9), (9, 1)])
def test_one_of_a_kind_gives_no_interval(n, m):
    value, ends = two_way_interval(mean_of(np.ones((n, m))), n, m)
    assert value == 1
    assert np.isnan(ends).all()


def test_what_never_varies_is_sure():
    assert two_way_interval(mean_of(np.ones((4, 5))), 4, 5) == (1, (1, 1))


def test_one_fit_has_its_own_variance():
    assert variance_of_fits(np.zeros(9, int)) == 1


@pytest.mark.parametrize("n_folds", [2, 3, 9, 23])
def test_pairs_of_rows_of_different_folds_meet_twice(n_folds):
    fold = np.repeat(np.arange(n_folds), 4)
    assert variance_of_fits(fold, 0.5) == pytest.approx(1.5 - 0.5 / n_folds)
    assert variance_of_fits(fold) == pytest.approx(1 + SHARED_BY_LABELS * (1 - 1 / n_folds))


def test_rows_of_several_folds_meet_all():
    assert variance_of_fits(np.full(9, -1), 0.5) == 1.5


@pytest.mark.slow
def test_where_there_is_nothing_to_learn_the_interval_holds_a_half():
    """Regression on noise, 23 people left out one by one: 95 % of intervals are to hold .5.

    As if one fit had judged all, too few do, since everybody is learned from as well as judged.
    """
    rng = np.random.default_rng(7)
    n_people, n_clips, n_inputs, n_runs = 23, 18, 20, 120
    rows = trials(n_people, n_clips, n_folds=n_people)
    spreads = variance_of_fits(rows.fold), 1.0
    n_held = [0, 0]
    for seed in range(n_runs):
        y = rng.integers(0, 2, len(rows)).astype(float)
        x = rng.normal(size=(len(y), n_inputs))
        p = np.empty(len(y))
        for fold in range(n_people):
            held_out = rows.fold == fold
            learned = x[~held_out]
            squares = learned.T @ learned + 100 * np.eye(n_inputs)
            p[held_out] = x[held_out] @ np.linalg.solve(squares, learned.T @ (y[~held_out] - 0.5))
        labels, both = np.stack([y, y], axis=1), np.stack([p, p], axis=1)
        pairs = pairs_by_label(replace(rows, labels=labels, probabilities=both), 0)
        for k, spread in enumerate(spreads):
            _, (low, high) = estimate_of_pairs(pairs, spread, seed)
            n_held[k] += low <= 0.5 <= high
    assert n_held[0] >= 0.92 * n_runs
    assert n_held[1] <= n_held[0] - 0.04 * n_runs
