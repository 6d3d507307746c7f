"""One way to fit whatever can be fitted, for what is judged as for what is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rtdreamer.model.architecture import Module
from rtdreamer.model.registry import find_architecture
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.fit import Epoch, fit, predict_logits
from rtdreamer.training.linear import fit_linear
from rtdreamer.training.windows import Windows


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A model, and how it came about.

    Attributes
    ----------
    model : Module
        On the CPU, in evaluation mode.
    unlearned : ndarray of int
        Index of the windows that ``unlearned_logits`` are of.
    unlearned_logits : ndarray, shape (len(unlearned), 2)
        What the model says of windows that it did not learn from; a linear model, which learns
        from all, what fits like it with people held out say of these. Of no windows for a module
        that learned from all by gradient.
    epochs : tuple of Epoch
        All that were run; none of a linear model.
    validation_subjects : tuple of int
        Who decided when to stop; no one for a linear model.
    penalties : tuple of float
        Of a linear model, the λ of each target; else empty.
    """

    model: Module
    unlearned: NDArray[np.int64]
    unlearned_logits: NDArray[np.floating]
    epochs: tuple[Epoch, ...] = ()
    validation_subjects: tuple[int, ...] = ()
    penalties: tuple[float, ...] = ()

    def logits(self, windows: Windows) -> NDArray[np.float32]:
        """What it says of windows before calibration, shape (n, 2)."""
        return predict_logits(self.model, windows)


def learn(
    windows: Windows,
    config: TrainingConfig,
    architecture: str,
    device: str = "cpu",
    state: Path | None = None,
    progress: Callable[[Epoch], None] = lambda epoch: None,
) -> Learned:
    """Fit an architecture as by ``fit``, or as by ``fit_linear`` if it is linear.

    Parameters
    ----------
    windows, config
        What to learn from, and how.
    architecture : str
        A name in ``model.registry``.
    device, state, progress
        As for ``fit``; a linear model is fitted on the CPU within seconds, and needs none of them.

    Raises
    ------
    DataError
        If the windows are too few or too much alike, or the fit fails.
    RtdreamerError
        If the state cannot be written, or a package is not installed.
    """
    if find_architecture(architecture).is_linear:
        linear = fit_linear(windows, config, architecture)
        return Learned(
            model=linear.model,
            unlearned=np.arange(len(windows)),
            unlearned_logits=linear.held_out,
            penalties=linear.penalties,
        )
    fitted = fit(windows, config, architecture, device, state, progress)
    unlearned = np.flatnonzero(np.isin(windows.subject, fitted.validation_subjects))
    logits = np.empty((0, windows.n_targets), np.float32)
    if len(unlearned):
        logits = predict_logits(fitted.network, windows.take(unlearned))
    return Learned(
        model=fitted.network,
        unlearned=unlearned,
        unlearned_logits=logits,
        epochs=fitted.epochs,
        validation_subjects=fitted.validation_subjects,
    )
