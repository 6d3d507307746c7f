"""Simulated EEG: from a person and a state to the numbers an EPOC would send.

The brain's part is Gaussian noise whose spectra and coherences are set in the frequency domain;
blinks, muscle and the headset itself are laid over it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from rtdreamer.data.simulated_people import ALPHA, FRONTAL, THETA, Person, State, scalp_weights
from rtdreamer.headset import EPOC
from rtdreamer.window import BANDS

Array = NDArray[np.float64]

_POSITIONS = np.array(EPOC.positions)  # (14, 2)
_CONDUCTION = 0.45  # distance, in head radii, over which the skull smears by a factor e
_SYMMETRY_LOGIT = -1.0
_FRONTAL_POWER = 0.3
_SENSOR_NOISE = 0.03  # share of power that no other sensor has

_BACKGROUND = 2.8  # µV²/Hz at 10 Hz
_DRIFT = 400.0  # µV²/Hz at 0.3 Hz
_ALPHA_SD = 0.7  # Hz
_ALPHA_MAP = scalp_weights(
    {"O1": 1.0, "O2": 1.0, "P7": 0.8, "P8": 0.8, "T7": 0.45, "T8": 0.45, "FC5": 0.35}
    | {"FC6": 0.35, "F3": 0.4, "F4": 0.4, "F7": 0.3, "F8": 0.3, "AF3": 0.35, "AF4": 0.35}
)
_BLINK_MAP = scalp_weights(
    {"AF3": 1.0, "AF4": 1.0, "F7": 0.6, "F8": 0.6, "F3": 0.4, "F4": 0.4, "FC5": 0.2}
    | {"FC6": 0.2, "T7": 0.06, "T8": 0.06, "P7": 0.02, "P8": 0.02, "O1": 0.02, "O2": 0.02}
)
_MUSCLE_MAP = scalp_weights({"T7": 1.0, "T8": 1.0, "FC5": 0.6, "FC6": 0.6, "F7": 0.3, "F8": 0.3})


def _smear(a: Array, b: Array) -> Array:
    distance = np.linalg.norm(a[:, None] - b[None], axis=-1)
    return np.exp(-distance / _CONDUCTION)  # type: ignore[no-any-return]


_NEAR = _smear(_POSITIONS, _POSITIONS)
_MIRRORED = _smear(_POSITIONS, _POSITIONS * (-1, 1))


def coherence(symmetric: float, frontal: float) -> Array:
    """Correlation matrix of the sensors, shape (14, 14).

    A field with independent sources, a share ``symmetric`` (0 to 1) of which is doubled in the
    other hemisphere, is smeared by the skull; one more source of power ``frontal`` reaches all
    frontal sensors. Each part is positive semi-definite, and each sensor's own noise makes the sum
    definite.
    """
    covariance = _NEAR + symmetric * _MIRRORED + frontal * np.outer(FRONTAL, FRONTAL)
    covariance += _SENSOR_NOISE * np.eye(EPOC.n_channels)
    sd = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sd, sd)  # type: ignore[no-any-return]


def _mixers(state: State) -> list[Array]:
    """For each band, the (14, 14) matrix that gives independent noise the band's coherence."""
    mixers = []
    for band in range(len(BANDS)):
        logit = _SYMMETRY_LOGIT + (state.symmetry if band == ALPHA else 0.0)
        shift = state.frontal_coupling if band in (THETA, ALPHA) else 0.0
        matrix = coherence(1 / (1 + np.exp(-logit)), _FRONTAL_POWER * np.exp(shift))
        mixers.append(np.linalg.cholesky(matrix).astype(np.float64, copy=False))
    return mixers


def _amplifier(freqs: Array) -> Array:
    """Power that the headset lets through: 0.2 to 45 Hz, notches at 50 and 60 Hz."""
    low = freqs**4 / (freqs**4 + 0.2**4)
    high = 1 / (1 + (freqs / 45.0) ** 16)
    notches = [1 - np.exp(-(((freqs - mains) / 1.5) ** 2)) for mains in (50.0, 60.0)]
    return low * high * notches[0] * notches[1]  # type: ignore[no-any-return]


def _background_power(person: Person, power: Array, freqs: Array) -> Array:
    """1/f background and drift of each channel, µV²/Hz, shape (14, n_freqs)."""
    f = np.maximum(freqs, 0.01)
    centres = np.log([np.sqrt(band.l_freq * band.h_freq) for band in BANDS])
    share = np.array([np.interp(np.log(f), centres, one) for one in np.eye(len(BANDS))])
    shape = _BACKGROUND * (10.0 / f) ** person.slope
    drift = _DRIFT * (0.3 / f) ** 4 / (1 + (0.3 / f) ** 2)
    return (shape * np.exp(power.T @ share) + drift) * _amplifier(freqs)  # type: ignore[no-any-return]


def _alpha_power(person: Person, power: Array, freqs: Array) -> Array:
    """The alpha rhythm of each channel, µV²/Hz, shape (14, n_freqs)."""
    line = np.exp(-0.5 * ((freqs - person.alpha_peak) / _ALPHA_SD) ** 2)
    density = line / (_ALPHA_SD * np.sqrt(2 * np.pi))  # 1/Hz
    rms = person.alpha_rms * _ALPHA_MAP * np.exp(power[ALPHA] / 2)
    return np.outer(rms**2, density)


