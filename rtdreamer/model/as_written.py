"""The network as the design document has it, nothing added: what our additions are measured by.

A variational autoencoder with 3D convolutions sees the last 10 s of a trial, its waveforms on a 9 ×
9 map of the scalp; graph convolutions in each band, and a GRU across the bands, see differential
entropy on graphs of mutual information. Both meet in one embedding of 256, trained end to end.

What the document leaves open: waveforms are those of all bands together, 1 to 45 Hz, in units of 20
µV. Entropies go into the graphs in nats as they are. On made-up windows whose entropies lie about
levels of EEG what shows in them is learned so, to an AUC of .95 to 1. On simulated people it hardly
is: of two fits to the last windows of 16 people (``effect=1``) the AUC within 12 others was .47 and
.57 for valence, .45 and .61 for arousal; with entropies brought to mean 0 and SD 1 by the training
windows', .50 and .65, .85 and .86; relative to the person instead (``--standardise``), .56 and .59,
.88 and .86. That scaling is an addition, and is not here.

In shape comments: B windows, C channels, T samples, K bands, H × W the map, F features of a node.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import DenseGCNConv

from rtdreamer.headset import EPOC, find_headset
from rtdreamer.model.architecture import Architecture, Autoencoded, Module, Output, check_bounds
from rtdreamer.model.scalp_map import MAX_LOGSTD, from_grid, grid_cells, to_grid
from rtdreamer.signal.features import Spec
from rtdreamer.window import WINDOW

_LAYER = ((8, 3, 3), (4, 2, 2), (2, 1, 1))
"""Kernel, stride and padding of each convolution in (time, row, column)."""

COARSE = 64
"""Samples that three such strides make one of."""

_COARSE_MAP = 2, 2
"""What they make of 9 × 9 cells, by way of 5 × 5 and 3 × 3."""


@dataclass(frozen=True, slots=True)
class AsWrittenConfig:
    """What rebuilds the network.

    Attributes
    ----------
    headset : str
        Whose windows it takes.
    n_times : int
        Samples of a window, a multiple of 64, so that the decoder gives back as many.
    n_bands : int
        Of the windows it takes.
    width : int
        Filters of the first convolution; the two after it have twice and four times as many.
    n_latent : int
        Size of ``mu`` and ``logstd``.
    n_node : int
        Features of a node after each graph convolution.
    n_graph : int
        Size of the GRU's state.

    Raises
    ------
    ValueError
        If a value is out of bounds. The bounds also keep a broken file from asking for more memory
        than there is.
    """

    headset: str = EPOC.name
    n_times: int = WINDOW
    n_bands: int = len(Spec().bands)
    width: int = 8
    n_latent: int = 128
    n_node: int = 16
    n_graph: int = 128

    def __post_init__(self) -> None:
        find_headset(self.headset)
        if self.n_times % COARSE:
            raise ValueError(f"n_times is {self.n_times}, must be a multiple of {COARSE}")
        bounds = {"n_times": 7680, "n_bands": 16, "width": 32, "n_latent": 512}
        check_bounds(self, bounds | {"n_node": 128, "n_graph": 512})


class Encoder(nn.Module):
    """Waveforms on the map to the posterior over ``z``."""

    def __init__(self, n_times: int, width: int, n_latent: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv3d(1, width, *_LAYER),
            nn.ELU(),
            nn.Conv3d(width, 2 * width, *_LAYER),
            nn.ELU(),
            nn.Conv3d(2 * width, 4 * width, *_LAYER),
            nn.ELU(),
            nn.Flatten(),
        )
        height, breadth = _COARSE_MAP
        n_features = 4 * width * (n_times // COARSE) * height * breadth
        self.mu = nn.Linear(n_features, n_latent)
        self.logstd = nn.Linear(n_features, n_latent)

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, T, H, W) to ``mu`` and ``logstd``, each (B, n_latent)."""
        h = self.convolutions(video)  # (B, 4 width · T/64 · 2 · 2)
        return self.mu(h), self.logstd(h).clamp(max=MAX_LOGSTD)


class Decoder(nn.Module):
    """``z`` back to waveforms on the map: the encoder in reverse."""

    def __init__(self, n_times: int, width: int, n_latent: int) -> None:
        super().__init__()
        shape = 4 * width, n_times // COARSE, *_COARSE_MAP
        self.coarse = nn.Sequential(
            nn.Linear(n_latent, math.prod(shape)), nn.ELU(), nn.Unflatten(1, shape)
        )
        self.layers = nn.Sequential(
            nn.ConvTranspose3d(4 * width, 2 * width, *_LAYER),
            nn.ELU(),
            nn.ConvTranspose3d(2 * width, width, *_LAYER),
            nn.ELU(),
            nn.ConvTranspose3d(width, 1, *_LAYER),
        )

    def forward(self, z: Tensor) -> Tensor:
        """(B, n_latent) to (B, 1, T, H, W)."""
        # In the default memory format the last layer takes a CPU six times as long.
        coarse = self.coarse(z).contiguous(memory_format=torch.channels_last_3d)
        video: Tensor = self.layers(coarse)
        return video


