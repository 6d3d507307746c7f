import numpy as np
import pytest
import torch

from rtdreamer.epoc import BANDS, Band
from rtdreamer.model.augmentation import band_of_frequency, vary_inputs, vary_signals
from rtdreamer.signal.features import Spec, extract

SPEC = Spec()
BANDS_OF = band_of_frequency(SPEC)
SD = 0.1


def zeros(n, n_channels=14):
    return (
        torch.zeros(n, n_channels, SPEC.n_freqs),
        torch.zeros(n, 5, n_channels, 1 + n_channels),
        torch.zeros(n, 5, n_channels, n_channels),
    )


@pytest.fixture
def varied():
    torch.manual_seed(0)
    return vary_inputs(*zeros(4000, n_channels=3), SD, BANDS_OF)


def test_a_frequency_between_two_bands_belongs_to_the_upper_one():
    freqs = torch.arange(1, 46)
    for number, band in enumerate(BANDS):
        last = number == len(BANDS) - 1
        inside = (freqs >= band.l_freq) & ((freqs < band.h_freq) | last)
        assert torch.equal(BANDS_OF.eq(number), inside), band.name


def test_a_spectrum_begins_at_the_first_whole_frequency():
    spec = Spec(bands=(Band("low", 1.5, 4.75), Band("high", 4.75, 10.0)))
    spectrum = extract(np.random.default_rng(0).normal(0, 20, (14, 1280)), spec).spectrum
    bands = band_of_frequency(spec)  # of 2, 3, ..., 10 Hz
    assert spectrum.shape[1] == len(bands)
    assert bands.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_without_a_spread_nothing_changes():
    inputs = tuple(torch.randn_like(x) for x in zeros(3))
    for before, after in zip(inputs, vary_inputs(*inputs, 0.0, BANDS_OF), strict=True):
        assert torch.equal(before, after)
    signals = torch.randn(3, 14, 50)
    assert torch.equal(vary_signals(signals, 0.0), signals)


def test_what_came_in_is_left_alone():
    inputs = zeros(3)
    vary_inputs(*inputs, SD, BANDS_OF)
    assert not any(x.any() for x in inputs)


def test_edges_stay(varied):
    _, nodes, edge_weight = varied
    assert not edge_weight.any()
    assert not nodes[..., 1:].any()


def test_the_spectrum_moves_twice_as_far_as_the_entropy_of_its_band(varied):
    spectrum, nodes, _ = varied
    de = nodes[..., 0]  # (n, K, C)
    assert torch.allclose(spectrum, 2 * de[:, BANDS_OF].transpose(1, 2), atol=1e-6)
    assert de.std() > SD


def test_the_change_has_mean_zero_and_three_parts(varied):
    de = varied[1][..., 0]
    assert de.mean(dim=0).abs().max() < 5 * np.sqrt(3) * SD / np.sqrt(len(de))
    # Of all channels, of each, and of each band.
    np.testing.assert_allclose(de.var(), 3 * SD**2, rtol=0.1)

    def shared(a, b):
        return (a * b).mean().item()

    np.testing.assert_allclose(shared(de[:, 0, 0], de[:, 0, 1]), 2 * SD**2, rtol=0.15)
    np.testing.assert_allclose(shared(de[:, 0, 0], de[:, 1, 0]), 2 * SD**2, rtol=0.15)
    np.testing.assert_allclose(shared(de[:, 0, 0], de[:, 1, 1]), SD**2, rtol=0.3)


def test_the_changes_are_those_of_an_amplified_window():
    window = np.random.default_rng(0).normal(0, 10, (14, 1280))
    before, after = extract(window, SPEC), extract(1.3 * window, SPEC)
    np.testing.assert_allclose(after.de - before.de, np.log(1.3), atol=1e-9)
    np.testing.assert_allclose(after.spectrum - before.spectrum, 2 * np.log(1.3), atol=1e-9)
    np.testing.assert_allclose(after.edge_weight, before.edge_weight, atol=1e-9)


def test_signals_change_in_amplitude_alone():
    torch.manual_seed(0)
    signals = torch.randn(500, 2, 20)
    gain = vary_signals(signals, SD) / signals
    assert torch.allclose(gain, gain[..., :1].expand_as(gain), rtol=1e-5)
    log_gain = gain[..., 0].log()
    assert abs(log_gain.mean()) < 5 * SD * np.sqrt(1.5 / 500)
    np.testing.assert_allclose(log_gain.var(), 2 * SD**2, rtol=0.2)
