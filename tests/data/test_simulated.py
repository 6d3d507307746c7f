import numpy as np
import pytest

from rtdreamer.data import simulated
from rtdreamer.data.clips import CLIPS
from rtdreamer.data.simulated import BASELINE_SECONDS, CLIP_SECONDS, Ratings, SimulatedDreamer
from rtdreamer.epoc import OFFSET_UV, STEP_UV
from rtdreamer.errors import DataError

SHORT = 6  # CLIP_SECONDS[SHORT - 1] is the shortest clip


def test_clip_lengths_are_those_known_of_dreamer():
    assert CLIP_SECONDS[0] * 128 == 25472
    assert (min(CLIP_SECONDS), max(CLIP_SECONDS)) == (65, 393)
    assert 3722 <= sum(CLIP_SECONDS) <= 3739
    assert len(CLIP_SECONDS) == len(CLIPS)
    assert BASELINE_SECONDS * 128 == 7808


def test_a_full_subject_has_the_shapes_of_dreamer():
    source = SimulatedDreamer(n_subjects=1)
    for number in source.trials:
        trial = source.trial(1, number)
        assert trial.stimuli.shape == (14, CLIP_SECONDS[number - 1] * 128)
        assert trial.baseline.shape == (14, 7808)
        assert trial.stimuli.dtype == np.float64
        assert np.isfinite(trial.stimuli).all()
        assert trial.simulated
        assert trial.clip is CLIPS[number - 1]
        assert (trial.valence, trial.arousal, trial.dominance) == source.ratings(1, number)


def test_a_trial_depends_neither_on_the_number_of_subjects_nor_on_the_order():
    few, many = SimulatedDreamer(n_subjects=2, seed=3), SimulatedDreamer(n_subjects=23, seed=3)
    first = few.trial(2, SHORT)
    many.trial(1, SHORT)
    again = many.trial(2, SHORT)
    assert np.array_equal(first.stimuli, again.stimuli)
    assert np.array_equal(first.baseline, again.baseline)
    assert few.ratings(2, SHORT) == many.ratings(2, SHORT)


def test_subjects_trials_and_seeds_all_differ():
    source, other = SimulatedDreamer(2), SimulatedDreamer(2, seed=1)
    beginnings = [
        one.trial(subject, trial).baseline[:, :200].tobytes()
        for one in (source, other)
        for subject in (1, 2)
        for trial in (1, SHORT)
    ]
    assert len(set(beginnings)) == len(beginnings)


def test_without_effect_the_eeg_does_not_depend_on_the_ratings(monkeypatch):
    source = SimulatedDreamer(1, effect=0)
    as_rated = source.trial(1, SHORT)
    for ratings in (Ratings(1, 5, 3), Ratings(5, 1, 3)):
        monkeypatch.setattr(source, "ratings", lambda *_, ratings=ratings: ratings)
        otherwise = source.trial(1, SHORT)
        assert otherwise.valence == ratings.valence
        assert np.array_equal(otherwise.stimuli, as_rated.stimuli)
        assert np.array_equal(otherwise.baseline, as_rated.baseline)


def test_with_effect_the_ratings_move_the_stimuli_and_never_the_baseline(monkeypatch):
    source = SimulatedDreamer(1, effect=0.5)
    trials = []
    for ratings in (Ratings(1, 1, 3), Ratings(5, 5, 3)):
        monkeypatch.setattr(source, "ratings", lambda *_, ratings=ratings: ratings)
        trials.append(source.trial(1, SHORT))
    low, high = trials
    assert not np.array_equal(low.stimuli, high.stimuli)
    assert np.array_equal(low.baseline, high.baseline)


def test_the_deviation_is_what_the_stimuli_are_made_from(monkeypatch):
    source, made_from = SimulatedDreamer(2, effect=0.5), []

    def synthesise(rng, person, state, n_times):
        made_from.append((person, state))
        return np.zeros((14, n_times))

    monkeypatch.setattr(simulated, "synthesise", synthesise)
    source.trial(2, SHORT)
    (person, state), (_, baseline) = made_from
    assert np.array_equal(source.deviation(2, SHORT).vector(), state.vector())
    assert not np.array_equal(baseline.vector(), state.vector())
    assert np.array_equal(source.person(2).habit.vector(), person.habit.vector())


