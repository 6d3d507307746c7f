"""What autoencoders share: the map of the scalp, onto it and off it again, and a bound.

In shape comments: B windows, C channels, F steps of time or frequency, H × W the map.
"""

import torch
from torch import Tensor

from rtdreamer.headset import GRID_SHAPE, Headset

MAX_LOGSTD = 10.0
"""torch-geometric's bound on ``logstd``: e²⁰ is still a finite variance."""


def grid_cells(headset: Headset) -> Tensor:
    """Index of each channel's cell on the flattened map, shape (C,)."""
    return torch.tensor([row * GRID_SHAPE[1] + column for row, column in headset.grid])


def to_grid(values: Tensor, cells: Tensor) -> Tensor:
    """Scatter channels onto the map, 0 elsewhere: (B, C, F) to (B, 1, F, H, W)."""
    n_windows, _, n_steps = values.shape
    flat = values.new_zeros(n_windows, n_steps, GRID_SHAPE[0] * GRID_SHAPE[1])  # (B, F, H · W)
    flat[:, :, cells] = values.transpose(1, 2)
    return flat.view(n_windows, 1, n_steps, *GRID_SHAPE)


def from_grid(grid: Tensor, cells: Tensor) -> Tensor:
    """Read the channels off the map: (B, 1, F, H, W) to (B, C, F)."""
    return grid.flatten(3)[:, 0, :, cells].transpose(1, 2)
