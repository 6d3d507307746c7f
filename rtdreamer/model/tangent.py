"""Covariances as coordinates in the tangent space at the identity. Imports no torch."""

import importlib.util

import numpy as np
from numpy.typing import NDArray

from rtdreamer.errors import RtdreamerError

TANGENT_SPACE = "tangent"
"""The name of such coordinates as an input of a network."""

LEAST_SHARE = 1e-6
"""Share of a covariance's largest eigenvalue below which single precision keeps no other one."""

_MISSING = (
    "the tangent space needs pyRiemann, 0.12 or newer, which is not installed: "
    'pip install "rtdreamer[riemann]"'
)


def tangent(covariance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coordinates of the matrix logarithm, by pyRiemann.

    Parameters
    ----------
    covariance : ndarray, shape (B, K, C, C)
        Positive definite, but for rounding.

    Returns
    -------
    ndarray, shape (B, K · C (C + 1) / 2)
        Of each band the logarithm's upper triangle, √2 times what is beside the diagonal, so that
        lengths are those of the matrices (Barachant et al., IEEE Trans. Biomed. Eng. 59, 2012).

    Raises
    ------
    RtdreamerError
        If pyRiemann is not installed.
    """
    try:
        from pyriemann.geometry.tangentspace import tangent_space
    except ImportError:
        raise RtdreamerError(_MISSING) from None
    values, vectors = np.linalg.eigh(covariance.astype(np.float64))
    values = np.maximum(values, LEAST_SHARE * values[..., -1:])
    definite = (vectors * values[..., None, :]) @ vectors.swapaxes(-1, -2)
    identity = np.eye(covariance.shape[-1])
    coordinates = tangent_space(definite.reshape(-1, *identity.shape), identity)
    return coordinates.reshape(len(covariance), -1).astype(np.float32)  # type: ignore[no-any-return]


def check_pyriemann() -> None:
    """Raise ``RtdreamerError`` if pyRiemann is not there."""
    if importlib.util.find_spec("pyriemann") is None:
        raise RtdreamerError(_MISSING)
