"""Trials whose EEG has nothing to do with their ratings, however many are asked for."""

from dataclasses import dataclass

import numpy as np

from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.data.simulated_people import moment_covariance
from rtdreamer.evaluation.chance import trials_of

THRESHOLD = 3

NOISE = 0.5
"""Of a state's estimate from 60 s of EEG, in SD of what sways a person from trial to trial."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Trials of n people, person by person, clip by clip.

    Attributes
    ----------
    x : ndarray, shape (18 n, n_features)
    ratings : ndarray, shape (18 n, 2)
    person, clip : ndarray, shape (18 n,)
        From 0.
    """

    x: np.ndarray
    ratings: np.ndarray
    person: np.ndarray
    clip: np.ndarray

    @property
    def labels(self):
        return (self.ratings >= THRESHOLD).astype(float)


def rated(n_people, seed):
    """Ratings of simulated people, and whose and of which clip they are."""
    source = SimulatedDreamer(n_people, seed=seed, effect=0)
    person, clip = np.indices((n_people, len(source.trials))).reshape(2, -1)
    ratings = [source.ratings(s + 1, t + 1)[:2] for s, t in zip(person, clip, strict=True)]
    return np.array(ratings, dtype=float), person, clip


class States:
    """The simulated states behind the EEG, with the noise of estimating them: fast."""

    def __init__(self, clip):
        self._clip = clip
        self._sd = np.sqrt(np.diag(moment_covariance()))

    def draw(self, n_people, seed):
        source = SimulatedDreamer(n_people, seed=seed, effect=0, clip=self._clip)
        ratings, person, clip = rated(n_people, seed)
        rows = zip(person, clip, strict=True)
        states = np.array([source.deviation(s + 1, t + 1).vector() for s, t in rows])
        rng = np.random.default_rng([seed, 1])
        x = states / (np.sqrt(2) * self._sd) + NOISE * rng.normal(size=states.shape)
        return Draw(x, ratings, person, clip)


class RealFeatures:
    """DE and MI of simulated EEG of many people who rated nothing that shows.

    A draw takes some of the people, and gives each clip's EEG the ratings of another clip.
    """

    def __init__(self, windows):
        self._x, _, self._person, self._clip, _ = trials_of(windows, THRESHOLD)
        n_people, n_clips = self._person.max() + 1, self._clip.max() + 1
        self._row = np.empty((n_people, n_clips), int)
        self._row[self._person, self._clip] = np.arange(len(self._x))

    def draw(self, n_people, seed):
        rng = np.random.default_rng([seed, 2])
        ratings, person, clip = rated(n_people, seed)
        people = rng.permutation(len(self._row))[:n_people]
        clips = rng.permutation(self._row.shape[1])
        return Draw(self._x[self._row[people[person], clips[clip]]], ratings, person, clip)
