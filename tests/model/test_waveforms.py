import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rtdreamer.headset import EPOC, GRID_SHAPE
from rtdreamer.model.scalp_map import MAX_LOGSTD, grid_cells
from rtdreamer.model.waveforms import (
    KERNEL,
    LEAST_POWER,
    N_STEPS,
    STRIDE,
    FilterBank,
    WaveformDecoder,
    WaveformEncoder,
)

C = 14
N_PAIRS = 6


def noise(n, n_times=1280, seed=0):
    """Of variance 1 up to 45 Hz, and nothing above."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=(n, C, n_times)))
    spectrum[..., np.fft.rfftfreq(n_times, 1 / EPOC.sfreq) > 45] = 0
    white = np.fft.irfft(spectrum, n_times)
    return torch.from_numpy(white / white.std()).float()


def random_bank(seed=0):
    """Of filters as they might be after learning."""
    torch.manual_seed(seed)
    bank = FilterBank(EPOC, N_PAIRS)
    with torch.no_grad():
        bank.convolution.weight.add_(0.1 * torch.randn_like(bank.convolution.weight))
    return bank


def on_the_map(signals):
    """(B, C, T) as (B, 1, T, 9, 9), with nothing in the other cells."""
    cells = signals.new_zeros(len(signals), 1, signals.shape[-1], GRID_SHAPE[0] * GRID_SHAPE[1])
    cells[..., grid_cells(EPOC)] = signals.mT[:, None]
    return cells.unflatten(-1, GRID_SHAPE)


def at_electrodes(video):
    return video.flatten(-2)[..., grid_cells(EPOC)]


@pytest.mark.parametrize("n_times", [1280, 168, 203])
@torch.inference_mode()
def test_the_filters_are_a_3d_convolution_over_the_map(n_times):
    bank, signals = random_bank(), noise(3, n_times)
    seen = bank.convolution(on_the_map(signals))  # (B, 2 Q, looks, 9, 9)
    power = seen[:, 0::2].square() + seen[:, 1::2].square()
    steps = F.adaptive_avg_pool3d(power, (N_STEPS, *GRID_SHAPE))  # (B, Q, S, 9, 9)
    squares = bank.convolution.weight.square().sum(dim=(1, 2, 3, 4))
    usual = (squares[0::2] + squares[1::2]) * (EPOC.sfreq / 2) / 45
    expected = (at_electrodes(steps) / usual[:, None, None] + LEAST_POWER).log()
    found = bank(signals)
    assert found.shape == (3, N_PAIRS, N_STEPS, C)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("n_times", [1280, 168, 203, 1279])
@torch.inference_mode()
def test_the_waves_are_a_transposed_3d_convolution_over_the_map(n_times):
    torch.manual_seed(0)
    decoder, z = WaveformDecoder(EPOC, n_times, 3, 5), torch.randn(4, 5)
    video = decoder.waves(decoder.layers(z))  # (B, 1, T or more, 9, 9)
    expected = at_electrodes(video)[:, 0, :n_times].mT
    found = decoder(z)
    assert found.shape == (4, C, n_times)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_usual_noise_is_zero_in_every_filter():
    power = FilterBank(EPOC, 12)(noise(40)).exp()  # (B, Q, S, C)
    # Less above 42 Hz, where a filter's flank lies beyond what there is.
    found = power.mean(dim=(0, 2, 3))
    torch.testing.assert_close(found[:-1], torch.ones(11), atol=0.05, rtol=0)
    assert 0.4 < found[-1] < 1
    # The logarithm of a mean of few is a little lower, the less the narrower the rhythm.
    assert FilterBank(EPOC, 12)(noise(40)).mean(dim=(0, 2, 3)).abs().max() < 0.7


@torch.inference_mode()
def test_it_is_relative_to_what_a_filter_lets_through():
    bank, signals = random_bank(), noise(2)
    before = bank(signals)
    bank.convolution.weight.mul_(torch.tensor([0.1, 1.0, 7.0, 1.0, 1.0, 3.0]).repeat_interleave(2)[
        :, None, None, None, None
    ])  # fmt: skip
    torch.testing.assert_close(bank(signals), before, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_twice_the_amplitude_is_four_times_the_power():
    bank, signals = random_bank(), noise(2)
    difference = bank(200 * signals) - bank(100 * signals)
    torch.testing.assert_close(difference, torch.full_like(difference, math.log(4)), atol=1e-3,
                               rtol=0)  # fmt: skip


@torch.inference_mode()
def test_of_an_unknown_channel_nothing_is_said_and_of_others_nothing_else():
    bank, signals = random_bank(), noise(3)
    before = bank(signals)
    signals[1, 5] = 0
    after = bank(signals)
    assert not after[1, :, :, 5].any()
    known = torch.ones_like(after, dtype=torch.bool)
    known[1, :, :, 5] = False
    assert torch.equal(after[known], before[known])
    assert before[1, :, :, 5].all()


def test_filters_begin_as_unit_pairs_in_quadrature():
    n_pairs = 12
    pairs = (
        FilterBank(EPOC, n_pairs)
        .convolution.weight.detach()[:, 0, :, 0, 0]
        .view(n_pairs, 2, KERNEL)
    )
    torch.testing.assert_close(pairs.square().sum(dim=-1), torch.ones(n_pairs, 2))
    torch.testing.assert_close(pairs.sum(dim=-1), torch.zeros(n_pairs, 2), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        (pairs[:, 0] * pairs[:, 1]).sum(dim=-1), torch.zeros(n_pairs), atol=1e-5, rtol=0
    )
    spectrum = torch.fft.rfft(pairs, 128 * 64).abs().square().sum(dim=1)
    peak = spectrum.argmax(dim=-1) * EPOC.sfreq / (128 * 64)
    centre = torch.logspace(math.log10(1.5), math.log10(44.0), n_pairs)
    # A window of 0.75 s without its mean moves the lowest of them up.
    torch.testing.assert_close(peak, centre, atol=0.3, rtol=0.01)


@pytest.mark.parametrize("pair", [3, 4, 6, 8, 10, 11])
@torch.inference_mode()
def test_power_does_not_depend_on_the_phase(pair):
    freq = 1.5 * (44 / 1.5) ** (pair / 11)
    time = torch.arange(1280) / EPOC.sfreq
    phases = torch.linspace(0, 2 * math.pi, 9)[:-1, None, None]
    waves = (2 * math.pi * freq * time + phases).cos().expand(-1, C, -1)
    found = FilterBank(EPOC, 12)(waves)[:, :, :, 0].mean(dim=2)  # (phases, Q)
    assert found[:, pair].std() < 0.01
    assert set(found.argmax(dim=1).tolist()) == {pair}


@torch.inference_mode()
def test_when_a_rhythm_comes_matters():
    torch.manual_seed(0)
    encoder = WaveformEncoder(EPOC, N_PAIRS, 3, 5, 0.0).eval()
    first = noise(4, seed=1)
    first[..., :640] *= 3
    then = torch.cat([first[..., 640:], first[..., :640]], dim=-1)
    powers = encoder.filters(first), encoder.filters(then)
    assert (powers[0][:, :, :4].mean() - powers[1][:, :, :4].mean()) > 1
    means = [power.mean(dim=2) for power in powers]
    torch.testing.assert_close(*means, atol=0.8, rtol=0)  # but for what lies over the seam
    assert not torch.allclose(encoder(first)[0], encoder(then)[0], atol=0.02)


@pytest.mark.parametrize("n_times", [168, 169, 175, 187, 1279, 1280])
def test_windows_of_any_length_come_back_as_long(n_times):
    torch.manual_seed(0)
    encoder, decoder = WaveformEncoder(EPOC, 2, 2, 4, 0.0), WaveformDecoder(EPOC, n_times, 2, 4)
    mu, logstd = encoder(noise(2, n_times))
    assert mu.shape == logstd.shape == (2, 4)
    assert decoder(mu).shape == (2, C, n_times)
    decoder(mu).square().sum().backward()
    for name, parameter in decoder.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_the_shortest_has_one_look_a_step():
    assert (168 - KERNEL) // STRIDE + 1 == N_STEPS


def test_no_posterior_is_wider_than_its_bound():
    encoder = WaveformEncoder(EPOC, 2, 2, 4, 0.0)
    with torch.no_grad():
        encoder.logstd.bias.fill_(1e6)
    assert (encoder(noise(2))[1] == MAX_LOGSTD).all()


@pytest.mark.parametrize("size", [0.0, 1e-20, 1e6])
def test_it_is_finite_with_its_gradient(size):
    encoder = WaveformEncoder(EPOC, 2, 2, 4, 0.0)
    signals = (size * noise(2)).requires_grad_()
    mu, logstd = encoder(signals)
    (mu.sum() + logstd.sum()).backward()
    for value in (mu, logstd, signals.grad, encoder.filters.convolution.weight.grad):
        assert value.isfinite().all()


@pytest.mark.parametrize("n_times", [1280, 168, 171, 203])
def test_every_sample_is_seen_but_a_rest_of_less_than_a_stride(n_times):
    signals = noise(2, n_times).requires_grad_()
    FilterBank(EPOC, N_PAIRS)(signals).square().sum().backward()
    seen = signals.grad.abs().sum(dim=(0, 1)) > 0
    last = (n_times - KERNEL) // STRIDE * STRIDE + KERNEL
    assert seen[:last].all()
    assert n_times - last < STRIDE


def test_what_rounding_leaves_of_a_flat_channel_is_not_known():
    signals = noise(2)
    signals[:, 3] = 1e-12
    assert not FilterBank(EPOC, N_PAIRS)(signals)[..., 3].any()
