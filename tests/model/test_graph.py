import pytest
import torch
from torch_geometric.nn import DenseGCNConv, GCNConv
from torch_geometric.utils import dense_to_sparse

from rtdreamer.model.graph import BandGraph, GraphBranch
from rtdreamer.model.normalisation import LIMIT

NODE_INPUTS = 15  # its differential entropy, and the weights to 14 channels


def random_graphs(n_windows, n_bands=5, seed=0):
    rng = torch.Generator().manual_seed(seed)
    nodes = torch.randn(n_windows, n_bands, 14, NODE_INPUTS, generator=rng)
    weight = torch.rand(n_windows, n_bands, 14, 14, generator=rng)
    weight = (weight + weight.mT) / 2
    weight.diagonal(dim1=-2, dim2=-1).zero_()
    return nodes, weight


def test_dense_and_sparse_graph_convolutions_agree():
    dense, sparse = DenseGCNConv(3, 8), GCNConv(3, 8)
    sparse.load_state_dict(dense.state_dict())
    _, weight = random_graphs(1)
    x = torch.randn(14, 3)
    edge_index, edge_weight = dense_to_sparse(weight[0, 0])
    torch.testing.assert_close(
        dense(x, weight[0, 0])[0], sparse(x, edge_index, edge_weight), atol=1e-5, rtol=1e-5
    )


def test_a_band_sees_its_edges():
    graph = BandGraph(NODE_INPUTS, 4)
    x = torch.randn(1, 14, NODE_INPUTS)
    _, weight = random_graphs(1)
    assert not torch.allclose(graph(x, weight[:, 0]), graph(x, torch.zeros(1, 14, 14)))


def test_swapping_nodes_swaps_a_bands_output():
    graph = BandGraph(NODE_INPUTS, 4)
    x = torch.randn(1, 14, NODE_INPUTS)
    weight = random_graphs(1)[1][:, 0]
    order = torch.randperm(14)
    torch.testing.assert_close(
        graph(x[:, order], weight[:, order][:, :, order]), graph(x, weight)[:, order]
    )


@pytest.mark.parametrize("which", range(NODE_INPUTS))
def test_an_offset_of_the_nodes_cancels_once_it_is_fitted(which):
    torch.manual_seed(0)
    branch = GraphBranch(14, 5, 4, 8).eval()
    nodes, weight = random_graphs(50)
    branch.normalisation.fit(nodes)
    before = branch(nodes, weight)
    offset = torch.zeros(NODE_INPUTS)
    offset[which] = 7
    branch.normalisation.fit(nodes + offset)
    torch.testing.assert_close(branch(nodes + offset, weight), before, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("which", range(NODE_INPUTS))
def test_a_dead_channel_is_clipped(which):
    branch = GraphBranch(14, 5, 4, 8)
    nodes, weight = random_graphs(50)
    branch.normalisation.fit(nodes)
    dead, deader = nodes.clone(), nodes.clone()
    lowest = branch.normalisation.mean - (LIMIT + 1) * branch.normalisation.sd
    dead[:, :, 3, which] = lowest[:, 3, which]
    deader[:, :, 3, which] = -1e6
    assert torch.equal(branch(dead, weight), branch(deader, weight))
    assert not torch.equal(branch(dead, weight), branch(nodes, weight))


def test_constant_inputs_do_not_divide_by_zero():
    branch = GraphBranch(14, 5, 4, 8)
    nodes, weight = torch.ones(10, 5, 14, NODE_INPUTS), torch.zeros(10, 5, 14, 14)
    branch.normalisation.fit(nodes)
    assert branch(nodes, weight).isfinite().all()


@pytest.mark.parametrize("band", range(5))
def test_every_band_is_heard(band):
    torch.manual_seed(0)
    branch = GraphBranch(14, 5, 4, 8)
    nodes, weight = random_graphs(3)
    changed = nodes.clone()
    changed[:, band] += 1
    assert not torch.equal(branch(changed, weight), branch(nodes, weight))


def test_bands_in_one_product_are_each_band_by_itself():
    torch.manual_seed(0)
    branch = GraphBranch(14, 5, 4, 8)
    nodes, weight = random_graphs(3)
    branch.normalisation.fit(nodes)
    x = branch.normalisation(nodes)
    bands = [band(x[:, k], weight[:, k]) for k, band in enumerate(branch.bands)]
    _, expected = branch.gru(torch.stack(bands, dim=1).flatten(2))
    found = branch(nodes, weight)
    torch.testing.assert_close(found, expected[0], atol=1e-6, rtol=1e-5)
    found.sum().backward()
    assert all(weights.grad.any() for weights in branch.bands.parameters())
