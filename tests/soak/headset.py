"""A headset's signals, of which every sample holds its own number."""

import numpy as np

from rtdreamer.headset import EPOC

GRAIN_UV = 2.0**-5
"""All signals are multiples of this, so that what is finer is free for the number."""

MARK_UV = 2.0**-30
"""Added once for each sample since the first: 0.01 µV after a day, and exact up to 2^22 µV."""

MOST_SAMPLES = round(GRAIN_UV / MARK_UV)

SD_UV = 12.0
DRIFT_UV = 200.0
DRIFT_S = 1800.0


class Headset:
    """Noise with a 1/f background, a drift and an offset, at any sample without those before.

    Each channel repeats itself after another time of about a minute, all together never.

    Parameters
    ----------
    seed : int
        The same seed makes the same signals.
    """

    def __init__(self, seed):
        rng = np.random.default_rng([seed, 0])
        self._pools = [_noise(rng, 7001 + 113 * channel) for channel in range(EPOC.n_channels)]

    def data(self, start, stop):
        """Return samples ``start`` to ``stop``, shape (n_channels, n_times), µV."""
        number = np.arange(start, stop)
        drift = _grains(DRIFT_UV * np.sin(2 * np.pi * number / EPOC.sfreq / DRIFT_S))
        noise = np.stack([pool[number % len(pool)] for pool in self._pools])
        return EPOC.offset_uv + noise + drift + number * MARK_UV


def sample_numbers(data):
    """Return the number that each value holds; what was interpolated holds any."""
    return data / GRAIN_UV % 1 * MOST_SAMPLES


def _noise(rng, n_times):
    """Noise that can be repeated without a seam."""
    spectrum = np.fft.rfft(rng.normal(size=n_times))
    spectrum[0] = 0
    spectrum[1:] /= np.sqrt(np.maximum(np.arange(1, len(spectrum)), n_times / EPOC.sfreq))
    noise = np.fft.irfft(spectrum, n_times)
    return _grains(SD_UV * noise / noise.std())


def _grains(values):
    return np.round(values / GRAIN_UV) * GRAIN_UV
