"""The graph branch: differential entropy and mutual information of the bands to one vector."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import DenseGCNConv

from rtdreamer.epoc import N_CHANNELS

NODE_INPUTS = 2
"""What a node starts from: its DE, and the sum of its edges' weights."""

NODE_LIMIT = 5.0
"""Both are clipped to ± this many SD, which is all that a dead channel may say."""


class GraphBranch(nn.Module):
    """Graphs of the bands to one vector: graph convolutions in each band, a GRU across the bands.

    Nodes are channels. Each carries its DE and the sum of its edges' weights, both normalised by
    mean and SD over the people that the network was trained on.
    """

    node_mean: Tensor
    node_sd: Tensor

    def __init__(self, n_bands: int, n_node: int, n_graph: int) -> None:
        super().__init__()
        shape = n_bands, N_CHANNELS, NODE_INPUTS
        self.register_buffer("node_mean", torch.zeros(shape))
        self.register_buffer("node_sd", torch.ones(shape))
        self.bands = nn.ModuleList(BandGraph(n_node) for _ in range(n_bands))
        self.gru = nn.GRU(N_CHANNELS * n_node, n_graph, batch_first=True)

    @torch.no_grad()
    def fit_normalisation(self, de: Tensor, edge_weight: Tensor) -> None:
        """Set mean and SD of the nodes' inputs, each band and channel by itself.

        Parameters
        ----------
        de : Tensor, shape (n_windows, n_bands, 14)
            Of the training fold, nats.
        edge_weight : Tensor, shape (n_windows, n_bands, 14, 14)
            Of the same.
        """
        nodes = node_inputs(de, edge_weight)
        self.node_mean.copy_(nodes.mean(dim=0))
        # A living channel varies by more than this: it guards against those that were always dead.
        self.node_sd.copy_(nodes.std(dim=0, correction=0).clamp(min=0.05))

    def forward(self, de: Tensor, edge_weight: Tensor) -> Tensor:
        """(B, K, C) and (B, K, C, C) to (B, n_graph)."""
        x = (node_inputs(de, edge_weight) - self.node_mean) / self.node_sd  # (B, K, C, 2)
        x = x.clamp(-NODE_LIMIT, NODE_LIMIT)
        nodes = [band(x[:, k], edge_weight[:, k]) for k, band in enumerate(self.bands)]
        sequence = torch.stack(nodes, dim=1).flatten(2)  # (B, K, C · F)
        _, state = self.gru(sequence)  # (1, B, n_graph)
        return state.squeeze(0)  # type: ignore[no-any-return]


class BandGraph(nn.Module):
    """Two graph convolutions over the channels in one band, each with a path around it.

    Neighbours on the scalp share most of what they see, so that graph convolutions alone (Kipf &
    Welling, ICLR 2017) average away how left differs from right. The paths around them (Li et al.,
    DeepGCNs, ICCV 2019) keep it.
    """

    def __init__(self, n_node: int) -> None:
        super().__init__()
        self.first = DenseGCNConv(NODE_INPUTS, n_node)
        self.around_first = nn.Linear(NODE_INPUTS, n_node, bias=False)
        self.second = DenseGCNConv(n_node, n_node)
        self.around_second = nn.Linear(n_node, n_node, bias=False)

    def forward(self, x: Tensor, edge_weight: Tensor) -> Tensor:
        """(B, C, 2) and (B, C, C) to (B, C, F)."""
        h = F.elu(self.first(x, edge_weight) + self.around_first(x))  # (B, C, F)
        return F.elu(self.second(h, edge_weight) + self.around_second(h))  # (B, C, F)


def node_inputs(de: Tensor, edge_weight: Tensor) -> Tensor:
    """DE and the sum of the edges' weights: (B, K, C) and (B, K, C, C) to (B, K, C, 2)."""
    return torch.stack([de, edge_weight.sum(dim=-1)], dim=-1)
