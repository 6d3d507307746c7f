"""Covariances of the channels in each band, and how they differ from a person's baseline.

A covariance C is seen relative to the baseline M as M^(-1/2) C M^(-1/2): the identity where the two
are equal, for every person (Zanini et al., IEEE Trans. Biomed. Eng. 65, 2018).

In shape comments: K bands, C channels.
"""

import numpy as np
from numpy.typing import NDArray

from rtdreamer.signal.entropy import VARIANCE_FLOOR

Array = NDArray[np.float64]


def band_covariance(bands: Array) -> Array:
    """Covariance of the channels of each band, over the window's samples.

    Parameters
    ----------
    bands : ndarray, shape (..., n_channels, n_times)
        Band-limited signals in µV.

    Returns
    -------
    ndarray, shape (..., n_channels, n_channels)
        µV², symmetric; the diagonal is the variance that ``differential_entropy`` is of.
    """
    mean = bands.mean(axis=-1, keepdims=True)
    # What is band-limited has next to no mean: nothing is lost by taking it off afterwards.
    product = bands @ bands.swapaxes(-1, -2) / bands.shape[-1]
    return product - mean @ mean.swapaxes(-1, -2)  # type: ignore[no-any-return]


def relative_covariance(covariance: Array, baseline: Array | None) -> Array:
    """Covariances relative to a person's baseline, which is the identity.

    What is not known, NaN, is what the Gaussian whose covariance is the baseline expects beside
    the channels that are known.

    Parameters
    ----------
    covariance : ndarray, shape (..., n_bands, n_channels, n_channels)
        µV², of any number of windows. A channel is known altogether, or not at all.
    baseline : ndarray, shape (n_bands, n_channels, n_channels), or None
        µV²; for None the covariances stay as they are, and all must be known.

    Returns
    -------
    ndarray, shape (..., n_bands, n_channels, n_channels)
        Positive definite.
    """
    if baseline is None:
        return _floored(covariance)
    # A mean of which each entry is over windows of its own need not be positive definite.
    values, vectors = _eigen(baseline)
    whitening = _rebuilt(1 / np.sqrt(values), vectors)  # (K, C, C)
    known = _completed(covariance, _rebuilt(values, vectors))
    return whitening @ known @ whitening


def _eigen(covariance: Array) -> tuple[Array, Array]:
    """Eigenvalues, of which a flat channel's is the headset's rounding, and eigenvectors."""
    values, vectors = np.linalg.eigh(covariance)
    return np.maximum(values, VARIANCE_FLOOR), vectors


def _rebuilt(values: Array, vectors: Array) -> Array:
    return (vectors * values[..., None, :]) @ vectors.swapaxes(-1, -2)


def _floored(covariance: Array) -> Array:
    return _rebuilt(*_eigen(covariance))


def _completed(covariance: Array, baseline: Array) -> Array:
    """Covariances, floored, with what is not known of them filled in."""
    known = np.isfinite(np.diagonal(covariance, axis1=-2, axis2=-1))  # (..., K, C)
    if known.all():
        return _floored(covariance)
    completed = np.empty_like(covariance)
    for where in np.ndindex(covariance.shape[:-2]):
        completed[where] = _conditional(covariance[where], baseline[where[-1]], known[where])
    return completed


def _conditional(covariance: Array, baseline: Array, known: NDArray[np.bool_]) -> Array:
    """One band's covariance, shape (C, C), if the unknown hangs on the known as in the baseline.

    The unknown channels are B x + e, x the known ones; B, and the covariance of e, are those of
    the Gaussian with the baseline covariance (Eaton, Multivariate Statistics, 1983, pp. 116–117).
    """
    seen = _floored(covariance[np.ix_(known, known)])
    baseline_seen = baseline[np.ix_(known, known)]
    cross = baseline[np.ix_(known, ~known)]
    weights = np.linalg.solve(baseline_seen, cross)  # (known, unknown), Bᵀ
    completed = np.empty_like(baseline)
    completed[np.ix_(known, known)] = seen
    completed[np.ix_(known, ~known)] = seen @ weights
    completed[np.ix_(~known, known)] = (seen @ weights).T
    completed[np.ix_(~known, ~known)] = (
        baseline[np.ix_(~known, ~known)] - weights.T @ (baseline_seen - seen) @ weights
    )
    return completed
