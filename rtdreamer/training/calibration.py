"""From a fitted network's logits to probabilities that can be believed."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from rtdreamer.model.checkpoint import Calibration

MAX_LOG_TEMPERATURE = 3.0
MAX_BIAS = 5.0


def fit_calibration(logits: NDArray[np.floating], labels: NDArray[np.floating]) -> Calibration:
    """Temperature and bias of each target that make held-out labels most likely.

    Guo et al., ICML 2017, with Platt's bias, since a focal loss moves the middle too. The logits
    must be of people the network did not learn from.

    Parameters
    ----------
    logits, labels : ndarray, shape (n_windows, 2)
        Labels are 0 or 1.
    """
    pairs = [_fit_target(*columns) for columns in zip(logits.T, labels.T, strict=True)]
    (t_valence, b_valence), (t_arousal, b_arousal) = pairs
    return Calibration((t_valence, t_arousal), (b_valence, b_arousal))


def _fit_target(logits: NDArray[np.floating], labels: NDArray[np.floating]) -> tuple[float, float]:
    logits, labels = logits.astype(np.float64), labels.astype(np.float64)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_temperature, bias = parameters
        scaled = logits * np.exp(-log_temperature)
        odds = scaled + bias
        miss = expit(odds) - labels
        gradient = np.array([-(miss * scaled).mean(), miss.mean()])
        return float((np.logaddexp(0, odds) - labels * odds).mean()), gradient

    bounds = [(-MAX_LOG_TEMPERATURE, MAX_LOG_TEMPERATURE), (-MAX_BIAS, MAX_BIAS)]
    log_temperature, bias = minimize(loss, np.zeros(2), jac=True, bounds=bounds).x
    return float(np.exp(log_temperature)), float(bias)
