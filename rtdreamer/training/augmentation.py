"""Windows as other people might have given them: a network that saw 23 heads must not learn heads.

How strong an EEG is depends on skull, hair and contact more than on what is felt. Each time that a
window is learned from, its amplitude is changed at random: of all channels, of each channel, and
of each band. Differential entropy is a logarithm of amplitude, so there a change is a sum.
"""

import torch
from torch import Tensor


def vary_amplitude(signals: Tensor, de: Tensor, sd: float) -> tuple[Tensor, Tensor]:
    """Change each window's amplitude at random.

    The signals follow in all but the change of each band, for which they would have to be filtered
    once more.

    Parameters
    ----------
    signals : Tensor, shape (B, n_channels, n_times)
        Any unit.
    de : Tensor, shape (B, n_bands, n_channels)
        Nats.
    sd : float
        Of each change of log amplitude.

    Returns
    -------
    signals, de : Tensor
        Changed, in the shapes they came in.
    """
    n_windows, n_bands, n_channels = de.shape
    gain = sd * (torch.randn(n_windows, 1) + torch.randn(n_windows, n_channels))  # (B, C)
    tilt = sd * torch.randn(n_windows, n_bands, 1)  # (B, K, 1)
    return signals * gain.exp()[:, :, None], de + gain[:, None] + tilt