def _spectrum_noise(
    rng: np.random.Generator, power: Array, mixer: Array, n: int
) -> NDArray[np.complex128]:
    """Fourier coefficients of Gaussian noise with these powers and this coherence.

    Parameters
    ----------
    power : ndarray, shape (14, n_freqs)
        One-sided, µV²/Hz.
    mixer : ndarray, shape (14, 14)
        Square root of the coherence matrix.
    n : int
        Length of the signal that ``irfft`` will make, samples.
    """
    independent = rng.standard_normal((EPOC.n_channels, 2 * power.shape[1]))
    coherent: NDArray[np.complex128] = (mixer @ independent).view(np.complex128)
    return coherent * np.sqrt(power * EPOC.sfreq * n / 4)


def _slow_gain(rng: np.random.Generator, n_times: int, seconds: float, log_sd: float) -> Array:
    """A gain that wanders about 1 within some seconds."""
    time = np.arange(n_times) / EPOC.sfreq / seconds
    knots = rng.normal(0, log_sd, int(time[-1]) + 2)
    return np.exp(np.interp(time, np.arange(len(knots)), knots))


def _brain(rng: np.random.Generator, person: Person, state: State, n_times: int) -> Array:
    # Some seconds more than asked: a Fourier series repeats, an EEG's end does not meet its start.
    n = fft.next_fast_len(n_times + int(4 * EPOC.sfreq), real=True)
    freqs = fft.rfftfreq(n, 1 / EPOC.sfreq)
    mixers = _mixers(state)

    power = _background_power(person, state.power, freqs)
    coefficients = np.empty(power.shape, dtype=np.complex128)
    inner_edges = np.searchsorted(freqs, [band.h_freq for band in BANDS[:-1]])
    edges = [0, *inner_edges, len(freqs)]
    for mixer, lo, hi in zip(mixers, edges[:-1], edges[1:], strict=True):
        coefficients[:, lo:hi] = _spectrum_noise(rng, power[:, lo:hi], mixer, n)
    background = fft.irfft(coefficients, n, axis=1)[:, :n_times]

    near_peak = slice(*np.searchsorted(freqs, person.alpha_peak + np.array([-4, 4]) * _ALPHA_SD))
    coefficients = np.zeros_like(coefficients)
    power = _alpha_power(person, state.power, freqs[near_peak])
    coefficients[:, near_peak] = _spectrum_noise(rng, power, mixers[ALPHA], n)
    alpha = fft.irfft(coefficients, n, axis=1)[:, :n_times]

    alpha *= _slow_gain(rng, n_times, seconds=3.0, log_sd=0.3)
    background *= _slow_gain(rng, n_times, seconds=5.0, log_sd=0.08)
    return background + alpha  # type: ignore[no-any-return]


def _onsets(rng: np.random.Generator, per_minute: float, n_times: int) -> NDArray[np.intp]:
    """Random moments, as sample indices, with at least 0.8 s between them."""
    rest = 60.0 / per_minute - 0.8
    most = 2 * int(per_minute * n_times / EPOC.sfreq / 60) + 20
    times = np.cumsum(0.8 + rng.exponential(max(rest, 0.1), most))
    onsets = (times * EPOC.sfreq).astype(np.intp)
    return onsets[onsets < n_times]


def _add_blinks(rng: np.random.Generator, eeg: Array, person: Person) -> None:
    time = np.arange(int(0.6 * EPOC.sfreq)) / EPOC.sfreq
    blink = (time / 0.11) ** 2 * np.exp(2 * (1 - time / 0.11))  # peak 1, 0.11 s after its onset
    for onset in _onsets(rng, person.blink_rate, eeg.shape[1]):
        size = np.clip(person.blink_uv * rng.normal(1, 0.15), 100.0, 250.0)
        stretch = eeg[:, onset : onset + len(blink)]
        stretch += np.outer(size * _BLINK_MAP, blink[: stretch.shape[1]])


def _add_muscle(rng: np.random.Generator, eeg: Array, person: Person) -> None:
    near = np.flatnonzero(_MUSCLE_MAP)
    for onset in _onsets(rng, person.muscle_rate, eeg.shape[1]):
        n = int(rng.uniform(0.3, 2.0) * EPOC.sfreq)
        freqs = fft.rfftfreq(n, 1 / EPOC.sfreq)
        in_band = ((freqs >= 20.0) & (freqs <= 45.0)).astype(np.float64)
        noise = rng.standard_normal((len(near), 2 * len(freqs))).view(np.complex128)
        burst = fft.irfft(noise * in_band, n, axis=1) * np.hanning(n)
        burst *= person.muscle_uv / np.sqrt(np.mean(burst**2))
        stretch = eeg[:, onset : onset + n]
        stretch[near] += _MUSCLE_MAP[near, None] * burst[:, : stretch.shape[1]]


def synthesise(rng: np.random.Generator, person: Person, state: State, n_times: int) -> Array:
    """Raw EEG of a person who is in some state throughout, as an EPOC would digitise it.

    Returns
    -------
    ndarray, shape (14, n_times)
        µV in the order of ``EPOC.ch_names``, about each sensor's own DC level, in multiples of
        ``EPOC.step_uv``.
    """
    eeg = _brain(rng, person, person.habit + state, n_times)
    _add_blinks(rng, eeg, person)
    _add_muscle(rng, eeg, person)
    eeg += person.offset[:, None]
    lowest, highest = (np.trunc(limit / EPOC.step_uv) for limit in EPOC.range_uv)
    return np.clip(np.rint(eeg / EPOC.step_uv), lowest, highest) * EPOC.step_uv
