"""The graph branch: differential entropy and mutual information of the bands to one vector."""

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch_geometric.nn import DenseGCNConv

from rtdreamer.model.normalisation import Normalisation


class GraphBranch(nn.Module):
    """Graphs of the bands to one vector: graph convolutions in each band, a GRU across the bands.

    Nodes are channels. Each starts from its DE and its edges' weights, relative to the person's
    own, of which a sum would hide which hemisphere the other end lies in. They are normalised by
    mean and SD over the windows that the network was trained on.
    """

    def __init__(self, n_channels: int, n_bands: int, n_node: int, n_graph: int) -> None:
        super().__init__()
        self.normalisation = Normalisation((n_bands, n_channels, 1 + n_channels))
        self.bands = nn.ModuleList(BandGraph(1 + n_channels, n_node) for _ in range(n_bands))
        self.gru = nn.GRU(n_channels * n_node, n_graph, batch_first=True)

    def forward(self, nodes: Tensor, edge_weight: Tensor) -> Tensor:
        """(B, K, C, 1 + C) and (B, K, C, C) to (B, n_graph)."""
        x = self.normalisation(nodes)  # (B, K, C, 1 + C)
        bands = torch.vmap(self._of_band, in_dims=(0, 1, 1), out_dims=1)
        seen = bands(self._weights(), x, edge_weight)  # (B, K, C, F)
        _, state = self.gru(seen.flatten(2))  # (1, B, n_graph)
        return state.squeeze(0)  # type: ignore[no-any-return]

    def _weights(self) -> dict[str, Tensor]:
        """All bands' weights by name, each with a leading axis of K: one product for all bands."""
        of_bands = [dict(band.named_parameters()) for band in self.bands]
        return {name: torch.stack([own[name] for own in of_bands]) for name in of_bands[0]}

    def _of_band(self, weights: dict[str, Tensor], x: Tensor, edge_weight: Tensor) -> Tensor:
        return functional_call(self.bands[0], weights, (x, edge_weight))  # type: ignore[no-any-return]


class BandGraph(nn.Module):
    """Two graph convolutions over the channels in one band, each with a path around it.

    Neighbours on the scalp share most of what they see, so that graph convolutions alone (Kipf &
    Welling, ICLR 2017) average away how left differs from right. The paths around them (Li et al.,
    DeepGCNs, ICCV 2019) keep it.
    """

    def __init__(self, n_inputs: int, n_node: int) -> None:
        super().__init__()
        self.first = DenseGCNConv(n_inputs, n_node)
        self.around_first = nn.Linear(n_inputs, n_node, bias=False)
        self.second = DenseGCNConv(n_node, n_node)
        self.around_second = nn.Linear(n_node, n_node, bias=False)

    def forward(self, x: Tensor, edge_weight: Tensor) -> Tensor:
        """(B, C, 1 + C) and (B, C, C) to (B, C, F)."""
        h = F.elu(self.first(x, edge_weight) + self.around_first(x))  # (B, C, F)
        return F.elu(self.second(h, edge_weight) + self.around_second(h))  # (B, C, F)
