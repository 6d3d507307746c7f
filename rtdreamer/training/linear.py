"""The fit of a linear model to windows: ridge regression, its penalty chosen by people held out."""

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
from rtdreamer.training.ridge import RidgeFit, fit_ridge
from rtdreamer.training.windows import Windows


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
