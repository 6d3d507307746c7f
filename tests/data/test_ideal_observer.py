import numpy as np
import pytest

from rtdreamer.data.ideal_observer import dominance_forecast, ideal_forecast, rating_distribution
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.errors import DataError

SUBJECTS = 23


def judge(effect, seed=5, threshold=3, n_subjects=SUBJECTS, clip=0.0):
    """Forecasts and what came true, each (n_trials, 2), and whose trials they are."""
    source = SimulatedDreamer(n_subjects, seed, effect, clip)
    trials = [(subject, trial) for subject in source.subjects for trial in source.trials]
    forecasts = np.array([ideal_forecast(source, *which, threshold) for which in trials])
    ratings = np.array([source.ratings(*which)[:2] for which in trials])
    return forecasts, ratings >= threshold, np.array(trials)[:, 0]


def within_person_auc(forecast, high, who):
    margins = [
        np.subtract.outer(forecast[(who == one) & high], forecast[(who == one) & ~high]).ravel()
        for one in np.unique(who)
    ]
    return np.heaviside(np.concatenate(margins), 0.5).mean()


def test_the_rating_distribution_is_that_of_the_simulator():
    counts = np.zeros((5, 5))
    for seed in range(10):
        source = SimulatedDreamer(seed=seed)
        for subject in source.subjects:
            for trial in source.trials:
                valence, arousal, _ = source.ratings(subject, trial)
                counts[valence - 1, arousal - 1] += 1
    expected = rating_distribution()
    assert expected.sum() == pytest.approx(1)
    # 4140 trials: a share's standard error is at most .005, or .006 with people's leniency.
    assert counts / counts.sum() == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize("threshold", [2, 3, 4.5])
def test_without_effect_everybody_gets_the_base_rate(threshold):
    forecasts, _, _ = judge(effect=0, threshold=threshold, n_subjects=3)
    assert (forecasts == forecasts[0]).all()
    high = np.arange(1, 6) >= threshold
    base_rate = rating_distribution()[high].sum(), rating_distribution()[:, high].sum()
    assert forecasts[0] == pytest.approx(base_rate)


def test_a_huge_effect_gives_the_ratings_away():
    for threshold in (2, 3, 4, 5):
        forecasts, high, _ = judge(effect=10, threshold=threshold, n_subjects=4)
        assert forecasts == pytest.approx(high.astype(float), abs=1e-6)


@pytest.mark.parametrize(("threshold", "certain"), [(1, 1.0), (5.1, 0.0)])
def test_off_the_scale_there_is_nothing_to_tell(threshold, certain):
    forecasts, _, _ = judge(effect=0.3, threshold=threshold, n_subjects=1)
    assert forecasts == pytest.approx(certain)


@pytest.mark.parametrize(
    ("clip", "n_subjects", "n_seeds"),
    # Whoever shares a seed shares its clips: where these show, many of them are needed.
    [(0.0, 23, 6), (1.5, 2, 69)],
)
def test_forecasts_come_true_as_often_as_they_say(clip, n_subjects, n_seeds):
    judged = [judge(0.3, seed, n_subjects=n_subjects, clip=clip)[:2] for seed in range(n_seeds)]
    forecasts, high = (np.concatenate(part) for part in zip(*judged, strict=True))
    for target in (0, 1):
        order = np.argsort(forecasts[:, target])
        for fifth in np.array_split(order, 5):
            said, came = forecasts[fifth, target].mean(), high[fifth, target].mean()
            # Chance alone moves a fifth of 2484 trials by .022 at most (1 SD).
            assert came == pytest.approx(said, abs=0.07)


def test_whoever_takes_the_eeg_of_clips_for_another_size_forecasts_worse(monkeypatch):
    """The logarithmic score is best on average for the true probabilities alone."""
    true_size = 1.5
    scores = {0.0: [], true_size: [], 3.0: []}
    for seed in range(40):
        source = SimulatedDreamer(2, seed, 0.5, true_size)
        for assumed, mean_scores in scores.items():
            observer = SimulatedDreamer(2, seed, 0.5, assumed)
            monkeypatch.setattr(observer, "deviation", source.deviation)
            which = [(s, t) for s in source.subjects for t in source.trials]
            forecasts = np.array([ideal_forecast(observer, *one, 3) for one in which])
            high = np.array([source.ratings(*one)[:2] for one in which]) >= 3
            mean_scores.append(np.log(np.where(high, forecasts, 1 - forecasts)).mean())
    best = np.array(scores.pop(true_size))
    for others in scores.values():
        gain = best - others
        assert gain.mean() > 3 * gain.std() / np.sqrt(len(gain))


def test_the_eeg_of_clips_hides_what_is_felt():
    """Over many clips: on few of them chance may favour anybody."""
    aucs = []
    for clip in (0.0, 1.0, 3.0):
        judged = [judge(0.5, seed, n_subjects=2, clip=clip) for seed in range(20)]
        by_seed = [
            [within_person_auc(forecasts[:, t], high[:, t], who) for t in (0, 1)]
            for forecasts, high, who in judged
        ]
        aucs.append(np.mean(by_seed, axis=0))
    assert (np.diff(aucs, axis=0) < -0.02).all()
    assert aucs[-1].min() > 0.55


def test_the_more_affect_shows_the_better_it_is_told():
    aucs = []
    for effect in (0.0, 0.1, 0.3, 1.0):
        forecasts, high, who = judge(effect)
        aucs.append([within_person_auc(forecasts[:, t], high[:, t], who) for t in (0, 1)])
    assert aucs[0] == [0.5, 0.5]
    assert (np.diff(aucs, axis=0) > 0.03).all()
    assert min(aucs[-1]) > 0.95


def test_it_beats_the_difference_between_the_classes_learned_from_the_answers():
    forecasts, high, who = judge(effect=0.3)
    source = SimulatedDreamer(SUBJECTS, 5, 0.3)
    trials = [(s, t) for s in source.subjects for t in source.trials]
    deviations = np.array([source.deviation(*which).vector() for which in trials])
    for target in (0, 1):
        best = within_person_auc(forecasts[:, target], high[:, target], who)
        is_high = high[:, target]
        contrast = deviations[is_high].mean(axis=0) - deviations[~is_high].mean(axis=0)
        assert best > within_person_auc(deviations @ contrast, is_high, who) > 0.5


def test_an_unknown_trial_is_refused():
    with pytest.raises(DataError, match="no trial 19"):
        ideal_forecast(SimulatedDreamer(1), 1, 19, 3)


@pytest.mark.parametrize("threshold", [2, 3, 4.5])
def test_dominance_is_as_often_high_as_the_simulator_makes_it(threshold):
    ratings = []
    for seed in range(10):
        source = SimulatedDreamer(seed=seed)
        trials = [(subject, trial) for subject in source.subjects for trial in source.trials]
        ratings += [source.ratings(*which).dominance for which in trials]
    # As above: a share's standard error is at most .008, or .012 with 230 people's leniency.
    share = (np.array(ratings) >= threshold).mean()
    assert dominance_forecast(threshold) == pytest.approx(share, abs=0.03)


def test_dominance_off_the_scale_is_certain():
    assert dominance_forecast(1) == pytest.approx(1)
    assert dominance_forecast(5.1) == 0
