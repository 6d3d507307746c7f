import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rtdreamer.bench import plain_way
from rtdreamer.headset import EPOC
from rtdreamer.signal import mutual_information
from rtdreamer.signal.filters import bandpass
from rtdreamer.signal.mutual_information import (
    ESTIMATORS,
    edge_weight,
    effective_samples,
    gaussian_copula,
    histogram,
    nearest_neighbour,
    normal_scores,
)
from rtdreamer.window import BANDS, WINDOW

PAIRS = np.triu_indices(14, 1)


def gaussian_pair(rng, rho, n_times=WINDOW):
    data = rng.normal(size=(2, n_times))
    data[1] = rho * data[0] + np.sqrt(1 - rho**2) * data[1]
    return data


def noise_in(band, rng):
    edges = {1: [(band.l_freq, band.h_freq)]}
    return bandpass(rng.normal(size=(14, 3 * WINDOW)), edges, EPOC.sfreq)[1][0]


def closed_form(rho):
    return -0.5 * np.log(1 - rho**2)


@pytest.mark.parametrize("rho", [-0.6, 0.3, 0.6, 0.9])
def test_copula_against_the_closed_form(rho):
    rng = np.random.default_rng(0)
    found = [gaussian_copula(gaussian_pair(rng, rho))[0, 1] for _ in range(100)]
    # One window's SD at ρ = .9 is .022, and the finite sample pulls it down by some .006.
    assert np.mean(found) == pytest.approx(closed_form(rho), abs=0.010)


@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.name)
def test_independent_band_limited_noise_shares_nothing(band, monkeypatch):
    rng = np.random.default_rng(1)
    # Without the clipping at 0 the mean shows what bias the correction leaves.
    monkeypatch.setattr(mutual_information.np, "maximum", _unclipped(np.maximum))
    found = []
    for _ in range(60):
        noise = noise_in(band, rng)
        found.append(gaussian_copula(noise[:, WINDOW : 2 * WINDOW])[PAIRS].mean())
    assert abs(np.mean(found)) < 0.0012


def _unclipped(maximum):
    def patched(values, bound):
        return values if np.isscalar(bound) and bound == 0.0 else maximum(values, bound)

    return patched


@pytest.mark.parametrize(
    ("band", "expected"), list(zip(BANDS, (63, 82, 103, 342, 302), strict=True)), ids=str
)
def test_effective_samples_of_band_limited_noise(band, expected):
    noise = noise_in(band, np.random.default_rng(2))[:, WINDOW : 2 * WINDOW]
    assert effective_samples(normal_scores(noise))[PAIRS].mean() == pytest.approx(
        expected, rel=0.05
    )


def test_white_noise_has_as_many_effective_samples_as_samples():
    scores = normal_scores(np.random.default_rng(3).normal(size=(4, WINDOW)))
    np.testing.assert_allclose(effective_samples(scores)[np.triu_indices(4, 1)], WINDOW, rtol=0.15)


def test_increasing_maps_change_nothing():
    data = np.random.default_rng(4).normal(size=(3, WINDOW))
    mapped = np.stack([np.exp(data[0]), data[1] ** 3, 5 * data[2] + 4200])
    for estimator in (gaussian_copula, histogram):
        np.testing.assert_array_equal(estimator(mapped), estimator(data))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_is_symmetric_and_not_negative(name):
    data = np.random.default_rng(5).normal(size=(3, 400))
    data[2] += data[0]
    (found,) = ESTIMATORS[name](data[None])
    assert found.shape == (3, 3)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 0)
    assert (found >= 0).all()
    assert found[0, 2] > 0.2 > max(found[0, 1], found[1, 2])


@pytest.mark.parametrize(
    ("estimator", "n_runs", "tolerance"), [(histogram, 40, 0.06), (nearest_neighbour, 5, 0.05)]
)
@pytest.mark.parametrize("rho", [0.0, 0.9])
def test_the_references_against_the_closed_form(estimator, n_runs, tolerance, rho):
    rng = np.random.default_rng(6)
    found = [estimator(gaussian_pair(rng, rho))[0, 1] for _ in range(n_runs)]
    assert np.mean(found) == pytest.approx(closed_form(rho), abs=tolerance)


def test_identical_channels_stay_finite():
    data = np.repeat(np.random.default_rng(7).normal(size=(1, WINDOW)), 2, axis=0)
    assert 4 < gaussian_copula(data)[0, 1] < 8


def test_edge_weight_is_the_size_of_rho_for_gaussians():
    rho = np.linspace(0, 0.99, 20)
    np.testing.assert_allclose(edge_weight(closed_form(rho)), rho, atol=1e-12)
    assert edge_weight(np.array(50.0)) == 1


def test_the_copula_is_blind_to_a_square_and_the_general_estimators_are_not():
    x = np.random.default_rng(0).normal(size=4000)
    pair = np.stack([x, x**2])
    assert gaussian_copula(pair)[0, 1] < 0.01
    assert ESTIMATORS["histogram"](pair[None])[0, 0, 1] > 0.5
    assert ESTIMATORS["nearest-neighbour"](pair[None])[0, 0, 1] > 0.5


def test_the_copula_is_nearly_blind_to_amplitudes_that_grow_and_fade_together():
    rng = np.random.default_rng(0)
    envelope = np.exp(np.repeat(rng.normal(0, 1, 400), 10))
    pair = envelope * rng.normal(size=(2, 4000))
    assert np.corrcoef(np.abs(pair))[0, 1] > 0.3
    assert gaussian_copula(pair)[0, 1] < 0.02


@given(
    arrays(
        np.float64, st.tuples(st.integers(1, 4), st.integers(2, 300)), elements=st.floats(-1e9, 1e9)
    )
)
def test_ranks_are_argsorts_unless_two_values_are_one_but_for_rounding(data):
    order = np.argsort(normal_scores(data), axis=-1)
    ranked = np.take_along_axis(data, order, axis=-1)
    drop = np.maximum(ranked[:, :-1] - ranked[:, 1:], 0.0)
    assert (drop <= 2.0**-40 * np.abs(ranked[:, 1:]) + 1e-300).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([30, 121, 256, WINDOW, 2000]))
@settings(max_examples=40)
def test_the_copula_is_the_plain_way_within_its_single_precision(seed, n_times):
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(5, 14, n_times)).cumsum(axis=-1)
    data += rng.normal(size=(5, 1, n_times)).cumsum(axis=-1) * rng.uniform(0, 3, (5, 14, 1))
    found = gaussian_copula(data)
    np.testing.assert_allclose(found, plain_way.gaussian_copula(data), atol=1e-6)
