import pytest
import torch

from rtdreamer.errors import CheckpointError
from rtdreamer.model.checkpoint import Calibration, check_live
from rtdreamer.signal.features import Spec
from rtdreamer.window import BANDS
from tests.untrained import untrained


def test_the_network_is_rebuilt_in_evaluation_mode():
    checkpoint = untrained()
    network = checkpoint.network()
    assert not network.training
    for key, weight in network.state_dict().items():
        assert torch.equal(weight, checkpoint.weights[key])


@pytest.mark.parametrize("spec", [{}, {"scale_uv": 30.0}, {"clip": 5.0}])
def test_the_default_windows_can_run_live(spec):
    check_live(untrained(spec=Spec(**spec)))


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({"n_times": 256}, "n_times 256 .* only 1280"),
        ({"bands": BANDS[:4]}, "bands"),
        ({"bands": (*BANDS[:4], BANDS[4]._replace(h_freq=50.0))}, "bands .*50"),
        ({"mi_estimator": "histogram"}, "mi_estimator 'histogram' .* only 'gaussian-copula'"),
    ],
)
def test_other_windows_cannot_run_live(spec, named):
    with pytest.raises(CheckpointError, match=f"'tiny': its {named}") as caught:
        check_live(untrained(spec=Spec(**spec)))
    assert "\n" not in str(caught.value)


def test_calibration_in_closed_form():
    applied = Calibration((2.0, 0.5), (0.0, 1.0)).apply(torch.tensor([[2.0, -1.0]]))
    torch.testing.assert_close(applied, torch.sigmoid(torch.tensor([[1.0, -1.0]])))


def test_no_calibration_is_the_sigmoid():
    logits = torch.randn(5, 2)
    torch.testing.assert_close(Calibration().apply(logits), torch.sigmoid(logits))


@pytest.mark.parametrize("bias", [(), (0.0,), (0.0, 0.0, 0.0)])
def test_a_calibration_has_as_many_temperatures_as_biases(bias):
    with pytest.raises(ValueError, match="a calibration cannot be"):
        Calibration((1.0, 1.0), bias)
    logits = torch.randn(4, 3)
    three = Calibration((1.0,) * 3, (0.0,) * 3)
    torch.testing.assert_close(three.apply(logits), torch.sigmoid(logits))


def test_a_mixed_calibration_lies_between_and_ends_at_either():
    one, other = Calibration((2.0, 0.5), (0.0, 1.0)), Calibration((1.0, 0.7), (3.0, -1.0))
    assert (one.mixed(other, 1.0), one.mixed(other, 0.0)) == (one, other)
    middle = one.mixed(other, 0.25)
    assert middle.temperature == pytest.approx((1.25, 0.65))
    assert middle.bias == pytest.approx((2.25, -0.5))
