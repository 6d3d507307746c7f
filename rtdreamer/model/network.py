"""The network, from one window's features to two logits.

A variational autoencoder with 3D convolutions sees the signals on a map of the scalp; graph
convolutions, one stack for each band, and a GRU across the bands see differential entropy and
mutual information. Both meet in one embedding. After MTLFuseNet: Li et al., Knowledge-Based
Systems 276:110756 (2023).

In shape comments, here and in ``vae`` and ``graph``: B windows, C channels, T samples, K bands,
H × W the map, F features of a node.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rtdreamer.epoc import BANDS, WINDOW
from rtdreamer.model.graph import GraphBranch
from rtdreamer.model.vae import TIME_STEP, SignalDecoder, SignalEncoder


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """What rebuilds the network.

    Attributes
    ----------
    n_times, n_bands : int
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

    n_times: int = WINDOW
    n_bands: int = len(BANDS)
    width: int = 16
    n_latent: int = 128
    n_node: int = 16
    n_graph: int = 128
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if self.n_times % TIME_STEP:
            raise ValueError(f"n_times is {self.n_times}, must be a multiple of {TIME_STEP}")
        bounds = {"n_times": 7680, "n_bands": 16, "width": 64, "n_latent": 512}
        for name, most in (bounds | {"n_node": 128, "n_graph": 512}).items():
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}, must be 1 to {most}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}, must be at least 0 and below 1")

    def to_json(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> "NetworkConfig":
        """Rebuild a configuration from ``to_json``.

        Raises
        ------
        ValueError
            If a field is missing, unknown, of the wrong kind or out of bounds.
        """
        kinds = {field.name: field.type for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != set(kinds):
            raise ValueError(f"a network has exactly the fields {', '.join(kinds)}")
        for name, value in values.items():
            if type(value) is not kinds[name]:
                raise ValueError(f"the network's {name} is {value!r:.40}")
        return cls(**values)


class Output(NamedTuple):
    """What the network says of B windows.

    Attributes
    ----------
    logits : Tensor, shape (B, 2)
        Of high valence and high arousal.
    embedding : Tensor, shape (B, n_graph + n_latent)
        The graph branch and ``z``, side by side.
    recon : Tensor, shape (B, 14, n_times)
        The decoder's signals, in the units of ``Features.signals``.
    mu, logstd : Tensor, shape (B, n_latent)
        Of the Gaussian posterior over ``z``.
    """

    logits: Tensor
    embedding: Tensor
    recon: Tensor
    mu: Tensor
    logstd: Tensor


class AffectNetwork(nn.Module):
    """Signals, differential entropy and mutual information to valence and arousal.

    In training ``z`` is drawn from the posterior; in evaluation it is ``mu``, so that the same
    window always gives the same answer. No state is kept between calls.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = SignalEncoder(config.n_times, config.width, config.n_latent)
        self.decoder = SignalDecoder(config.n_times, config.width, config.n_latent)
        self.graphs = GraphBranch(config.n_bands, config.n_node, config.n_graph)
        self.n_embedding = config.n_graph + config.n_latent
        self.dropout = nn.Dropout(config.dropout)
        self.valence = nn.Linear(self.n_embedding, 1)
        self.arousal = nn.Linear(self.n_embedding, 1)

    def forward(self, signals: Tensor, de: Tensor, edge_weight: Tensor) -> Output:
        """See B windows at once.

        Parameters
        ----------
        signals : Tensor, shape (B, 14, n_times)
            ``Features.signals``.
        de : Tensor, shape (B, n_bands, 14)
            Nats.
        edge_weight : Tensor, shape (B, n_bands, 14, 14)
            0–1, symmetric.
        """
        mu, logstd = self.encoder(signals)  # (B, n_latent) twice
        z = mu + torch.randn_like(mu) * logstd.exp() if self.training else mu
        embedding = self.embed(z, de, edge_weight)  # (B, n_graph + n_latent)
        return Output(self.heads(embedding), embedding, self.decoder(z), mu, logstd)

    def predict(self, signals: Tensor, de: Tensor, edge_weight: Tensor) -> Tensor:
        """The logits, shape (B, 2), from ``mu`` and without the decoder, which they do not need."""
        mu, _ = self.encoder(signals)  # (B, n_latent)
        return self.heads(self.embed(mu, de, edge_weight))  # (B, 2)

    def embed(self, z: Tensor, de: Tensor, edge_weight: Tensor) -> Tensor:
        """Graph branch and ``z`` side by side, shape (B, n_graph + n_latent).

        What is said of affect does not shape ``z``: given the chance, the encoder learned the
        windows of its 23 people by heart, and reconstructed nothing.
        """
        return torch.cat([self.graphs(de, edge_weight), z.detach()], dim=-1)

    def heads(self, embedding: Tensor) -> Tensor:
        """Logits of valence and arousal, shape (B, 2)."""
        seen = self.dropout(embedding)  # (B, n_graph + n_latent)
        return torch.cat([self.valence(seen), self.arousal(seen)], dim=-1)  # (B, 2)
