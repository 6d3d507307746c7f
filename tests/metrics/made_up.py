"""Predictions of nobody, for all tests of this folder."""

import numpy as np

from rtdreamer.metrics.predictions import HeldOutPredictions


def trials(n_people=8, n_clips=18, n_folds=1, effect=0.3, seed=0):
    """Trials with ratings 1 to 5 and ties in the probabilities; folds are groups of people."""
    rng = np.random.default_rng(seed)
    person, clip = np.indices((n_people, n_clips)).reshape(2, -1)
    ratings = rng.integers(1, 6, (len(person), 2)).astype(float)
    p = 0.5 + effect * (ratings - 3) / 8 + rng.uniform(-0.2, 0.2, ratings.shape)
    return HeldOutPredictions(
        subject=person + 1,
        trial=clip + 1,
        fold=person % n_folds,
        labels=(ratings >= 3).astype(float),
        probabilities=np.round(np.clip(p, 0.05, 0.95) * 64) / 64,
        base_rate=np.full(ratings.shape, 0.6),
        ratings=ratings,
    )
