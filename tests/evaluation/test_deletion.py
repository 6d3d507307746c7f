from dataclasses import replace

import numpy as np
import pytest

from rtdreamer.data.dataset import Dataset
from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.evaluation.deletion import deletion_test
from rtdreamer.evaluation.protocols import LeakError
from rtdreamer.model.measured import KINDS
from rtdreamer.signal.features import Spec
from tests.untrained import RECORD, untrained

SPEC = Spec(n_times=256)


def cohort(number, baseline=600, n_times=1400):
    """Two people whose channels change in power from one trial to the next."""
    rng = np.random.default_rng(number)

    def trial(subject, clip):
        gain = 10 * np.exp(rng.normal(0, 0.5, (14, 1)))
        rest = None if baseline is None else rng.normal(4200, 10, (14, baseline))
        eeg = 4200 + gain * rng.normal(size=(14, n_times))
        return Trial(subject, clip, eeg, {"valence": 3, "arousal": 3}, baseline=rest)

    trials = [trial(f"p{subject}", f"c{clip}") for subject in range(2) for clip in range(2)]
    return Dataset(f"cohort-{number}", trials, (1, 5))


COHORTS = [cohort(number) for number in range(3)]
LINEAR = untrained("ridge", spec=SPEC)


@pytest.fixture(scope="module")
def found():
    return deletion_test(LINEAR, COHORTS, n_trials=1)


def test_what_carried_a_linear_models_answers_moves_them_more_than_as_much_at_random(found):
    assert found.data == ("cohort-0", "cohort-1", "cohort-2")
    assert (found.n_people, found.n_answers) == (6, 6)
    for kind in KINDS:
        figures = found.named, found.random, found.difference, found.se
        for row in zip(*(figure[kind] for figure in figures), strict=True):
            named, random, difference, se = row
            assert named > random > 0
            assert difference == pytest.approx(named - random, abs=2e-4)
            assert se > 0


def test_it_finds_the_same_again_and_something_else_with_another_seed(found):
    assert deletion_test(LINEAR, COHORTS, n_trials=1) == found
    assert deletion_test(LINEAR, COHORTS, n_trials=1, seed=1) != found


def test_a_model_that_hears_nothing_is_carried_by_nothing():
    weights = {name: 0 * value for name, value in LINEAR.weights.items()}
    weights |= {name: value for name, value in LINEAR.weights.items() if "sd" in name}
    with pytest.raises(DataError, match="carried by electrodes"):
        deletion_test(untrained("ridge", spec=SPEC, weights=weights), COHORTS, n_trials=1)


@pytest.mark.parametrize(
    ("model", "cohorts", "words"),
    [
        (LINEAR, COHORTS[:2], "on 2 cohorts: it takes 3"),
        (untrained("ridge", spec=Spec(n_times=256, standardise=False)), COHORTS, "it takes 3"),
        (LINEAR, [cohort(0, baseline=None), *COHORTS], "p0 has no baseline of 256 samples"),
        (LINEAR, [cohort(k, n_times=600) for k in range(3)], "carried by electrodes"),
    ],
)
def test_what_cannot_be_tested_is_refused(model, cohorts, words):
    with pytest.raises(DataError, match=words):
        deletion_test(model, cohorts, n_trials=1)


def test_people_it_was_trained_on_are_refused():
    record = replace(RECORD, people="cohort-1", subjects=("p1",))
    with pytest.raises(LeakError, match="trained on subjects p1"):
        deletion_test(untrained("ridge", spec=SPEC, record=record), COHORTS, n_trials=1)
