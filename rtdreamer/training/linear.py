"""The fit of a linear model to windows: ridge regression, its penalty chosen by people held out.

The regression itself is numpy on arrays, in double precision; what a model's is made of follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.errors import DataError
from rtdreamer.model.architecture import Module, inputs_for
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.calibration import subject_groups
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.labels import learned_labels
from rtdreamer.training.windows import Windows

Array = NDArray[np.float64]

PENALTIES: tuple[float, ...] = tuple(10 ** (k / 3) for k in range(3, 16))
"""From 10 to 100,000, for features of SD 1 and the sum of squares over all windows."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """All that ridge regression needs to know of n windows.

    Attributes
    ----------
    n : int
        Windows.
    x : ndarray, shape (p,)
        Sum of the features.
    y : ndarray, shape (k,)
        Sum of the targets.
    xx : ndarray, shape (p, p)
        Sum of products of features.
    xy : ndarray, shape (p, k)
        Sum of products of features and targets.
    """

    n: int
    x: Array
    y: Array
    xx: Array
    xy: Array

    @classmethod
    def of(cls, x: Array, y: Array, variation: Array | float = 0.0) -> "Sums":
        """Sums of features (n, p), each varied with a covariance (p, p), and of targets (n, k)."""
        xx = x.T @ x + len(x) * variation
        return cls(len(x), x.sum(axis=0), y.sum(axis=0), xx, x.T @ y)

    def without(self, other: "Sums") -> "Sums":
        """The sums of the windows that are left when ``other``'s are taken away."""
        return Sums(
            self.n - other.n,
            self.x - other.x,
            self.y - other.y,
            self.xx - other.xx,
            self.xy - other.xy,
        )


def ridge(sums: Sums, penalties: Sequence[float]) -> tuple[Array, Array]:
    """Weights and intercepts that minimise Σ (y − x·w − b)² + λ |w|², for each λ.

    One eigendecomposition serves all penalties (Hoerl & Kennard, Technometrics 12, 1970). The
    intercept is not penalised.

    Parameters
    ----------
    sums : Sums
        Of the windows to learn from.
    penalties : sequence of float
        Each λ, above 0.

    Returns
    -------
    weights : ndarray, shape (n_penalties, p, k)
    intercepts : ndarray, shape (n_penalties, k)
    """
    mean_x, mean_y = sums.x / sums.n, sums.y / sums.n
    values, vectors = np.linalg.eigh(sums.xx - np.outer(sums.x, mean_x))
    along = vectors.T @ (sums.xy - np.outer(sums.x, mean_y))  # (p, k)
    # Rounding leaves some values below 0 where features hang together.
    shrunk = np.maximum(values, 0) + np.asarray(penalties)[:, None]  # (n_penalties, p)
    weights = vectors @ (along / shrunk[..., None])  # (n_penalties, p, k)
    return weights, mean_y - mean_x @ weights


@dataclass(frozen=True, slots=True, eq=False)
class RidgeFit:
    """A fit to everyone, each target with a penalty of its own.

    Attributes
    ----------
    weights : ndarray, shape (k, p)
    intercept : ndarray, shape (k,)
    penalties : tuple of k floats
        The λ with the least squared error on people held out.
    held_out : ndarray, shape (n, k)
        What a fit with that λ says of each window, learned from the people of other groups.
    """

    weights: Array
    intercept: Array
    penalties: tuple[float, ...]
    held_out: Array


