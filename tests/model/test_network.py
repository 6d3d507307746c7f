import json
from dataclasses import replace

import pytest
import torch

from rtdreamer.model.losses import AffectLoss
from rtdreamer.model.network import AffectNetwork, NetworkConfig

SMALL = NetworkConfig(n_freqs=21, width=2, n_latent=6, n_node=3, n_graph=8)
GRAPHS = replace(SMALL, with_autoencoder=False)
HEADS = "valence", "arousal"
SPECTRA = replace(SMALL, with_graphs=False)
ALL = pytest.mark.parametrize(
    "config", [SMALL, GRAPHS, SPECTRA], ids=["both", "graphs alone", "spectra alone"]
)


def random_inputs(n_windows, config=SMALL, seed=0):
    rng = torch.Generator().manual_seed(seed)
    weight = torch.rand(n_windows, config.n_bands, 14, 14, generator=rng)
    return (
        torch.randn(n_windows, 14, config.n_freqs, generator=rng),
        torch.randn(n_windows, config.n_bands, 14, 1 + 14, generator=rng),
        (weight + weight.mT) / 2,
    )


@pytest.mark.parametrize("n_windows", [1, 3])
def test_shapes_of_the_default(n_windows):
    config = NetworkConfig()
    output = AffectNetwork(config)(*random_inputs(n_windows, config))
    assert output.logits.shape == (n_windows, 2)
    assert output.embedding.shape == (n_windows, 256)
    target, recon, mu, logstd = output.autoencoded
    assert target.shape == recon.shape == (n_windows, 14, 45)
    assert mu.shape == logstd.shape == (n_windows, 128)


def test_a_third_target_is_a_third_head_and_changes_no_other():
    networks = []
    for n_targets in (2, 3):
        torch.manual_seed(0)
        networks.append(AffectNetwork(SMALL, n_targets).eval())
    inputs = random_inputs(4)
    two, three = (network.predict(*inputs) for network in networks)
    assert three.shape == networks[1](*inputs).logits.shape == (4, 3)
    assert torch.equal(three[:, :2], two)
    assert three[:, 2].std() > 0
    assert not any("dominance" in name for name in networks[0].state_dict())


def test_one_branch_alone_is_all_there_is():
    output = AffectNetwork(GRAPHS)(*random_inputs(3))
    assert output.autoencoded is None
    assert (output.logits.shape, output.embedding.shape) == ((3, 2), (3, 8))
    assert not any("vae" in name for name in AffectNetwork(GRAPHS).state_dict())
    output = AffectNetwork(SPECTRA)(*random_inputs(3))
    assert output.autoencoded.recon.shape == (3, 14, 21)
    assert (output.logits.shape, output.embedding.shape) == ((3, 2), (3, 6))
    assert not any("graphs" in name for name in AffectNetwork(SPECTRA).state_dict())


def test_a_network_without_any_branch_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        replace(SMALL, with_graphs=False, with_autoencoder=False)


def test_evaluation_is_deterministic_and_training_is_not():
    network, inputs = AffectNetwork(SMALL), random_inputs(2)
    network.eval()
    assert torch.equal(network(*inputs).logits, network(*inputs).logits)
    network.train()
    assert not torch.equal(network(*inputs).embedding, network(*inputs).embedding)


def test_evaluation_embeds_mu():
    output = AffectNetwork(SMALL).eval()(*random_inputs(2))
    assert torch.equal(output.embedding[:, 8:], output.autoencoded.mu)


def test_a_branch_alone_embeds_what_it_does_beside_the_other():
    both, inputs = AffectNetwork(SMALL).eval(), random_inputs(2)
    weights = both.state_dict()
    for config, part in ((GRAPHS, slice(0, 8)), (SPECTRA, slice(8, 14))):
        alone = AffectNetwork(config).eval()
        heads = {f"{name}.weight": weights[f"{name}.weight"][:, part] for name in HEADS}
        alone.load_state_dict({name: weights[name] for name in alone.state_dict()} | heads)
        embedding = alone(*inputs).embedding
        torch.testing.assert_close(embedding, both(*inputs).embedding[:, part])


