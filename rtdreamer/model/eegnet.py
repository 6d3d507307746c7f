"""EEGNet, the field's standard small network on waveforms.

Lawhern et al., Journal of Neural Engineering 15:056013 (2018), table 2: EEGNet-8,2.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rtdreamer.headset import EPOC
from rtdreamer.model.architecture import Architecture, Module, Output, Tensors
from rtdreamer.model.augmentation import vary_signals
from rtdreamer.signal.features import Spec
from rtdreamer.window import WINDOW

_N_TEMPORAL = 8  # F1
_DEPTH = 2  # D
_N_POINTWISE = _N_TEMPORAL * _DEPTH  # F2
_SEPARABLE = 16  # samples
_SPATIAL = 3  # its place in ``features``
_MAX_SPATIAL_NORM, _MAX_DENSE_NORM = 1.0, 0.25
_ROUNDING = 1e-6
"""Rounding in single precision: a length above its bound by no more was just shortened to it."""


@dataclass(frozen=True, slots=True)
class EEGNetConfig:
    """What rebuilds an EEGNet.

    Attributes
    ----------
    n_channels, n_times : int
        Of the signals.
    sfreq : float
        Hz; the first filters are half a second long.
    dropout : float
        The paper's figure for people never seen.

    Raises
    ------
    ValueError
        If a value is out of bounds. The bounds also keep a broken file from asking for more memory
        than there is.
    """

    n_channels: int = EPOC.n_channels
    n_times: int = WINDOW
    sfreq: float = EPOC.sfreq
    dropout: float = 0.25

    def __post_init__(self) -> None:
        bounds = {"n_channels": (1, 256), "n_times": (32, 16384), "sfreq": (2.0, 1024.0)}
        for name, (least, most) in bounds.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}, must be {least} to {most}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}, must be at least 0 and below 1")


class BatchNorm(nn.Module):
    """Batch normalisation over all but the second axis (Ioffe & Szegedy, ICML 2015).

    Without the count of batches that torch's keeps: it is no float, and decides nothing here.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n_features))
        self.bias = nn.Parameter(torch.zeros(n_features))
        self.register_buffer("running_mean", torch.zeros(n_features))
        self.register_buffer("running_var", torch.ones(n_features))

    def forward(self, x: Tensor) -> Tensor:
        """(B, n_features, ...) to the same."""
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training
        )


class EEGNet(Module):
    """Temporal, depthwise spatial and separable convolution, and a linear layer."""

    takes = ("signals",)

    def __init__(self, config: EEGNetConfig, n_targets: int = 2) -> None:
        super().__init__()
        self.config = config
        half_second = int(config.sfreq / 2)
        spatial = (config.n_channels, 1)
        self.features = nn.Sequential(
            _same_length(half_second),
            nn.Conv2d(1, _N_TEMPORAL, (1, half_second), bias=False),
            BatchNorm(_N_TEMPORAL),
            nn.Conv2d(_N_TEMPORAL, _N_POINTWISE, spatial, groups=_N_TEMPORAL, bias=False),
            BatchNorm(_N_POINTWISE),
            nn.ELU(),
            nn.AvgPool2d((1, 4)),
            nn.Dropout(config.dropout),
            _same_length(_SEPARABLE),
            nn.Conv2d(_N_POINTWISE, _N_POINTWISE, (1, _SEPARABLE), groups=_N_POINTWISE, bias=False),
            nn.Conv2d(_N_POINTWISE, _N_POINTWISE, 1, bias=False),
            BatchNorm(_N_POINTWISE),
            nn.ELU(),
            nn.AvgPool2d((1, 8)),
            nn.Dropout(config.dropout),
            nn.Flatten(),
        )
        self.n_embedding = _N_POINTWISE * (config.n_times // 32)
        self.heads = nn.Linear(self.n_embedding, n_targets)

    @property
    def spatial(self) -> nn.Conv2d:
        """The depthwise convolution over all channels."""
        return self.features[_SPATIAL]  # type: ignore[return-value]

    def forward(self, signals: Tensor) -> Output:
        """(B, C, T) to logits of the targets."""
        with torch.no_grad():
            # The paper's bounds on the weights' lengths, kept by shortening them.
            _shorten(self.spatial.weight, _MAX_SPATIAL_NORM)
            _shorten(self.heads.weight, _MAX_DENSE_NORM)
        embedding = self.features(signals[:, None])  # (B, F2 · T/32)
        return Output(self.heads(embedding), embedding, None)


def _same_length(kernel: int) -> nn.ZeroPad2d:
    """What ``padding="same"`` means, which torch warns of where a kernel's length is even."""
    return nn.ZeroPad2d(((kernel - 1) // 2, kernel // 2, 0, 0))


def _shorten(weight: Tensor, limit: float) -> None:
    """Shorten what is longer than ``limit``; what was shortened before stays as it is."""
    length = weight.flatten(1).norm(dim=1)  # (n_rows,)
    factor = torch.where(length > limit * (1 + _ROUNDING), limit / length, 1.0)
    weight.mul_(factor.view(-1, *[1] * (weight.ndim - 1)))


def _configure(spec: Spec) -> EEGNetConfig:
    return EEGNetConfig(len(spec.ch_names), spec.n_times, spec.sfreq)


def _vary(spec: Spec, sd: float) -> Callable[..., Tensors]:
    return lambda signals: (vary_signals(signals, sd),)


EEGNET = Architecture(
    "eegnet", "EEGNet (Lawhern et al. 2018) on the signals", EEGNetConfig, _configure, EEGNet, _vary
)
