"""Inputs brought to one scale by what the training people showed."""

import torch
from torch import Tensor, nn

LIMIT = 5.0
"""Values are clipped to ± this many SD, which is all that a dead channel may say."""

LEAST_SD = 0.02
"""A living channel varies by more: it guards against those that were always dead."""


class Normalisation(nn.Module):
    """Mean and SD of each input over the training windows.

    Parameters
    ----------
    shape : tuple of int
        Of one window's input.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("sd", torch.ones(shape))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Set mean and SD from the training fold's inputs, shape (n_windows, *shape)."""
        self.mean.copy_(x.mean(dim=0))
        self.sd.copy_(x.std(dim=0, correction=0).clamp(min=LEAST_SD))

    def forward(self, x: Tensor) -> Tensor:
        """(B, *shape) to the same, in SD, clipped."""
        return ((x - self.mean) / self.sd).clamp(-LIMIT, LIMIT)
