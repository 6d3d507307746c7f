"""How far an answer of some seconds is from where it settles, as a width with a known coverage.

The width is the quantile of distances on some people; how often it suffices is measured on others,
who watched other clips (split conformal prediction: Lei et al., JASA 113, 2018). Moments of one
person are alike, so that the interval of that is over people.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from rtdreamer.data.dataset import Dataset
from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.evaluation.deletion import ANSWER_S
from rtdreamer.evaluation.model_evaluation import person_profile, unseen_people
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.measured import Settling, rounded_pair
from rtdreamer.model.trained_model import TrainedModel
from rtdreamer.signal.features import extract

SHARE = 0.8
"""As wide as the band that shows where eight in ten answers lay."""

N_MOMENTS = 2
"""In each trial: more would be alike."""

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]


def settling(
    model: TrainedModel,
    learn_from: Sequence[Dataset],
    cohorts: Sequence[Dataset],
    n_trials: int = 6,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> Settling:
    """Choose the width on some people, and measure on others how often it suffices.

    Parameters
    ----------
    model : TrainedModel
        The model.
    learn_from, cohorts : sequence of Dataset
        On whom the width is chosen, and on whom it is measured.
    n_trials : int
        Of each person, drawn at random.
    seed : int
        Of all that is drawn.
    progress : callable
        Told how many people are done, and of how many.

    Raises
    ------
    LeakError
        If the model was trained on one of them.
    DataError
        If the same people are among both, there are fewer than two of them, no trial is long
        enough, or the model always says the same.
    """
    if {one.people for one in learn_from} & {one.people for one in cohorts}:
        raise DataError("the width is to be measured on other people than it is chosen on")
    total, counted = sum(len(one.subjects) for one in (*learn_from, *cohorts)), count(1)

    def distances(of: Sequence[Dataset], first: int) -> Iterator[Array]:
        for one in _of_people(model, of, n_trials, (seed, first)):
            progress(next(counted), total)
            if len(one):
                yield one

    chosen_on, people = list(distances(learn_from, 0)), list(distances(cohorts, 1000))
    if not chosen_on or len(people) < 2:
        raise DataError(
            "settling: one person at least to choose the width on and two to measure it on, with "
            "trials of two windows: give more"
        )
    learned = np.concatenate(chosen_on)
    # The rank that makes the coverage hold of as few moments as there are.
    rank = min(math.ceil((len(learned) + 1) * SHARE), len(learned))
    width = np.sort(learned, axis=0)[rank - 1]  # (2,)
    if not (width > 0).all():
        raise DataError(f"settling: {model.name!r:.80} says the same of every window: no width")
    covered = np.array([(of_person <= width).mean(axis=0) for of_person in people])
    mean, se = covered.mean(axis=0), stats.sem(covered, axis=0)
    half = stats.t.ppf(0.975, len(people) - 1) * se
    return Settling(
        SHARE,
        rounded_pair(width),
        tuple(cohort.name for cohort in learn_from),
        tuple(cohort.name for cohort in cohorts),
        any(cohort.simulated for cohort in (*learn_from, *cohorts)),
        len(people),
        sum(map(len, people)),
        rounded_pair(mean),
        rounded_pair(np.clip(mean - half, 0, 1)),
        rounded_pair(np.clip(mean + half, 0, 1)),
    )


def _of_people(
    model: TrainedModel, cohorts: Sequence[Dataset], n_trials: int, seeds: tuple[int, int]
) -> Iterator[Array]:
    """Distances of each person, log odds, shape (n_moments, 2)."""
    seed, first = seeds
    for number, cohort in enumerate(cohorts, first):
        for trials, rng in unseen_people(model, cohort, (seed, number)):
            yield np.array(list(_distances(model, trials, n_trials, rng))).reshape(-1, 2)


def _distances(
    model: TrainedModel, trials: list[Trial], n_trials: int, rng: np.random.Generator
) -> Iterator[Array]:
    """From answers at some moments to the mean over their whole trial, log odds, shape (2,)."""
    spec = model.spec
    profile = person_profile(trials, spec)
    ask = partial(Classifier(model, profile).log_odds, profile=profile)
    second = round(spec.sfreq)
    needed = spec.n_times + max(spec.n_times, ANSWER_S * second)
    long_enough = [trial for trial in trials if trial.eeg.shape[1] >= needed]

    def mean(eeg: Array, ends: Sequence[int]) -> Array:
        log_odds = [ask(extract(eeg[:, end - spec.n_times : end], spec)) for end in ends]
        return expit(log_odds).mean(axis=0)  # type: ignore[no-any-return]

    for k in rng.permutation(len(long_enough))[:n_trials].tolist():
        eeg = long_enough[k].eeg
        whole = mean(eeg, range(eeg.shape[1], spec.n_times - 1, -spec.n_times))
        first = spec.n_times + ANSWER_S * second
        for last in rng.integers(first, eeg.shape[1] + 1, N_MOMENTS).tolist():
            answer = mean(eeg, [last - second * ago for ago in range(ANSWER_S + 1)])
            yield np.abs(logit(answer) - logit(whole))
