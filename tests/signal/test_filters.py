import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import fft

from rtdreamer.bench import plain_way
from rtdreamer.headset import EPOC
from rtdreamer.signal.entropy import differential_entropy
from rtdreamer.signal.filters import bandpass
from rtdreamer.window import BANDS, WINDOW


def pink(rng, n_signals, n_times):
    """1/f noise of some 15 µV on an EPOC's offset, µV."""
    spectrum = rng.normal(size=(2, n_signals, n_times // 2 + 1))
    frequency = np.maximum(fft.rfftfreq(n_times, 1 / EPOC.sfreq), 0.3)
    noise = fft.irfft((spectrum[0] + 1j * spectrum[1]) / np.sqrt(frequency), n_times, axis=-1)
    return 15 * noise / noise.std() + 4200


def one_band(data, edges):
    return bandpass(data, {1: [edges]}, EPOC.sfreq)[1][0]


# Windows differ by .08–.12 nats of themselves, so an error of this size is not seen.
LARGEST_SD = {"delta": 0.034, "theta": 0.020, "alpha": 0.012, "beta": 0.005, "gamma": 0.005}


@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.name)
def test_a_window_alone_gives_the_entropy_of_the_whole_trial(band):
    data = pink(np.random.default_rng(0), 200, 5 * WINDOW)
    middle = slice(2 * WINDOW, 3 * WINDOW)
    whole = one_band(data, (band.l_freq, band.h_freq))[:, middle]
    alone = one_band(data[:, middle], (band.l_freq, band.h_freq))
    error = differential_entropy(alone.var(axis=-1)) - differential_entropy(whole.var(axis=-1))
    standard_error = error.std() / np.sqrt(len(error))
    assert abs(error.mean()) < 0.004 + 2 * standard_error
    assert error.std() < LARGEST_SD[band.name]


@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.name)
def test_gain(band):
    def gain(frequency):
        times = np.arange(40 * WINDOW) / EPOC.sfreq
        wave = np.sin(2 * np.pi * frequency * times)
        middle = slice(10 * WINDOW, 30 * WINDOW)
        return one_band(wave, (band.l_freq, band.h_freq))[middle].std() / wave.std()

    centre = np.sqrt(band.l_freq * band.h_freq)
    assert gain(centre) == pytest.approx(1, abs=0.02)
    assert gain(band.l_freq) == pytest.approx(0.5, abs=0.01)
    assert gain(band.h_freq) == pytest.approx(0.5, abs=0.01)
    assert gain(band.l_freq / 2) < 0.02
    assert gain(min(1.6 * band.h_freq, 62)) < 0.02


def test_the_offset_does_not_matter():
    data = pink(np.random.default_rng(1), 3, WINDOW)
    np.testing.assert_allclose(one_band(data, (1, 4)), one_band(data - 4200, (1, 4)), atol=1e-8)


@pytest.mark.parametrize("edges", [(0, 4), (4, 4), (8, 4), (30, 64), (-1, 4)])
def test_impossible_bands_are_refused(edges):
    with pytest.raises(ValueError, match="does not lie within"):
        one_band(np.zeros(WINDOW), edges)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(28, 4 * WINDOW),
    st.floats(0.2, 60).flatmap(lambda low: st.tuples(st.just(low), st.floats(low + 0.2, 63.5))),
    st.sampled_from([1.0, 1e6]),
)
@example(0, WINDOW, (1.0, 4.0), 4200.0)
@example(0, WINDOW, (1.0, 45.0), 4200.0)
@settings(max_examples=60)
def test_it_is_the_plain_way_but_for_rounding(seed, n_times, edges, offset):
    data = pink(np.random.default_rng(seed), 3, n_times) - 4200 + offset
    expected = plain_way.bandpass(data, *edges, EPOC.sfreq)
    found = one_band(data, edges)
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(data - offset).max())


def test_bands_together_are_each_by_itself():
    data = pink(np.random.default_rng(2), 14, WINDOW)
    edges = [(band.l_freq, band.h_freq) for band in BANDS]
    together = bandpass(data, {1: edges}, EPOC.sfreq)[1]
    for one, band in zip(edges, together, strict=True):
        np.testing.assert_allclose(band, one_band(data, one), atol=1e-10)


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 4, 8]), st.integers(2, 40))
def test_what_is_kept_are_samples_of_the_whole_whatever_folds_back(seed, step, n_pairs):
    data = pink(np.random.default_rng(seed), 3, 2 * step * (n_pairs + 28))
    edges = [(1, 4), (8, 13), (30, 45)]
    kept = bandpass(data, {step: edges, 1: edges}, EPOC.sfreq)
    np.testing.assert_allclose(kept[step], kept[1][..., ::step], atol=1e-9 * np.abs(data).max())


@pytest.mark.parametrize(("n_times", "step"), [(WINDOW, 3), (1284, 4), (WINDOW, 512)])
def test_a_step_that_does_not_divide_a_window_is_refused(n_times, step):
    with pytest.raises(ValueError, match="cannot be kept"):
        bandpass(np.zeros(n_times), {step: [(1, 4)]}, EPOC.sfreq)


def test_rows_too_short_to_be_padded_are_refused():
    with pytest.raises(ValueError, match="27"):
        one_band(np.zeros(27), (1, 4))


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble, np.int64])
def test_other_numbers_are_filtered_as_they_are(dtype):
    data = pink(np.random.default_rng(2), 3, WINDOW).astype(dtype)
    edges = {1: [(1, 45)], 4: [(4, 8)]}
    found = bandpass(data, edges, EPOC.sfreq)
    for step, bands in bandpass(data.astype(np.float64), edges, EPOC.sfreq).items():
        np.testing.assert_allclose(found[step], bands, atol=1e-2)