class BandGraphs(nn.Module):
    """Differential entropy on the bands' graphs to one vector.

    Two graph convolutions in each band (Kipf & Welling, ICLR 2017), and a GRU across the bands.
    """

    def __init__(self, n_channels: int, n_bands: int, n_node: int, n_graph: int) -> None:
        super().__init__()
        self.first = nn.ModuleList(DenseGCNConv(1, n_node) for _ in range(n_bands))
        self.second = nn.ModuleList(DenseGCNConv(n_node, n_node) for _ in range(n_bands))
        self.gru = nn.GRU(n_channels * n_node, n_graph, batch_first=True)

    def forward(self, de: Tensor, edge_weight: Tensor) -> Tensor:
        """(B, K, C, 1) and (B, K, C, C) to (B, n_graph)."""
        bands = []
        for k, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            h = F.elu(first(de[:, k], edge_weight[:, k]))  # (B, C, F)
            bands.append(F.elu(second(h, edge_weight[:, k])))
        sequence = torch.stack(bands, dim=1).flatten(2)  # (B, K, C · F)
        _, state = self.gru(sequence)  # (1, B, n_graph)
        return state.squeeze(0)  # type: ignore[no-any-return]


class AsWritten(Module):
    """Waveforms, differential entropy and mutual information to valence and arousal.

    In training ``z`` is drawn from the posterior; in evaluation it is ``mu``, so that the same
    window always gives the same answer. No state is kept between calls. A third target, dominance,
    can be judged; a checkpoint has two.
    """

    takes = ("signals", "nodes", "edge_weight")
    cells: Tensor

    def __init__(self, config: AsWrittenConfig, n_targets: int = 2) -> None:
        super().__init__()
        self.config = config
        headset = find_headset(config.headset)
        self.register_buffer("cells", grid_cells(headset), persistent=False)
        self.encoder = Encoder(config.n_times, config.width, config.n_latent)
        self.decoder = Decoder(config.n_times, config.width, config.n_latent)
        self.graphs = BandGraphs(headset.n_channels, config.n_bands, config.n_node, config.n_graph)
        self.n_embedding = config.n_graph + config.n_latent
        # Of valence, arousal and, of three targets, dominance.
        self.heads = nn.ModuleList(nn.Linear(self.n_embedding, 1) for _ in range(n_targets))

    def forward(self, signals: Tensor, nodes: Tensor, edge_weight: Tensor) -> Output:
        """See B windows at once: what it takes, each with a leading axis of B."""
        mu, logstd = self.encoder(to_grid(signals, self.cells))  # (B, n_latent) twice
        z = mu + torch.randn_like(mu) * logstd.exp() if self.training else mu
        recon = from_grid(self.decoder(z), self.cells)  # (B, C, T): the electrodes alone
        embedding = self._fused(nodes, edge_weight, z)  # (B, n_embedding)
        return Output(self._logits(embedding), embedding, Autoencoded(signals, recon, mu, logstd))

    def predict(self, signals: Tensor, nodes: Tensor, edge_weight: Tensor) -> Tensor:
        """The logits, shape (B, n_targets), from ``mu``; the decoder is not needed for them."""
        mu, _ = self.encoder(to_grid(signals, self.cells))
        return self._logits(self._fused(nodes, edge_weight, mu))

    def _fused(self, nodes: Tensor, edge_weight: Tensor, z: Tensor) -> Tensor:
        return torch.cat([self.graphs(nodes[..., :1], edge_weight), z], dim=-1)

    def _logits(self, embedding: Tensor) -> Tensor:
        return torch.cat([head(embedding) for head in self.heads], dim=-1)


def _configure(spec: Spec) -> AsWrittenConfig:
    return AsWrittenConfig(spec.headset.name, spec.n_times, len(spec.bands))


AS_WRITTEN = Architecture(
    name="as-written",
    summary="the design document to the letter: waveforms and graphs, and no profiles",
    config=AsWrittenConfig,
    configure=_configure,
    build=AsWritten,
    settings={"amplitude_sd": 0.0, "label_softness": 0.0},
    windows="last",
    standardise=False,
)
