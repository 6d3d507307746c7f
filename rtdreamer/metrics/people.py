"""How it went with each person."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rtdreamer.metrics.pairs import count_pairs
from rtdreamer.metrics.predictions import Predictions
from rtdreamer.metrics.scores import brier


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
    pairs = count_pairs(trials, target)
    found = []
    for k, subject in enumerate(pairs.subjects.tolist()):
        own = trials.subject == subject
        n_pairs = float(pairs.total[k, k])
        p = trials.probabilities[own, target]
        found.append(
            PersonFigures(
                subject=subject,
                n_trials=int(own.sum()),
                auc=float(pairs.ordered[k, k]) / n_pairs if n_pairs else math.nan,
                n_pairs=round(n_pairs),
                mean_p=float(np.mean(p)),
                base_rate=float(np.mean(trials.base_rate[own, target])),
                brier=brier(trials.labels[own, target], p),
            )
        )
    return found
