import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from rtdreamer.decoding import decode
from rtdreamer.headset import EPOC
from rtdreamer.metrics.scores import auc
from rtdreamer.model.as_written import AS_WRITTEN, AsWritten, AsWrittenConfig
from rtdreamer.model.losses import AffectLoss, focal_loss, recon_loss
from rtdreamer.model.registry import find_architecture
from rtdreamer.model.scalp_map import from_grid, grid_cells, to_grid
from rtdreamer.signal.features import Spec
from rtdreamer.training.fit import fit, predict_logits
from rtdreamer.training.settings import training_config
from tests.made_up_windows import make_windows

SMALL = AsWrittenConfig(n_times=128, width=2, n_latent=6, n_node=3, n_graph=8)
LABELS = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def random_inputs(n_windows, config=SMALL, seed=0):
    rng = torch.Generator().manual_seed(seed)
    weight = torch.rand(n_windows, config.n_bands, 14, 14, generator=rng)
    return (
        torch.randn(n_windows, 14, config.n_times, generator=rng),
        3 + torch.randn(n_windows, config.n_bands, 14, 1 + 14, generator=rng),
        (weight + weight.mT) / 2,
    )


@pytest.fixture
def network():
    torch.manual_seed(0)
    return AsWritten(SMALL)


def test_shapes_are_those_of_the_document():
    network = AsWritten(AsWrittenConfig())
    inputs = random_inputs(2, AsWrittenConfig())
    shapes = {}

    def keep(part, seen, made):
        shapes[type(part).__name__] = tuple(seen[0].shape), made

    for part in (network.encoder, network.decoder, network.graphs):
        part.register_forward_hook(keep)
    output = network(*inputs)
    assert shapes["Encoder"][0] == (2, 1, 1280, 9, 9)
    assert shapes["Decoder"][0] == (2, 128)
    assert shapes["Decoder"][1].shape == (2, 1, 1280, 9, 9)
    assert shapes["BandGraphs"][0] == (2, 5, 14, 1)
    assert shapes["BandGraphs"][1].shape == (2, 128)
    assert output.logits.shape == (2, 2)
    assert output.embedding.shape == (2, 256)
    target, recon, mu, logstd = output.autoencoded
    assert target.shape == recon.shape == (2, 14, 1280)
    assert mu.shape == logstd.shape == (2, 128)


@pytest.mark.parametrize("n_times", [64, 192, 1280])
def test_as_many_samples_come_back(n_times):
    config = replace(SMALL, n_times=n_times)
    output = AsWritten(config)(*random_inputs(2, config))
    assert output.autoencoded.recon.shape == (2, 14, n_times)


def test_the_encoder_sees_each_channel_where_its_electrode_lies(network):
    seen = []
    network.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    signals, *others = random_inputs(3)
    network(signals, *others)
    rows, columns = np.array(EPOC.grid).T
    by_index = np.zeros((3, 1, SMALL.n_times, 9, 9), np.float32)
    by_index[:, 0, :, rows, columns] = signals.permute(1, 0, 2).numpy()
    assert np.array_equal(seen[0].numpy(), by_index)


def test_the_embedding_is_what_the_gru_says_and_then_z(network):
    network.eval()
    signals, nodes, edge_weight = random_inputs(3)
    output = network(signals, nodes, edge_weight)
    of_graphs = network.graphs(nodes[..., :1], edge_weight)
    assert torch.equal(output.embedding, torch.cat([of_graphs, output.autoencoded.mu], dim=1))


def test_a_cell_without_an_electrode_changes_nothing_in_the_loss(network):
    """Neither what the decoder says there, nor how it comes to it."""
    network.eval()
    made = []

    def keep(_, inputs, video):
        video.retain_grad()
        made.append(video)

    network.decoder.register_forward_hook(keep)
    output = network(*random_inputs(4))
    AffectLoss(network.n_embedding, torch.tensor([0.5, 0.5]))(output, LABELS).total.backward()
    electrodes = to_grid(torch.ones(4, 14, SMALL.n_times), grid_cells(EPOC)).bool()
    (video,) = made
    assert (video.grad[~electrodes] == 0).all()
    assert (video.grad[electrodes] != 0).all()
    target = output.autoencoded.target
    moved = torch.where(electrodes, video, 1e3)
    assert recon_loss(from_grid(moved, grid_cells(EPOC)), target) == recon_loss(
        output.autoencoded.recon, target
    )


def test_the_order_of_time_matters(network):
    """Unlike with spectra, which are the same of an EEG that is played backwards."""
    network.eval()
    signals, *others = random_inputs(2)
    forwards, backwards = (network.predict(x, *others) for x in (signals, signals.flip(-1)))
    assert not torch.allclose(forwards, backwards, atol=1e-4)
    spectra = [torch.fft.rfft(x).abs() for x in (signals, signals.flip(-1))]
    torch.testing.assert_close(*spectra, atol=1e-3, rtol=1e-3)


def test_affect_alone_shapes_the_encoder_from_its_first_layer_on(network):
    output = network(*random_inputs(4))
    focal_loss(output.logits, LABELS, torch.tensor([0.5, 0.5])).backward()
    first = network.encoder.convolutions[0]
    assert first.weight.grad.abs().sum() > 0
    assert all((p.grad.abs().sum() > 0) for p in network.graphs.parameters())
    assert all(p.grad is None for p in network.decoder.parameters())