def fit_ridge(
    x: Array,
    labels: NDArray[np.floating],
    subject: NDArray[np.int64],
    groups: Sequence[tuple[int, ...]],
    penalties: Sequence[float] = PENALTIES,
    variation: Array | float = 0.0,
) -> RidgeFit:
    """Fit ridge regression to labels as ±1, with the penalty that is best for people held out.

    Each group is held out in turn, and the penalty is taken with the least squared error. It
    changes smoothly with the penalty: on two draws of 23 simulated people, split in three ways,
    it took 2,000 to 5,000 every time. The AUC of those held out, flat and uneven, took anything
    from 20 to 50,000, and other people were judged no better: mean AUC .813 for .808 (valence),
    .748 for .761 (arousal).

    Parameters
    ----------
    x : ndarray, shape (n, p)
        Features of the windows, each of SD 1 or so.
    labels : ndarray, shape (n, k)
        From 0, low, to 1, high.
    subject : ndarray, shape (n,)
        Of each window; of one person, the trial.
    groups : sequence of tuples of int
        Subjects who are held out together; at least two groups, everyone in one of them.
    penalties : sequence of float
        To choose from.
    variation : ndarray, shape (p, p), optional
        Covariance with which each window's features are varied: what is learned is what would be
        from all that any number of such copies can be.
    """
    y = 2 * labels.astype(np.float64) - 1
    everyone = Sums.of(x, y, variation)
    said = np.full((len(penalties), *y.shape), np.nan)
    for group in groups:
        held_out = np.isin(subject, group)
        others = everyone.without(Sums.of(x[held_out], y[held_out], variation))
        weights, intercepts = ridge(others, penalties)
        said[:, held_out] = x[held_out] @ weights + intercepts[:, None]
    best = ((said - y) ** 2).mean(axis=1).argmin(axis=0)  # (k,)
    weights, intercepts = ridge(everyone, penalties)
    target = np.arange(y.shape[1])
    return RidgeFit(
        weights=weights[best, :, target],
        intercept=intercepts[best, target],
        penalties=tuple(float(penalties[k]) for k in best),
        held_out=said[best, :, target].T,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FittedLinear:
    """A linear model, and how it came about.

    Attributes
    ----------
    model : Module
        In evaluation mode.
    penalties : tuple of float
        The λ of each target.
    held_out : ndarray, shape (n, 2)
        What a fit with that λ says of each window, learned from other people.
    """

    model: Module
    penalties: tuple[float, ...]
    held_out: NDArray[np.float64]


def fit_linear(windows: Windows, config: TrainingConfig, name: str) -> FittedLinear:
    """Fit a linear model; the same windows and configuration give the same weights.

    Parameters
    ----------
    windows : Windows
        Of at least two subjects.
    config : TrainingConfig
        Of which it goes by ``label_threshold``, ``label_softness``, ``amplitude_sd``, ``seed`` and
        ``calibration_groups``: into so many groups people are split to choose the penalty, too.
    name : str
        Of an architecture that is fitted by ridge regression.

    Raises
    ------
    DataError
        If there is one subject only, or a target has one class only.
    RtdreamerError
        If its features need a package that is not installed.
    """
    if len(windows.subjects) < 2:
        raise DataError(
            f"{windows.source}: {len(windows.subjects)} subject to fit to: at least 2 needed"
        )
    with torch.random.fork_rng(devices=[]):
        made = find_architecture(name)
        model = made.build(made.configure(windows.spec), windows.n_targets).eval()
        model.prepare(*inputs_for(model, windows.inputs))
        found = _solve(model, windows, config)
    return FittedLinear(model, found.penalties, found.held_out)


def start_read_out(module: Module, windows: Windows, config: TrainingConfig) -> None:
    """Give a module's linear read-out, prepared, if it has one, ridge regression's solution.

    The logits of labels as ±1 are twice what ridge regression says.

    Parameters
    ----------
    module : Module
        Its ``read_out`` is changed; nothing else.
    windows, config
        As for ``fit_linear``.
    """
    read_out = getattr(module, "read_out", None)
    if read_out is None:
        return
    _solve(read_out, windows, config)
    with torch.no_grad():
        read_out.linear.weight.mul_(2)
        read_out.linear.bias.mul_(2)


@torch.no_grad()
def _solve(model: Module, windows: Windows, config: TrainingConfig) -> RidgeFit:
    """Set a linear model's weights; the penalty is chosen by people, or one person's trials."""
    variation = model.variation(config.amplitude_sd)
    # A fit by gradient may have one person to learn from, the other deciding when to stop.
    key = windows.subject if len(windows.subjects) > 1 else windows.trial
    whom = tuple(np.unique(key).tolist())
    found = fit_ridge(
        model(*inputs_for(model, windows.inputs)).embedding.double().numpy(),
        learned_labels(windows, config),
        key,
        list(subject_groups(whom, config.calibration_groups, config.seed)),
        variation=0.0 if variation is None else variation.numpy(),
    )
    model.linear.weight.copy_(torch.from_numpy(found.weights))
    model.linear.bias.copy_(torch.from_numpy(found.intercept))
    return found
