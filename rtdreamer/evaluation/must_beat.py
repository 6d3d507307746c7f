"""How an architecture stands to linear models, which it must beat to be of use."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.evaluation.evaluation import Evaluation, cross_validate
from rtdreamer.evaluation.fold_judge import EvaluationRun
from rtdreamer.evaluation.methods import check_method, is_architecture
from rtdreamer.metrics.comparison import Comparison, compare
from rtdreamer.model.architecture import Architecture
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.config import TrainingConfig

MUST_BEAT = ("ridge", "tangent")


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
    judging: Callable[[str], Callable[[int, int], None]] = lambda name: lambda done, total: None,
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
