"""The network that is trained and run if nothing else is asked for: EEG in time and space.

A variational autoencoder with 3D convolutions sees the waveforms on a map of the scalp; graph
convolutions, one stack for each band, and a GRU across the bands see differential entropy and
mutual information. Both meet in one embedding, and all of it is trained end to end. After
MTLFuseNet: Li et al., Knowledge-Based Systems 276:110756 (2023).

Beside the heads on the embedding stands a linear read-out of differential entropy and mutual
information, which is where a fit begins: with ridge regression's solution. What the branches find
beyond it is added. In shape comments: B windows, C channels, T samples, K bands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rtdreamer.headset import EPOC, find_headset
from rtdreamer.model.architecture import (
    Architecture,
    Autoencoded,
    Module,
    Output,
    Tensors,
    check_bounds,
)
from rtdreamer.model.augmentation import vary_together
from rtdreamer.model.graph import GraphBranch
from rtdreamer.model.linear import LinearConfig, LinearModel
from rtdreamer.model.waveforms import KERNEL, N_STEPS, STRIDE, WaveformDecoder, WaveformEncoder
from rtdreamer.signal.features import Spec
from rtdreamer.window import WINDOW

DROPPED_CHANNELS = 0.15
"""Share of channels of which nothing is known each time a window is learned from: in live use some
are excluded, too."""


@dataclass(frozen=True, slots=True)
class VaeGnnConfig:
    """What rebuilds the network.

    Attributes
    ----------
    headset : str
        Whose windows it takes.
    n_times, n_bands : int
        Of the windows.
    n_pairs : int
        Filters in quadrature over time.
    width : int
        Filters of the first convolution over the map and time; the second has twice as many.
    n_latent : int
        Size of ``mu`` and ``logstd``.
    n_node : int
        Features of a node after each graph convolution.
    n_graph : int
        Size of the GRU's state.
    dropout : float
        Share that is dropped in training, of the embedding, of the read-out's features, and before
        ``mu``.
    with_graphs, with_autoencoder : bool
        Whether it has the one branch and the other; at least one of them.
    with_read_out : bool
        Whether it has the linear read-out.

    Raises
    ------
    ValueError
        If a value is out of bounds. The bounds also keep a broken file from asking for more memory
        than there is.
    """

    headset: str = EPOC.name
    n_times: int = WINDOW
    n_bands: int = len(Spec().bands)
    n_pairs: int = 12
    width: int = 8
    n_latent: int = 128
    n_node: int = 16
    n_graph: int = 128
    dropout: float = 0.5
    with_graphs: bool = True
    with_autoencoder: bool = True
    with_read_out: bool = True

    def __post_init__(self) -> None:
        shortest = KERNEL + (N_STEPS - 1) * STRIDE if self.with_autoencoder else 1
        if not shortest <= self.n_times <= 60 * find_headset(self.headset).sfreq:
            raise ValueError(
                f"n_times is {self.n_times}, must be {shortest} at least, a minute at most"
            )
        bounds = {"n_bands": 16, "n_pairs": 64, "width": 64, "n_latent": 512}
        check_bounds(self, bounds | {"n_node": 128, "n_graph": 512})
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}, must be at least 0 and below 1")
        if not (self.with_graphs or self.with_autoencoder):
            raise ValueError("a network needs at least one of its two branches")


class WaveformAutoencoder(nn.Module):
    """Encoder and decoder."""

    def __init__(self, config: VaeGnnConfig) -> None:
        super().__init__()
        headset = find_headset(config.headset)
        self.encoder = WaveformEncoder(
            headset, config.n_pairs, config.width, config.n_latent, config.dropout
        )
        self.decoder = WaveformDecoder(headset, config.n_times, config.width, config.n_latent)


class VaeGnn(Module):
    """Waveforms, differential entropy and mutual information to valence and arousal.

    In training ``z`` is drawn from the posterior; in evaluation it is ``mu``, so that the same
    window always gives the same answer. No state is kept between calls. A third target, dominance,
    can be judged; a checkpoint has two.
    """

    def __init__(self, config: VaeGnnConfig, n_targets: int = 2) -> None:
        super().__init__()
        self.config = config
        self.n_embedding = 0
        takes = []
        if config.with_autoencoder:
            takes.append("signals")
            self.vae = WaveformAutoencoder(config)
            self.n_embedding += config.n_latent
        if config.with_graphs:
            self.graphs = GraphBranch(
                find_headset(config.headset).n_channels,
                config.n_bands,
                config.n_node,
                config.n_graph,
            )
            self.n_embedding += config.n_graph
        if config.with_graphs or config.with_read_out:
            takes.append("nodes")
        if config.with_graphs:
            takes.append("edge_weight")
        self.takes = tuple(takes)
        self.dropout = nn.Dropout(config.dropout)
        self.heads = nn.Linear(self.n_embedding, n_targets)  # valence, arousal, dominance
        self.read_out: LinearModel | None = None
        if config.with_read_out:
            self.read_out = LinearModel(
                LinearConfig("de-mi", config.headset, config.n_bands), n_targets
            )
            # What is said at first is the read-out's alone.
            nn.init.zeros_(self.heads.weight)
            nn.init.zeros_(self.heads.bias)

    def forward(self, *inputs: Tensor) -> Output:
        """See B windows at once: what it takes, each with a leading axis of B."""
        seen = dict(zip(self.takes, inputs, strict=True))
        parts, autoencoded = [], None
        if self.config.with_graphs:
            parts.append(self.graphs(seen["nodes"], seen["edge_weight"]))  # (B, n_graph)
        if self.config.with_autoencoder:
            target = seen["signals"]  # (B, C, T)
            mu, logstd = self.vae.encoder(target)  # (B, n_latent) twice
            z = mu
            if self.training:
                z = mu + torch.randn_like(mu) * logstd.exp()
                # Nothing else asks for what it gives back.
                autoencoded = Autoencoded(target, self.vae.decoder(z), mu, logstd)
            parts.append(z)
        embedding = torch.cat(parts, dim=-1)  # (B, n_embedding)
        logits = self.heads(self.dropout(embedding))  # (B, n_targets)
        if self.read_out is not None:
            features = self.read_out(seen["nodes"]).embedding  # (B, K · C (C + 1) / 2)
            logits = logits + self.read_out.linear(self.dropout(features))
        return Output(logits, embedding, autoencoded)

    def prepare(self, *inputs: Tensor) -> None:
        """Take the scale of the graphs' inputs from the training windows'."""
        seen = dict(zip(self.takes, inputs, strict=True))
        if self.config.with_graphs:
            self.graphs.normalisation.fit(seen["nodes"])
        if self.read_out is not None:
            self.read_out.prepare(seen["nodes"])


def _configure(spec: Spec, branches: dict[str, bool]) -> VaeGnnConfig:
    return VaeGnnConfig(spec.headset.name, spec.n_times, len(spec.bands), **branches)


def _vary(spec: Spec, sd: float, takes: tuple[str, ...]) -> Callable[..., Tensors]:
    # Only relative to a person can a channel be at its baseline.
    dropped = DROPPED_CHANNELS if spec.standardise else 0.0

    def vary(*inputs: Tensor) -> Tensors:
        varied = vary_together(dict(zip(takes, inputs, strict=True)), sd, dropped, spec)
        return tuple(varied[name] for name in takes)

    return vary


def _architecture(
    name: str, summary: str, settings: dict[str, Any], **branches: bool
) -> Architecture:
    with torch.device("meta"):  # a module without memory, and without random numbers
        takes = VaeGnn(VaeGnnConfig(EPOC.name, **branches)).takes
    return Architecture(
        name=name,
        summary=summary,
        config=VaeGnnConfig,
        configure=lambda spec: _configure(spec, branches),
        build=VaeGnn,
        vary=partial(_vary, takes=takes),
        settings=settings,
    )


_ALIKE = {"amplitude_sd": 0.2, "label_softness": 0.5, "batch_size": 64}
_BRANCH = _ALIKE | {"lr": 1e-3, "weight_decay": 0.05}

VAE_GNN = _architecture(
    "vae-gnn",
    "an autoencoder of waveforms and graphs of the bands, end to end, beside a linear read-out",
    _ALIKE | {"lr": 2e-4, "weight_decay": 0.05, "epochs": 4, "validation": 0.0},
)
VAE_GNN_ALONE = _architecture(
    "vae-gnn-no-read-out", "vae-gnn without its linear read-out", _BRANCH, with_read_out=False
)
GNN = _architecture(
    "gnn", "the graphs of vae-gnn alone", _BRANCH, with_autoencoder=False, with_read_out=False
)
VAE = _architecture(
    "vae",
    "the autoencoder of waveforms of vae-gnn alone",
    _BRANCH,
    with_graphs=False,
    with_read_out=False,
)
