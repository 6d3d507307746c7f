import json

import pytest
import torch

from rtdreamer.model.losses import AffectLoss
from rtdreamer.model.network import AffectNetwork, NetworkConfig

SMALL = NetworkConfig(n_times=256, width=2, n_latent=6, n_node=3, n_graph=8)


def random_inputs(n_windows, config=SMALL, seed=0):
    rng = torch.Generator().manual_seed(seed)
    weight = torch.rand(n_windows, config.n_bands, 14, 14, generator=rng)
    return (
        torch.randn(n_windows, 14, config.n_times, generator=rng),
        torch.randn(n_windows, config.n_bands, 14, generator=rng),
        (weight + weight.mT) / 2,
    )


@pytest.mark.parametrize("n_windows", [1, 3])
def test_shapes_of_the_default(n_windows):
    config = NetworkConfig()
    output = AffectNetwork(config)(*random_inputs(n_windows, config))
    assert output.logits.shape == (n_windows, 2)
    assert output.embedding.shape == (n_windows, 256)
    assert output.recon.shape == (n_windows, 14, 1280)
    assert output.mu.shape == output.logstd.shape == (n_windows, 128)


def test_evaluation_is_deterministic_and_training_is_not():
    network, inputs = AffectNetwork(SMALL), random_inputs(2)
    network.eval()
    assert torch.equal(network(*inputs).logits, network(*inputs).logits)
    network.train()
    assert not torch.equal(network(*inputs).embedding, network(*inputs).embedding)


def test_evaluation_embeds_mu():
    output = AffectNetwork(SMALL).eval()(*random_inputs(2))
    assert torch.equal(output.embedding[:, 8:], output.mu)


def test_predict_gives_the_logits_of_forward():
    network, inputs = AffectNetwork(SMALL).eval(), random_inputs(2)
    assert torch.equal(network.predict(*inputs), network(*inputs).logits)


def test_the_answer_for_a_window_does_not_depend_on_its_batch():
    network, inputs = AffectNetwork(SMALL).eval(), random_inputs(4)
    together = network.predict(*inputs)
    alone = torch.cat([network.predict(*(x[k : k + 1] for x in inputs)) for k in range(4)])
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-5)


def test_every_input_matters():
    network, inputs = AffectNetwork(SMALL).eval(), random_inputs(1)
    logits = network.predict(*inputs)
    for k in range(3):
        changed = list(inputs)
        changed[k] = changed[k] * 0.5
        assert not torch.equal(network.predict(*changed), logits)


def test_a_gradient_reaches_every_parameter():
    network = AffectNetwork(SMALL)
    loss = AffectLoss(network.n_embedding, torch.tensor([0.5, 0.5]))
    inputs = random_inputs(8)
    labels = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]).repeat(2, 1)
    loss(network(*inputs), inputs[0], labels).total.backward()
    for module in (network, loss):
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_a_configuration_survives_json():
    text = json.dumps(SMALL.to_json())
    assert NetworkConfig.from_json(json.loads(text)) == SMALL


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_times", 1281),
        ("n_times", 10**9 * 128),
        ("n_times", 0),
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
    ],
)
def test_a_configuration_out_of_bounds_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        NetworkConfig.from_json(SMALL.to_json() | {field: value})


@pytest.mark.parametrize("values", [None, [], {}, SMALL.to_json() | {"more": 1}])
def test_a_configuration_has_exactly_its_fields(values):
    with pytest.raises(ValueError, match="exactly the fields"):
        NetworkConfig.from_json(values)
