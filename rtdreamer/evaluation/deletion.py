"""The deletion test: whether what is named as having carried an answer did carry it.

What is named from one window is taken away from all windows of the answer. That must move it
towards what is usual by more than as many parts of the same kind, drawn at random, move it either
way; on people whom the model never saw (Samek et al., IEEE Trans. Neural Netw. Learn. Syst. 28,
2017).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.dataset import Dataset
from rtdreamer.data.trials import Trial
from rtdreamer.errors import DataError
from rtdreamer.evaluation.model_evaluation import unseen_people
from rtdreamer.model.classifier import Classifier
from rtdreamer.model.measured import KINDS, Deletion, Kind, rounded_pair
from rtdreamer.model.trained_model import TrainedModel
from rtdreamer.model.why import N_NAMED, Why, carrying, explain, without_bands, without_edges
from rtdreamer.signal.features import Features, Spec, extract
from rtdreamer.signal.profile import Profile
from rtdreamer.training.windows import baseline_windows

N_DRAWS = 4
"""Random choices beside each that is named."""

ANSWER_S = 5
"""An answer is the mean over windows that end in its last seconds, one each second."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Moved:
    """How far one answer moved without what was named, and without as much at random."""

    person: str
    trial: str
    kind: Kind
    target: int
    named: float
    random: float
    later: float


