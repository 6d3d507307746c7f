"""A linear model: logits that are weighted sums of a window's features.

In shape comments: B windows, C channels, K bands.
"""

import importlib.util
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rtdreamer.errors import RtdreamerError
from rtdreamer.headset import EPOC, find_headset
from rtdreamer.model.architecture import Architecture, Module, Output
from rtdreamer.model.augmentation import amplitude_directions
from rtdreamer.model.normalisation import Normalisation
from rtdreamer.signal.features import Spec

FEATURES = ("de-mi", "tangent")
"""``de-mi``: differential entropy and the graphs' weights, both relative to the person.
``tangent``: the logarithm of the covariance of each band relative to the person, which lies in the
tangent space of the covariances at the baseline."""

LEAST_SHARE = 1e-6
"""Share of a covariance's largest eigenvalue below which single precision keeps no other one."""

_MISSING = (
    "the tangent space needs pyRiemann, 0.12 or newer, which is not installed: "
    'pip install "rtdreamer[riemann]"'
)


@dataclass(frozen=True, slots=True)
class LinearConfig:
    """What rebuilds the linear model.

    Attributes
    ----------
    features : str
        One of ``FEATURES``.
    headset : str
        Whose windows it takes.
    n_bands : int
        Of the windows.

    Raises
    ------
    ValueError
        If a value is out of bounds.
    """

    features: str = FEATURES[0]
    headset: str = EPOC.name
    n_bands: int = len(Spec().bands)

    def __post_init__(self) -> None:
        find_headset(self.headset)
        if self.features not in FEATURES:
            names = ", ".join(FEATURES)
            raise ValueError(f"features are {self.features!r:.40}, must be one of {names}")
        if not 1 <= self.n_bands <= 16:
            raise ValueError(f"n_bands is {self.n_bands}, must be 1 to 16")

    @property
    def n_features(self) -> int:
        """Features of one window: a value each channel, or variance, and one each channel pair."""
        return self.n_bands * (self.n_channels + self.n_channels * (self.n_channels - 1) // 2)

    @property
    def n_channels(self) -> int:
        """Of the headset."""
        return find_headset(self.headset).n_channels


class LinearModel(Module):
    """Features of a window, in SD of the training windows and clipped, to one logit a target.

    A third target, dominance, can be judged; a checkpoint has two.
    """

    def __init__(self, config: LinearConfig, n_targets: int = 2) -> None:
        super().__init__()
        self.config = config
        self.normalisation = Normalisation((config.n_features,))
        self.linear = nn.Linear(config.n_features, n_targets)
        self.takes = ("nodes",) if config.features == "de-mi" else ("covariance",)
        self.n_embedding = config.n_features

    def features(self, seen: Tensor) -> Tensor:
        """What is weighted, before normalisation, shape (B, n_features), from what it takes."""
        if self.config.features == "de-mi":
            return entropy_and_weights(seen)
        return torch.from_numpy(tangent(seen.cpu().numpy())).to(seen.device)

    def forward(self, seen: Tensor) -> Output:
        """The logits, and the normalised features that they are weighted sums of."""
        embedding = self.normalisation(self.features(seen))  # (B, n_features)
        return Output(self.linear(embedding), embedding)

    def prepare(self, seen: Tensor) -> None:
        """Take the scale of the features from the training windows'."""
        self.normalisation.fit(self.features(seen))

    def variation(self, sd: float) -> Tensor | None:
        """How the features vary where amplitudes are varied as by ``augmentation``.

        To learn from windows that are varied so is, for a linear model, to penalise weights along
        this covariance (Bishop, Neural Computation 7, 1995).

        Parameters
        ----------
        sd : float
            Of each change of log amplitude.

        Returns
        -------
        Tensor, shape (n_features, n_features), or None
            Covariance of the normalised features; None if nothing is varied, and for the tangent
            space, where such a change is no sum.
        """
        if sd == 0 or self.config.features != "de-mi":
            return None
        n_channels = self.config.n_channels
        directions = amplitude_directions(self.config.n_bands, n_channels)  # (D, K, C)
        nodes = torch.zeros(*directions.shape, 1 + n_channels)
        nodes[..., 0] = sd * directions
        moved = (self.features(nodes) / self.normalisation.sd).double()  # (D, n_features)
        return moved.T @ moved


def entropy_and_weights(nodes: Tensor) -> Tensor:
    """Each value of ``Inputs.nodes`` once, shape (B, K · (C + C (C − 1) / 2)), by band.

    The graphs are undirected: of the weights those above the diagonal are all.
    """
    above = torch.ones(nodes.shape[-2:], dtype=torch.bool, device=nodes.device).triu(
        2
    )  # (C, 1 + C)
    weights = nodes[..., above]  # (B, K, C (C − 1) / 2)
    return torch.cat([nodes[..., 0], weights], dim=-1).flatten(start_dim=1)


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


def check_installed(features: str) -> None:
    """Raise ``RtdreamerError`` if features want a package that is not there."""
    if features == "tangent" and importlib.util.find_spec("pyriemann") is None:
        raise RtdreamerError(_MISSING)


def _configure(spec: Spec, features: str) -> LinearConfig:
    return LinearConfig(features, spec.headset.name, len(spec.bands))


def _architecture(
    name: str, summary: str, features: str, sd: float = 0.0, softness: float = 0.0
) -> Architecture:
    return Architecture(
        name=name,
        summary=summary,
        config=LinearConfig,
        configure=partial(_configure, features=features),
        build=LinearModel,
        settings={"amplitude_sd": sd, "label_softness": softness},
        fitted_by="ridge",
        check_installed=partial(check_installed, features),
    )


RIDGE = _architecture(
    "ridge", "ridge regression on differential entropy and mutual information", "de-mi"
)
READ_OUT = _architecture(
    "read-out", "the linear read-out that a fit of vae-gnn begins with, alone", "de-mi", 0.2, 0.5
)
TANGENT = _architecture(
    "tangent", "ridge regression on the tangent space of the bands' covariances", "tangent"
)
