import numpy as np
import pytest

from rtdreamer.signal.entropy import VARIANCE_FLOOR, differential_entropy


@pytest.mark.parametrize("sd", [0.5, 1.0, 30.0])
def test_gaussian_closed_form(sd):
    data = np.random.default_rng(0).normal(4200, sd, 200_000)
    assert differential_entropy(data.var()) == pytest.approx(
        0.5 * np.log(2 * np.pi * np.e * sd**2), abs=0.01
    )


def test_a_scale_adds_its_logarithm():
    data = np.random.default_rng(1).normal(size=(5, 14, 300)) * 20
    np.testing.assert_allclose(
        differential_entropy((3 * data + 7).var(axis=-1)),
        differential_entropy(data.var(axis=-1)) + np.log(3),
        rtol=1e-12,
    )


def test_a_flat_channel_stays_finite():
    entropy = differential_entropy(np.zeros(2))
    np.testing.assert_allclose(entropy, 0.5 * np.log(2 * np.pi * np.e * VARIANCE_FLOOR))