def deletion_test(
    model: TrainedModel,
    cohorts: Sequence[Dataset],
    n_trials: int = 4,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Deletion:
    """Take away what is named from one answer in each of some trials of everyone.

    Parameters
    ----------
    model : TrainedModel
        One that predicts relative to a person's baseline.
    cohorts : sequence of Dataset
        Three at least, since the standard error is over cohorts. Each with baselines.
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
        If the model needs no baseline, or there are fewer than three cohorts or no baseline.
    """
    if not model.spec.standardise or len(cohorts) < 3:
        raise DataError(
            f"a deletion test of {model.name!r:.80} on {len(cohorts)} cohorts: it takes 3 and a "
            "model that predicts relative to a person's baseline"
        )
    total, done = sum(len(cohort.subjects) for cohort in cohorts), 0
    moved: list[list[_Moved]] = []
    for number, cohort in enumerate(cohorts):
        moved.append([])
        for trials, rng in unseen_people(model, cohort, (seed, number)):
            moved[-1] += _of_person(model, cohort.name, trials, n_trials, rng)
            done += 1
            progress(done, total)
    return _summarised(moved, tuple(cohort.name for cohort in cohorts), total)


def _of_person(
    model: TrainedModel, cohort: str, trials: list[Trial], n_trials: int, rng: np.random.Generator
) -> Iterator[_Moved]:
    spec = model.spec
    baseline = [extract(w, spec) for trial in trials for w in baseline_windows(trial, spec)]
    if not baseline:
        raise DataError(f"{cohort}: {trials[0].subject} has no baseline of {spec.n_times} samples")
    profile = Profile.of(baseline, len(baseline) * spec.n_times / spec.sfreq)
    answer = partial(Classifier(model, profile).log_odds, profile=profile)
    usual = np.log(model.record.base_rate) - np.log1p(-np.array(model.record.base_rate))
    second = round(spec.sfreq)
    needed = 2 * spec.n_times + ANSWER_S * second
    long_enough = [trial for trial in trials if trial.eeg.shape[1] >= needed]
    for k in rng.permutation(len(long_enough))[:n_trials].tolist():
        eeg = long_enough[k].eeg
        last = int(rng.integers(needed, eeg.shape[1] + 1))
        ends = [last - second * ago for ago in range(ANSWER_S + 1)]
        # No sample in common with any of the others.
        ends.append(last - ANSWER_S * second - spec.n_times)
        *windows, apart = (extract(eeg[:, end - spec.n_times : end], spec) for end in ends)
        why = explain(answer, windows[0], profile, spec)
        one, other = _Answer.of(answer, windows), _Answer.of(answer, [apart])
        towards = np.sign(one.log_odds.mean(axis=0) - usual)
        yield from _of_answer(one, other, why, towards, long_enough[k], spec, rng)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A model's answers for some windows, log odds, shape (n_windows, 2)."""

    ask: Callable[[Features], Array]
    windows: Sequence[Features]
    log_odds: Array

    @classmethod
    def of(cls, ask: Callable[[Features], Array], windows: Sequence[Features]) -> "_Answer":
        return cls(ask, windows, np.array([ask(window) for window in windows]))

    def moved(self, without: Callable[[Features], Features]) -> Array:
        """How far their mean moves where something is taken away, shape (2,)."""
        left = np.array([self.ask(without(window)) for window in self.windows])
        return (self.log_odds - left).mean(axis=0)  # type: ignore[no-any-return]


def _of_answer(
    one: _Answer,
    other: _Answer,
    why: Why,
    towards: Array,
    trial: Trial,
    spec: Spec,
    rng: np.random.Generator,
) -> Iterator[_Moved]:
    for kind in KINDS:
        added = _added(why, kind)
        # As many edges at random are of those that were asked about, which is harder than of all.
        draws = [rng.permutation(added.shape[1])[: N_NAMED[kind]] for _ in range(N_DRAWS)]
        without = [partial(_without, kind=kind, parts=d, why=why, spec=spec) for d in draws]
        random = np.abs([one.moved(cut) for cut in without]).mean(axis=0)
        random_later = np.mean([other.moved(cut) for cut in without], axis=0)
        for target, sign in enumerate(towards.tolist()):
            parts = np.array(carrying(added[target], sign, N_NAMED[kind]), np.intp)
            if len(parts):
                cut = partial(_without, kind=kind, parts=parts, why=why, spec=spec)
                named, later = (sign * answer.moved(cut)[target] for answer in (one, other))
                by_chance = sign * random_later[target]
                yield _Moved(
                    trial.subject, trial.where, kind, target,
                    named, random[target], later - by_chance,
                )  # fmt: skip


def _added(why: Why, kind: Kind) -> Array:
    return {"electrodes": why.electrodes, "bands": why.bands, "edges": why.of_edges}[kind]


def _without(
    features: Features, kind: Kind, parts: NDArray[np.intp], why: Why, spec: Spec
) -> Features:
    if kind == "electrodes":
        return features.without(parts.tolist())
    if kind == "bands":
        return without_bands(features, parts.tolist(), spec)
    return without_edges(features, [why.edges[part] for part in parts])


def _summarised(moved: list[list[_Moved]], data: tuple[str, ...], n_people: int) -> Deletion:
    Figures = dict[Kind, tuple[float, float]]
    named, random, difference, se, later, later_se = (Figures() for _ in range(6))
    for kind in KINDS:
        of_targets = np.array(
            [[_cohort_means(cohort, kind, target) for cohort in moved] for target in range(2)]
        )  # (2, n_cohorts, 3)
        gap = of_targets[..., 0] - of_targets[..., 1]
        named[kind], random[kind], later[kind] = map(rounded_pair, of_targets.mean(axis=1).T)
        difference[kind] = rounded_pair(gap.mean(axis=1))
        se[kind], later_se[kind] = (
            rounded_pair(of_cohorts.std(axis=1, ddof=1) / np.sqrt(len(moved)))
            for of_cohorts in (gap, of_targets[..., 2])
        )
    n_answers = sum(len({(one.person, one.trial) for one in cohort}) for cohort in moved)
    return Deletion(
        data, n_people, n_answers, dict(N_NAMED), named, random, difference, se, later, later_se
    )


def _cohort_means(cohort: list[_Moved], kind: Kind, target: int) -> Array:
    """Named, random and later: the mean over people of the mean over each one's answers."""
    of_people: dict[str, list[tuple[float, float, float]]] = {}
    for one in cohort:
        if (one.kind, one.target) == (kind, target):
            of_people.setdefault(one.person, []).append((one.named, one.random, one.later))
    if not of_people:
        raise DataError(f"no answer was carried by {kind}: nothing can be said of them")
    means = [np.mean(answers, axis=0) for answers in of_people.values()]
    return np.mean(means, axis=0)  # type: ignore[no-any-return]
