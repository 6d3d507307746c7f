"""Which AUCs chance gives, by either kind of protocol.

**Clips kept apart.** With 23 people and 18 clips intervals are so wide that small AUCs cannot be
told from chance, by whatever the EEG is read. How wide depends on the people, clips, ratings and
folds alone, so it is known before anyone learns anything: ``least_claims``.

**Clips on both sides.** A clip does things to the EEG that have nothing to do with affect: it is
loud, dark, full of faces. A decoder that learned how other people rated it, and recognises it,
orders trials better than chance without reading any affect. How much that is worth shows when the
clips' ratings change places: everyone's ratings of one clip go together to another clip, so that
nothing of what is rated is left in the EEG, and everything that is alike among the people who saw a
clip stays. Then the regression is fitted again: ``clips_alone``.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.decoding import plain
from rtdreamer.evaluation.protocols import Fold
from rtdreamer.metrics.intervals import Interval, variance_of_fits
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.predictions import HeldOutPredictions, nth_of_its_kind
from rtdreamer.metrics.target_metrics import estimate_of_pairs
from rtdreamer.model.linear import entropy_and_weights
from rtdreamer.model.normalisation import LEAST_SD, LIMIT
from rtdreamer.training.linear import Sums, ridge
from rtdreamer.training.windows import Windows

Array = NDArray[np.float64]

N_GUESSES = 10

CLIP_SHARE = 0.1
"""Share of the variance of guesses that all people's guesses on one clip have in common, as the
clip's own EEG makes it; somewhat more than in the simulation by default."""

N_EXCHANGES = 200

PENALTY = 500.0
"""λ of the regression on trials: what is chosen for six windows of each, 2,000 to 5,000, a window.
It must not depend on the ratings, which change places."""


def least_claims(windows: Windows, folds: Sequence[Fold], threshold: float) -> tuple[float, ...]:
    """The AUC within a person by trial, of each target, below which chance cannot be excluded.

    Guesses that have nothing to do with the ratings are judged in these very folds. Half the mean
    width of their intervals, above .5, is what an AUC must have.

    Parameters
    ----------
    windows : Windows
        Of all people.
    folds : sequence of Fold
        What is to be judged.
    threshold : float
        A rating from here on is high.

    Returns
    -------
    tuple of float
        NaN where no one has a pair, or one person only.
    """
    order = np.concatenate([fold.test for fold in folds])
    judged = windows.take(order)
    labels = judged.labels(threshold).astype(np.float64)
    fold = np.repeat(np.arange(len(folds)), [len(one.test) for one in folds])
    rows = HeldOutPredictions(
        judged.subject, judged.trial, fold, labels, labels, labels, judged.ratings, judged.stimulus
    ).by_trial()
    _, clip = np.unique(rows.stimulus, return_inverse=True)
    widths = []
    for seed in range(N_GUESSES):
        rng = np.random.default_rng(seed)
        alike = rng.normal(0, np.sqrt(CLIP_SHARE), (clip.max() + 1, 1))[clip]
        guesses = alike + rng.normal(0, np.sqrt(1 - CLIP_SHARE), (len(rows), 1))
        guessed = replace(rows, probabilities=np.tile(guesses, labels.shape[1]))
        ends = [
            estimate_of_pairs(pairs_by_label(guessed, k), variance_of_fits(rows.fold), seed)[1]
            for k in range(labels.shape[1])
        ]
        widths.append([high - low for low, high in ends])
    return tuple((0.5 + np.mean(widths, axis=0) / 2).tolist())


def claims_in_words(windows: Windows, least: Sequence[float]) -> str:
    """What can be claimed at all, before anything is learned."""
    n_people, n_clips = len(windows.subjects), len(np.unique(windows.stimulus))
    found = ", ".join(
        f"{target} {value:.2f}"
        for target, value in zip(TARGETS, least, strict=False)
        if np.isfinite(value)
    )
    return (
        f"{n_people} people and {n_clips} clips: an AUC within a person below some {found or '1'} "
        "cannot be told from chance, whatever is learned"
    )


