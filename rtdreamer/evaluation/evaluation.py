"""How good something is on what it has never seen: folds judged, and a checkpoint judged."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.dataset import open_dataset
from rtdreamer.decoding import plain
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.evaluation.chance import ClipsAlone, claims_in_words, clips_alone, least_claims
from rtdreamer.evaluation.fold_judge import EvaluationRun, judge_fold, judge_ideal_observer
from rtdreamer.evaluation.methods import IDEAL_OBSERVER, check_method, is_architecture
from rtdreamer.evaluation.own_method import Features, own_features
from rtdreamer.evaluation.protocols import (
    PROTOCOLS,
    ByProtocol,
    check_folds,
    describe_fold,
    make_folds,
)
from rtdreamer.metrics.comparison import Comparison, compare
from rtdreamer.metrics.intervals import FEW_PEOPLE
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.people import PersonFigures, person_figures
from rtdreamer.metrics.predictions import HeldOutPredictions, number_windows
from rtdreamer.metrics.scores import collapsed_targets
from rtdreamer.metrics.target_metrics import TargetMetrics, target_metrics
from rtdreamer.model.architecture import Architecture
from rtdreamer.model.registry import find_architecture
from rtdreamer.signal.features import encode_spec
from rtdreamer.training.cache import Progress
from rtdreamer.training.code_version import versions
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.run import windows_of
from rtdreamer.training.runner import Arrays, run_all

MUST_BEAT = ("ridge", "tangent")
"""Linear models that an architecture must beat to be of use."""


@dataclass(frozen=True, eq=False)  # no slots, for what is computed once
class Evaluation(ByProtocol):
    """What was found, and on whom.

    Attributes
    ----------
    protocol : str
        A name in ``PROTOCOLS``.
    method : str
        What was judged: a method's name, or a model's.
    data : str
        Name of the trials' source.
    simulated : bool
        Whether the people judged on are simulated.
    too_short : tuple of pairs
        Subject and trial of trials shorter than a window.
    folds : tuple of mappings
        What each fold judged, as JSON values; one for a model, which was trained once.
    predictions : HeldOutPredictions
        Of all windows.
    window : ndarray, shape (n,)
        Which of its trial's windows each of them is of, from 0.
    learned_from : tuple of ndarray
        Which of their rows each fold learned from; of a model none.
    settings : mapping
        That it can be done again with.
    clips_alone : tuple of ClipsAlone
        Of each target, where clips stand on both sides of folds: what they give away.
    minus_linear : mapping
        By linear model, then by target: how far its AUC within a person lies below this one's.
    over_time : HeldOutPredictions or None
        Of a model alone: what it says of the last minute at each trial's end, as it would live.
    without_baseline : tuple
        Subjects who are seen relative to the mean of their own windows, for want of a baseline.
    """

    protocol: str
    method: str
    data: str
    simulated: bool
    too_short: tuple[tuple[int | str, int | str], ...]
    folds: tuple[Mapping[str, Any], ...]
    predictions: HeldOutPredictions
    window: NDArray[np.int64]
    learned_from: tuple[NDArray[np.int64], ...]
    settings: Mapping[str, Any]
    clips_alone: tuple[ClipsAlone, ...] = ()
    minus_linear: Mapping[str, Mapping[str, Comparison]] = field(default_factory=dict)
    over_time: HeldOutPredictions | None = None
    without_baseline: tuple[int | str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """What was judged: the first names in ``TARGETS``."""
        return TARGETS[: self.predictions.labels.shape[1]]

    @property
    def n_subjects(self) -> int:
        return len(np.unique(self.predictions.subject))

    @property
    def who(self) -> str:
        """How many people were judged, in words."""
        return f"{self.n_subjects} {'person' if self.n_subjects == 1 else 'people'}"

    @property
    def is_one_by_one(self) -> bool:
        """Whether each fold judged one person, so that all its pairs are of that person."""
        n = len(np.unique(np.stack([self.predictions.fold, self.predictions.subject]), axis=1).T)
        return n == len(self.folds) == self.n_subjects

    @property
    def split(self) -> str:
        """What was never seen, and how it was split, in words."""
        meaning, n = PROTOCOLS[self.protocol].meaning, len(self.folds)
        if n == 1:
            return f"{meaning}; trained once, on others"
        if self.protocol != "loso":
            return f"{meaning}; {n} folds"
        if self.is_one_by_one:
            return f"{meaning}; held out one by one, {n} folds"
        return f"{meaning}; held out in {n} groups, not one by one"

    @property
    def note(self) -> str | None:
        """What must be said of the intervals and the profiles, if anything."""
        notes = []
        if 1 < self.n_subjects < FEW_PEOPLE:  # of one person there are none
            notes.append(
                f"Intervals over {self.who} were never tested: judge {FEW_PEOPLE} or more."
            )
        if n := len(self.without_baseline):
            notes.append(
                f"{n} of {self.who} had no baseline as long as a window, and are seen relative to "
                "the mean of their own windows, those that are judged included, without ratings."
            )
        return " ".join(notes) or None

    @cached_property
    def trials(self) -> HeldOutPredictions:
        """Predictions by trial."""
        return self.predictions.by_trial()

    @cached_property
    def metrics(self) -> dict[str, dict[str, TargetMetrics]]:
        """By target, then by ``trial``, ``window`` and, of a model, ``last_60s``."""
        permute = not self.same_clips
        levels = {"trial": (self.trials, permute), "window": (self.predictions, False)}
        if self.over_time is not None:
            levels["last_60s"] = (self.over_time, permute)
        return {
            target: {
                level: target_metrics(rows, k, permute_clips=permuted)
                for level, (rows, permuted) in levels.items()
            }
            for k, target in enumerate(self.targets)
        }

    @cached_property
    def people(self) -> dict[str, list[PersonFigures]]:
        """By target: how it went with each person, over trials."""
        return {target: person_figures(self.trials, k) for k, target in enumerate(self.targets)}

    def collapsed(self) -> tuple[str, ...]:
        """Targets of which the same class was said of every window."""
        return collapsed_targets(self.predictions.probabilities)

    def _less_clips(self, target: str, alone: ClipsAlone) -> dict[str, Any]:
        trial = self.metrics[target]["trial"]
        value, ends = alone.taken_off(trial.auc, trial.auc_ci)
        return {"auc_less_clips": value, "auc_less_clips_ci": ends}

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        found: dict[str, Any] = {
            "protocol": self.protocol,
            "leaks": self.leaks,
            "same_clips_on_both_sides": self.same_clips,
            "split": self.split,
            "method": self.method,
            "data": self.data,
            "simulated": self.simulated,
            "n_subjects": self.n_subjects,
            "n_trials": len(self.trials),
            "n_windows": len(self.predictions),
            "n_folds": len(self.folds),
            "note": self.note,
            "clips_alone": {
                target: asdict(alone) | self._less_clips(target, alone)
                for target, alone in zip(self.targets, self.clips_alone, strict=False)
            },
            "too_short": self.too_short,
            "left_out": self.too_short,  # its former name, for one release
            "without_baseline": self.without_baseline,
            "collapsed": self.collapsed(),
            "minus_linear": {
                name: {
                    target: {key: getattr(c, key) for key in ("difference", "low", "high", "p")}
                    for target, c in of_targets.items()
                }
                for name, of_targets in self.minus_linear.items()
            },
            "targets": {
                target: {level: asdict(figures) for level, figures in levels.items()}
                for target, levels in self.metrics.items()
            },
            "people": {
                target: [asdict(person) for person in people]
                for target, people in self.people.items()
            },
            "folds": [dict(fold) for fold in self.folds],
            "settings": dict(self.settings),
            "versions": versions(),
        }
        values: dict[str, Any] = plain(found)
        return values


def cross_validate(
    run: EvaluationRun,
    cache: Path,
    n_jobs: int = 1,
    dask: str | None = None,
    device: str = "cpu",
    extracting: Progress = lambda done, total: None,
    judging: Progress = lambda done, total: None,
    planned: Callable[[str], None] = lambda line: None,
    features: Features | None = None,
) -> Evaluation:
    """Learn from each fold's training windows and judge its others.

    Parameters
    ----------
    run : EvaluationRun
        What to evaluate.
    cache : path
        Where windows and finished folds are kept; a fold that is there is not run again.
    n_jobs : int
        Folds at a time, each in a process of its own.
    dask : str, optional
        Address of a Dask scheduler whose workers run the folds. A worker that does not see the
        cache makes its own, for which it must see the data.
    device : str
        As for ``find_device``, where a fold is run.
    extracting, judging : callable
        Told how many trials, and folds, are done, and of how many.
    planned : callable
        Told, before anything is learned, what can be claimed at all.
    features : callable, optional
        What an own method learns from, instead of differential entropy and mutual information.

    Raises
    ------
    LeakError
        If a fold leaks that must not.
    DataError
        If the data cannot be used, or are too few for the protocol.
    RtdreamerError
        If the cache cannot be written, a fold keeps dying, or a package is not installed.
    """
    if run.own is None:
        check_method(run.method)
    key = run.key()
    windows = windows_of(
        run, key, cache, n_jobs=n_jobs, progress=extracting, n_targets=run.n_targets
    )
    own = None
    if features is not None:
        own = own_features(open_dataset(run.data), windows, run.plan.hop, features)
    run = run.for_workers()
    folds = make_folds(run.protocol, windows, run.n_folds, run.config.seed)
    check_folds(run.protocol, folds, windows)
    if not PROTOCOLS[run.protocol].same_clips:
        least = least_claims(windows, folds, run.config.label_threshold)
        planned(claims_in_words(windows, least))
    if run.method == IDEAL_OBSERVER:
        results: list[Arrays] = [judge_ideal_observer(run, windows, fold) for fold in folds]
    else:
        arguments = [(run, key, cache, device, number, own) for number in range(len(folds))]
        folder = cache / f"folds-{key[:16]}"
        try:
            results = run_all(judge_fold, arguments, folder, n_jobs, dask, judging)
        finally:
            if run.own is not None:  # no one else will ever ask for them
                shutil.rmtree(folder, ignore_errors=True)
    threshold, names = run.config.label_threshold, windows.names
    same_clips = PROTOCOLS[run.protocol].same_clips and not PROTOCOLS[run.protocol].leaks
    order = np.concatenate([fold.test for fold in folds])
    judged = windows.take(order)
    row_of = np.argsort(order)
    return Evaluation(
        protocol=run.protocol,
        method=run.method,
        data=windows.source,
        simulated=windows.simulated,
        too_short=tuple(
            (names.of("subject", s), names.of("trial", t)) for s, t in windows.too_short
        ),
        without_baseline=tuple(names.of("subject", s) for s in windows.without_baseline),
        folds=tuple(describe_fold(run.protocol, fold, windows) for fold in folds),
        predictions=HeldOutPredictions(
            subject=judged.subject,
            trial=judged.trial,
            fold=np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds]),
            labels=judged.labels(threshold).astype(np.float64),
            probabilities=np.concatenate([result["probabilities"] for result in results]),
            base_rate=np.concatenate([result["base_rate"] for result in results]),
            ratings=judged.ratings,
            shown=judged.stimulus,
            names=windows.names,
        ),
        window=number_windows(windows.subject, windows.trial)[order],
        learned_from=tuple(np.sort(row_of[fold.train]) for fold in folds),
        settings=asdict(run.config)
        | {"hop": run.plan.hop, "spec": encode_spec(run.spec), "n_folds": run.n_folds}
        | {"n_targets": run.n_targets},
        clips_alone=clips_alone(windows, folds, threshold) if same_clips else (),
    )


def must_beat_linear(method: str) -> bool:
    """Whether a method is an architecture that takes more than solving one equation."""
    return is_architecture(method) and not find_architecture(method).is_linear


def compare_with_linear(
    evaluation: Evaluation,
    run: EvaluationRun,
    config_of: Callable[[Architecture], TrainingConfig],
    cache: Path,
    n_jobs: int = 1,
    dask: str | None = None,
    judging: Callable[[str], Progress] = lambda name: lambda done, total: None,
) -> Evaluation:
    """Take each linear model through the same folds and windows, and keep the paired differences.

    One whose package is not installed, or that no one has a pair for, is passed over.

    Parameters
    ----------
    evaluation : Evaluation
        Of the architecture.
    run : EvaluationRun
        The run that it came from.
    config_of : callable
        From a linear architecture to how it is fitted.
    cache, n_jobs, dask
        As for ``cross_validate``.
    judging : callable
        From a linear model's name to what is told how many of its folds are done, and of how many.
    """
    found: dict[str, Mapping[str, Comparison]] = {}
    for name in MUST_BEAT:
        try:
            check_method(name)
        except RtdreamerError:
            continue
        asked = replace(run, method=name, config=config_of(find_architecture(name)))
        other = cross_validate(asked, cache, n_jobs, dask, judging=judging(name))
        differences = {}
        for k, target in enumerate(evaluation.targets):
            try:
                differences[target] = compare(
                    [evaluation.trials], [other.trials], k, clips_apart=not evaluation.same_clips
                )
            except DataError:  # no one has a pair
                continue
        found[name] = differences
    return replace(evaluation, minus_linear=found)
