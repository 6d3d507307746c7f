import numpy as np
import pytest

from rtdreamer.data import simulated
from rtdreamer.data.clips import CLIPS
from rtdreamer.data.simulated import BASELINE_SECONDS, CLIP_SECONDS, Ratings, SimulatedDreamer
from rtdreamer.data.simulated_people import State, moment_covariance
from rtdreamer.data.trials import dreamer_clip
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

SHORT = 6  # CLIP_SECONDS[SHORT - 1] is the shortest clip


def nothing():
    return State(np.zeros((5, 14)), 0.0, 0.0)


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
        assert trial.eeg.shape == (14, CLIP_SECONDS[number - 1] * 128)
        assert trial.baseline.shape == (14, 7808)
        assert trial.eeg.dtype == np.float64
        assert np.isfinite(trial.eeg).all()
        assert dreamer_clip(trial) is CLIPS[number - 1]
        assert tuple(trial.ratings.values()) == source.ratings(1, number)


def test_a_trial_depends_neither_on_the_number_of_subjects_nor_on_the_order():
    few, many = SimulatedDreamer(n_subjects=2, seed=3), SimulatedDreamer(n_subjects=23, seed=3)
    first = few.trial(2, SHORT)
    many.trial(1, SHORT)
    again = many.trial(2, SHORT)
    assert np.array_equal(first.eeg, again.eeg)
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


@pytest.mark.parametrize("clip", [0.0, 1.0])
def test_without_effect_the_eeg_does_not_depend_on_the_ratings(monkeypatch, clip):
    source = SimulatedDreamer(1, effect=0, clip=clip)
    as_rated = source.trial(1, SHORT)
    for ratings in (Ratings(1, 5, 3), Ratings(5, 1, 3)):
        monkeypatch.setattr(source, "ratings", lambda *_, ratings=ratings: ratings)
        otherwise = source.trial(1, SHORT)
        assert otherwise.ratings["valence"] == ratings.valence
        assert np.array_equal(otherwise.eeg, as_rated.eeg)
        assert np.array_equal(otherwise.baseline, as_rated.baseline)


def test_with_effect_the_ratings_move_the_stimuli_and_never_the_baseline(monkeypatch):
    source = SimulatedDreamer(1, effect=0.5)
    trials = []
    for ratings in (Ratings(1, 1, 3), Ratings(5, 5, 3)):
        monkeypatch.setattr(source, "ratings", lambda *_, ratings=ratings: ratings)
        trials.append(source.trial(1, SHORT))
    low, high = trials
    assert not np.array_equal(low.eeg, high.eeg)
    assert np.array_equal(low.baseline, high.baseline)


def test_the_deviation_is_what_the_stimuli_are_made_from(monkeypatch):
    source, made_from = SimulatedDreamer(2, effect=0.5, clip=0.5), []

    def synthesise(rng, person, state, n_times):
        made_from.append((person, state))
        return np.zeros((14, n_times))

    monkeypatch.setattr(simulated, "synthesise", synthesise)
    source.trial(2, SHORT)
    (person, state), (_, baseline) = made_from
    assert np.array_equal(source.deviation(2, SHORT).vector(), state.vector())
    assert not np.array_equal(baseline.vector(), state.vector())
    assert np.array_equal(source.person(2).habit.vector(), person.habit.vector())