@dataclass(frozen=True, slots=True)
class ClipsAlone:
    """AUC within a person by trial, of ridge regression on DE and MI, for one target.

    All are NaN where no one has a pair of a high and a low trial that one fold judged.

    Attributes
    ----------
    auc, low, high : float
        Mean over exchanges of clips, and where 95 % of them lie: chance, by this protocol.
    as_rated : float
        With the ratings where they belong.
    p : float
        How often an exchange gives as much as that, one-sided.
    """

    auc: float
    low: float
    high: float
    as_rated: float
    p: float

    def taken_off(self, auc: float, ends: Interval) -> tuple[float, Interval]:
        """An AUC and its interval less what clips alone give this regression above .5.

        Both are moved down as they are: what other people rated is known of every clip, so that
        nothing about how sure the AUC is changes.
        """
        given = self.auc - 0.5
        return auc - given, (ends[0] - given, ends[1] - given)

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold; what does not exist is None."""
        found: dict[str, Any] = plain(asdict(self))
        return found


def clips_alone(
    windows: Windows, folds: Sequence[Fold], threshold: float, seed: int = 0
) -> tuple[ClipsAlone, ...]:
    """What the clips alone are worth in these folds, of each target.

    Parameters
    ----------
    windows : Windows
        Of all people.
    folds : sequence of Fold
        That keep each trial's windows together.
    threshold : float
        A rating from here on is high.
    seed : int
        Of the exchanges.
    """
    x, labels, person, clip, of_window = trials_of(windows, threshold)
    sides = [(of_trials(fold.train, of_window), of_trials(fold.test, of_window)) for fold in folds]
    return exchanged(x, labels, person, clip, sides, seed)


def exchanged(
    x: Array,
    labels: Array,
    person: NDArray[np.int64],
    clip: NDArray[np.int64],
    sides: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    seed: int = 0,
    n_exchanges: int = N_EXCHANGES,
) -> tuple[ClipsAlone, ...]:
    """The same of trials that are there as numbers.

    Parameters
    ----------
    x : ndarray, shape (n, n_features)
    labels : ndarray, shape (n, n_targets)
        0 or 1.
    person, clip : ndarray, shape (n,)
        From 0.
    sides : sequence of pairs of ndarray
        Of each fold the trials learned from, and those judged.
    seed, n_exchanges : int
        Of the exchanges.
    """
    n_targets = labels.shape[1]
    showing = nth_of_its_kind(person * (clip.max() + 1) + clip)
    table = np.full((person.max() + 1, clip.max() + 1, showing.max() + 1, n_targets), np.nan)
    table[person, clip, showing] = labels
    rng = np.random.default_rng(seed)
    places = [np.arange(table.shape[1])]
    places += [rng.permutation(table.shape[1]) for _ in range(n_exchanges)]
    moved = np.concatenate([table[:, p] for p in places], axis=3)[person, clip, showing]
    # Who did not watch the clip that a rating comes from says nothing by it.
    known = ~np.isnan(moved)
    habit = np.array([np.nanmean(own, axis=(0, 1)) for own in table])[person]
    learned = np.where(known, moved, np.tile(habit, len(places)))
    scores, fold = np.full(moved.shape, np.nan), np.full(len(x), -1)
    for number, (train, test) in enumerate(sides):
        scores[test] = regression(x[train], 2 * learned[train] - 1, x[test])
        fold[test] = number
    aucs = _within_person(scores, moved, person, fold).reshape(len(places), n_targets)
    return tuple(_summary(column) for column in aucs.T)


def _summary(aucs: Array) -> ClipsAlone:
    as_rated, chance = float(aucs[0]), aucs[1:]
    chance = chance[~np.isnan(chance)]
    if math.isnan(as_rated) or not len(chance):
        return ClipsAlone(math.nan, math.nan, math.nan, as_rated, math.nan)
    low, high = np.quantile(chance, [0.025, 0.975]).tolist()
    n_as_high = int(np.count_nonzero(chance >= as_rated - 1e-12))
    p = (1 + n_as_high) / (1 + len(chance))
    return ClipsAlone(float(chance.mean()), low, high, as_rated, p)


def regression(x: Array, y: Array, asked: Array) -> Array:
    """What ridge regression with ``PENALTY``, learned from x and y, says of what is asked.

    Parameters
    ----------
    x, asked : ndarray, shape (n, n_features) and (n_asked, n_features)
        Brought to one scale by x, and clipped.
    y : ndarray, shape (n, n_targets)

    Returns
    -------
    ndarray, shape (n_asked, n_targets)
    """
    mean, sd = x.mean(axis=0), np.maximum(x.std(axis=0), LEAST_SD)
    learned, judged = (np.clip((z - mean) / sd, -LIMIT, LIMIT) for z in (x, asked))
    weights, intercept = ridge(Sums.of(learned, y), [PENALTY])
    return judged @ weights[0] + intercept[0]  # type: ignore[no-any-return]


def _within_person(
    scores: Array, labels: Array, person: NDArray[np.int64], fold: NDArray[np.int64]
) -> Array:
    """AUC within a person and a fold, of each column."""
    one, other = np.nonzero((person[:, None] == person) & (fold[:, None] == fold))
    is_pair = (labels[one] == 1) & (labels[other] == 0)
    ordered = (np.sign(scores[one] - scores[other]) + 1) / 2
    total = is_pair.sum(axis=0)
    with np.errstate(invalid="ignore"):  # no one has a pair
        return np.where(is_pair, ordered, 0.0).sum(axis=0) / total  # type: ignore[no-any-return]


def trials_of(
    windows: Windows, threshold: float
) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each trial's mean DE and MI, labels, person and clip from 0; and the trial of each window."""
    keys = np.stack([windows.subject, windows.trial])
    trials, first, of_window = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    of_window = of_window.ravel()
    features = entropy_and_weights(torch.from_numpy(windows.inputs.nodes)).double().numpy()
    sums = np.zeros((trials.shape[1], features.shape[1]))
    np.add.at(sums, of_window, features)
    person, clip = (
        np.unique(column[first], return_inverse=True)[1]
        for column in (windows.subject, windows.stimulus)
    )
    labels = windows.labels(threshold)[first].astype(np.float64)
    return sums / np.bincount(of_window)[:, None], labels, person, clip, of_window


def of_trials(of_windows: NDArray[np.int64], trial: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which trials some windows are of."""
    return np.unique(trial[of_windows])
