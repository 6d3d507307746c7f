import json
import sys
import warnings
from dataclasses import asdict

import numpy as np
import pytest
import torch
from scipy.linalg import logm

from rtdreamer.decoding import decode
from rtdreamer.errors import RtdreamerError
from rtdreamer.model.linear import FEATURES, LinearConfig, LinearModel, entropy_and_weights
from rtdreamer.model.registry import find_architecture
from rtdreamer.model.tangent import check_pyriemann, tangent

K, C = 5, 14


def symmetric(n, seed=0, scale=1.0):
    noise = np.random.default_rng(seed).normal(0, scale, (n, K, C, C))
    return (noise + noise.swapaxes(-1, -2)) / 2


def exponential(logarithm):
    values, vectors = np.linalg.eigh(logarithm)
    return (vectors * np.exp(values)[..., None, :]) @ vectors.swapaxes(-1, -2)


def nodes_of(de, weights):
    return torch.from_numpy(np.concatenate([de[..., None], weights], axis=-1))


def test_every_value_of_the_graphs_is_there_once():
    weights = np.triu(1.0 + np.arange(K * C * C).reshape(1, K, C, C), 1)
    de = -1.0 - np.arange(K * C).reshape(1, K, C)
    found = entropy_and_weights(nodes_of(de, weights + weights.swapaxes(-1, -2))).numpy()[0]
    assert len(found) == LinearConfig("de-mi").n_features == 525
    assert set(found) == {*de.ravel(), *weights[weights > 0]}
    # Band by band, the entropy first.
    by_band = found.reshape(K, 105)
    assert np.array_equal(by_band[:, :14], de[0])
    assert np.array_equal(by_band[3, 14:], weights[0, 3][np.triu_indices(C, 1)])


def test_the_tangent_space_is_the_matrix_logarithm():
    covariance = exponential(symmetric(2)).astype(np.float32)
    found = tangent(covariance).reshape(2, K, 105)
    assert tangent(covariance).shape == (2, LinearConfig("tangent").n_features)
    rows, columns = np.triu_indices(C)
    scale = np.where(rows == columns, 1, np.sqrt(2))
    for k in range(K):
        expected = logm(covariance[1, k].astype(np.float64)).real[rows, columns] * scale
        np.testing.assert_allclose(found[1, k], expected, atol=1e-4)


def test_as_usual_is_zero_and_the_inverse_is_the_opposite():
    identity = np.tile(np.eye(C, dtype=np.float32), (1, K, 1, 1))
    assert not tangent(identity).any()
    logarithm = symmetric(1)
    there, back = (tangent(np.float32(exponential(s * logarithm))) for s in (1, -1))
    np.testing.assert_allclose(there, -back, atol=1e-4)


def test_lengths_are_those_of_the_matrices():
    logarithm = symmetric(3)
    found = tangent(np.float32(exponential(logarithm)))
    length = np.sqrt((logarithm**2).sum(axis=(1, 2, 3)))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), length, rtol=1e-4)


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_what_is_not_quite_positive_definite_stays_finite(size):
    covariance = np.ones((2, K, C, C), np.float32) * np.float32(size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(tangent(covariance)).all()


def model_of(features, seed=0):
    torch.manual_seed(seed)
    model = LinearModel(LinearConfig(features)).eval()
    model.normalisation.mean.copy_(torch.randn(525) * 0.1)
    model.normalisation.sd.copy_(torch.rand(525) + 0.5)
    return model


def seen_by(model, n=4):
    if model.takes == ("covariance",):
        return torch.from_numpy(np.float32(exponential(symmetric(n))))
    return torch.from_numpy(np.random.default_rng(0).normal(0, 1, (n, K, C, 1 + C))).float()


@pytest.mark.parametrize("features", FEATURES)
def test_logits_are_weighted_sums_of_normalised_features(features):
    model = model_of(features)
    seen = seen_by(model)
    with torch.inference_mode():
        x = (model.features(seen) - model.normalisation.mean) / model.normalisation.sd
        expected = x.clamp(-5, 5) @ model.linear.weight.T + model.linear.bias
        found = model.predict(seen)
    assert found.shape == (4, 2)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("features", FEATURES)
def test_many_windows_are_answered_as_each_is(features):
    model = model_of(features)
    seen = seen_by(model)
    with torch.inference_mode():
        together = model.predict(seen)
        alone = torch.cat([model.predict(one[None]) for one in seen])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("features", FEATURES)
def test_no_feature_says_more_than_its_limit(features):
    model = model_of(features)
    seen = 1e6 * seen_by(model)
    with torch.inference_mode():
        most = 5 * model.linear.weight.abs().sum(dim=1) + model.linear.bias.abs()
        assert (model.predict(seen).abs() <= most + 1e-4).all()


@pytest.mark.parametrize("features", FEATURES)
def test_a_configuration_survives_json(features):
    config = LinearConfig(features, n_bands=3)
    assert decode(LinearConfig, json.loads(json.dumps(asdict(config))), "network") == config
    assert LinearModel(config).linear.in_features == config.n_features == 3 * 105


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("features", "magic"), ("features", None), ("features", ["tangent"]), ("n_bands", 0),
        ("n_bands", 17), ("n_bands", 10**9), ("n_bands", 5.0), ("n_bands", True), ("more", 1),
    ],
)  # fmt: skip
def test_a_configuration_that_makes_no_sense_is_refused(field, value):
    with pytest.raises(ValueError, match=field if field != "more" else "exactly the fields"):
        decode(LinearConfig, asdict(LinearConfig()) | {field: value}, "network")


@pytest.mark.parametrize("values", [None, [], {}, {"features": "tangent"}])
def test_a_configuration_has_exactly_its_fields(values):
    with pytest.raises(ValueError, match="exactly the fields"):
        decode(LinearConfig, values, "network")


@pytest.fixture
def no_riemann(monkeypatch):
    """A machine without pyRiemann."""
    for name in [name for name in sys.modules if name.split(".")[0] == "pyriemann"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyriemann", None)


def test_without_pyriemann_the_tangent_space_says_what_to_do(no_riemann):
    for ask in (check_pyriemann, lambda: tangent(np.ones((1, K, C, C)))):
        with pytest.raises(RtdreamerError, match=r'pip install "rtdreamer\[riemann\]"$') as error:
            ask()
        assert "\n" not in str(error.value)


def test_without_pyriemann_the_graphs_will_do(no_riemann):
    find_architecture("ridge").check_installed()
    model = model_of("de-mi")
    assert model.predict(seen_by(model)).isfinite().all()
