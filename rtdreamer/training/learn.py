"""One way to fit whatever can be fitted, for what is judged as for what is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from rtdreamer.model.checkpoint import Config
from rtdreamer.model.linear import check_installed
from rtdreamer.signal.features import Spec
from rtdreamer.training.architectures import ARCHITECTURES, Tensors, inputs_of, network_config
from rtdreamer.training.fit import Epoch, TrainingConfig, fit, predict_logits
from rtdreamer.training.linear import LINEAR, fit_linear, linear_config
from rtdreamer.training.windows import Windows


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A model, and how it came about.

    Attributes
    ----------
    model : Module
        On the CPU, in evaluation mode.
    inputs : callable
        From windows to the tensors that it takes.
    unlearned : ndarray of int
        Index of the windows that ``unlearned_logits`` are of.
    unlearned_logits : ndarray, shape (len(unlearned), 2)
        What the model says of windows that it did not learn from; a linear model, which learns
        from all, what fits like it with people left out say of these.
    epochs : tuple of Epoch
        All that were run; none of a linear model.
    validation_subjects : tuple of int
        Who decided when to stop; nobody for a linear model.
    penalties : tuple of float
        Of a linear model, the λ of each target; else empty.
    """

    model: nn.Module
    inputs: Callable[[Windows], Tensors]
    unlearned: NDArray[np.int64]
    unlearned_logits: NDArray[np.floating]
    epochs: tuple[Epoch, ...] = ()
    validation_subjects: tuple[int, ...] = ()
    penalties: tuple[float, ...] = ()

    def logits(self, windows: Windows) -> NDArray[np.float32]:
        """What it says of windows before calibration, shape (n, 2)."""
        return predict_logits(self.model, self.inputs(windows))


def learn(
    windows: Windows,
    config: TrainingConfig,
    architecture: str,
    device: str = "cpu",
    state: Path | None = None,
    progress: Callable[[Epoch], None] = lambda epoch: None,
) -> Learned:
    """Fit a network as by ``fit``, or a linear model as by ``fit_linear``.

    Parameters
    ----------
    windows, config
        What to learn from, and how.
    architecture : str
        A name in ``ARCHITECTURES`` or ``LINEAR``.
    device, state, progress
        As for ``fit``; a linear model is fitted on the CPU within seconds, and needs none of them.

    Raises
    ------
    DataError
        If the windows are too few or too much alike, or the fit fails.
    RtdreamerError
        If the state cannot be written, or a package is not installed.
    """
    if architecture in LINEAR:
        linear = fit_linear(windows, config, architecture)
        return Learned(
            model=linear.model,
            inputs=lambda seen: inputs_of(linear.model, seen),
            unlearned=np.arange(len(windows)),
            unlearned_logits=linear.held_out,
            penalties=linear.penalties,
        )
    fitted = fit(windows, config, architecture, device, state, progress)
    inputs = ARCHITECTURES[architecture].inputs
    unlearned = np.flatnonzero(np.isin(windows.subject, fitted.validation_subjects))
    return Learned(
        model=fitted.network,
        inputs=inputs,
        unlearned=unlearned,
        unlearned_logits=predict_logits(fitted.network, inputs(windows.take(unlearned))),
        epochs=fitted.epochs,
        validation_subjects=fitted.validation_subjects,
    )


def model_config(spec: Spec, architecture: str) -> Config:
    """What rebuilds the network, or the linear model, for windows of this spec."""
    return linear_config(spec, architecture) if architecture in LINEAR else network_config(spec)


def check_architecture(architecture: str) -> None:
    """Raise ``RtdreamerError`` if a package is missing that an architecture needs."""
    if architecture in LINEAR:
        check_installed(LINEAR[architecture])
