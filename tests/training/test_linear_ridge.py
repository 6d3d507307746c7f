import numpy as np
import pytest
from sklearn.linear_model import Ridge

from rtdreamer.training.linear import PENALTIES, Sums, fit_ridge, ridge

LAMBDAS = (0.5, 30.0, 4000.0)


def data(n=200, p=12, k=2, seed=0, noise=1.0):
    """Features that hang together, and targets that hang on them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, p)) @ rng.normal(0, 1, (p, p)) + 3
    return x, x @ rng.normal(0, 0.3, (p, k)) + rng.normal(0, noise, (n, k)) - 5


@pytest.mark.parametrize(("n", "p", "k"), [(200, 12, 2), (30, 60, 1), (500, 5, 3)])
def test_it_is_scikit_learns_ridge(n, p, k):
    x, y = data(n, p, k)
    weights, intercepts = ridge(Sums.of(x, y), LAMBDAS)
    assert weights.shape == (3, p, k)
    for found, intercept, penalty in zip(weights, intercepts, LAMBDAS, strict=True):
        expected = Ridge(alpha=penalty, solver="svd").fit(x, y)
        np.testing.assert_allclose(found.T, np.atleast_2d(expected.coef_), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(intercept, expected.intercept_, rtol=1e-6)


def test_it_is_where_the_penalised_sum_has_no_slope():
    x, y = data()
    for weights, intercept, penalty in zip(*ridge(Sums.of(x, y), LAMBDAS), LAMBDAS, strict=True):
        rest = y - x @ weights - intercept
        np.testing.assert_allclose(rest.sum(axis=0), 0, atol=1e-8)  # no penalty on the intercept
        np.testing.assert_allclose(x.T @ rest, penalty * weights, rtol=1e-6, atol=1e-6)


def test_with_ever_more_penalty_only_the_mean_is_left():
    x, y = data()
    weights, intercepts = ridge(Sums.of(x, y), (1e12,))
    np.testing.assert_allclose(weights, 0, atol=1e-6)
    np.testing.assert_allclose(intercepts[0], y.mean(axis=0), rtol=1e-6)


def test_features_that_say_the_same_share_the_weight():
    x, y = data()
    once, _ = ridge(Sums.of(x, y), (10.0,))
    twice, _ = ridge(Sums.of(np.hstack([x, x]) / np.sqrt(2), y), (10.0,))
    np.testing.assert_allclose(twice[0, :12], twice[0, 12:], atol=1e-9)
    np.testing.assert_allclose(twice[0, :12] * np.sqrt(2), once[0], rtol=1e-6)


def test_what_is_taken_away_was_never_learned_from():
    x, y = data()
    rest = Sums.of(x, y).without(Sums.of(x[:50], y[:50]))
    expected = ridge(Sums.of(x[50:], y[50:]), LAMBDAS)
    for found, alone in zip(ridge(rest, LAMBDAS), expected, strict=True):
        np.testing.assert_allclose(found, alone, rtol=1e-6, atol=1e-9)


def people(n_people=6, per_person=40, p=30, signal=1.0, seed=0):
    """Features, and labels that hang on the first of them in a way that all people share."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n_people * per_person, p))
    drive = signal * x[:, [0, 1]] + rng.normal(0, 1, (len(x), 2))
    return x, (drive > 0).astype(float), np.repeat(np.arange(1, n_people + 1), per_person)


GROUPS = [(1, 4), (2, 5), (3, 6)]


@pytest.fixture(scope="module")
def fitted():
    return fit_ridge(*people(), GROUPS)


def test_held_out_is_what_others_say(fitted):
    x, labels, subject = people()
    for group in GROUPS:
        out = np.isin(subject, group)
        for k, penalty in enumerate(fitted.penalties):
            model = Ridge(alpha=penalty).fit(x[~out], 2 * labels[~out, k] - 1)
            np.testing.assert_allclose(fitted.held_out[out, k], model.predict(x[out]), rtol=1e-6)


