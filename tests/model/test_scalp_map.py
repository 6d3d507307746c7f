import torch

from rtdreamer.headset import EPOC
from rtdreamer.model.scalp_map import from_grid, grid_cells, to_grid


def test_channels_lie_where_the_grid_says():
    signals = torch.randn(2, 14, 6)
    grid = to_grid(signals, grid_cells(EPOC))
    assert grid.shape == (2, 1, 6, 9, 9)
    for channel, place in enumerate(EPOC.grid):
        assert torch.equal(grid[:, 0, :, *place], signals[:, channel])


def test_other_cells_are_zero():
    grid = to_grid(torch.ones(1, 14, 3), grid_cells(EPOC))
    assert grid.sum() == 14 * 3
    assert grid.count_nonzero() == 14 * 3


def test_reading_the_grid_undoes_the_scatter():
    signals = torch.randn(3, 14, 8)
    assert torch.equal(from_grid(to_grid(signals, grid_cells(EPOC)), grid_cells(EPOC)), signals)
