import json
from dataclasses import asdict, replace

import pytest
import torch

from rtdreamer.decoding import decode
from rtdreamer.model.losses import AffectLoss, focal_loss
from rtdreamer.model.registry import find_architecture
from rtdreamer.model.vae_gnn import VaeGnn, VaeGnnConfig
from rtdreamer.signal.features import Spec

SMALL = VaeGnnConfig(n_times=256, n_pairs=3, width=2, n_latent=6, n_node=3, n_graph=8)
ALONE = replace(SMALL, with_read_out=False)
GRAPHS = replace(ALONE, with_autoencoder=False)
WAVES = replace(ALONE, with_graphs=False)
WAVES_AND_READ_OUT = replace(SMALL, with_graphs=False)
HALF = torch.tensor([0.5, 0.5])
QUADRANTS = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
ALL = pytest.mark.parametrize(
    "config",
    [SMALL, ALONE, GRAPHS, WAVES, WAVES_AND_READ_OUT],
    ids=["all", "no read-out", "graphs alone", "waves alone", "no graphs"],
)


def inputs_of(config, n_windows, seed=0):
    """What a network takes, at random."""
    rng = torch.Generator().manual_seed(seed)
    weight = torch.rand(n_windows, config.n_bands, 14, 14, generator=rng)
    weight = (weight + weight.mT) / 2
    entropy = torch.randn(n_windows, config.n_bands, 14, 1, generator=rng)
    every = {
        "signals": torch.randn(n_windows, 14, config.n_times, generator=rng),
        "nodes": torch.cat([entropy, weight - 0.5], dim=-1),
        "edge_weight": weight,
    }
    return tuple(every[name] for name in VaeGnn(config).takes)


def made(config, seed=0, n_targets=2):
    """In evaluation mode, with heads that say something."""
    torch.manual_seed(seed)
    network = VaeGnn(config, n_targets).eval()
    torch.nn.init.normal_(network.heads.weight)
    return network


@pytest.mark.parametrize("n_windows", [1, 3])
def test_shapes_of_the_default(n_windows):
    config = find_architecture("vae-gnn").configure(Spec())
    assert config == VaeGnnConfig()
    output = VaeGnn(config)(*inputs_of(config, n_windows))
    assert output.logits.shape == (n_windows, 2)
    assert output.embedding.shape == (n_windows, 256)
    target, recon, mu, logstd = output.autoencoded
    assert target.shape == recon.shape == (n_windows, 14, 1280)
    assert mu.shape == logstd.shape == (n_windows, 128)


@pytest.mark.parametrize(
    ("config", "takes", "parts"),
    [
        (SMALL, ("signals", "nodes", "edge_weight"), {"vae", "graphs", "heads", "read_out"}),
        (ALONE, ("signals", "nodes", "edge_weight"), {"vae", "graphs", "heads"}),
        (GRAPHS, ("nodes", "edge_weight"), {"graphs", "heads"}),
        (WAVES, ("signals",), {"vae", "heads"}),
        (WAVES_AND_READ_OUT, ("signals", "nodes"), {"vae", "heads", "read_out"}),
    ],
)
def test_what_is_left_out_is_not_there(config, takes, parts):
    network = VaeGnn(config)
    assert network.takes == takes
    assert {name.split(".")[0] for name in network.state_dict()} == parts
    output = network(*inputs_of(config, 2))
    assert output.embedding.shape == (2, 6 * ("vae" in parts) + 8 * ("graphs" in parts))
    assert network.n_embedding == output.embedding.shape[1]
    assert (output.autoencoded is None) == ("vae" not in parts)


def test_a_network_without_any_branch_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        replace(SMALL, with_graphs=False, with_autoencoder=False)


def test_a_third_target_is_a_third_head_and_changes_no_other():
    two, three = (made(SMALL, n_targets=n) for n in (2, 3))
    state = three.state_dict()
    for name in two.state_dict():
        of_targets = name.startswith(("heads", "read_out.linear"))
        state[name] = state[name][:2] if of_targets else state[name]
    two.load_state_dict(state)
    inputs = inputs_of(SMALL, 4)
    found = three.predict(*inputs)
    assert found.shape == (4, 3)
    torch.testing.assert_close(found[:, :2], two.predict(*inputs))
    assert found[:, 2].std() > 0


def test_a_fresh_networks_logits_are_the_read_outs_alone():
    torch.manual_seed(0)
    network, inputs = VaeGnn(SMALL).eval(), inputs_of(SMALL, 8)
    network.prepare(*inputs)
    assert torch.equal(network.predict(*inputs), network.read_out.predict(inputs[1]))
    other = inputs_of(SMALL, 8, seed=1)
    seen = other[0], inputs[1], other[2]
    assert torch.equal(network.predict(*seen), network.predict(*inputs))
    # Without one, the heads speak from the first.
    assert VaeGnn(ALONE).eval().predict(*inputs).std() > 0


