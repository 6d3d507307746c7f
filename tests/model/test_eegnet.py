import warnings

import pytest
import torch
from torch import nn

from rtdreamer.model.eegnet import EEGNet, EEGNetConfig


@pytest.fixture
def network():
    torch.manual_seed(0)
    return EEGNet(EEGNetConfig())


def test_shapes(network):
    output = network(torch.randn(3, 14, 1280))
    assert output.logits.shape == (3, 2)
    assert output.embedding.shape == (3, network.n_embedding) == (3, 16 * 40)
    assert output.autoencoded is None


@pytest.mark.parametrize(("n_channels", "n_times"), [(14, 128), (4, 1279), (1, 100)])
def test_other_lengths_and_channels(n_channels, n_times):
    network = EEGNet(EEGNetConfig(n_channels, n_times))
    assert network(torch.randn(2, n_channels, n_times)).logits.shape == (2, 2)


def test_a_third_target_is_one_more_output():
    network = EEGNet(EEGNetConfig(4, 128), n_targets=3)
    output = network(torch.randn(5, 4, 128))
    assert output.logits.shape == network.predict(torch.randn(5, 4, 128)).shape == (5, 3)


def test_it_has_the_published_number_of_weights(network):
    """Table 2, with F1 = 8, D = 2, F2 = 16, two outputs and the rate of 128 Hz."""
    f1, d, f2, n_channels, n_times = 8, 2, 16, 14, 1280
    temporal = 64 * f1 + 2 * f1
    spatial = n_channels * d * f1 + 2 * d * f1
    separable = 16 * d * f1 + f2 * d * f1 + 2 * f2
    dense = f2 * (n_times // 32) * 2 + 2
    n_weights = sum(p.numel() for p in network.parameters())
    assert n_weights == temporal + spatial + separable + dense == 2610


def test_convolutions_in_time_keep_its_length(network):
    x = torch.randn(1, 1, 14, 1280)
    assert network.features[:2](x).shape == (1, 8, 14, 1280)
    convolution = next(m for m in network.features if isinstance(m, nn.Conv2d))
    padded = nn.functional.pad(x, (31, 32))  # 63 samples, the odd one behind
    assert torch.equal(network.features[:2](x), nn.functional.conv2d(padded, convolution.weight))


def test_nothing_is_warned_of(network):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network(torch.randn(2, 14, 1280))


def test_the_bounds_on_weights_hold_after_a_step(network):
    optimizer = torch.optim.SGD(network.parameters(), lr=10.0)
    network(torch.randn(8, 14, 1280)).logits.square().sum().backward()
    optimizer.step()
    spatial, dense = network.spatial.weight, network.heads.weight
    assert spatial.flatten(1).norm(dim=1).max() > 1.01
    assert dense.norm(dim=1).max() > 0.26
    network.eval().predict(torch.randn(1, 14, 1280))
    assert spatial.flatten(1).norm(dim=1).max() <= 1 + 1e-5
    assert dense.norm(dim=1).max() <= 0.25 + 1e-5


def test_weights_within_the_bounds_are_left_alone(network):
    with torch.no_grad():
        network.spatial.weight.mul_(1e-2)
        network.heads.weight.mul_(1e-2)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    network.eval()(torch.randn(2, 14, 1280))
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())


def test_a_window_is_judged_alone(network):
    network(torch.randn(16, 14, 1280))  # running means that are not 0
    network.eval()
    x = torch.randn(5, 14, 1280)
    with torch.inference_mode():
        together = network.predict(x)
        alone = torch.cat([network.predict(one[None]) for one in x])
        again = network.predict(x)
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.equal(together, again)
    assert together.std(dim=0).min() > 1e-4
