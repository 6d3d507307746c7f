import numpy as np
import pytest
import torch

from rtdreamer.model.augmentation import (
    amplitude_directions,
    band_of_frequency,
    vary_inputs,
    vary_signals,
    vary_together,
)
from rtdreamer.signal.features import Spec, extract
from rtdreamer.window import BANDS, Band

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
    np.testing.assert_allclose(after.spectrum - before.spectrum, 2 * np.log(1.3), atol=1e-5)
    np.testing.assert_allclose(after.edge_weight, before.edge_weight, atol=1e-7)


def test_signals_change_in_amplitude_alone():
    torch.manual_seed(0)
    signals = torch.randn(500, 2, 20)
    gain = vary_signals(signals, SD) / signals
    assert torch.allclose(gain, gain[..., :1].expand_as(gain), rtol=1e-5)
    log_gain = gain[..., 0].log()
    assert abs(log_gain.mean()) < 5 * SD * np.sqrt(1.5 / 500)
    np.testing.assert_allclose(log_gain.var(), 2 * SD**2, rtol=0.2)


# Waveforms and graphs together


def windows(n, n_times=1280, seed=0):
    """EEG-like noise up to 45 Hz, and graphs of it, relative to somebody usual."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=(n, 14, n_times)))
    spectrum[..., np.fft.rfftfreq(n_times, 1 / SPEC.sfreq) > 45] = 0
    weight = rng.uniform(0, 1, (n, 5, 14, 14)).astype(np.float32)
    weight = (weight + weight.swapaxes(-1, -2)) / 2
    usual = rng.uniform(0.3, 0.7, (5, 14, 14)).astype(np.float32)
    usual = (usual + usual.swapaxes(-1, -2)) / 2
    entropy = rng.normal(size=(n, 5, 14, 1)).astype(np.float32)
    seen = {
        "signals": np.fft.irfft(spectrum, n_times).astype(np.float32),
        "nodes": np.concatenate([entropy, weight - usual], axis=-1),
        "edge_weight": weight,
    }
    return {name: torch.from_numpy(value) for name, value in seen.items()}, torch.from_numpy(usual)


def band_amplitude(signals):
    """Log amplitude of each band, (B, K, C), by its share of the spectrum."""
    freqs = torch.fft.rfftfreq(signals.shape[-1], 1 / SPEC.sfreq)
    power = torch.fft.rfft(signals.double()).abs().square()
    inside = [(freqs >= b.l_freq) & (freqs < b.h_freq) for b in SPEC.bands]
    return torch.stack([power[..., band].sum(dim=-1).log() / 2 for band in inside], dim=1)


def test_waveforms_and_entropy_move_together():
    torch.manual_seed(0)
    seen, _ = windows(6)
    varied = vary_together(seen, 0.2, 0.0, SPEC)
    moved = (varied["nodes"] - seen["nodes"])[..., 0]  # (B, K, C)
    assert moved.std() > 0.2
    by_waves = band_amplitude(varied["signals"]) - band_amplitude(seen["signals"])
    torch.testing.assert_close(by_waves.float(), moved, atol=1e-3, rtol=0)
    assert torch.equal(varied["nodes"][..., 1:], seen["nodes"][..., 1:])
    assert torch.equal(varied["edge_weight"], seen["edge_weight"])


def test_of_extracted_windows_the_entropy_is_the_one_that_nodes_say():
    """By ``extract``, whose bands have flanks, and whose slowest sees where a window begins."""
    torch.manual_seed(1)
    seen, _ = windows(2)
    seen = {name: x.double() for name, x in seen.items()}
    varied = vary_together(seen, 0.2, 0.0, SPEC)
    for before, after, nodes in zip(
        seen["signals"], varied["signals"], (varied["nodes"] - seen["nodes"])[..., 0], strict=True
    ):
        found = extract(20 * after.numpy(), SPEC).de - extract(20 * before.numpy(), SPEC).de
        np.testing.assert_allclose(found[1:], nodes.numpy()[1:], atol=0.15)


@pytest.mark.parametrize("n_times", [1280, 203])
def test_without_spread_or_loss_only_time_moves(n_times):
    torch.manual_seed(0)
    seen, _ = windows(5, n_times)
    varied = vary_together(seen, 0.0, 0.0, SPEC)
    assert torch.equal(varied["nodes"], seen["nodes"])
    assert torch.equal(varied["edge_weight"], seen["edge_weight"])
    before, after = (torch.fft.rfft(x["signals"].double()) for x in (seen, varied))
    torch.testing.assert_close(after.abs(), before.abs(), atol=1e-4, rtol=1e-4)
    # All channels by the same: what lies between them stays.
    cross = [(x[:, :1] * x[:, 1:].conj())[..., 1:] for x in (before, after)]
    torch.testing.assert_close(*cross, atol=1e-1, rtol=1e-3)
    assert not torch.allclose(varied["signals"], seen["signals"], atol=1e-2)


def test_windows_move_by_any_time_as_if_they_repeated():
    torch.manual_seed(0)
    time = torch.arange(1280) / SPEC.sfreq
    waves = (2 * torch.pi * 0.1 * time).cos().expand(400, 14, -1)  # once a window
    moved = vary_together({"signals": waves}, 0.0, 0.0, SPEC)["signals"]
    angle = torch.fft.rfft(moved)[:, 0, 1].angle() / (2 * torch.pi) % 1
    counts = torch.histc(angle, 4, 0, 1)
    assert ((counts - 100).abs() < 5 * (400 * 0.25 * 0.75) ** 0.5).all()


def test_dropped_channels_are_unknown_everywhere():
    torch.manual_seed(0)
    seen, usual = windows(200, n_times=132)
    varied = vary_together(seen, 0.2, 0.15, SPEC)
    silent = ~varied["signals"].any(dim=-1)  # (B, C)
    share = silent.float().mean()
    assert abs(share - 0.15) < 5 * (0.15 * 0.85 / silent.numel()) ** 0.5
    gone = silent[:, None, :].expand(-1, 5, -1)
    assert not varied["nodes"][gone].any()
    assert not varied["nodes"][..., 1:].mT[gone].any()
    edges = varied["edge_weight"]
    of_usual = usual.expand(200, -1, -1, -1)
    torch.testing.assert_close(edges[gone], of_usual[gone])
    torch.testing.assert_close(edges.mT[gone], of_usual.mT[gone])
    known = (~silent[:, None, :, None] & ~silent[:, None, None, :]).expand(-1, 5, -1, -1)
    assert torch.equal(edges[known], seen["edge_weight"][known])
    assert torch.equal(varied["nodes"][..., 1:][known], seen["nodes"][..., 1:][known])
    assert varied["nodes"][..., 0][~gone].all()
    # Each as often as any other, and not always the same.
    assert (silent.float().mean(dim=0) - 0.15).abs().max() < 5 * (0.15 * 0.85 / 200) ** 0.5


def test_undirected_graphs_stay_so():
    torch.manual_seed(0)
    seen, _ = windows(20, n_times=132)
    varied = vary_together(seen, 0.2, 0.3, SPEC)
    assert torch.equal(varied["edge_weight"], varied["edge_weight"].mT)
    weights = varied["nodes"][..., 1:]
    assert torch.equal(weights, weights.mT)


def test_nothing_is_changed_in_place_and_all_at_once_can_be_lost():
    seen, _ = windows(3, n_times=132)
    before = {name: x.clone() for name, x in seen.items()}
    varied = vary_together(seen, 0.2, 1.0, SPEC)
    assert all(torch.equal(seen[name], x) for name, x in before.items())
    assert not varied["signals"].any()
    assert not varied["nodes"].any()
    assert all(x.isfinite().all() for x in varied.values())


@pytest.mark.parametrize("names", [("signals",), ("nodes",), ("nodes", "edge_weight")])
def test_what_is_not_seen_is_not_missed(names):
    seen, _ = windows(3, n_times=132)
    some = {name: seen[name] for name in names}
    torch.manual_seed(0)
    varied = vary_together(some, 0.2, 0.15, SPEC)
    assert set(varied) == set(names)
    assert all(varied[name].shape == x.shape for name, x in some.items())


def test_amplitudes_vary_by_the_sum_of_their_directions():
    torch.manual_seed(0)
    n, sd = 20_000, 0.2
    nodes = torch.zeros(n, 5, 14, 15)
    moved = vary_together({"nodes": nodes}, sd, 0.0, SPEC)["nodes"][..., 0].flatten(1).double()
    directions = amplitude_directions(5, 14).flatten(1).double()
    assert directions.shape == (1 + 5 + 14, 5 * 14)
    expected = sd**2 * directions.T @ directions
    found = moved.T @ moved / n
    # Of products of Gaussians of variance 3 sd² at most: an SD of 3 √2 sd² / √n.
    assert (found - expected).abs().max() < 5 * 3 * 2**0.5 * sd**2 / n**0.5
    by_spectra = vary_inputs(torch.zeros(n, 14, SPEC.n_freqs), nodes, nodes[..., 1:], sd, BANDS_OF)
    other = by_spectra[1][..., 0].flatten(1).double()
    assert (other.T @ other / n - expected).abs().max() < 5 * 3 * 2**0.5 * sd**2 / n**0.5
