"""The fit of a linear model to windows: ridge regression, its penalty chosen by people left out."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rtdreamer.errors import DataError
from rtdreamer.model.architecture import Module, inputs_for
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.calibration import subject_groups
from rtdreamer.training.fit import TrainingConfig, checked_labels
from rtdreamer.training.ridge import fit_ridge
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
        Of which it goes by ``label_threshold``, ``seed`` and ``calibration_groups``: into so many
        groups people are split to choose the penalty, too.
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
    labels = checked_labels(windows, config.label_threshold)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        made = find_architecture(name)
        model = made.build(made.configure(windows.spec), windows.n_targets).eval()
        inputs = inputs_for(model, windows.inputs)
        model.prepare(*inputs)
        found = fit_ridge(
            model(*inputs).embedding.double().numpy(),
            labels,
            windows.subject,
            list(subject_groups(windows.subjects, config.calibration_groups, config.seed)),
        )
        model.linear.weight.copy_(torch.from_numpy(found.weights))
        model.linear.bias.copy_(torch.from_numpy(found.intercept))
    return FittedLinear(model, found.penalties, found.held_out)
