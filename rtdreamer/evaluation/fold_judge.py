"""One fold: what is learned from and judged, by whom, and how."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.evaluation.methods import (
    base_rate,
    find_method,
    ideal_observer,
    is_architecture,
)
from rtdreamer.evaluation.own_method import OwnMethod
from rtdreamer.evaluation.protocols import Fold, check_fold, make_folds
from rtdreamer.training.code_version import JUDGING
from rtdreamer.training.run import Run, takes_signals, windows_of
from rtdreamer.training.runner import Arrays
from rtdreamer.training.settings import find_device
from rtdreamer.training.windows import Windows


@dataclass(frozen=True, slots=True)
class EvaluationRun(Run):
    """What is to be evaluated, and how; its result depends on nothing else.

    Attributes
    ----------
    protocol : str
        A name in ``PROTOCOLS``.
    n_folds : int or None
        None for the protocol's own number.
    method : str
        An architecture's, a name in ``OTHER_METHODS``, or ``IDEAL_OBSERVER``; what an own method is
        called.
    n_targets : int
        How many of ``TARGETS`` are judged, from the first on: two or three.
    own : OwnMethod, optional
        A method that is no name of ours.
    """

    protocol: str
    n_folds: int | None
    method: str
    n_targets: int = 2
    own: OwnMethod | None = None

    code: ClassVar[tuple[str, ...]] = JUDGING

    @property
    def made_by(self) -> str:
        """The method, if it is one of ours or of a package."""
        return self.method if self.own is None else ""


def judge_fold(
    run: EvaluationRun,
    key: str,
    cache: Path,
    device: str,
    number: int,
    features: NDArray[np.float64] | None = None,
) -> Arrays:
    """Learn from one fold's training windows and judge its others; in any process.

    An own method may learn from its own ``features`` of all windows.

    Raises
    ------
    RtdreamerError
        If ``key``, the run's key where the work was handed out, differs here.
    """
    torch.set_num_threads(1)
    is_ours = run.own is None and is_architecture(run.method)
    with_signals = is_ours and takes_signals(run.method, run.spec)
    windows = windows_of(run, key, cache, with_signals, n_targets=run.n_targets)
    fold = make_folds(run.protocol, windows, run.n_folds, run.config.seed)[number]
    # Once more, on the very indices that are learned from.
    check_fold(run.protocol, number, fold, windows)
    windows = replace(windows, own=features)
    train, test = windows.take(fold.train), windows.take(fold.test).without_ratings()
    method = run.own or find_method(run.method)
    return {
        "probabilities": method(train, test, run.config, find_device(device)),
        "base_rate": base_rate(train, test, run.config),
    }


def judge_ideal_observer(run: EvaluationRun, windows: Windows, fold: Fold) -> Arrays:
    """What the ideal observer says, who knows the simulation; nothing is learned."""
    test = windows.take(fold.test).without_ratings()
    return {
        "probabilities": ideal_observer(run.data, test, run.config),
        "base_rate": base_rate(windows.take(fold.train), test, run.config),
    }
