"""Mutual information of all pairs of channels, in nats.

The Gaussian copula is what runs live. The histogram and nearest-neighbour estimators are
references for offline use: in narrow bands both read autocorrelation as dependence.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

MAX_R2 = 1 - 1e-6
"""Keeps the information of two identical channels finite (6.9 nats)."""

N_BINS = 16
N_NEIGHBORS = 3


def gaussian_copula(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mutual information by Gaussian copula, corrected for autocorrelation and clipped at 0.

    Ranks are mapped to normal scores, and −½ ln(1 − r²) of their correlation r is a lower bound
    of the mutual information that no increasing map of a channel can change (Ince et al., Human
    Brain Mapping 38, 2017). Under independence its mean is ½/(N_eff − 2), which is subtracted.

    Parameters
    ----------
    data : ndarray, shape (..., n_channels, n_times)
        Signals; any unit.

    Returns
    -------
    ndarray, shape (..., n_channels, n_channels)
        Nats, symmetric, zero diagonal.
    """
    scores = normal_scores(data)
    r2 = (scores @ scores.swapaxes(-1, -2)) ** 2
    information = -0.5 * np.log1p(-np.minimum(r2, MAX_R2))
    corrected = information - 0.5 / (effective_samples(scores) - 2)
    return _without_diagonal(np.maximum(corrected, 0.0))


