"""The network of log spectra: an autoencoder and graphs, side by side.

A variational autoencoder with 3D convolutions sees log spectra on a map of the scalp; graph
convolutions, one stack for each band, and a GRU across the bands see differential entropy and
mutual information. Both meet in one embedding. After MTLFuseNet: Li et al., Knowledge-Based
Systems 276:110756 (2023).

In shape comments, here and in ``spectrum_autoencoder`` and ``graph``: B windows, C channels, K
bands, H × W the map, F frequencies of a spectrum or features of a node.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

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
from rtdreamer.model.augmentation import band_of_frequency, vary_inputs
from rtdreamer.model.graph import GraphBranch
from rtdreamer.model.spectrum_autoencoder import Autoencoder, fits_autoencoder
from rtdreamer.signal.features import Spec


@dataclass(frozen=True, slots=True)
class SpectralConfig:
    """What rebuilds the network.

    Attributes
    ----------
    headset : str
        Whose windows it takes.
    n_freqs, n_bands : int
        Of the windows it takes.
    width : int
        Filters of the first convolution; the two after it have twice and four times as many.
    n_latent : int
        Size of ``mu`` and ``logstd``.
    n_node : int
        Features of a node after each graph convolution.
    n_graph : int
        Size of the GRU's state.
    dropout : float
        Share of the embedding that is dropped in training.

    Raises
    ------
    ValueError
        If a value is out of bounds. The bounds also keep a broken file from asking for more memory
        than there is.
    """

    headset: str = EPOC.name
    n_freqs: int = Spec().n_freqs
    n_bands: int = len(Spec().bands)
    width: int = 16
    n_latent: int = 128
    n_node: int = 16
    n_graph: int = 128
    dropout: float = 0.2

    def __post_init__(self) -> None:
        find_headset(self.headset)
        if not fits_autoencoder(self.n_freqs):
            raise ValueError(f"n_freqs is {self.n_freqs}, must be one of 21, 33, 45, 57, ...")
        bounds = {"n_freqs": 249, "n_bands": 16, "width": 64, "n_latent": 512}
        check_bounds(self, bounds | {"n_node": 128, "n_graph": 512})
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}, must be at least 0 and below 1")


class SpectralNetwork(Module):
    """Spectra, differential entropy and mutual information to valence and arousal.

    In training ``z`` is drawn from the posterior; in evaluation it is ``mu``, so that the same
    window always gives the same answer. No state is kept between calls. A third target, dominance,
    can be judged; a checkpoint has two.
    """

    takes = ("spectrum", "nodes", "edge_weight")

    def __init__(self, config: SpectralConfig, n_targets: int = 2) -> None:
        super().__init__()
        self.config = config
        headset = find_headset(config.headset)
        self.n_embedding = config.n_graph + config.n_latent
        self.graphs = GraphBranch(headset.n_channels, config.n_bands, config.n_node, config.n_graph)
        self.vae = Autoencoder(headset, config.n_freqs, config.width, config.n_latent)
        self.dropout = nn.Dropout(config.dropout)
        self.valence = nn.Linear(self.n_embedding, 1)
        self.arousal = nn.Linear(self.n_embedding, 1)
        self.dominance = nn.Linear(self.n_embedding, 1) if n_targets == 3 else None

    def forward(self, spectrum: Tensor, nodes: Tensor, edge_weight: Tensor) -> Output:
        """See B windows at once: what it takes, each with a leading axis of B."""
        seen = self.graphs(nodes, edge_weight)  # (B, n_graph)
        target = self.vae.normalisation(spectrum)  # (B, C, F)
        mu, logstd = self.vae.encoder(target)  # (B, n_latent) twice
        z = mu + torch.randn_like(mu) * logstd.exp() if self.training else mu
        # What is said of affect does not shape z, lest it learn its people by heart.
        embedding = torch.cat([seen, z.detach()], dim=-1)  # (B, n_embedding)
        autoencoded = Autoencoded(target, self.vae.decoder(z), mu, logstd)
        return Output(self.heads(embedding), embedding, autoencoded)

    def predict(self, spectrum: Tensor, nodes: Tensor, edge_weight: Tensor) -> Tensor:
        """The logits, shape (B, n_targets), from ``mu``; the decoder is not needed for them."""
        mu, _ = self.vae.encoder(self.vae.normalisation(spectrum))  # (B, n_latent)
        return self.heads(torch.cat([self.graphs(nodes, edge_weight), mu], dim=-1))

    def prepare(self, spectrum: Tensor, nodes: Tensor, edge_weight: Tensor) -> None:
        """Take the scale of the inputs from the training windows', as for ``forward``."""
        self.graphs.normalisation.fit(nodes)
        self.vae.normalisation.fit(spectrum)

    def heads(self, embedding: Tensor) -> Tensor:
        """The logits, shape (B, n_targets)."""
        seen = self.dropout(embedding)  # (B, n_embedding)
        heads = [self.valence, self.arousal]
        if self.dominance is not None:
            heads.append(self.dominance)
        return torch.cat([head(seen) for head in heads], dim=-1)  # (B, n_targets)


def _configure(spec: Spec) -> SpectralConfig:
    return SpectralConfig(spec.headset.name, spec.n_freqs, len(spec.bands))


def _vary(spec: Spec, sd: float) -> Callable[..., Tensors]:
    return partial(vary_inputs, sd=sd, bands=band_of_frequency(spec))


SPECTRAL = Architecture(
    "spectral",
    "an autoencoder of log spectra and graphs of the bands, side by side",
    SpectralConfig,
    _configure,
    SpectralNetwork,
    _vary,
    settings={
        "epochs": 12,
        "patience": 4,
        "batch_size": 32,
        "lr": 1e-3,
        "weight_decay": 1e-2,
        "amplitude_sd": 0.1,
        "label_softness": 0.0,
        "validation": 0.2,
    },
)
