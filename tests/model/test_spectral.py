import json
from dataclasses import asdict, replace

import pytest
import torch

from rtdreamer.decoding import decode
from rtdreamer.model.losses import AffectLoss
from rtdreamer.model.spectral import SPECTRAL, SpectralConfig, SpectralNetwork
from rtdreamer.training.config import TrainingConfig

SMALL = SpectralConfig(n_freqs=21, width=2, n_latent=6, n_node=3, n_graph=8)


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
    config = SpectralConfig()
    output = SpectralNetwork(config)(*random_inputs(n_windows, config))
    assert output.logits.shape == (n_windows, 2)
    assert output.embedding.shape == (n_windows, 256)
    target, recon, mu, logstd = output.autoencoded
    assert target.shape == recon.shape == (n_windows, 14, 45)
    assert mu.shape == logstd.shape == (n_windows, 128)


def test_a_third_target_is_a_third_head_and_changes_no_other():
    networks = []
    for n_targets in (2, 3):
        torch.manual_seed(0)
        networks.append(SpectralNetwork(SMALL, n_targets).eval())
    inputs = random_inputs(4)
    two, three = (network.predict(*inputs) for network in networks)
    assert three.shape == networks[1](*inputs).logits.shape == (4, 3)
    assert torch.equal(three[:, :2], two)
    assert three[:, 2].std() > 0
    assert not any("dominance" in name for name in networks[0].state_dict())


def test_evaluation_is_deterministic_and_training_is_not():
    network, inputs = SpectralNetwork(SMALL), random_inputs(2)
    network.eval()
    assert torch.equal(network(*inputs).logits, network(*inputs).logits)
    network.train()
    assert not torch.equal(network(*inputs).embedding, network(*inputs).embedding)


def test_evaluation_embeds_mu():
    output = SpectralNetwork(SMALL).eval()(*random_inputs(2))
    assert torch.equal(output.embedding[:, 8:], output.autoencoded.mu)


def test_predict_gives_the_logits_of_forward():
    network, inputs = SpectralNetwork(SMALL).eval(), random_inputs(2)
    assert torch.equal(network.predict(*inputs), network(*inputs).logits)


def test_the_answer_for_a_window_does_not_depend_on_its_batch():
    network, inputs = SpectralNetwork(SMALL).eval(), random_inputs(4)
    together = network.predict(*inputs)
    alone = torch.cat([network.predict(*(x[k : k + 1] for x in inputs)) for k in range(4)])
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-5)


def test_every_input_matters():
    network, inputs = SpectralNetwork(SMALL).eval(), random_inputs(1)
    logits = network.predict(*inputs)
    for k in range(3):
        changed = list(inputs)
        changed[k] = changed[k] * 0.5
        assert not torch.equal(network.predict(*changed), logits)


def test_a_gradient_reaches_every_parameter():
    network = SpectralNetwork(SMALL)
    loss = AffectLoss(network.n_embedding, torch.tensor([0.5, 0.5]))
    inputs = random_inputs(8)
    labels = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]).repeat(2, 1)
    loss(network(*inputs), labels).total.backward()
    for module in (network, loss):
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_what_is_said_of_affect_does_not_shape_the_autoencoder():
    network = SpectralNetwork(SMALL)
    network(*random_inputs(4)).logits.sum().backward()
    assert all(parameter.grad is None for parameter in network.vae.parameters())
    assert network.graphs.gru.weight_ih_l0.grad.abs().sum() > 0


def test_inputs_are_brought_to_the_scale_of_the_training_fold():
    torch.manual_seed(0)
    network, inputs = SpectralNetwork(SMALL).eval(), random_inputs(8)
    network.prepare(*inputs)
    logits = network.predict(*inputs)
    moved = [3 * inputs[0] + 5, 2 * inputs[1] - 1, inputs[2]]
    assert not torch.allclose(network.predict(*moved), logits)
    network.prepare(*moved)
    torch.testing.assert_close(network.predict(*moved), logits, atol=1e-4, rtol=1e-4)


def test_the_autoencoder_is_held_to_the_normalised_spectra():
    network, inputs = SpectralNetwork(SMALL).eval(), random_inputs(8)
    network.prepare(*inputs)
    target = network(*inputs).autoencoded.target
    torch.testing.assert_close(target.mean(0), torch.zeros(14, 21), atol=1e-4, rtol=0)


def test_a_configuration_survives_json():
    text = json.dumps(asdict(SMALL))
    assert decode(SpectralConfig, json.loads(text), "network") == SMALL


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
    ],
)
def test_a_configuration_out_of_bounds_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        decode(SpectralConfig, asdict(SMALL) | {field: value}, "network")


def test_its_recipe_is_its_own_and_whole():
    # Its figures were measured with it, so no other default may change it.
    expected = TrainingConfig(
        epochs=12, patience=4, batch_size=32, lr=1e-3, weight_decay=1e-2, amplitude_sd=0.1,
        label_softness=0.0, validation=0.2,
    )  # fmt: skip
    moved = TrainingConfig(7, 7, 7, 7.0, 7.0, amplitude_sd=7.0, label_softness=7.0, validation=0.7)
    assert replace(moved, **SPECTRAL.settings) == expected


@pytest.mark.parametrize("values", [None, [], {}, asdict(SMALL) | {"more": 1}])
def test_a_configuration_has_exactly_its_fields(values):
    with pytest.raises(ValueError, match="exactly the fields"):
        decode(SpectralConfig, values, "network")
