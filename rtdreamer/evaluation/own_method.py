"""A classifier of anyone's, with scikit-learn's methods, through our folds."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.base import clone

from rtdreamer.counting import counted
from rtdreamer.data.dataset import Dataset
from rtdreamer.errors import DataError, RtdreamerError
from rtdreamer.model.linear import entropy_and_weights
from rtdreamer.training.calibration import fit_calibration, out_of_fold_logits, probabilities
from rtdreamer.training.config import TrainingConfig
from rtdreamer.training.labels import checked_labels
from rtdreamer.training.windows import WindowPlan, Windows, window_hash

Array = NDArray[np.float64]

Features = Callable[[Array], NDArray[Any]]
"""From a raw window, shape (14, n_times), µV, to a vector that is as long for every window."""

_SURE = 1e-6
"""No probability is taken to be nearer to 0 or 1: its log odds would be infinite."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnMethod:
    """A method that is no name of ours.

    Attributes
    ----------
    estimator : object
        With ``fit(X, y)`` and ``predict_proba(X)``; copied for each fold and target.
    calibrate : bool
        Whether its probabilities are calibrated, on people held out of those learned from.
    token : str
        Differs from that of any other one, since what an object does cannot be told from it: what
        is found is kept for no later run.
    """

    estimator: Any
    calibrate: bool = True
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __call__(
        self, train: Windows, test: Windows, config: TrainingConfig, device: str = "cpu"
    ) -> Array:
        """As ``methods.Method``."""
        labels = checked_labels(train, config.label_threshold)

        def logits(learned: Windows, judged: Windows) -> Array:
            y = checked_labels(learned, config.label_threshold).astype(np.int64)
            x, asked = _inputs(learned), _inputs(judged)
            said = [self._say(x, column, asked) for column in y.T]
            return logit(np.clip(np.stack(said, axis=1), _SURE, 1 - _SURE))  # type: ignore[no-any-return]

        if not self.calibrate:
            x, asked = _inputs(train), _inputs(test)
            return np.stack([self._say(x, y, asked) for y in labels.T.astype(np.int64)], axis=1)
        out_of_fold = out_of_fold_logits(train, logits, config.calibration_groups, config.seed)
        return probabilities(fit_calibration(out_of_fold, labels), logits(train, test))

    def _say(self, x: Array, y: NDArray[np.int64], asked: Array) -> Array:
        """The probability of the high class, shape (n,)."""
        model = clone(self.estimator, safe=False)
        model.fit(x, y)
        said = np.asarray(model.predict_proba(asked), dtype=np.float64)
        if said.shape != (len(asked), 2) or not np.isfinite(said).all():
            raise RtdreamerError(
                f"{type(self.estimator).__name__}: predict_proba gave shape {said.shape}: must be "
                f"({len(asked)}, 2), the probabilities of low and high, all finite"
            )
        return said[:, 1]


def _inputs(windows: Windows) -> Array:
    """Own features, or differential entropy and mutual information, shape (n, n_features)."""
    if windows.own is not None:
        return windows.own
    nodes = torch.from_numpy(windows.inputs.nodes)
    return entropy_and_weights(nodes).double().numpy()


def check_estimator(estimator: object) -> None:
    """Raise ``RtdreamerError`` unless it has what is needed of it."""
    for method in ("fit", "predict_proba"):
        if not callable(getattr(estimator, method, None)):
            raise RtdreamerError(
                f"method {estimator!r:.80}: has no {method}: give the name of a method, or an "
                "object with scikit-learn's fit(X, y) and predict_proba(X)"
            )
    if isinstance(estimator, type):
        raise RtdreamerError(
            f"method {estimator.__name__}: is a class: give {estimator.__name__}()"
        )


def own_features(dataset: Dataset, windows: Windows, hop: int | None, function: Features) -> Array:
    """A function's features of each of a data set's windows, shape (n, n_features).

    Parameters
    ----------
    dataset : Dataset
        Whose.
    windows : Windows
        All of its windows.
    hop : int or None
        By which they were cut, as in ``WindowPlan``.
    function : callable
        As ``Features``.

    Raises
    ------
    RtdreamerError
        If what it returns is no vector of finite numbers, always of one length.
    """
    rows: list[Array] = []
    plan = WindowPlan(hop)
    for window in (w for t in dataset.trials() for w in plan.cut(t.eeg, windows.spec)):
        row = np.asarray(function(window.copy()), dtype=np.float64)
        if row.ndim != 1 or not len(row) or not np.isfinite(row).all():
            raise RtdreamerError(
                f"features returned shape {row.shape} for window {len(rows)}: must be a vector of "
                "finite numbers"
            )
        if rows and len(row) != len(rows[0]):
            raise RtdreamerError(
                f"features returned {counted(len(row), 'number')} for window {len(rows)}, and "
                f"{len(rows[0])} for the first one: must be as many for all"
            )
        if window_hash(window) != windows.hash[len(rows)]:
            raise DataError(f"{dataset.name}: its trials are no longer those that were extracted")
        rows.append(row)
    return np.stack(rows)