def test_evaluation_is_deterministic_and_training_is_not(network):
    inputs = random_inputs(2)
    network.eval()
    assert torch.equal(network(*inputs).logits, network(*inputs).logits)
    assert torch.equal(network.predict(*inputs), network(*inputs).logits)
    network.train()
    assert not torch.equal(network(*inputs).embedding, network(*inputs).embedding)


def test_z_is_drawn_from_the_posterior(network):
    network.train()
    inputs = [x.expand(1000, *x.shape[1:]) for x in random_inputs(1)]
    with torch.no_grad():
        torch.nn.init.constant_(network.encoder.logstd.bias, -0.5)
        output = network(*inputs)
    z, mu, logstd = output.embedding[:, 8:], output.autoencoded.mu, output.autoencoded.logstd
    standard = (z - mu) / logstd.exp()
    torch.testing.assert_close(standard.mean(dim=0), torch.zeros(6), atol=0.15, rtol=0)
    torch.testing.assert_close(standard.std(dim=0), torch.ones(6), atol=0.12, rtol=0)


def test_a_third_target_is_a_third_head():
    network, inputs = AsWritten(SMALL, 3).eval(), random_inputs(4)
    assert network.predict(*inputs).shape == network(*inputs).logits.shape == (4, 3)
    assert len(network.heads) == 3


def test_of_the_nodes_differential_entropy_alone_is_seen(network):
    network.eval()
    signals, nodes, edge_weight = random_inputs(2)
    logits = network.predict(signals, nodes, edge_weight)
    others = nodes.clone()
    others[..., 1:] += 1
    assert torch.equal(network.predict(signals, others, edge_weight), logits)
    assert not torch.equal(network.predict(signals, nodes + 1, edge_weight), logits)
    assert not torch.equal(network.predict(signals, nodes, edge_weight / 2), logits)
    assert not torch.equal(network.predict(signals / 2, nodes, edge_weight), logits)


def test_a_graph_convolution_is_kipf_and_wellings(network):
    """D^(-1/2) (A + I) D^(-1/2) X W + b, of each band by itself."""
    _, nodes, edge_weight = random_inputs(3)
    edge_weight = edge_weight * (1 - torch.eye(14))  # as the graphs of mutual information are
    for k, layer in enumerate(network.graphs.first):
        a = edge_weight[:, k] + torch.eye(14)
        scale = a.sum(dim=-1).rsqrt()
        normal = scale[:, :, None] * a * scale[:, None, :]
        expected = normal @ nodes[:, k, :, :1] @ layer.lin.weight.T + layer.bias
        found = layer(nodes[:, k, :, :1], edge_weight[:, k])
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_nothing_is_added_to_the_document():
    assert AS_WRITTEN.vary is None
    assert AS_WRITTEN.windows == "last"
    assert AS_WRITTEN.standardise is False
    config = training_config(AS_WRITTEN)
    assert (config.amplitude_sd, config.label_softness) == (0.0, 0.0)
    assert find_architecture("as-written") is AS_WRITTEN


@pytest.mark.slow
def test_what_shows_in_absolute_entropy_is_learned_without_any_scaling():
    """Entropies in nats, each channel and band at a level of its own."""
    level = np.random.default_rng(5).normal(3.0, 0.7, (5, 14)).astype(np.float32)

    def absolute(seed):
        windows = make_windows(12, 12, seed=seed, signal=2.0, n_times=128)
        nodes = windows.inputs.nodes.copy()
        nodes[..., 0] = level + 0.3 * nodes[..., 0]
        spec = replace(windows.spec, standardise=False)
        return replace(windows, spec=spec, inputs=windows.inputs._replace(nodes=nodes))

    fitted = fit(absolute(0), training_config(AS_WRITTEN), "as-written")
    others = absolute(1)
    labels, logits = others.labels(3.0), predict_logits(fitted.network, others)
    assert all(auc(labels[:, k], logits[:, k]) > 0.8 for k in (0, 1))


def test_a_configuration_survives_json():
    text = json.dumps(asdict(SMALL))
    assert decode(AsWrittenConfig, json.loads(text), "network") == SMALL
    assert AS_WRITTEN.configure(Spec()) == AsWrittenConfig()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_times", 0),
        ("n_times", -64),
        ("n_times", 100),
        ("n_times", 64 * 10**9),
        ("n_times", 128.0),
        ("n_bands", 0),
        ("n_bands", 17),
        ("width", 33),
        ("n_latent", -1),
        ("n_node", 129),
        ("n_graph", 513),
        ("width", "2"),
        ("width", True),
    ],
)
def test_a_configuration_out_of_bounds_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        decode(AsWrittenConfig, asdict(SMALL) | {field: value}, "network")


@pytest.mark.parametrize("values", [None, [], {}, asdict(SMALL) | {"more": 1}])
def test_a_configuration_has_exactly_its_fields(values):
    with pytest.raises(ValueError, match="exactly the fields"):
        decode(AsWrittenConfig, values, "network")
