import numpy as np
import pytest
from scipy.linalg import block_diag, fractional_matrix_power

from rtdreamer.signal.covariance import band_covariance, relative_covariance
from rtdreamer.signal.entropy import VARIANCE_FLOOR

K, C = 3, 6


def covariances(*shape, seed=0, spread=2.0):
    """Random ones, positive definite, of power that differs from band to band."""
    factors = np.random.default_rng(seed).normal(0, 1, (*shape, K, C, 4 * C))
    power = np.exp(spread * np.arange(K))[:, None, None]
    return power * (factors @ factors.swapaxes(-1, -2)) / (4 * C)


USUAL = covariances(seed=1)


def without(covariance, channels):
    left_out = covariance.copy()
    left_out[..., channels, :] = left_out[..., :, channels] = np.nan
    return left_out


def is_positive_definite(covariance):
    return (np.linalg.eigvalsh(covariance) > 0).all()


def test_it_is_numpys_covariance():
    bands = np.random.default_rng(0).normal(3, 2, (K, C, 200))
    expected = [np.cov(band, ddof=0) for band in bands]
    np.testing.assert_allclose(band_covariance(bands), expected)


def test_its_diagonal_is_the_variance_that_the_entropy_is_of():
    bands = np.random.default_rng(0).normal(3, 2, (K, C, 200))
    variance = np.diagonal(band_covariance(bands), axis1=-2, axis2=-1)
    np.testing.assert_allclose(variance, bands.var(axis=-1))


def test_it_is_whitened_by_the_usual_one():
    seen = covariances(seed=2)
    for found, band, usual in zip(relative_covariance(seen, USUAL), seen, USUAL, strict=True):
        whitening = fractional_matrix_power(usual, -0.5)
        np.testing.assert_allclose(found, whitening @ band @ whitening, atol=1e-9)


def test_the_usual_one_is_the_identity():
    found = relative_covariance(USUAL, USUAL)
    np.testing.assert_allclose(found, np.tile(np.eye(C), (K, 1, 1)), atol=1e-9)


def test_without_a_usual_one_it_stays():
    seen = covariances(seed=2)
    np.testing.assert_allclose(relative_covariance(seen, None), seen, rtol=1e-9)


def test_many_windows_at_once_are_as_each_alone():
    seen = covariances(4, seed=2)
    seen[1] = without(seen[1], [0])
    seen[3] = without(seen[3], [2, 5])
    together = relative_covariance(seen, USUAL)
    for one, expected in zip(seen, together, strict=True):
        np.testing.assert_array_equal(relative_covariance(one, USUAL), expected)


def test_how_it_differs_does_not_depend_on_the_units_or_the_mixture():
    mixing = 5 * np.eye(C) + np.random.default_rng(3).normal(0, 1, (C, C))
    seen = covariances(seed=2)
    mixed = relative_covariance(mixing @ seen @ mixing.T, mixing @ USUAL @ mixing.T)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(mixed), np.linalg.eigvalsh(relative_covariance(seen, USUAL)), rtol=1e-6
    )


def silent(covariance, channel=2):
    covariance = covariance.copy()
    covariance[..., channel, :] = covariance[..., :, channel] = 0
    return covariance


@pytest.mark.parametrize(
    ("seen", "usual"),
    [
        (silent(covariances(seed=2)), USUAL),
        (covariances(seed=2), silent(USUAL)),
        (silent(covariances(seed=2)), silent(USUAL)),
        (np.zeros((K, C, C)), USUAL),
        (np.ones((K, C, C)), np.ones((K, C, C))),
        (covariances(seed=2), USUAL - 0.3 * USUAL.max(axis=(1, 2), keepdims=True)),
        (silent(covariances(seed=2)), None),
        (without(covariances(seed=2), [1, 4]), silent(USUAL)),
        (without(silent(covariances(seed=2)), [1, 4]), np.ones((K, C, C))),
    ],
)
def test_flat_channels_and_means_of_parts_stay_positive_definite(seen, usual):
    found = relative_covariance(seen, usual)
    assert np.isfinite(found).all()
    assert is_positive_definite(found)


def test_a_flat_channel_counts_as_the_headsets_rounding():
    seen = silent(np.tile(np.eye(C), (K, 1, 1)))
    found = relative_covariance(seen, np.tile(np.eye(C), (K, 1, 1)))
    np.testing.assert_allclose(found[:, 2, 2], VARIANCE_FLOOR)


BAD = [[2], [0, 5], [0, 1, 2, 3, 4], list(range(C))]


@pytest.mark.parametrize("channels", BAD)
def test_where_the_known_is_as_usual_all_is(channels):
    found = relative_covariance(without(USUAL, channels), USUAL)
    np.testing.assert_allclose(found, np.tile(np.eye(C), (K, 1, 1)), atol=1e-8)


@pytest.mark.parametrize("channels", BAD)
@pytest.mark.parametrize("seed", range(5))
def test_what_is_filled_in_is_positive_definite(channels, seed):
    found = relative_covariance(without(covariances(2, seed=seed), channels), USUAL)
    assert is_positive_definite(found)
    np.testing.assert_allclose(found, found.swapaxes(-1, -2), atol=1e-9)


@pytest.mark.parametrize("channels", BAD[:-1])
def test_what_is_filled_in_is_what_the_usual_gaussian_expects(channels):
    """Drawn instead of computed: the known channels as seen, the unknown ones given these."""
    seen, bad = covariances(seed=2)[0], channels
    good = [k for k in range(C) if k not in bad]
    usual = USUAL[0]
    slope = usual[np.ix_(bad, good)] @ np.linalg.inv(usual[np.ix_(good, good)])
    rest = usual[np.ix_(bad, bad)] - slope @ usual[np.ix_(good, bad)]
    rng = np.random.default_rng(0)
    known = rng.multivariate_normal(np.zeros(len(good)), seen[np.ix_(good, good)], 200_000)
    noise = rng.multivariate_normal(np.zeros(len(bad)), rest, 200_000)
    drawn = np.empty((200_000, C))
    drawn[:, good], drawn[:, bad] = known, known @ slope.T + noise
    whitening = fractional_matrix_power(usual, -0.5)
    expected = whitening @ np.cov(drawn.T) @ whitening
    found = relative_covariance(without(seen[None], bad), USUAL[:1])[0]
    np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())


def test_channels_that_share_nothing_with_the_others_are_as_usual():
    usual = np.stack([block_diag(a[:4, :4], a[4:, 4:]) for a in USUAL])
    found = relative_covariance(without(covariances(seed=2), [4, 5]), usual)
    np.testing.assert_allclose(found[:, 4:, 4:], np.tile(np.eye(2), (K, 1, 1)), atol=1e-9)
    np.testing.assert_allclose(found[:, 4:, :4], 0, atol=1e-9)