@ALL
def test_predict_gives_the_logits_of_forward(config):
    network, inputs = AffectNetwork(config).eval(), random_inputs(2)
    assert torch.equal(network.predict(*inputs), network(*inputs).logits)


@ALL
def test_the_answer_for_a_window_does_not_depend_on_its_batch(config):
    network, inputs = AffectNetwork(config).eval(), random_inputs(4)
    together = network.predict(*inputs)
    alone = torch.cat([network.predict(*(x[k : k + 1] for x in inputs)) for k in range(4)])
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("config", "seen"), [(SMALL, {0, 1, 2}), (GRAPHS, {1, 2}), (SPECTRA, {0})])
def test_every_input_of_a_branch_that_is_there_matters_and_no_other(config, seen):
    network, inputs = AffectNetwork(config).eval(), random_inputs(1)
    logits = network.predict(*inputs)
    for k in range(3):
        changed = list(inputs)
        changed[k] = changed[k] * 0.5
        assert torch.equal(network.predict(*changed), logits) == (k not in seen)


@ALL
def test_a_gradient_reaches_every_parameter(config):
    network = AffectNetwork(config)
    loss = AffectLoss(network.n_embedding, torch.tensor([0.5, 0.5]))
    inputs = random_inputs(8)
    labels = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]).repeat(2, 1)
    loss(network(*inputs), labels).total.backward()
    for module in (network, loss):
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_what_is_said_of_affect_does_not_shape_the_autoencoder():
    network = AffectNetwork(SMALL)
    network(*random_inputs(4)).logits.sum().backward()
    assert all(parameter.grad is None for parameter in network.vae.parameters())
    assert network.graphs.gru.weight_ih_l0.grad.abs().sum() > 0


@ALL
def test_inputs_are_brought_to_the_scale_of_the_training_fold(config):
    torch.manual_seed(0)
    network, inputs = AffectNetwork(config).eval(), random_inputs(8)
    network.prepare(*inputs)
    logits = network.predict(*inputs)
    moved = [3 * inputs[0] + 5, 2 * inputs[1] - 1, inputs[2]]
    assert not torch.allclose(network.predict(*moved), logits)
    network.prepare(*moved)
    torch.testing.assert_close(network.predict(*moved), logits, atol=1e-4, rtol=1e-4)


def test_the_autoencoder_is_held_to_the_normalised_spectra():
    network, inputs = AffectNetwork(SMALL).eval(), random_inputs(8)
    network.prepare(*inputs)
    target = network(*inputs).autoencoded.target
    torch.testing.assert_close(target.mean(0), torch.zeros(14, 21), atol=1e-4, rtol=0)


@ALL
def test_a_configuration_survives_json(config):
    text = json.dumps(config.to_json())
    assert NetworkConfig.from_json(json.loads(text)) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_freqs", 46),
        ("n_freqs", 9 + 12 * 10**9),
        ("n_freqs", 9),
        ("n_freqs", 0),
        ("n_bands", 0),
        ("width", 10**9),
        ("n_latent", -1),
        ("n_node", 129),
        ("n_graph", 513),
        ("dropout", 1.0),
        ("dropout", float("nan")),
        ("width", 2.0),
        ("width", "2"),
        ("width", True),
        ("dropout", None),
        ("with_graphs", 1),
        ("with_autoencoder", "yes"),
    ],
)
def test_a_configuration_out_of_bounds_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        NetworkConfig.from_json(SMALL.to_json() | {field: value})


def test_graphs_alone_take_windows_of_any_number_of_frequencies():
    config = replace(GRAPHS, n_freqs=46)
    inputs = random_inputs(2, config)
    assert AffectNetwork(config).eval().predict(*inputs).shape == (2, 2)
    with pytest.raises(ValueError, match="n_freqs"):
        replace(config, n_freqs=10**9)


@pytest.mark.parametrize("values", [None, [], {}, SMALL.to_json() | {"more": 1}])
def test_a_configuration_has_exactly_its_fields(values):
    with pytest.raises(ValueError, match="exactly the fields"):
        NetworkConfig.from_json(values)
