import pytest
import torch

from rtdreamer.headset import EPOC
from rtdreamer.model.scalp_map import MAX_LOGSTD, from_grid
from rtdreamer.model.spectrum_autoencoder import SpectrumDecoder, SpectrumEncoder, fits_autoencoder
from rtdreamer.signal.features import Spec


@pytest.mark.parametrize("n_freqs", [21, 33, 45, 57, 249])
def test_shapes_there_and_back(n_freqs):
    assert fits_autoencoder(n_freqs)
    mu, logstd = SpectrumEncoder(EPOC, n_freqs, 2, 5)(torch.randn(3, 14, n_freqs))
    assert mu.shape == logstd.shape == (3, 5)
    assert SpectrumDecoder(EPOC, n_freqs, 2, 5)(mu).shape == (3, 14, n_freqs)


def test_the_default_spectra_fit():
    assert fits_autoencoder(Spec().n_freqs)


@pytest.mark.parametrize("n_freqs", [-3, 0, 9, 20, 22, 44, 46])
def test_other_numbers_of_frequencies_do_not_fit(n_freqs):
    assert not fits_autoencoder(n_freqs)


def test_logstd_is_clamped():
    encoder = SpectrumEncoder(EPOC, 21, 2, 5)
    torch.nn.init.constant_(encoder.logstd.bias, 1e4)
    _, logstd = encoder(torch.randn(1, 14, 21))
    assert (logstd == MAX_LOGSTD).all()


def test_every_electrode_and_frequency_reaches_z():
    encoder = SpectrumEncoder(EPOC, 21, 2, 5)
    spectrum = torch.randn(1, 14, 21, requires_grad=True)
    encoder(spectrum)[0].square().sum().backward()
    assert (spectrum.grad != 0).all()


def test_the_decoder_reaches_every_electrode_and_frequency():
    torch.manual_seed(0)
    decoder = SpectrumDecoder(EPOC, 21, 2, 5)
    mine, other = decoder(torch.randn(2, 5))
    assert (mine != other).all()


def test_the_decoder_keeps_frequencies_in_order():
    # One coarse step changes the frequencies that it was made from, and none far from them.
    decoder = SpectrumDecoder(EPOC, 45, 2, 5)
    layers = decoder.layers[3:]  # from the coarse map on
    coarse = torch.randn(1, 8, 3, 3, 3)
    low, high = coarse.clone(), coarse.clone()
    low[:, :, 0] += 1
    high[:, :, -1] += 1

    def changed(other):
        difference = from_grid(layers(other) - layers(coarse), decoder.cells)
        return difference.abs().sum(dim=(0, 1)) > 1e-6

    assert changed(low)[0]
    assert not changed(low)[-1]
    assert changed(high)[-1]
    assert not changed(high)[0]