def test_the_class_balance_is_near_that_of_dreamer():
    shares = []  # of trials rated high, one row a subject
    for seed in range(8):
        source = SimulatedDreamer(seed=seed)
        ratings = np.array([[source.ratings(s, t) for t in source.trials] for s in source.subjects])
        shares.append((ratings[..., :2] >= 3).mean(axis=1))
        assert np.isin(ratings, range(1, 6)).all()
        valence, arousal = shares[-1].mean(axis=0)
        assert valence == pytest.approx(0.611, abs=0.08)
        assert arousal == pytest.approx(0.725, abs=0.08)
    valence, arousal = np.concatenate(shares).mean(axis=0)
    assert valence == pytest.approx(0.611, abs=0.04)
    assert arousal == pytest.approx(0.725, abs=0.04)
    lowest, highest = np.min(shares, axis=1).mean(axis=0), np.max(shares, axis=1).mean(axis=0)
    assert lowest == pytest.approx([0.39, 0.50], abs=0.12)
    assert highest == pytest.approx([0.78, 0.94], abs=0.12)


def test_each_clip_is_rated_about_its_mean():
    sources = [SimulatedDreamer(seed=seed) for seed in range(6)]
    for clip in CLIPS:
        ratings = [s.ratings(subject, clip.number) for s in sources for subject in s.subjects]
        valence, arousal, _ = np.mean(ratings, axis=0)
        # Rounding and the ends of the scale shift the mean a little.
        assert valence == pytest.approx(clip.valence_mean, abs=0.35)
        assert arousal == pytest.approx(clip.arousal_mean, abs=0.35)


def test_values_look_like_an_epoc():
    eeg = SimulatedDreamer(1).trial(1, SHORT).stimuli
    steps = eeg / STEP_UV
    assert np.allclose(steps, np.rint(steps), atol=1e-6)
    assert np.abs(np.median(eeg, axis=1) - OFFSET_UV).max() < 500


def test_the_strongest_effect_still_gives_eeg(monkeypatch):
    source = SimulatedDreamer(1, effect=10)
    for ratings in (Ratings(1, 1, 3), Ratings(5, 5, 3), Ratings(1, 5, 3)):
        monkeypatch.setattr(source, "ratings", lambda *_, ratings=ratings: ratings)
        assert np.isfinite(source.trial(1, SHORT).stimuli).all()


def test_the_name_tells_how_it_was_made():
    assert SimulatedDreamer(4, seed=7, effect=0.25).name == (
        "simulated DREAMER (4 subjects, seed 7, effect 0.25)"
    )


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"n_subjects": 0}, "subjects is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"effect": -0.1}, "effect is -0.1"),
        ({"effect": float("nan")}, "effect is nan"),
        ({"effect": float("inf")}, "effect is inf"),
    ],
)
def test_parameters_out_of_range_are_named(parameters, named):
    with pytest.raises(DataError, match=named):
        SimulatedDreamer(**parameters)


@pytest.mark.parametrize(("subject", "trial"), [(0, 1), (3, 1), (1, 0), (1, 19)])
def test_an_unknown_trial_is_refused_with_the_range(subject, trial):
    source = SimulatedDreamer(2)
    wrong = "1 to 18" if subject == 1 else "1 to 2"
    with pytest.raises(DataError, match=wrong):
        source.trial(subject, trial)
    with pytest.raises(DataError, match=wrong):
        source.ratings(subject, trial)
    with pytest.raises(DataError, match=wrong):
        source.deviation(subject, trial)


def test_an_unknown_person_is_refused_with_the_range():
    with pytest.raises(DataError, match="1 to 2"):
        SimulatedDreamer(2).person(3)


def test_streams_of_random_numbers_are_not_shared():
    keys = (
        simulated._PERSON, simulated._RATER, simulated._RATING,
        simulated._LASTING, simulated._BASELINE, simulated._STIMULI,
    )  # fmt: skip
    assert len(set(keys)) == len(keys)


def test_the_same_seed_means_the_same_people_whatever_the_number_and_effect():
    assert SimulatedDreamer(4, seed=2, effect=0).people == SimulatedDreamer(23, seed=2).people
    assert SimulatedDreamer(4, seed=2).people != SimulatedDreamer(4, seed=3).people
