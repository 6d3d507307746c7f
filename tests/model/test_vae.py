import torch

from rtdreamer.epoc import CH_NAMES, GRID
from rtdreamer.model.vae import (
    MAX_LOGSTD,
    SignalDecoder,
    SignalEncoder,
    from_grid,
    grid_cells,
    to_grid,
)


def test_channels_lie_where_the_grid_says():
    signals = torch.randn(2, 14, 6)
    grid = to_grid(signals, grid_cells())
    assert grid.shape == (2, 1, 6, 9, 9)
    for channel, name in enumerate(CH_NAMES):
        assert torch.equal(grid[:, 0, :, *GRID[name]], signals[:, channel])


def test_other_cells_are_zero():
    grid = to_grid(torch.ones(1, 14, 3), grid_cells())
    assert grid.sum() == 14 * 3
    assert grid.count_nonzero() == 14 * 3


def test_reading_the_grid_undoes_the_scatter():
    signals = torch.randn(3, 14, 8)
    assert torch.equal(from_grid(to_grid(signals, grid_cells()), grid_cells()), signals)


def test_shapes_there_and_back():
    mu, logstd = SignalEncoder(256, 2, 5)(torch.randn(3, 14, 256))
    assert mu.shape == logstd.shape == (3, 5)
    assert SignalDecoder(256, 2, 5)(mu).shape == (3, 14, 256)


def test_logstd_is_clamped():
    encoder = SignalEncoder(128, 2, 5)
    torch.nn.init.constant_(encoder.logstd.bias, 1e4)
    _, logstd = encoder(torch.randn(1, 14, 128))
    assert (logstd == MAX_LOGSTD).all()


def test_the_decoder_keeps_time_in_order():
    # One step of the coarse time changes the samples of that step only: eight filters unfolded.
    decoder = SignalDecoder(256, 2, 5)
    coarse = torch.zeros(1, 2, 32, 9, 9)
    coarse[:, :, 4] = 1
    last = decoder.layers[-1]
    with torch.no_grad():
        torch.nn.init.zeros_(last.bias)
        decoder.layers = last
        changed = decoder(coarse)[0].abs().sum(dim=0) > 0
    assert changed[32:40].any()
    assert not changed[:32].any()
    assert not changed[40:].any()
