"""The plain way to what the product computes fast: what its numbers are held against."""

import numpy as np
from scipy import fft, signal, special

from rtdreamer.signal.entropy import VARIANCE_FLOOR
from rtdreamer.signal.mutual_information import MAX_R2
from rtdreamer.signal.spectrum import POWER_FLOOR

ORDER = 4


def bandpass(data, l_freq, h_freq, sfreq):
    """Second-order sections forward and backward over each row, less its mean, padded oddly."""
    sections = signal.butter(ORDER, (l_freq, h_freq), "bandpass", fs=sfreq, output="sos")
    demeaned = data - data.mean(axis=-1, keepdims=True)
    return signal.sosfiltfilt(sections, demeaned, axis=-1, padtype="odd")


def log_spectrum(signals, sfreq, l_freq, h_freq):
    """By scipy's Welch."""
    freqs, power = signal.welch(signals, sfreq, nperseg=round(sfreq), detrend=False)
    wanted = (freqs >= l_freq) & (freqs <= h_freq)
    return np.log(np.maximum(power[:, wanted], POWER_FLOOR))


def differential_entropy(data):
    return 0.5 * np.log(2 * np.pi * np.e * np.maximum(data.var(axis=-1), VARIANCE_FLOOR))


def gaussian_copula(data):
    """Ranks by argsort, and the autocorrelations of both of each pair summed in float64."""
    n_times = data.shape[-1]
    table = special.ndtri(np.arange(1, n_times + 1) / (n_times + 1))
    scores = np.empty(data.shape)
    order = np.argsort(data, axis=-1)
    np.put_along_axis(scores, order, np.broadcast_to(table, data.shape), axis=-1)
    scores /= np.linalg.norm(table)
    r2 = (scores @ scores.swapaxes(-1, -2)) ** 2
    information = -0.5 * np.log1p(-np.minimum(r2, MAX_R2))
    information = np.maximum(information - 0.5 / (effective_samples(scores) - 2), 0.0)
    diagonal = np.arange(data.shape[-2])
    information[..., diagonal, diagonal] = 0.0
    return information


def effective_samples(data):
    n_times = data.shape[-1]
    power = np.abs(fft.rfft(data, 2 * n_times, axis=-1)) ** 2
    autocovariance = fft.irfft(power, 2 * n_times, axis=-1)[..., :n_times]
    rho = autocovariance / np.maximum(autocovariance[..., :1], np.finfo(float).tiny)
    weight = 1 - np.arange(n_times) / n_times
    rho, weight = rho[..., 1:], weight[1:]
    correction = 1 + 2 * (rho * weight) @ rho.swapaxes(-1, -2)
    return np.maximum(n_times / np.maximum(correction, 1.0), 4.0)


def features(window, spec):
    """Signals, spectrum, DE, MI and covariance, each by itself, as ``extract`` names them."""
    bands = np.stack([bandpass(window, b.l_freq, b.h_freq, spec.sfreq) for b in spec.bands])
    broad = bandpass(window, spec.l_freq, spec.h_freq, spec.sfreq)
    limit = spec.clip * spec.scale_uv
    clipped = np.clip(broad, -limit, limit)
    information = np.stack([gaussian_copula(band) for band in bands])
    flat = bands.var(axis=-1) <= VARIANCE_FLOOR
    information[flat[:, :, None] | flat[:, None, :]] = 0.0
    return {
        "signals": (clipped / spec.scale_uv).astype(np.float32),
        "spectrum": log_spectrum(clipped, spec.sfreq, spec.l_freq, spec.h_freq),
        "de": differential_entropy(bands),
        "mi": information,
        "covariance": np.stack([np.cov(band, bias=True) for band in bands]),
    }
