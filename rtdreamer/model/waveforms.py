"""The autoencoder of waveforms: EEG on a map of the scalp, over time, to ``z`` and back.

Its first layer is a bank of filters, begun as pairs in quadrature and learned from there, so that
what is seen after it is the power of each rhythm as it comes and goes: phases, which are different
in every window, would else be all that there is to learn. In shape comments: B windows, C channels,
T samples, Q pairs of filters, S steps in time, H × W the map.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rtdreamer.headset import Headset
from rtdreamer.model.map_convolution import ElectrodeConv3d, PlaneConv3d
from rtdreamer.model.scalp_map import MAX_LOGSTD, grid_cells

KERNEL = 96
"""Samples of a filter, 0.75 s: it tells rhythms apart that lie 1.5 Hz from each other."""

STRIDE = 8
"""Samples from one look at the power to the next."""

N_STEPS = 10
"""Looks are averaged over as many steps: 1 s each of a window of 10 s."""

LEAST_AMPLITUDE = 1e-6
"""Share of the baseline amplitude that rounding alone leaves of a channel without any signal."""

LEAST_POWER = 1e-3
"""Share of the expected power at which the logarithm ends."""


class FilterBank(nn.Module):
    """Waveforms to the logarithm of their power in each filter, in steps of time; 0 is baseline.

    A ``Conv3d`` over the map whose kernel is one cell wide, which is computed for the channels
    alone: the other cells hold nothing.
    """

    def __init__(self, headset: Headset, n_pairs: int) -> None:
        super().__init__()
        # What a filter of sum of squares 1 lets through of EEG at its baseline: noise of variance
        # 1 up to where the headset ends.
        self.white = headset.sfreq / 2 / headset.h_freq
        self.convolution = nn.Conv3d(1, 2 * n_pairs, (KERNEL, 1, 1), (STRIDE, 1, 1), bias=False)
        with torch.no_grad():
            self.convolution.weight.copy_(
                _quadrature(n_pairs, headset.sfreq)[:, None, :, None, None]
            )

    def forward(self, signals: Tensor) -> Tensor:
        """(B, C, T) to (B, Q, S, C); 0 throughout a channel of which nothing is known."""
        n_windows, n_channels, n_times = signals.shape
        filters = self.convolution.weight[:, 0, :, 0, 0]  # (2 Q, KERNEL)
        # Every STRIDE-th sample as a channel of its own: the same sums, in less time. And in two
        # dimensions, for which ONNX Runtime is faster than for one.
        whole = n_times - n_times % STRIDE
        phases = signals[..., :whole].reshape(-1, whole // STRIDE, STRIDE).transpose(1, 2)
        kernels = filters.view(len(filters), -1, STRIDE).transpose(1, 2)  # (2 Q, STRIDE, ·)
        seen = F.conv2d(phases[:, :, None], kernels[:, :, None])[:, :, 0]  # (B C, 2 Q, looks)
        # Steps share a look where looks do not divide evenly: none is skipped.
        every_look = torch.eye(seen.shape[-1], dtype=seen.dtype, device=seen.device)
        squares = (seen * seen) @ F.adaptive_avg_pool1d(every_look, N_STEPS)  # (B C, 2 Q, S)
        n_pairs = len(filters) // 2
        power = squares.view(len(seen), n_pairs, 2, N_STEPS).sum(dim=2)  # (B C, Q, S)
        expected = self.white * filters.square().sum(dim=1).view(n_pairs, 2).sum(dim=1)  # (Q,)
        log = torch.log(power / expected[:, None] + LEAST_POWER)  # (B C, Q, S)
        known = signals.abs().amax(dim=-1) > LEAST_AMPLITUDE  # (B, C)
        log = log.view(n_windows, n_channels, n_pairs, N_STEPS) * known[:, :, None, None]
        return log.permute(0, 2, 3, 1)  # (B, Q, S, C)


class WaveformEncoder(nn.Module):
    """Waveforms to the posterior over ``z``."""

    def __init__(
        self, headset: Headset, n_pairs: int, width: int, n_latent: int, dropout: float
    ) -> None:
        super().__init__()
        self.filters = FilterBank(headset, n_pairs)
        self.convolutions = nn.Sequential(
            ElectrodeConv3d(headset, n_pairs, width),
            nn.ELU(),
            PlaneConv3d(width, 2 * width, 3, stride=2, padding=1),
            nn.ELU(),
            nn.Flatten(),
            nn.Dropout(dropout),
        )
        n_features = 2 * width * (N_STEPS // 2) * 5 * 5
        self.mu = nn.Linear(n_features, n_latent)
        self.logstd = nn.Linear(n_features, n_latent)

    def forward(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T) to ``mu`` and ``logstd``, each (B, n_latent)."""
        power = self.filters(signals)  # (B, Q, S, C)
        h = self.convolutions(power)  # (B, 2 width · S/2 · 25)
        return self.mu(h), self.logstd(h).clamp(max=MAX_LOGSTD)


