"""The plain way to what ``signal`` computes fast: what its numbers and its times are held against.

Filters as second-order sections run forward and backward, full ranks, all in double precision, each
band by itself.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal, special

from rtdreamer.signal.entropy import VARIANCE_FLOOR, differential_entropy
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.filters import ORDER
from rtdreamer.signal.mutual_information import MAX_R2
from rtdreamer.signal.spectrum import POWER_FLOOR

Array = NDArray[np.float64]


def bandpass(data: Array, l_freq: float, h_freq: float, sfreq: float) -> Array:
    """One band of each row, by scipy's ``sosfiltfilt``."""
    sections = signal.butter(ORDER, (l_freq, h_freq), "bandpass", fs=sfreq, output="sos")
    demeaned = data - data.mean(axis=-1, keepdims=True)
    filtered: Array = signal.sosfiltfilt(sections, demeaned, axis=-1, padtype="odd")
    return filtered


def log_spectrum(signals: Array, sfreq: float, l_freq: float, h_freq: float) -> Array:
    """The logarithm of the power, by scipy's ``welch``."""
    freqs, power = signal.welch(signals, sfreq, nperseg=round(sfreq), detrend=False)
    wanted = (freqs >= l_freq) & (freqs <= h_freq)
    return np.log(np.maximum(power[:, wanted], POWER_FLOOR))  # type: ignore[no-any-return]


def gaussian_copula(data: Array) -> Array:
    """Mutual information of all pairs of rows, ranked by ``argsort``."""
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


def effective_samples(data: Array) -> Array:
    """Independent samples of each pair of rows, in double precision."""
    n_times = data.shape[-1]
    power = np.abs(fft.rfft(data, 2 * n_times, axis=-1)) ** 2
    autocovariance = fft.irfft(power, 2 * n_times, axis=-1)[..., :n_times]
    rho = autocovariance / np.maximum(autocovariance[..., :1], np.finfo(float).tiny)
    weight = 1 - np.arange(n_times) / n_times
    rho, weight = rho[..., 1:], weight[1:]
    correction = 1 + 2 * (rho * weight) @ rho.swapaxes(-1, -2)
    return np.maximum(n_times / np.maximum(correction, 1.0), 4.0)  # type: ignore[no-any-return]


def extract(window: Array, spec: Spec) -> Features:
    """All features of one raw window, as ``signal.features.extract`` gives them."""
    step_of = {band: step for step, of_step in spec.steps.items() for band in of_step}
    bands = [
        bandpass(window, band.l_freq, band.h_freq, spec.sfreq)[:, :: step_of[index]]
        for index, band in enumerate(spec.bands)
    ]
    broad = bandpass(window, spec.l_freq, spec.h_freq, spec.sfreq)
    limit = spec.clip * spec.scale_uv
    clipped = np.clip(broad, -limit, limit)
    information = np.stack([gaussian_copula(band) for band in bands])
    variance = np.stack([band.var(axis=-1) for band in bands])
    flat = variance <= VARIANCE_FLOOR
    information[flat[:, :, None] | flat[:, None, :]] = 0.0
    return Features(
        signals=(clipped / spec.scale_uv).astype(np.float32),
        spectrum=log_spectrum(clipped, spec.sfreq, spec.l_freq, spec.h_freq),
        de=differential_entropy(variance),
        mi=information,
        covariance=np.stack([np.cov(band, bias=True) for band in bands]),
    )
