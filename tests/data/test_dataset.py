import numpy as np
import pytest

from rtdreamer.data import simulated
from rtdreamer.data.dataset import Dataset, RatingScale, fingerprint, of_source
from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from tests.odd_dataset import PEOPLE, odd_dataset, odd_trials

EEG = np.zeros((14, 3))
RATED = {"valence": 2.5, "arousal": 3}


def trial(subject="a", stimulus="x", **kwargs):
    return Trial(subject, stimulus, **{"eeg": EEG, "ratings": RATED} | kwargs)


def test_people_come_in_their_natural_order_whatever_order_trials_are_in():
    for seed in range(5):
        trials = list(odd_trials())
        order = np.random.default_rng(seed).permutation(len(trials))
        found = Dataset("odd", [trials[k] for k in order], (1, 9))
        assert found.subjects == ("007", "12", "Ann", "b 2", "eve", "zoë")
        assert [t.where for t in found.trials()] == [t.where for t in odd_dataset().trials()]
    assert found.n_trials() == len(trials) == sum(found.n_trials(who) for who in PEOPLE)
    assert {t.subject for t in found.trials("Ann")} == {"Ann"}


@pytest.mark.parametrize(
    ("low", "high", "threshold"), [(1, 9, 5), (0, 1, 0.5), (-3, 3, 0), (1, 5, 3)]
)
def test_a_scale_has_its_own_middle_unless_told_otherwise(low, high, threshold):
    rated = {"valence": low, "arousal": high}
    assert Dataset("own", [trial(ratings=rated)], (low, high)).scale.threshold == threshold
    told = Dataset("own", [trial(ratings=rated)], (low, high), threshold=high).scale
    assert told == RatingScale(low, high, high)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subject": 5}, "subject 5: must be text, such as '5'"),
        ({"subject": " a"}, "subject ' a': must be 1 to 100 printable"),
        ({"stimulus": ""}, "stimulus '': must be 1 to 100"),
        ({"stimulus": "a\nb"}, r"stimulus 'a\\nb': must be 1 to 100"),
        ({"session": "a/b"}, "session 'a/b': must be without /"),
        ({"eeg": np.zeros((3, 14))}, r"subject a, trial x: its EEG has shape \(3, 14\): must be"),
        ({"eeg": "none"}, "subject a, trial x: its EEG is no array of numbers"),
        ({"eeg": EEG + np.nan, "session": "2"}, "trial 2/x: its EEG holds 42 samples that are no"),
        (
            {"eeg": EEG - 1e300},
            r"subject a, trial x: its EEG reaches 1e\+300 µV, beyond a ",
        ),
        (
            {"baseline": EEG + 1.1e6},
            r"subject a, trial x: its baseline reaches 1.1e\+06 µV, bey",
        ),
        ({"baseline": EEG[0]}, r"its baseline has shape \(3,\)"),
        ({"ratings": {"valence": np.nan}}, "its valence is nan: a rating must be a finite number"),
        ({"ratings": {"valence": "high"}}, "its valence is 'high'"),
        ({"ratings": {"valence": 10**400}}, "its valence is 1000"),
        ({"ratings": {"valence": 1 + 2j}}, "its valence is"),
        ({"ratings": {"valence": np.timedelta64(3)}}, "its valence is"),
        ({"ratings": RATED | {5: 1}}, "its 5 is 1: a rating must be a finite number, with its"),
        ({"ratings": [2.5, 3]}, r"its ratings are \[2.5, 3\]: must be a mapping"),
        ({"eeg": EEG + 1j}, "its EEG is no array of numbers"),
        ({"eeg": np.ma.masked_equal(EEG, 0)}, "no array of numbers, or some are masked"),
        ({"baseline": np.full((14, 3), "1")}, "its baseline is no array of numbers"),
    ],
)
def test_what_is_no_trial_is_refused_in_a_line(change, said):
    with pytest.raises(DataError, match=said) as error:
        trial(**change)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("trials", "kwargs", "said"),
    [
        ([], {}, "own: has no trials"),
        ({"a": []}, {}, "own: subject a has no trials"),
        ([trial(), trial()], {}, "subject a, trial x is there twice: tell them apart by session"),
        ({"a": [trial(), trial()]}, {}, "subject a, trial x is there twice"),
        ({"b": [trial()]}, {}, "subject a, trial x stands among those of b"),
        ([trial(ratings={"valence": 2})], {}, "has no rating of arousal: leave the trial out"),
        ([trial()], {"scale": (3, 5)}, "its valence of 2.5 is not on the scale of 3 to 5"),
        ([trial()], {"scale": (5, 1)}, "a scale of 5 to 1: give its lowest and highest"),
        ([trial()], {"scale": 5}, r"a scale of 5: give two numbers, as in \(1, 9\)"),
        ([trial()], {"scale": (1, 3, 5)}, r"a scale of \(1, 3, 5\): give two numbers"),
        (["a trial"], {}, "own: holds 'a trial': must be of Trial alone"),
        (5, {}, "own: its trials are 5: must be a list of Trial"),
        (None, {}, "own: its trials are None"),
        ({"a": trial()}, {}, "own: trials of a: Trial.*: must be a list"),
        ([EEG], {}, "own: holds array"),
        ({"a": [5]}, {}, "own: holds 5: must be of Trial alone"),
        ([trial()], {"scale": (1, 10**400)}, "give two numbers"),
        ([trial()], {"threshold": "3"}, "a threshold of '3': must be a number"),
        ([trial()], {"name": "a\nb"}, r"data set 'a\\nb': must be 1 to 1000 printable"),
        ([trial()], {"name": None}, "data set None: must be text"),
        ([trial()], {"threshold": 9}, "a threshold of 9: a data set is rated from 1 to 5"),
    ],
)
def test_what_is_no_data_set_is_refused_in_a_line(trials, kwargs, said):
    with pytest.raises(DataError, match=said) as error:
        list(Dataset(**{"name": "own", "trials": trials, "scale": (1, 5)} | kwargs).trials())
    assert "\n" not in str(error.value)


