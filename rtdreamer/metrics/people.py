"""How it went with each person."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rtdreamer.metrics.predictions import Predictions
from rtdreamer.metrics.scores import auc, brier


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """Figures of one person and target, over trials.

    Attributes
    ----------
    subject : int
        Who.
    n_trials : int
        Trials judged.
    auc : float
        Share of the person's pairs of a high and a low trial, judged by one fold, in which the
        high one got the higher probability, ties counting half; NaN without a pair.
    n_pairs : int
        How many pairs that rests on.
    mean_p, base_rate : float
        Mean probability of high, and mean share of high among those learned from.
    brier : float
        Brier score.
    """

    subject: int
    n_trials: int
    auc: float
    n_pairs: int
    mean_p: float
    base_rate: float
    brier: float

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold: an AUC that does not exist is None."""
        return asdict(self) | {"auc": None if math.isnan(self.auc) else self.auc}


def person_figures(trials: Predictions, target: int) -> list[PersonFigures]:
    """Each person's figures, in ascending order of their numbers.

    Parameters
    ----------
    trials : Predictions
        By trial.
    target : int
        Its place in ``TARGETS``.
    """
    found = []
    for subject in np.unique(trials.subject).tolist():
        own = trials.subject == subject
        labels, p = trials.labels[own, target], trials.probabilities[own, target]
        fold = trials.fold[own]
        ordered, n_pairs = 0.0, 0
        for one in np.unique(fold):
            y = labels[fold == one]
            pairs = int((y == 1).sum() * (y == 0).sum())
            if pairs:
                ordered += auc(y, p[fold == one]) * pairs
                n_pairs += pairs
        found.append(
            PersonFigures(
                subject=subject,
                n_trials=len(p),
                auc=ordered / n_pairs if n_pairs else math.nan,
                n_pairs=n_pairs,
                mean_p=float(np.mean(p)),
                base_rate=float(np.mean(trials.base_rate[own, target])),
                brier=brier(labels, p),
            )
        )
    return found