def test_the_fit_that_is_kept_is_to_everybody(fitted):
    x, labels, _ = people()
    for k, penalty in enumerate(fitted.penalties):
        model = Ridge(alpha=penalty).fit(x, 2 * labels[:, k] - 1)
        np.testing.assert_allclose(fitted.weights[k], model.coef_, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(fitted.intercept[k], model.intercept_, rtol=1e-6, atol=1e-9)


def test_the_penalty_is_the_best_of_all_for_those_left_out(fitted):
    x, labels, subject = people()
    error = np.zeros((len(PENALTIES), 2))
    for row, penalty in enumerate(PENALTIES):
        for group in GROUPS:
            out = np.isin(subject, group)
            model = Ridge(alpha=penalty).fit(x[~out], 2 * labels[~out] - 1)
            error[row] += ((model.predict(x[out]) - 2 * labels[out] + 1) ** 2).sum(axis=0)
    assert fitted.penalties == tuple(PENALTIES[row] for row in error.argmin(axis=0))


def test_the_less_there_is_to_see_the_more_is_penalised():
    clear = fit_ridge(*people(signal=5.0), GROUPS).penalties
    faint = fit_ridge(*people(signal=0.3), GROUPS).penalties
    nothing = fit_ridge(*people(signal=0.0), GROUPS).penalties
    assert max(clear) < min(faint) < min(nothing)


def test_each_target_is_fitted_by_itself():
    x, labels, subject = people()
    both = fit_ridge(x, labels, subject, GROUPS)
    second = fit_ridge(x, labels[:, 1:], subject, GROUPS)
    assert both.penalties[1:] == second.penalties
    np.testing.assert_allclose(both.weights[1:], second.weights)


def test_three_targets_will_do():
    x, labels, subject = people()
    found = fit_ridge(x, np.hstack([labels, labels[:, :1]]), subject, GROUPS)
    assert found.weights.shape == (3, 30)
    np.testing.assert_allclose(found.weights[2], found.weights[0])


def test_what_varies_nowhere_has_no_weight():
    x, labels, subject = people()
    x[:, 5] = 0.0
    labels[:, 1] = 1.0
    found = fit_ridge(x, labels, subject, GROUPS)
    assert np.isfinite(found.weights).all()
    np.testing.assert_allclose(found.weights[:, 5], 0, atol=1e-12)
    np.testing.assert_allclose(found.weights[1], 0, atol=1e-9)
    np.testing.assert_allclose(found.intercept[1], 1)


# Features that are varied


def some_variation(p=12, rank=5, seed=7):
    """A covariance of some rank, and its root."""
    root = np.random.default_rng(seed).normal(0, 0.7, (p, rank))
    return root @ root.T, root


def test_variation_is_that_of_rows_that_have_it():
    """Σ over all copies of (y − (x + e)·w − b)² = Σ (y − x·w − b)² + n w·S·w: n e-rows, y = 0."""
    x, y = data()
    variation, root = some_variation()
    found, intercepts = ridge(Sums.of(x, y, variation), LAMBDAS)
    centred = x - x.mean(axis=0), y - y.mean(axis=0)
    rows = np.vstack([centred[0], np.sqrt(len(x)) * root.T])
    targets = np.vstack([centred[1], np.zeros((root.shape[1], y.shape[1]))])
    for weights, intercept, penalty in zip(found, intercepts, LAMBDAS, strict=True):
        expected = Ridge(alpha=penalty, fit_intercept=False, solver="svd").fit(rows, targets)
        np.testing.assert_allclose(weights.T, expected.coef_, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(intercept, y.mean(axis=0) - x.mean(axis=0) @ weights, rtol=1e-9)


def test_variation_is_what_many_varied_copies_teach():
    rng = np.random.default_rng(0)
    n_copies = 4000
    x, y = data(n=60, p=6, k=1)
    variation, root = some_variation(p=6, rank=3)
    weights, intercepts = ridge(Sums.of(x, y, variation), LAMBDAS)
    copies = [x + rng.normal(size=(len(x), 3)) @ root.T for _ in range(n_copies)]
    many = np.vstack(copies), np.tile(y, (n_copies, 1))
    for found, intercept, penalty in zip(weights, intercepts, LAMBDAS, strict=True):
        # So many copies weigh as much against the penalty as one.
        expected = Ridge(alpha=penalty * n_copies).fit(*many)
        size = np.abs(expected.coef_).max()
        np.testing.assert_allclose(found.T, np.atleast_2d(expected.coef_), atol=0.01 * size)
        np.testing.assert_allclose(intercept, expected.intercept_, atol=0.03 * size)


def test_what_varies_much_is_not_relied_on():
    x, y = data(p=12)
    direction = np.zeros(12)
    direction[[2, 5]] = 1.0
    plain, _ = ridge(Sums.of(x, y), (1.0,))
    varied, _ = ridge(Sums.of(x, y, 1e6 * np.outer(direction, direction)), (1.0,))
    assert np.abs(direction @ plain[0]).max() > 0.1
    np.testing.assert_allclose(direction @ varied[0], 0, atol=1e-3)
    assert np.abs(varied[0][2]).max() > 0.01  # each for itself still counts


def test_without_variation_it_is_plain():
    x, labels, subject = people()
    plain = fit_ridge(x, labels, subject, GROUPS)
    none = fit_ridge(x, labels, subject, GROUPS, variation=np.zeros((30, 30)))
    assert plain.penalties == none.penalties
    np.testing.assert_allclose(none.weights, plain.weights)
    np.testing.assert_allclose(none.held_out, plain.held_out)


def test_those_held_out_are_judged_by_fits_that_varied_as_much():
    x, labels, subject = people()
    variation, root = some_variation(p=30)
    found = fit_ridge(x, labels, subject, GROUPS, variation=variation)
    for group in GROUPS:
        out = np.isin(subject, group)
        learned, y = x[~out], 2 * labels[~out] - 1
        rows = np.vstack([learned - learned.mean(axis=0), np.sqrt(len(learned)) * root.T])
        for k, penalty in enumerate(found.penalties):
            targets = np.concatenate([y[:, k] - y[:, k].mean(), np.zeros(root.shape[1])])
            w = Ridge(alpha=penalty, fit_intercept=False).fit(rows, targets).coef_
            expected = (x[out] - learned.mean(axis=0)) @ w + y[:, k].mean()
            np.testing.assert_allclose(found.held_out[out, k], expected, rtol=1e-6, atol=1e-9)


def test_soft_labels_are_targets_in_between():
    x, labels, subject = people()
    soft = 0.2 + 0.6 * labels
    found = fit_ridge(x, soft, subject, GROUPS, penalties=(100.0,))
    for k in (0, 1):
        expected = Ridge(alpha=100.0).fit(x, 2 * soft[:, k] - 1)
        np.testing.assert_allclose(found.weights[k], expected.coef_, rtol=1e-6, atol=1e-9)
