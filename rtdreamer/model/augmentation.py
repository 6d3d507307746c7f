"""Windows as other people might have given them: a network that saw 23 heads must not learn heads.

How strong an EEG is depends on skull, hair and contact more than on what is felt, and a profile
takes away only what stays the same. Each time that a window is learned from, its amplitude is
changed at random: of all channels, of each channel, and of each band. Differential entropy and
log spectra are logarithms of amplitude and power, so there a change is a sum.
"""

import math

import torch
from torch import Tensor

from rtdreamer.signal.features import Spec


def band_of_frequency(spec: Spec) -> Tensor:
    """Index of the band in which each frequency of a spectrum lies, shape (n_freqs,)."""
    inner_edges = torch.tensor([band.h_freq for band in spec.bands[:-1]])
    freqs = torch.arange(spec.n_freqs) + float(math.ceil(spec.l_freq))
    return torch.bucketize(freqs, inner_edges, right=True)


def vary_inputs(
    spectrum: Tensor, nodes: Tensor, edge_weight: Tensor, sd: float, bands: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Change the amplitude of each window's channels and bands at random.

    Parameters
    ----------
    spectrum : Tensor, shape (B, n_channels, n_freqs)
        Log power.
    nodes : Tensor, shape (B, n_bands, n_channels, 1 + n_channels)
        DE first, nats.
    edge_weight : Tensor, shape (B, n_bands, n_channels, n_channels)
        Left as they are: mutual information does not depend on amplitude.
    sd : float
        Of each change of log amplitude.
    bands : Tensor, shape (n_freqs,)
        Index of each frequency's band.

    Returns
    -------
    spectrum, nodes, edge_weight : Tensor
        Changed, in the shapes they came in.
    """
    gain = _channel_gain(nodes.shape[0], nodes.shape[2], sd, nodes.device)  # (B, C)
    tilt = sd * torch.randn(nodes.shape[:2], device=nodes.device)  # (B, K)
    nodes = nodes.clone()
    nodes[..., 0] += gain[:, None] + tilt[:, :, None]
    return spectrum + 2 * (gain[:, :, None] + tilt[:, None, bands]), nodes, edge_weight


def vary_signals(signals: Tensor, sd: float) -> Tensor:
    """Change the amplitude of each window's channels at random.

    Parameters
    ----------
    signals : Tensor, shape (B, n_channels, n_times)
        Any unit.
    sd : float
        Of each change of log amplitude.
    """
    gain = _channel_gain(signals.shape[0], signals.shape[1], sd, signals.device)
    return signals * gain.exp()[:, :, None]


def _channel_gain(n_windows: int, n_channels: int, sd: float, device: torch.device) -> Tensor:
    shared = torch.randn(n_windows, 1, device=device)
    return sd * (shared + torch.randn(n_windows, n_channels, device=device))
