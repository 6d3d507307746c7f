"""What nobody said of anybody: predictions in the shape that the real ones have."""

import numpy as np

from rtdreamer.evaluation.predictions_file import JudgedRun
from rtdreamer.metrics.predictions import ROWS, HeldOutPredictions


def make_run(
    method="method", seed=0, skill=0.5, n_people=4, n_trials=6, n_windows=2, n_targets=2, n_folds=2,
    dataset="made up", simulated=True, protocol="loso", people=0,
):  # fmt: skip
    """Predictions of a method of some skill, 0 to 1.

    Ratings are the same for all but other ``people``; folds and noise follow from the seed, noise
    from the method and the people too.
    """
    truth = np.random.default_rng([n_people, n_trials, n_targets, people])
    ratings = truth.integers(1, 6, (n_people, n_trials, 1, n_targets)).repeat(n_windows, axis=2)
    person, trial, window = np.indices(ratings.shape[:3]).reshape(3, -1)
    ratings = ratings.reshape(-1, n_targets).astype(float)
    labels = (ratings >= 3).astype(float)
    noise = np.random.default_rng([seed, *method.encode(), people]).random(labels.shape)
    groups = np.random.default_rng(seed).permutation(n_people) % n_folds
    return JudgedRun(
        dataset=dataset,
        simulated=simulated,
        protocol=protocol,
        method=method,
        seed=seed,
        window=window,
        predictions=HeldOutPredictions(
            subject=person + 1,
            trial=trial + 1,
            fold=groups[person],
            labels=labels,
            probabilities=skill * (0.2 + 0.6 * labels) + (1 - skill) * noise,
            base_rate=np.full(labels.shape, 0.6),
            ratings=ratings,
        ),
    )


def same_run(one, other):
    """Whether they are equal to the last bit."""
    arrays = [(one.window, other.window)]
    arrays += [(getattr(one.predictions, name), getattr(other.predictions, name)) for name in ROWS]
    names = ("dataset", "simulated", "protocol", "method", "seed")
    return all(getattr(one, name) == getattr(other, name) for name in names) and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in arrays
    )
