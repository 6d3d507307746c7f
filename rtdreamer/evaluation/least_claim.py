"""From which AUC on anything can be claimed, told before anyone learns anything.

With 23 people and 18 clips intervals are so wide that small AUCs cannot be told from chance, by
whatever the EEG is read. How wide depends on the people, clips, ratings and folds alone, so it is
known in advance.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rtdreamer.evaluation.protocols import Fold
from rtdreamer.metrics.intervals import variance_of_fits
from rtdreamer.metrics.names import TARGETS
from rtdreamer.metrics.pairs import pairs_by_label
from rtdreamer.metrics.predictions import HeldOutPredictions
from rtdreamer.metrics.target_metrics import estimate_of_pairs
from rtdreamer.training.windows import Windows

N_GUESSES = 10

CLIP_SHARE = 0.1
"""Share of the variance of guesses that all people's guesses on one clip have in common, as the
clip's own EEG makes it; somewhat more than in the simulation by default."""


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
