"""How it went with each person."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtdreamer.decoding import plain
from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.scores import brier

FEWEST_RATINGS = 16
"""That tell people: two agree on a rating of 1 to 5 in some .4 of the cases, on 16 in 4e-7."""


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """Figures of one person and target, over trials.

    Attributes
    ----------
    subject : int or str
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

    subject: int | str
    n_trials: int
    auc: float
    n_pairs: int
    mean_p: float
    base_rate: float
    brier: float

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold: an AUC that does not exist is None."""
        found: dict[str, Any] = plain(asdict(self))
        return found


def person_figures(trials: HeldOutPredictions, target: int) -> list[PersonFigures]:
    """Each person's figures, in ascending order of their numbers.

    Parameters
    ----------
    trials : HeldOutPredictions
        By trial.
    target : int
        Its place in ``TARGETS``.
    """
    pairs = pairs_by_label(trials, target)
    found = []
    for subject, ordered, total in zip(pairs.subjects, pairs.ordered, pairs.total, strict=True):
        own = trials.subject == subject
        labels, p = trials.labels[own, target], trials.probabilities[own, target]
        n_pairs = int(total.sum())
        found.append(
            PersonFigures(
                subject=trials.names.of("subject", subject),
                n_trials=len(p),
                auc=float(ordered.sum()) / n_pairs if n_pairs else math.nan,
                n_pairs=n_pairs,
                mean_p=float(np.mean(p)),
                base_rate=float(np.mean(trials.base_rate[own, target])),
                brier=brier(labels, p),
            )
        )
    return found


def share_people(one: HeldOutPredictions, other: HeldOutPredictions) -> bool:
    """Whether two data sets hold the ratings of one person, whatever the number they go by.

    Ratings are what tells people: two who gave the same ratings to all that both rated are taken
    for one, if these are ``FEWEST_RATINGS`` or more and not all alike.

    Parameters
    ----------
    one, other : HeldOutPredictions
        By trial.
    """
    n_targets = min(one.ratings.shape[1], other.ratings.shape[1])
    stimuli = np.intersect1d(stimulus_names(one), stimulus_names(other))
    if not len(stimuli):
        return False
    a, b = (_ratings(rows, stimuli, n_targets) for rows in (one, other))
    for person in a:
        seen = ~np.isnan(person) & ~np.isnan(b)
        differs = seen & (person != b)
        same = (seen.sum(axis=1) >= FEWEST_RATINGS) & ~differs.any(axis=1)
        if any(len(np.unique(person[both])) > 1 for both in seen[same]):
            return True
    return False


def stimulus_names(rows: HeldOutPredictions) -> NDArray[np.str_]:
    """The stimuli's names, by which they can be told in another data set."""
    return np.array([str(name) for name in rows.names.each("stimulus", rows.stimulus)])


def _ratings(
    rows: HeldOutPredictions, stimuli: NDArray[np.str_], n_targets: int
) -> NDArray[np.float64]:
    """Shape (n_people, n_stimuli * n_targets); NaN where there is none."""
    people, person = np.unique(rows.subject, return_inverse=True)
    found = np.full((len(people), len(stimuli), n_targets), math.nan)
    shown = stimulus_names(rows)
    known = np.isin(shown, stimuli)
    place = np.searchsorted(stimuli, shown[known])
    found[person[known], place] = rows.ratings[known, :n_targets]
    return found.reshape(len(people), -1)