def normal_scores(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map each row to normal scores by rank: Φ⁻¹(rank / (n_times + 1)), scaled to unit length.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Finite.

    Returns
    -------
    ndarray, shape (..., n_times)
        Zero mean, unit Euclidean norm: the product of two rows is their correlation.
    """
    n_times = data.shape[-1]
    # Each number's last bits give way to its place, so that sorting the numbers sorts the places:
    # in half the time of argsort. Only what differs by less than 2⁻⁴⁰ of itself may change places.
    places = (1 << (n_times - 1).bit_length()) - 1
    keys = np.ascontiguousarray(data).reshape(-1, n_times).view(np.int64) & ~places
    keys |= np.arange(n_times)
    keys.view(np.float64).sort(axis=-1)
    keys &= places
    keys += n_times * np.arange(len(keys))[:, None]
    scores = np.empty(keys.size)
    scores[keys.reshape(-1)] = _score_table(n_times, len(keys))
    return scores.reshape(data.shape)


@lru_cache(maxsize=4)
def _score_table(n_times: int, n_rows: int) -> NDArray[np.float64]:
    """Scores in rising order, as often as there are rows: to repeat them each time takes longer."""
    table: NDArray[np.float64] = special.ndtri(np.arange(1, n_times + 1) / (n_times + 1))
    table /= np.linalg.norm(table)
    return np.tile(table, n_rows)


def effective_samples(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count the independent samples that two autocorrelated signals amount to, for each pair.

    N_eff = N / (1 + 2 Σₖ (1 − k/N) ρx(k) ρy(k)), with the sample autocorrelations ρ (Bartlett,
    J. R. Stat. Soc. 98, 1935). Near 2 · bandwidth · seconds for band-limited noise.

    Parameters
    ----------
    data : ndarray, shape (..., n_channels, n_times)
        Zero-mean signals.

    Returns
    -------
    ndarray, shape (..., n_channels, n_channels)
        Between 4 and n_times.
    """
    n_times = data.shape[-1]
    # In single precision, whose error is 10⁻⁷ nats at most of what this is needed for. A power
    # spectrum is real and even, so that its transform is a cosine transform.
    n_padded = 2 * fft.next_fast_len(n_times, real=True)
    spectrum = fft.rfft(data.astype(np.float32), n_padded, axis=-1)
    squares = np.square(spectrum.view(np.float32))
    power = squares[..., ::2] + squares[..., 1::2]
    autocovariance = fft.dct(power, type=1, axis=-1, overwrite_x=True)
    variance = np.maximum(autocovariance[..., 0], np.finfo(np.float32).tiny).astype(np.float64)
    # On both sides alike, so that the product is symmetric to the last bit.
    weighted = autocovariance[..., 1:n_times] * _lag_weights(n_times)
    products = variance[..., :, None] * variance[..., None, :]
    correction = 1 + 2 * (weighted @ weighted.swapaxes(-1, -2)) / products
    # Two signals that anticorrelate in time would give more samples than there are.
    effective: NDArray[np.float64] = n_times / np.maximum(correction, 1.0)
    return np.maximum(effective, 4.0)


@lru_cache(maxsize=8)
def _lag_weights(n_times: int) -> NDArray[np.float32]:
    return np.sqrt(1 - np.arange(1, n_times) / n_times).astype(np.float32)


def histogram(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mutual information by 16×16 equally filled bins, with the Miller–Madow correction.

    Miller, Information Theory in Psychology (1955): (filled cells − 1) / 2N is added to each
    entropy. Not corrected for autocorrelation.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)

    Returns
    -------
    ndarray, shape (n_channels, n_channels)
        Nats, symmetric, zero diagonal.
    """
    from scipy import stats  # half a second of imports, for what never runs live

    n_channels, n_times = data.shape
    ranks = stats.rankdata(data, method="average", axis=-1)
    bins = np.minimum((ranks - 0.5) * N_BINS / n_times, N_BINS - 1).astype(np.intp)
    single = [_entropy(bins[i]) for i in range(n_channels)]
    return _pairwise(
        n_channels,
        lambda i, j: single[i] + single[j] - _entropy(bins[i] * N_BINS + bins[j]),
    )


def _entropy(cells: NDArray[np.intp]) -> float:
    counts = np.bincount(cells)
    counts = counts[counts > 0]
    p = counts / len(cells)
    return float(-(p * np.log(p)).sum() + (len(counts) - 1) / (2 * len(cells)))


def nearest_neighbour(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mutual information by 3 nearest neighbours, as scikit-learn estimates it.

    Kraskov et al., Phys. Rev. E 69 (2004). Some 2 s a window; not corrected for autocorrelation.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)

    Returns
    -------
    ndarray, shape (n_channels, n_channels)
        Nats, symmetric, zero diagonal.
    """
    from sklearn.feature_selection import mutual_info_regression

    def information(i: int, j: int) -> float:
        estimate = mutual_info_regression(
            data[i, :, None], data[j], n_neighbors=N_NEIGHBORS, random_state=0
        )
        return float(estimate[0])

    return _pairwise(len(data), information)


def _pairwise(n_channels: int, information: Callable[[int, int], float]) -> NDArray[np.float64]:
    matrix = np.zeros((n_channels, n_channels))
    for i, j in combinations(range(n_channels), 2):
        matrix[i, j] = matrix[j, i] = max(information(i, j), 0.0)
    return matrix


def _without_diagonal(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    diagonal = np.arange(matrix.shape[-1])
    matrix[..., diagonal, diagonal] = 0.0
    return matrix


Estimator = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _of_each_band(estimator: Estimator) -> Estimator:
    return lambda bands: np.stack([estimator(band) for band in bands])


ESTIMATORS: dict[str, Estimator] = {
    "gaussian-copula": gaussian_copula,
    "histogram": _of_each_band(histogram),
    "nearest-neighbour": _of_each_band(nearest_neighbour),
}
"""From bands, shape (n_bands, n_channels, n_times), by the names a spec may use."""


def edge_weight(information: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map mutual information to 0–1 by √(1 − e^(−2 MI)): the size of ρ for Gaussians.

    Linfoot, Information and Control 1 (1957). Unlike a min–max scaling of each window it keeps
    absolute coupling.

    Parameters
    ----------
    information : ndarray
        Nats.
    """
    weight: NDArray[np.float64] = np.sqrt(-np.expm1(-2 * information))
    return weight
