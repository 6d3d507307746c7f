from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from rtdreamer.data.dataset import Dataset
from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.evaluation.protocols import LeakError
from rtdreamer.evaluation.settling import N_MOMENTS, SHARE, settling
from rtdreamer.model.classifier import Classifier
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile
from tests.untrained import RECORD, untrained

SPEC = Spec(n_times=256)
LEAST = SPEC.n_times + 5 * 128
"""Samples of a trial in which there is but one moment with 5 s of answers."""

MODEL = untrained("ridge", spec=SPEC)


def cohort(name, n_people=4, n_times=LEAST, tone=False):
    """People with one trial each, whose power wanders within it; or whose EEG repeats itself."""
    rng = np.random.default_rng(sum(map(ord, name)))

    def trial(subject):
        rest = rng.normal(4200, 10, (14, 2 * SPEC.n_times))
        gain = 10 * np.exp(np.cumsum(rng.normal(0, 0.03, (14, n_times)), axis=1))
        eeg = 4200 + gain * rng.normal(size=(14, n_times))
        if tone:
            eeg = np.tile(rest[:, :128], n_times // 128)
        return Trial(subject, "sea", eeg, {"valence": 3, "arousal": 3}, baseline=rest)

    return Dataset(name, [trial(f"p{number}") for number in range(n_people)], (1, 5))


def by_hand(dataset, subject):
    """How far the one moment of a trial lies from the whole of it, log odds."""
    (trial,) = dataset.trials(subject)
    n = SPEC.n_times
    baseline = [extract(trial.baseline[:, k : k + n], SPEC) for k in (0, n)]
    profile = Profile.of(baseline, 4.0)

    def mean(ends):
        classifier = Classifier(MODEL, profile)
        seen = (extract(trial.eeg[:, end - n : end], SPEC) for end in ends)
        return np.mean([expit(classifier.log_odds(x, profile)) for x in seen], axis=0)

    moment = mean([LEAST - 128 * ago for ago in range(6)])
    return np.abs(logit(moment) - logit(mean([LEAST, LEAST - n, LEAST - 2 * n])))


def test_the_width_is_a_quantile_of_distances_and_its_coverage_is_of_others():
    one, other, third = cohort("one", 6), cohort("other"), cohort("third")
    found = settling(MODEL, [one], [other, third])
    learned = np.repeat([by_hand(one, subject) for subject in one.subjects], N_MOMENTS, axis=0)
    # 11 of 12: with the moment to come they are 13, of which eight in ten are 10.4.
    assert found.width == pytest.approx(np.sort(learned, axis=0)[10], abs=1e-4)
    judged = [by_hand(each, s) for each in (other, third) for s in each.subjects]
    covered = np.array(judged) <= np.sort(learned, axis=0)[10]
    assert found.covered == pytest.approx(covered.mean(axis=0), abs=1e-4)
    half = stats.t.ppf(0.975, 7) * covered.std(axis=0, ddof=1) / np.sqrt(8)
    assert found.low == pytest.approx(np.clip(covered.mean(axis=0) - half, 0, 1), abs=1e-4)
    assert found.high == pytest.approx(np.clip(covered.mean(axis=0) + half, 0, 1), abs=1e-4)
    assert (found.n_people, found.n_moments, found.share) == (8, 16, SHARE)
    assert (found.learned_from, found.data) == (("one",), ("other", "third"))
    assert not found.simulated


@pytest.mark.parametrize(
    ("learn_from", "cohorts", "words"),
    [
        ([cohort("one")], [cohort("two"), cohort("one")], "other people"),
        ([cohort("one")], [cohort("two", 1)], "give more"),
        ([cohort("one", n_times=LEAST - 1)], [cohort("two")], "give more"),
        ([cohort("one", tone=True)], [cohort("two")], "the same of every window"),
    ],
)
def test_where_no_width_can_be_had_it_is_said_why(learn_from, cohorts, words):
    with pytest.raises(DataError, match=words):
        settling(MODEL, learn_from, cohorts)


def test_people_it_was_trained_on_are_refused():
    model = replace(MODEL, record=replace(RECORD, people="two", subjects=("p1",)))
    with pytest.raises(LeakError, match="trained on subjects p1"):
        settling(model, [cohort("one")], [cohort("two")])