def test_dreamer_is_opened_by_its_text_and_makes_each_trial_when_its_turn_comes(monkeypatch):
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (1,) * 18)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 1)
    text = "simulated:subjects=2,seed=4"
    found, source = Dataset.open(text), SimulatedDreamer(2, 4)
    assert (found.name, found.people, found.stimuli) == (source.name, source.people, source.clips)
    assert (found.subjects, found.n_trials()) == (("1", "2"), 36)
    assert found.scale == RatingScale(1, 5, 3)
    assert found.fingerprint() == fingerprint(text)
    assert found.for_workers() == text
    for number, one in enumerate(found.trials("2"), start=1):
        other = source.trial(2, number)
        assert (one.where, one.ratings) == (other.where, other.ratings)
        assert np.array_equal(one.eeg, other.eeg)
        assert np.array_equal(one.baseline, other.baseline)
    asked = []
    lazy = SimulatedDreamer(2, 4)
    monkeypatch.setattr(lazy, "trial", lambda *key: asked.append(key) or source.trial(*key))
    next(of_source(lazy).trials())
    assert asked == [(1, 1)]


def test_the_fingerprint_changes_with_anything_that_is_in_it():
    changes = [
        trial(subject="b"),
        trial(stimulus="y"),
        trial(session="1"),
        trial(eeg=EEG + 1),
        trial(baseline=EEG),
        trial(ratings=RATED | {"liking": 1}),
    ]
    sets = [Dataset("own", [one], (1, 5)) for one in (trial(), *changes)]
    sets += [Dataset("other", [trial()], (1, 5)), Dataset("own", [trial()], (1, 6))]
    sets += [
        Dataset("own", [trial()], (1, 5), threshold=2),
        Dataset("own", [trial()], (1, 5), people="x"),
    ]
    assert len({one.fingerprint() for one in sets}) == len(sets)
    assert Dataset("own", [trial()], (1, 5)).fingerprint() == sets[0].fingerprint()


def test_what_travels_to_workers_has_no_trials_and_the_same_fingerprint():
    found = odd_dataset()
    sent = found.for_workers()
    assert not sent.has_trials
    assert found.has_trials
    assert (sent.name, sent.scale, sent.fingerprint()) == ("odd", found.scale, found.fingerprint())


def test_one_mapping_filled_anew_for_each_trial_leaves_earlier_ratings_alone():
    rated, trials = {"arousal": 3}, []
    for valence in (1, 2, 5):
        rated["valence"] = valence
        trials.append(trial(stimulus=str(valence), ratings=rated))
    assert [t.ratings["valence"] for t in Dataset("own", trials, (1, 5)).trials()] == [1, 2, 5]


def test_dreamer_is_opened_by_a_path_as_by_its_text(tmp_path):
    for path in (tmp_path / "DREAMER.mat", str(tmp_path / "DREAMER.mat")):
        with pytest.raises(DataError, match=r"DREAMER\.mat: no such file"):
            Dataset.open(path)
    with pytest.raises(DataError, match="data 5: give the path"):
        Dataset.open(5)


def test_an_unknown_subject_is_refused():
    with pytest.raises(DataError, match="odd has no subject bob: choose from 007, 12, Ann"):
        list(odd_dataset().trials("bob"))