class WaveformDecoder(nn.Module):
    """``z`` back to waveforms."""

    cells: Tensor

    def __init__(self, headset: Headset, n_times: int, width: int, n_latent: int) -> None:
        super().__init__()
        self.register_buffer("cells", grid_cells(headset), persistent=False)
        self.n_times = n_times
        stride = -(-n_times // 20)
        self.layers = nn.Sequential(
            nn.Linear(n_latent, 2 * width * 5 * 3 * 3),
            nn.ELU(),
            nn.Unflatten(1, (2 * width, 5, 3, 3)),
            nn.ConvTranspose3d(2 * width, width, (4, 3, 3), 2, 1),
            nn.ELU(),
            nn.ConvTranspose3d(width, width, (4, 3, 3), 2, 1),
            nn.ELU(),
        )
        self.waves = nn.ConvTranspose3d(
            width, 1, (2 * stride, 1, 1), (stride, 1, 1), (stride // 2, 0, 0), bias=False
        )

    def forward(self, z: Tensor) -> Tensor:
        """(B, n_latent) to (B, C, T)."""
        h = self.layers(z).flatten(3)[..., self.cells]  # (B, width, 20, C)
        n_windows, _, _, n_channels = h.shape
        h = h.permute(0, 3, 1, 2).flatten(0, 1)  # (B C, width, 20)
        filters = self.waves.weight[:, 0, :, 0, 0]  # (width, 2 · stride)
        stride = filters.shape[-1] // 2
        # Each look gives as many samples as two strides; halves of neighbours are added. As one
        # matrix product it takes a twentieth of the time of torch's own.
        pieces = (h.transpose(1, 2) @ filters).unflatten(-1, (2, stride))  # (B C, 20, 2, stride)
        first, second = F.pad(pieces[:, :, 0], (0, 0, 0, 1)), F.pad(pieces[:, :, 1], (0, 0, 1, 0))
        waves = (first + second).flatten(1)[:, stride // 2 :]  # (B C, ·)
        return waves[:, : self.n_times].view(n_windows, n_channels, self.n_times)


def _quadrature(n_pairs: int, sfreq: float) -> Tensor:
    """Cosines and sines under a Hann window, 1.5 to 44 Hz, shape (2 · n_pairs, KERNEL)."""
    centres = torch.logspace(math.log10(1.5), math.log10(44.0), n_pairs)
    time = (torch.arange(KERNEL) - (KERNEL - 1) / 2) / sfreq
    # Lower rhythms over the whole kernel, faster ones over fewer cycles, as far as there is time.
    width = (6.0 / centres).clamp(0.25, KERNEL / sfreq)[:, None]
    window = torch.cos(torch.pi * (time / width).clamp(-0.5, 0.5)).square()
    angle = 2 * torch.pi * centres[:, None] * time
    pairs = torch.stack([window * angle.cos(), window * angle.sin()], dim=1)  # (n_pairs, 2, ·)
    pairs = pairs - pairs.mean(dim=-1, keepdim=True)
    unit: Tensor = pairs / torch.linalg.vector_norm(pairs, dim=-1, keepdim=True)
    return unit.flatten(0, 1)
