import numpy as np
import pytest
from scipy.special import expit

from rtdreamer.errors import DataError
from rtdreamer.model.trained_model import Calibration
from rtdreamer.training.calibration import (
    MAX_LOG_TEMPERATURE,
    calibration_groups,
    carry_over,
    fit_calibration,
    out_of_fold_logits,
    probabilities,
    subject_groups,
    trial_means,
)


def drawn(n=20_000, seed=0):
    """Log odds, and labels that follow them."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0.3, 1.5, (n, 2))
    return odds, (rng.uniform(size=(n, 2)) < expit(odds)).astype(float)


@pytest.mark.parametrize("seed", range(3))
def test_a_known_distortion_is_undone(seed):
    odds, labels = drawn(seed=seed)
    # Odds of logit / T + b come from logits of T · (odds − b).
    temperature, bias = np.array([0.5, 2.0]), np.array([0.4, -0.8])
    logits = temperature * (odds - bias)
    found = fit_calibration(logits, labels)
    assert found.temperature == pytest.approx(tuple(temperature), rel=0.06)
    assert found.bias == pytest.approx(tuple(bias), abs=0.06)
    assert probabilities(found, logits) == pytest.approx(expit(odds), abs=0.03)


def test_what_is_calibrated_stays():
    found = fit_calibration(*drawn())
    assert found.temperature == pytest.approx((1, 1), rel=0.06)
    assert found.bias == pytest.approx((0, 0), abs=0.06)


def test_each_target_has_a_calibration_of_its_own():
    odds, labels = drawn(2000)
    both = fit_calibration(odds, labels)
    swapped = fit_calibration(odds[:, ::-1], labels[:, ::-1])
    assert (swapped.temperature, swapped.bias) == (both.temperature[::-1], both.bias[::-1])


def test_a_third_target_changes_nothing_about_the_others():
    odds, labels = drawn(2000)
    order = [0, 1, 0]
    both, three = fit_calibration(odds, labels), fit_calibration(odds[:, order], labels[:, order])
    assert three.temperature == (*both.temperature, both.temperature[0])
    assert three.bias == (*both.bias, both.bias[0])
    p = probabilities(three, odds[:, order])
    assert np.array_equal(p, probabilities(both, odds)[:, order])
    carried = carry_over(three, odds[:, order], 2 * odds[:, order])
    assert carried.temperature == pytest.approx([2 * t for t in three.temperature])
    assert carried.bias == pytest.approx(three.bias)


def test_logits_that_know_nothing_become_the_base_rate():
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=(5000, 2)) < (0.3, 0.8)).astype(float)
    logits = rng.normal(0, 1, (5000, 2))
    p = probabilities(fit_calibration(logits, labels), logits)
    assert p.mean(axis=0) == pytest.approx(labels.mean(axis=0), abs=0.01)
    assert p.std(axis=0).max() < 0.03


def test_logits_that_are_wrong_on_purpose_become_the_base_rate():
    odds, labels = drawn()
    p = probabilities(fit_calibration(-odds, labels), -odds)
    assert p.std(axis=0).max() < 0.01
    assert p.mean(axis=0) == pytest.approx(labels.mean(axis=0), abs=0.01)


def test_perfect_logits_stay_within_bounds():
    labels = np.repeat([[0.0, 1.0], [1.0, 0.0]], 10, axis=0)
    found = fit_calibration(4 * labels - 2, labels)
    assert min(found.temperature) >= np.exp(-MAX_LOG_TEMPERATURE) * 0.999
    assert np.isfinite(found.bias).all()


def test_here_and_in_the_checkpoint_it_is_the_same_formula():
    odds, labels = drawn(500)
    found = fit_calibration(odds, labels)
    live = found.apply(odds)
    assert probabilities(found, odds) == pytest.approx(live, abs=1e-12)


@pytest.mark.parametrize("n_groups", [2, 3, 50])
def test_nobody_answers_for_people_learned_from(make_windows, n_groups):
    windows = make_windows(n_subjects=7, n_trials=4, per_trial=2)
    calls = []

    def logits(learned, judged):
        assert not set(learned.subjects) & set(judged.subjects)
        assert len(learned) + len(judged) == len(windows)
        assert learned.ratings.all()
        assert not judged.ratings.any()
        calls.append(judged.subjects)
        return np.stack([judged.subject, judged.trial], axis=1).astype(float)

    found = out_of_fold_logits(windows, logits, n_groups, seed=4)
    assert len(calls) == min(n_groups, 7)
    assert sorted(s for group in calls for s in group) == list(windows.subjects)
    # Each answer stands where its question stood.
    assert np.array_equal(found, np.stack([windows.subject, windows.trial], axis=1))
    assert calls == calibration_groups(windows, n_groups, seed=4)


def test_two_people_are_too_few(make_windows):
    windows = make_windows(n_subjects=2)
    with pytest.raises(DataError, match=r"^noise: 2 subjects to learn from: at least 3") as error:
        out_of_fold_logits(windows, lambda learned, judged: np.empty(0), 5, 0)
    assert "\n" not in str(error.value)


def test_a_calibration_is_carried_over_to_what_says_the_same_more_loudly():
    rng = np.random.default_rng(5)
    before = rng.normal(size=(200, 2))
    calibration = Calibration((0.5, 2.0), (0.3, -1.0))
    after = before * (0.2, 7.0) + (1.5, -0.4)
    carried = carry_over(calibration, before, after)
    expected = probabilities(calibration, before)
    assert probabilities(carried, after) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("silent", ["before", "after"])
def test_nothing_is_carried_over_to_or_from_what_always_says_the_same(silent):
    logits = {"before": np.random.default_rng(6).normal(size=(9, 2))}
    logits["after"] = 2 * logits["before"]
    logits[silent] = np.zeros((9, 2))
    calibration = Calibration((0.5, 2.0), (0.3, -1.0))
    assert carry_over(calibration, **logits) == calibration


@pytest.mark.parametrize("loud", [1e30, 1e38])
def test_fits_that_diverged_are_refused_in_one_line(loud):
    said = np.array([[-1, 1], [1, -1]], np.float32)
    with pytest.raises(DataError, match="diverged"):
        carry_over(Calibration(), said, said * np.float32(loud))


def test_groups_of_subjects_are_even_and_whole():
    for seed in range(25):
        subjects = tuple(range(1, 5 + seed))
        groups = list(subject_groups(subjects, 5, seed))
        assert sorted(s for group in groups for s in group) == list(subjects)
        assert len(groups) == min(5, len(subjects))
        assert np.ptp([len(group) for group in groups]) <= 1
        assert groups == list(subject_groups(subjects, 5, seed))


@pytest.mark.parametrize("n_targets", [2, 3])
def test_with_no_windows_to_carry_it_over_a_calibration_stays(n_targets):
    none = np.empty((0, n_targets), np.float32)
    calibration = Calibration((0.5, 2.0, 1.5)[:n_targets], (0.3, -1.0, 0.1)[:n_targets])
    assert carry_over(calibration, none, none) == calibration


def test_there_are_no_trials_of_no_windows(make_windows):
    nothing = make_windows().take(np.empty(0, np.int64))
    assert trial_means(nothing, np.empty((0, 2))).shape == (0, 2)