@ALL
def test_every_input_matters(config):
    network, inputs = made(config), inputs_of(config, 1)
    logits = network.predict(*inputs)
    for k in range(len(inputs)):
        changed = [x * (0.5 if j == k else 1.0) for j, x in enumerate(inputs)]
        assert not torch.equal(network.predict(*changed), logits)


def test_evaluation_embeds_mu_and_training_draws_around_it():
    network, inputs = made(SMALL), inputs_of(SMALL, 2)
    output = network(*inputs)
    mu, logstd = network.vae.encoder(inputs[0])
    assert torch.equal(output.embedding[:, 8:], mu)
    assert output.autoencoded is None  # which nobody asks for
    assert torch.equal(network(*inputs).logits, output.logits)
    network = VaeGnn(replace(SMALL, dropout=0.0)).train()
    mu, logstd = (x[0] for x in network.vae.encoder(inputs[0]))
    n = 1000
    drawn = network(*(x[:1].repeat(n, *[1] * (x.ndim - 1)) for x in inputs)).embedding[:, 8:]
    error = (drawn.mean(dim=0) - mu) / (logstd.exp() / n**0.5)
    assert error.abs().max() < 5
    torch.testing.assert_close(drawn.std(dim=0), logstd.exp(), rtol=0.15, atol=0)


@ALL
def test_predict_gives_the_logits_of_forward(config):
    network, inputs = made(config), inputs_of(config, 2)
    assert torch.equal(network.predict(*inputs), network(*inputs).logits)


@ALL
def test_the_answer_for_a_window_does_not_depend_on_its_batch(config):
    network, inputs = made(config), inputs_of(config, 4)
    together = network.predict(*inputs)
    alone = torch.cat([network.predict(*(x[k : k + 1] for x in inputs)) for k in range(4)])
    torch.testing.assert_close(alone, together, atol=1e-4, rtol=1e-4)


@ALL
def test_a_gradient_reaches_every_parameter(config):
    network = made(config).train()
    loss = AffectLoss(network.n_embedding, HALF)
    loss(network(*inputs_of(config, 8)), QUADRANTS.repeat(2, 1)).total.backward()
    for name, parameter in (*network.named_parameters(), *loss.named_parameters()):
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("config", [SMALL, ALONE, WAVES], ids=["all", "no read-out", "waves"])
def test_what_is_said_of_affect_shapes_the_filters(config):
    network = made(config).train()
    output = network(*inputs_of(config, 4))
    focal_loss(output.logits, QUADRANTS, HALF).backward()
    for parameter in network.vae.encoder.parameters():
        assert parameter.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in network.vae.decoder.parameters())


def test_the_autoencoder_is_held_to_the_waveforms():
    network, inputs = VaeGnn(SMALL).train(), inputs_of(SMALL, 4)
    assert torch.equal(network(*inputs).autoencoded.target, inputs[0])


@pytest.mark.parametrize("config", [SMALL, GRAPHS], ids=["all", "graphs"])
def test_graphs_are_brought_to_the_scale_of_the_training_fold(config):
    network, inputs = made(config), inputs_of(config, 8)
    nodes = network.takes.index("nodes")
    network.prepare(*inputs)
    logits = network.predict(*inputs)
    moved = [2 * x - 1 if k == nodes else x for k, x in enumerate(inputs)]
    assert not torch.allclose(network.predict(*moved), logits, atol=1e-2)
    network.prepare(*moved)
    torch.testing.assert_close(network.predict(*moved), logits, atol=1e-3, rtol=1e-3)


@ALL
def test_a_configuration_survives_json(config):
    assert decode(VaeGnnConfig, json.loads(json.dumps(asdict(config))), "network") == config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_times", 131),
        ("n_times", 60 * 128 + 1),
        ("n_times", 10**12),
        ("n_times", 1280.0),
        ("headset", "Muse"),
        ("headset", None),
        ("n_bands", 0),
        ("n_bands", 17),
        ("n_pairs", 65),
        ("n_pairs", 0),
        ("width", 10**9),
        ("width", 2.0),
        ("width", "2"),
        ("width", True),
        ("n_latent", -1),
        ("n_latent", 513),
        ("n_node", 129),
        ("n_graph", 513),
        ("dropout", 1.0),
        ("dropout", -0.1),
        ("dropout", float("nan")),
        ("dropout", None),
        ("with_graphs", 1),
        ("with_autoencoder", "yes"),
        ("with_read_out", None),
    ],
)
def test_a_configuration_out_of_bounds_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        decode(VaeGnnConfig, asdict(SMALL) | {field: value}, "network")


def test_graphs_alone_take_windows_of_any_length():
    assert VaeGnn(replace(GRAPHS, n_times=1)).eval().predict(*inputs_of(GRAPHS, 2)).shape == (2, 2)


@pytest.mark.parametrize("values", [None, [], {}, asdict(SMALL) | {"more": 1}])
def test_a_configuration_has_exactly_its_fields(values):
    with pytest.raises(ValueError, match="exactly the fields"):
        decode(VaeGnnConfig, values, "network")
