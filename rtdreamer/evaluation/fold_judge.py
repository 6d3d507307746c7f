"""One fold: what is learned from and judged, by whom, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch

from rtdreamer.evaluation.methods import (
    base_rate,
    best_possible,
    find_method,
    is_architecture,
)
from rtdreamer.evaluation.protocols import Fold, check_fold, make_folds
from rtdreamer.training.code_version import JUDGING
from rtdreamer.training.device import find_device
from rtdreamer.training.order import Order, ordered_windows
from rtdreamer.training.predict import takes_signals
from rtdreamer.training.runner import Arrays
from rtdreamer.training.windows import Windows


@dataclass(frozen=True, slots=True)
class Question(Order):
    """What is to be judged, and how; its answer depends on nothing else.

    Attributes
    ----------
    protocol : str
        A name in ``PROTOCOLS``.
    n_folds : int or None
        None for the protocol's own number.
    method : str
        An architecture's, a name in ``BASELINES``, or ``BEST_POSSIBLE``.
    n_targets : int
        How many of ``TARGETS`` are judged, from the first on: two or three.
    """

    protocol: str
    n_folds: int | None
    method: str
    n_targets: int = 2

    code: ClassVar[tuple[str, ...]] = JUDGING

    @property
    def made_by(self) -> str:
        """The method."""
        return self.method


def judge_fold(question: Question, key: str, cache: Path, device: str, number: int) -> Arrays:
    """Learn from one fold's training windows and judge its others; in any process.

    Raises
    ------
    RtdreamerError
        If ``key``, the question's where it was asked, is another one here.
    """
    torch.set_num_threads(1)
    with_signals = is_architecture(question.method) and takes_signals(
        question.method, question.spec
    )
    windows = ordered_windows(question, key, cache, with_signals, n_targets=question.n_targets)
    fold = make_folds(question.protocol, windows, question.n_folds, question.config.seed)[number]
    # Once more, on the very indices that are learned from.
    check_fold(question.protocol, number, fold, windows)
    train, test = windows.take(fold.train), windows.take(fold.test).without_ratings()
    return {
        "probabilities": find_method(question.method)(
            train, test, question.config, find_device(device)
        ),
        "base_rate": base_rate(train, test, question.config),
    }


def judge_best_possible(question: Question, windows: Windows, fold: Fold) -> Arrays:
    """What the observer says who knows the simulation; nothing is learned."""
    test = windows.take(fold.test).without_ratings()
    return {
        "probabilities": best_possible(question.data, test, question.config),
        "base_rate": base_rate(windows.take(fold.train), test, question.config),
    }
