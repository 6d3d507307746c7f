import torch
from torch_geometric.nn import DenseGCNConv, GCNConv
from torch_geometric.utils import dense_to_sparse

from rtdreamer.model.graph import NODE_LIMIT, BandGraph, GraphBranch


def random_graphs(n_windows, n_bands=5, seed=0):
    rng = torch.Generator().manual_seed(seed)
    de = torch.randn(n_windows, n_bands, 14, generator=rng)
    weight = torch.rand(n_windows, n_bands, 14, 14, generator=rng)
    weight = (weight + weight.mT) / 2
    weight.diagonal(dim1=-2, dim2=-1).zero_()
    return de, weight


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
    graph = BandGraph(4)
    x = torch.randn(1, 14, 2)
    _, weight = random_graphs(1)
    assert not torch.allclose(graph(x, weight[:, 0]), graph(x, torch.zeros(1, 14, 14)))


def test_swapping_nodes_swaps_a_bands_output():
    graph = BandGraph(4)
    x = torch.randn(1, 14, 2)
    weight = random_graphs(1)[1][:, 0]
    order = torch.randperm(14)
    torch.testing.assert_close(
        graph(x[:, order], weight[:, order][:, :, order]), graph(x, weight)[:, order]
    )


def test_normalisation_is_fitted_for_each_band_and_channel():
    branch = GraphBranch(5, 4, 8)
    de, weight = random_graphs(200)
    shift = torch.arange(70.0).view(5, 14)
    branch.fit_normalisation(3 * de + shift, weight)
    torch.testing.assert_close(branch.node_mean[..., 0], shift + 3 * de.mean(0))
    torch.testing.assert_close(branch.node_sd[..., 0], 3 * de.std(0, correction=0))
    torch.testing.assert_close(branch.node_mean[..., 1], weight.sum(-1).mean(0))


def test_an_offset_in_de_cancels_once_it_is_fitted():
    torch.manual_seed(0)
    branch = GraphBranch(5, 4, 8).eval()
    de, weight = random_graphs(50)
    branch.fit_normalisation(de, weight)
    before = branch(de, weight)
    branch.fit_normalisation(de + 7, weight)
    torch.testing.assert_close(branch(de + 7, weight), before, atol=1e-4, rtol=1e-4)


def test_a_dead_channel_is_clipped():
    branch = GraphBranch(5, 4, 8)
    de, weight = random_graphs(50)
    branch.fit_normalisation(de, weight)
    dead, deader = de.clone(), de.clone()
    dead[:, :, 3] = branch.node_mean[:, 3, 0] - (NODE_LIMIT + 1) * branch.node_sd[:, 3, 0]
    deader[:, :, 3] = -1e6
    assert torch.equal(branch(dead, weight), branch(deader, weight))


def test_constant_inputs_do_not_divide_by_zero():
    branch = GraphBranch(5, 4, 8)
    de, weight = torch.ones(10, 5, 14), torch.zeros(10, 5, 14, 14)
    branch.fit_normalisation(de, weight)
    assert branch(de, weight).isfinite().all()
