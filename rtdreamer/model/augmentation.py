"""Windows as other people might have given them: a network that saw 23 heads must not learn heads.

How strong an EEG is depends on skull, hair and contact more than on what is felt, and a profile
takes away only what stays the same. Each time that a window is learned from, its amplitude is
changed at random: of all channels, of each channel, and of each band. Differential entropy and
log spectra are logarithms of amplitude and power, so there a change is a sum.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from rtdreamer.signal.features import Spec


def band_of_frequency(spec: Spec) -> Tensor:
    """Index of the band in which each frequency of a spectrum lies, shape (n_freqs,)."""
    return _band_of(torch.arange(spec.n_freqs) + float(math.ceil(spec.l_freq)), spec)


def _band_of(freqs: Tensor, spec: Spec) -> Tensor:
    """Index of the band in which each frequency, Hz, lies; beside all of them, the nearest."""
    inner_edges = torch.tensor([band.h_freq for band in spec.bands[:-1]], device=freqs.device)
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


def vary_together(
    seen: Mapping[str, Tensor], sd: float, dropped: float, spec: Spec
) -> dict[str, Tensor]:
    """Change waveforms and graphs of the same windows at random, both in the same way.

    The amplitude of channels and bands is changed as by ``vary_inputs``; waveforms are moved in
    time besides, as if they repeated, and some channels become unknown.

    Parameters
    ----------
    seen : mapping of str to Tensor
        Fields of ``signal.profile.Inputs``, each with a leading axis of B: any of ``signals``,
        ``nodes`` and ``edge_weight``; the last one not without ``nodes``.
    sd : float
        Of each change of log amplitude.
    dropped : float
        Share of channels that become unknown, 0 to 1.
    spec : Spec
        Of the windows.

    Returns
    -------
    dict of str to Tensor
        Changed, in the shapes they came in.
    """
    some = next(iter(seen.values()))
    n_windows, n_channels, device = len(some), len(spec.ch_names), some.device
    gain = _channel_gain(n_windows, n_channels, sd, device)  # (B, C)
    tilt = sd * torch.randn(n_windows, len(spec.bands), device=device)  # (B, K)
    known = torch.rand(n_windows, n_channels, device=device) >= dropped  # (B, C)
    varied = {}
    if "signals" in seen:
        moved = _vary_waveforms(seen["signals"], gain, tilt, spec)
        varied["signals"] = moved * known[:, :, None]
    if "nodes" in seen:
        nodes = seen["nodes"].clone()  # (B, K, C, 1 + C)
        nodes[..., 0] += gain[:, None] + tilt[:, :, None]
        entries = torch.cat([known.new_ones(n_windows, 1), known], dim=1)  # (B, 1 + C)
        both = known[:, None, :, None] & entries[:, None, None, :]  # (B, 1, C, 1 + C)
        nodes = nodes * both  # 0 is the baseline
        if "edge_weight" in seen:
            edge_weight = seen["edge_weight"]  # (B, K, C, C)
            baseline = edge_weight - seen["nodes"][..., 1:]
            varied["edge_weight"] = torch.where(both[..., 1:], edge_weight, baseline)
        varied["nodes"] = nodes
    return varied


def _vary_waveforms(signals: Tensor, gain: Tensor, tilt: Tensor, spec: Spec) -> Tensor:
    """Gain (B, C) of each channel, tilt (B, K) of each band, and a shift in time."""
    n_times, device = signals.shape[-1], signals.device
    freqs = torch.fft.rfftfreq(n_times, 1 / spec.sfreq, device=device)
    log_amplitude = gain[:, :, None] + tilt[:, None, _band_of(freqs, spec)]  # (B, C, ·)
    delay = torch.rand(len(signals), 1, 1, device=device) * n_times / spec.sfreq  # s
    phase = (-2 * torch.pi * freqs * delay).expand_as(log_amplitude)
    spectrum = torch.fft.rfft(signals) * torch.polar(log_amplitude.exp(), phase)
    varied: Tensor = torch.fft.irfft(spectrum, n_times)
    return varied.clamp(-spec.clip, spec.clip)


def amplitude_directions(n_bands: int, n_channels: int) -> Tensor:
    """How log amplitudes are varied: a random factor of mean 0 and SD ``sd`` times each of these.

    Returns
    -------
    Tensor, shape (1 + n_bands + n_channels, n_bands, n_channels)
        Of all channels together, of each band, and of each channel.
    """
    bands = torch.eye(n_bands)[:, :, None].expand(-1, -1, n_channels)
    channels = torch.eye(n_channels)[:, None, :].expand(-1, n_bands, -1)
    return torch.cat([torch.ones(1, n_bands, n_channels), bands, channels])


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
