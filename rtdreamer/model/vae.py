"""The variational autoencoder: signals, laid out on a map of the scalp, to ``z`` and back."""

import torch
from torch import Tensor, nn

from rtdreamer.epoc import CH_NAMES, GRID, GRID_SHAPE

MAX_LOGSTD = 10.0
"""torch-geometric's bound on ``logstd``: e²⁰ is still a finite variance."""

_STRIDE = 8  # samples that the first convolution moves on
_SHRINK = 4  # and by which factor each further one shortens time
TIME_STEP = _STRIDE * _SHRINK * _SHRINK
"""Samples that become one step in time in front of ``mu``: ``n_times`` is a multiple."""


class SignalEncoder(nn.Module):
    """Signals on the map of the scalp to the posterior over ``z``."""

    cells: Tensor

    def __init__(self, n_times: int, width: int, n_latent: int) -> None:
        super().__init__()
        self.register_buffer("cells", grid_cells(), persistent=False)
        w = width
        self.convolutions = nn.Sequential(
            # All of the cost is in the first layer, so time is strided there, by 62 ms.
            nn.Conv3d(1, w, (2 * _STRIDE, 3, 3), (_STRIDE, 1, 1), (_STRIDE // 2, 1, 1)),
            nn.ELU(),
            nn.Conv3d(w, 2 * w, (_SHRINK, 3, 3), (_SHRINK, 2, 2), (0, 1, 1)),
            nn.ELU(),
            nn.Conv3d(2 * w, 4 * w, (_SHRINK, 3, 3), (_SHRINK, 2, 2), (0, 1, 1)),
            nn.ELU(),
            nn.Flatten(),
        )
        n_features = 4 * w * (n_times // TIME_STEP) * 3 * 3
        self.mu = nn.Linear(n_features, n_latent)
        self.logstd = nn.Linear(n_features, n_latent)

    def forward(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T) to ``mu`` and ``logstd``, each (B, n_latent)."""
        h = self.convolutions(to_grid(signals, self.cells))  # (B, 4w · T/128 · 3 · 3)
        return self.mu(h), self.logstd(h).clamp(max=MAX_LOGSTD)


class SignalDecoder(nn.Module):
    """``z`` back to signals: the encoder in reverse."""

    cells: Tensor

    def __init__(self, n_times: int, width: int, n_latent: int) -> None:
        super().__init__()
        self.register_buffer("cells", grid_cells(), persistent=False)
        w, n_steps = width, n_times // TIME_STEP
        self.layers = nn.Sequential(
            nn.Linear(n_latent, 4 * w * n_steps * 3 * 3),
            nn.ELU(),
            nn.Unflatten(1, (4 * w, n_steps, 3, 3)),
            nn.ConvTranspose3d(4 * w, 2 * w, (_SHRINK, 3, 3), (_SHRINK, 2, 2), (0, 1, 1)),
            nn.ELU(),
            nn.ConvTranspose3d(2 * w, w, (_SHRINK, 3, 3), (_SHRINK, 2, 2), (0, 1, 1)),
            nn.ELU(),
            # Eight filters, one for each sample that the first layer strode over, took a fifth of
            # the time of one transposed filter that is 16 samples long.
            nn.Conv3d(w, _STRIDE, (1, 3, 3), padding=(0, 1, 1)),
        )

    def forward(self, z: Tensor) -> Tensor:
        """(B, n_latent) to (B, C, T)."""
        grid = self.layers(z)  # (B, 8, T/8, H, W)
        grid = grid.transpose(1, 2).flatten(1, 2).unsqueeze(1)  # (B, 1, T, H, W)
        return from_grid(grid, self.cells)


def grid_cells() -> Tensor:
    """Index of each channel's cell on the flattened map, shape (14,)."""
    return torch.tensor([GRID[name][0] * GRID_SHAPE[1] + GRID[name][1] for name in CH_NAMES])


def to_grid(signals: Tensor, cells: Tensor) -> Tensor:
    """Scatter channels onto the map, 0 elsewhere: (B, C, T) to (B, 1, T, H, W)."""
    n_windows, _, n_times = signals.shape
    flat = signals.new_zeros(n_windows, n_times, GRID_SHAPE[0] * GRID_SHAPE[1])  # (B, T, H · W)
    flat[:, :, cells] = signals.transpose(1, 2)
    return flat.view(n_windows, 1, n_times, *GRID_SHAPE)


def from_grid(grid: Tensor, cells: Tensor) -> Tensor:
    """Read the channels off the map: (B, 1, T, H, W) to (B, C, T)."""
    return grid.flatten(3)[:, 0, :, cells].transpose(1, 2)