class TestEegOfTheClips:
    """What a clip does to everybody's EEG, whatever is felt."""

    def test_of_size_0_it_leaves_every_bit_as_it_is(self, monkeypatch):
        none, some = SimulatedDreamer(2, 3, clip=0), SimulatedDreamer(2, 3, clip=0.5)
        assert not none.clip_state(SHORT).vector().any()
        without = none.trial(2, SHORT)
        # The very simulation, with the line that adds the clip's part taken out of it.
        monkeypatch.setattr(some, "clip_state", lambda _: nothing())
        again = some.trial(2, SHORT)
        assert again.eeg.tobytes() == without.eeg.tobytes()
        assert again.baseline.tobytes() == without.baseline.tobytes()

    def test_it_changes_no_other_random_number(self):
        sources = [SimulatedDreamer(3, 8, clip=clip) for clip in (0.0, 0.5, 2.0)]
        ratings, people, rest = [], [], []
        for source in sources:
            which = [(s, t) for s in source.subjects for t in source.trials]
            ratings.append([source.ratings(*one) for one in which])
            people.append([source.person(s) for s in source.subjects])
            rest.append([
                source.deviation(*one).vector() - source.clip_state(one[1]).vector()
                for one in which
            ])  # fmt: skip
        assert ratings[0] == ratings[1] == ratings[2]
        for other in people[1:]:
            for one, same in zip(people[0], other, strict=True):
                assert one.alpha_rms == same.alpha_rms
                assert np.array_equal(one.habit.vector(), same.habit.vector())
        np.testing.assert_allclose(rest[1:], [rest[0]] * 2, atol=1e-12)

    def test_it_is_the_same_for_everybody_however_many(self):
        without, few, many = (
            SimulatedDreamer(n, 4, effect=0.3, clip=clip)
            for n, clip in ((9, 0), (2, 0.5), (9, 0.5))
        )
        for trial in (1, SHORT, 18):
            added = few.clip_state(trial).vector()
            assert added.all()
            assert np.array_equal(added, many.clip_state(trial).vector())
            for subject in many.subjects:
                with_clip = many.deviation(subject, trial).vector()
                found = with_clip - without.deviation(subject, trial).vector()
                np.testing.assert_allclose(found, added, atol=1e-12)

    def test_clips_and_seeds_differ_and_the_size_only_scales(self):
        states = [
            SimulatedDreamer(1, seed, clip=0.5).clip_state(trial).vector().tobytes()
            for seed in range(5)
            for trial in SimulatedDreamer.trials
        ]
        assert len(set(states)) == len(states)
        small, large = (SimulatedDreamer(1, 3, clip=c).clip_state(7).vector() for c in (0.5, 1.5))
        np.testing.assert_allclose(large, 3 * small, rtol=1e-12)

    def test_it_shows_in_the_stimuli_and_never_in_the_baseline(self):
        for trial in (SHORT, 16):
            without, with_clip = (
                SimulatedDreamer(1, clip=clip).trial(1, trial) for clip in (0.0, 0.5)
            )
            assert with_clip.baseline.tobytes() == without.baseline.tobytes()
            assert not np.array_equal(with_clip.eeg, without.eeg)
            assert with_clip.eeg.shape == without.eeg.shape

    @pytest.mark.slow
    @pytest.mark.parametrize("clip", [0.0, 0.5, 1.5])
    def test_two_people_who_watch_a_clip_share_clip_squared_moments(self, clip):
        """Without affect; of one person's trials, and of two people's other clips, nothing."""
        sources = [SimulatedDreamer(2, seed, effect=0, clip=clip) for seed in range(1000)]
        drawn = [
            [one.deviation(s, t).vector() for s, t in ((1, 1), (2, 1), (1, 2))] for one in sources
        ]
        first, second, other = np.array(drawn).swapaxes(0, 1)
        moment, n = moment_covariance(), len(sources)
        own = (2 + clip**2) * moment
        variance = np.outer(np.diag(own), np.diag(own))
        for a, b, expected in (
            (first, first, own),
            (first, second, clip**2 * moment),
            (first, other, 0 * moment),
            (second, other, 0 * moment),
        ):
            # Their mean is known to be 0. Of 5184 entries all stay within 5 standard errors.
            standard_error = np.sqrt((variance + expected**2) / n)
            assert np.abs((a.T @ b / n - expected) / standard_error).max() < 5


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
    eeg = SimulatedDreamer(1).trial(1, SHORT).eeg
    steps = eeg / EPOC.step_uv
    assert np.allclose(steps, np.rint(steps), atol=1e-6)
    assert np.abs(np.median(eeg, axis=1) - EPOC.offset_uv).max() < 500


def test_the_strongest_effect_still_gives_eeg(monkeypatch):
    source = SimulatedDreamer(1, effect=10, clip=10)
    for ratings in (Ratings(1, 1, 3), Ratings(5, 5, 3), Ratings(1, 5, 3)):
        monkeypatch.setattr(source, "ratings", lambda *_, ratings=ratings: ratings)
        assert np.isfinite(source.trial(1, SHORT).eeg).all()


def test_the_name_tells_how_it_was_made():
    assert SimulatedDreamer(4, seed=7, effect=0.25, clip=0.5).name == (
        "simulated DREAMER (4 subjects, seed 7, effect 0.25, clip 0.5)"
    )


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"n_subjects": 0}, "subjects is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"effect": -0.1}, "effect is -0.1"),
        ({"effect": float("nan")}, "effect is nan"),
        ({"effect": float("inf")}, "effect is inf"),
        ({"clip": -0.1}, "clip is -0.1, must be 0 to 10"),
        ({"clip": 10.1}, "clip is 10.1"),
        ({"clip": float("nan")}, "clip is nan"),
        ({"clip": float("inf")}, "clip is inf"),
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
    if subject == 1:
        with pytest.raises(DataError, match=wrong):
            source.clip_state(trial)


def test_an_unknown_person_is_refused_with_the_range():
    with pytest.raises(DataError, match="1 to 2"):
        SimulatedDreamer(2).person(3)


def test_streams_of_random_numbers_are_not_shared():
    keys = (
        simulated._PERSON, simulated._RATER, simulated._RATING,
        simulated._LASTING, simulated._BASELINE, simulated._STIMULI, simulated._CLIP,
    )  # fmt: skip
    assert len(set(keys)) == len(keys)


def test_the_same_seed_means_the_same_people_whatever_the_number_and_effect():
    assert SimulatedDreamer(4, seed=2, effect=0).people == SimulatedDreamer(23, seed=2).people
    assert SimulatedDreamer(4, seed=2).people != SimulatedDreamer(4, seed=3).people


def test_the_same_seed_means_the_same_clips_whatever_else():
    clips = SimulatedDreamer(4, seed=2, effect=0, clip=0).clips
    assert clips == SimulatedDreamer(23, seed=2, clip=1).clips == "simulated with seed 2"
    assert clips != SimulatedDreamer(4, seed=3).clips
