"""3D convolutions over time and the map of the scalp, computed as ONNX Runtime does it fast.

It has fast kernels for convolutions in two dimensions and for products of matrices, but for none
in three. In shape comments: B windows, Q and O channels of the convolution, S steps in time, C
electrodes, H × W the map.
"""

from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rtdreamer.headset import GRID_SHAPE, Headset

Size = int | tuple[int, int, int]


class ElectrodeConv3d(nn.Conv3d):
    """A 3 × 3 × 3 convolution over the map, of the electrodes alone: other cells hold nothing.

    Parameters
    ----------
    headset : Headset
        Where on the map they are.
    n_inputs, n_outputs : int
        Channels of the convolution.
    """

    bias: Tensor
    places: Tensor

    def __init__(self, headset: Headset, n_inputs: int, n_outputs: int) -> None:
        super().__init__(n_inputs, n_outputs, 3, padding=1)
        self.register_buffer("places", _places(headset), persistent=False)

    def forward(self, electrodes: Tensor) -> Tensor:
        """(B, Q, S, C) to (B, O, S, H, W)."""
        n_windows, _, n_steps, n_electrodes = electrodes.shape
        padded = F.pad(electrodes, (0, 0, 1, 1))
        steps = [padded[:, :, i : i + n_steps] for i in range(3)]
        around = torch.cat(steps, dim=1).flatten(2)  # (B, 3 Q, S · C)
        kernels = self.weight.permute(0, 3, 4, 2, 1).flatten(3).flatten(0, 2)  # (O · 9, 3 Q)
        # What each electrode adds to the nine cells around it, and then the sums in each cell.
        added = (kernels @ around).view(n_windows, -1, 9, n_steps, n_electrodes)
        cells = added.transpose(2, 3).flatten(3).flatten(1, 2) @ self.places  # (B, O · S, H · W)
        return cells.view(n_windows, -1, n_steps, *GRID_SHAPE) + self.bias[:, None, None, None]


class PlaneConv3d(nn.Conv3d):
    """A 3D convolution as one in two dimensions, to which steps in time are further channels."""

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        bias: bool = True,
    ) -> None:
        # Nothing else that ``Conv3d`` knows would be heeded.
        super().__init__(n_inputs, n_outputs, kernel_size, stride, padding, bias=bias)

    def forward(self, video: Tensor) -> Tensor:
        """(B, Q, S, H, W) to (B, O, S', H', W')."""
        (length, _, _), (stride, *strides) = self.kernel_size, self.stride
        n_pad, *pads = (int(n) for n in self.padding)
        planes = F.pad(video, (0, 0, 0, 0, n_pad, n_pad)).transpose(1, 2)  # (B, S + 2 pads, Q, ·)
        end = planes.shape[1] - length + 1
        steps = [planes[:, i : i + end : stride] for i in range(length)]
        stacked = torch.cat(steps, dim=2)  # (B, S', length · Q, H, W)
        kernels = self.weight.transpose(1, 2).flatten(1, 2)  # (O, length · Q, ·, ·)
        seen = F.conv2d(stacked.flatten(0, 1), kernels, self.bias, tuple(strides), tuple(pads))
        return seen.view(*stacked.shape[:2], *seen.shape[1:]).transpose(1, 2)


def _places(headset: Headset) -> Tensor:
    """Which cell each of a kernel's nine entries reaches from each electrode: (9 C, H · W)."""
    n_rows, n_columns = GRID_SHAPE
    places = torch.zeros(3, 3, headset.n_channels, n_rows, n_columns)
    for electrode, (row, column) in enumerate(headset.grid):
        for i, j in product(range(3), range(3)):
            # A kernel's first row sees what lies above, so it carries what is there downwards.
            to_row, to_column = row + 1 - i, column + 1 - j
            if 0 <= to_row < n_rows and 0 <= to_column < n_columns:
                places[i, j, electrode, to_row, to_column] = 1
    return places.flatten(0, 2).flatten(1)
