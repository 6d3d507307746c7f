import pytest
import torch
from torch import nn

from rtdreamer.headset import EPOC, GRID_SHAPE
from rtdreamer.model.map_convolution import ElectrodeConv3d, PlaneConv3d
from rtdreamer.model.scalp_map import grid_cells
from tests.made_up_headset import CAP


def plain(convolution):
    """The same convolution, computed as torch does it."""
    same = nn.Conv3d(
        convolution.in_channels, convolution.out_channels, convolution.kernel_size,
        convolution.stride, convolution.padding, bias=convolution.bias is not None,
    )  # fmt: skip
    same.load_state_dict(convolution.state_dict())
    return same


@pytest.mark.parametrize("headset", [EPOC, CAP], ids=lambda headset: headset.name)
@pytest.mark.parametrize("n_steps", [1, 2, 10])
def test_electrodes_alone_are_a_map_with_nothing_in_the_other_cells(headset, n_steps):
    torch.manual_seed(0)
    convolution = ElectrodeConv3d(headset, 3, 4)
    electrodes = torch.randn(2, 3, n_steps, headset.n_channels)
    video = torch.zeros(2, 3, n_steps, GRID_SHAPE[0] * GRID_SHAPE[1])
    video[..., grid_cells(headset)] = electrodes
    expected = plain(convolution)(video.unflatten(-1, GRID_SHAPE))
    torch.testing.assert_close(convolution(electrodes), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kernel", [3, (6, 3, 3), (4, 1, 2)])
@pytest.mark.parametrize("stride", [1, 2, (3, 1, 2)])
@pytest.mark.parametrize("padding", [0, 1, (2, 0, 1)])
@pytest.mark.parametrize("bias", [True, False])
def test_planes_are_what_a_3d_convolution_is(kernel, stride, padding, bias):
    torch.manual_seed(0)
    convolution = PlaneConv3d(3, 4, kernel, stride, padding, bias=bias)
    video = torch.randn(2, 3, 11, 9, 8)
    torch.testing.assert_close(convolution(video), plain(convolution)(video), atol=1e-5, rtol=1e-4)


def test_what_they_learn_is_the_same():
    torch.manual_seed(0)
    convolution = PlaneConv3d(3, 4, 3, 2, 1)
    same, video = plain(convolution), torch.randn(2, 3, 10, 9, 9)
    for made in (convolution, same):
        made(video).square().sum().backward()
    for own, expected in zip(convolution.parameters(), same.parameters(), strict=True):
        torch.testing.assert_close(own.grad, expected.grad, atol=1e-4, rtol=1e-4)
