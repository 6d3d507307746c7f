"""EEGNet, the field's usual small network on raw signals, as a baseline.

Lawhern et al., Journal of Neural Engineering 15:056013 (2018), table 2: EEGNet-8,2.
"""

import torch
from torch import Tensor, nn

from rtdreamer.model.network import Output

_N_TEMPORAL = 8  # F1
_DEPTH = 2  # D
_N_POINTWISE = _N_TEMPORAL * _DEPTH  # F2
_SEPARABLE = 16  # samples
_MAX_SPATIAL_NORM, _MAX_DENSE_NORM = 1.0, 0.25


class EEGNet(nn.Module):
    """Temporal, depthwise spatial and separable convolution, and a linear layer.

    Parameters
    ----------
    n_channels, n_times : int
        Of the signals.
    sfreq : float
        Hz; the first filters are half a second long.
    dropout : float
        The paper's figure for people never seen.
    """

    def __init__(
        self,
        n_channels: int,
        n_times: int,
        sfreq: float,
        n_targets: int = 2,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        half_second = int(sfreq / 2)
        self.spatial = nn.Conv2d(
            _N_TEMPORAL, _N_POINTWISE, (n_channels, 1), groups=_N_TEMPORAL, bias=False
        )
        self.features = nn.Sequential(
            _same_length(half_second),
            nn.Conv2d(1, _N_TEMPORAL, (1, half_second), bias=False),
            nn.BatchNorm2d(_N_TEMPORAL),
            self.spatial,
            nn.BatchNorm2d(_N_POINTWISE),
            nn.ELU(),
            nn.AvgPool2d((1, 4)),
            nn.Dropout(dropout),
            _same_length(_SEPARABLE),
            nn.Conv2d(_N_POINTWISE, _N_POINTWISE, (1, _SEPARABLE), groups=_N_POINTWISE, bias=False),
            nn.Conv2d(_N_POINTWISE, _N_POINTWISE, 1, bias=False),
            nn.BatchNorm2d(_N_POINTWISE),
            nn.ELU(),
            nn.AvgPool2d((1, 8)),
            nn.Dropout(dropout),
            nn.Flatten(),
        )
        self.n_embedding = _N_POINTWISE * (n_times // 32)
        self.heads = nn.Linear(self.n_embedding, n_targets)

    def forward(self, signals: Tensor) -> Output:
        """(B, C, T) to logits of the targets."""
        with torch.no_grad():
            # The paper's bounds on the weights' lengths, kept by shortening them.
            _shorten(self.spatial.weight, _MAX_SPATIAL_NORM)
            _shorten(self.heads.weight, _MAX_DENSE_NORM)
        embedding = self.features(signals[:, None])  # (B, F2 · T/32)
        return Output(self.heads(embedding), embedding, None)

    def predict(self, signals: Tensor) -> Tensor:
        """The logits, shape (B, n_targets)."""
        return self.forward(signals).logits


def _same_length(kernel: int) -> nn.ZeroPad2d:
    """What ``padding="same"`` means, which torch warns of where a kernel's length is even."""
    return nn.ZeroPad2d(((kernel - 1) // 2, kernel // 2, 0, 0))


def _shorten(weight: Tensor, limit: float) -> None:
    weight.copy_(torch.renorm(weight, p=2, dim=0, maxnorm=limit))
