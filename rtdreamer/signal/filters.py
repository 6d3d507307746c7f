"""Band-pass filters of one window, without a state that outlives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Array = NDArray[np.float64]

ORDER = 4

_N_STATES = 4 * ORDER
"""Of a band-pass of this order, run forward and backward."""

_N_PROBES = _N_STATES + 8


Edges = tuple[float, float]


def bandpass(data: Array, edges: Mapping[int, Sequence[Edges]], sfreq: float) -> dict[int, Array]:
    """Pass each row through each of some bands, by Butterworth filters run forward and backward.

    The rows are demeaned first and padded oddly, so that the raw offset of some 4200 µV leaves no
    transient: what scipy's ``sosfiltfilt`` does, but for rounding. That is a linear map of a
    window. In its interior it is the convolution by which a periodic signal would be filtered, one
    product of a Fourier transform, for all bands. The rest is what the filter's states at the two
    ends add: a matrix of as low a rank as there are states.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Any unit.
    edges : mapping of int to sequence of pairs of float
        Of each band in Hz (−6 dB after both passes), by how many samples there are from one that
        is kept to the next. Only what is kept is computed.
    sfreq : float
        Sampling rate in Hz.

    Returns
    -------
    dict of int to ndarray, shape (n_bands, ..., n_times // step)
        The same unit, zero phase; by the same steps.

    Raises
    ------
    ValueError
        If edges are not 0 < l_freq < h_freq < sfreq / 2, a step is neither 1 nor an even divisor
        of n_times / 2, or the rows are too short to be padded.
    """
    n_times = data.shape[-1]
    rows = (data - data.mean(axis=-1, keepdims=True)).reshape(-1, n_times)
    rows = rows.astype(np.float64, copy=False)
    spectrum = fft.rfft(rows, axis=-1)
    kept = {}
    for step, of_bands in edges.items():
        filters = _filters(tuple(of_bands), sfreq, n_times, step)
        filtered: Array = fft.irfft(_passed(spectrum, filters), n_times // step, axis=-1)
        # In small products, since BLAS is slower with a single one for all steps.
        states = (rows @ filters.to_states).reshape(len(rows), len(of_bands), _N_STATES)
        filtered += states.swapaxes(0, 1) @ filters.of_states
        kept[step] = filtered.reshape(len(of_bands), *data.shape[:-1], n_times // step)
    return kept


@dataclass(frozen=True, slots=True, eq=False)
class _Filters:
    """The band-passes of which every so manyth sample is kept.

    Attributes
    ----------
    step : int
        From one sample that is kept to the next.
    gain : ndarray, shape (n_aliases, n_bands, 1, 2 · n_freqs)
        Of both passes, for real and imaginary part, at the frequencies that come to lie on each
        other, as ``_aliases`` has them.
    to_states : ndarray, shape (n_times, n_bands · n_states)
        What of a row the states at the ends hang on.
    of_states : ndarray, shape (n_bands, n_states, n_times // step)
        What these add to the samples that are kept.
    """

    step: int
    gain: Array
    to_states: Array
    of_states: Array


def _passed(spectrum: NDArray[np.complex128], filters: _Filters) -> NDArray[np.complex128]:
    """The Fourier transform of what passes and is kept, shape (n_bands, n_rows, n_freqs)."""
    # As pairs of real numbers, since numpy would make complex ones of the gains.
    aliases = (alias.view(np.float64) for alias in _aliases(spectrum, filters.step))
    passed, *others = (gain * alias for gain, alias in zip(filters.gain, aliases, strict=True))
    for other in others:
        passed += other
    return passed.view(np.complex128)  # type: ignore[no-any-return]


def _aliases(spectrum: NDArray[Any], step: int) -> list[NDArray[Any]]:
    """The pieces of a Fourier transform that every ``step``-th sample has the sum of.

    Oppenheim & Schafer, Discrete-Time Signal Processing, 2010, eq. 4.77. Every second piece lies in
    reverse.
    """
    half = (spectrum.shape[-1] - 1) // step
    ends = [spectrum[..., i * half : (i + 1) * half + 1] for i in range(step)]
    return [end[..., ::-1].conj() if i % 2 else end for i, end in enumerate(ends)]


@lru_cache(maxsize=16)
def _filters(edges: tuple[Edges, ...], sfreq: float, n_times: int, step: int) -> _Filters:
    if step != 1 and (step % 2 or n_times % (2 * step)):
        raise ValueError(f"every {step}th of {n_times} samples cannot be kept")
    parts = [_filter(l_freq, h_freq, sfreq, n_times) for l_freq, h_freq in edges]
    gains, to_states, of_states = zip(*parts, strict=True)
    gain = np.stack(_aliases(np.stack(gains), step)) / step
    return _Filters(
        step,
        gain[:, :, None].repeat(2, axis=-1),
        np.concatenate(to_states, axis=1),
        np.ascontiguousarray(np.stack(of_states)[..., ::step]),
    )


@lru_cache(maxsize=64)
def _filter(l_freq: float, h_freq: float, sfreq: float, n_times: int) -> tuple[Array, Array, Array]:
    if not 0 < l_freq < h_freq < sfreq / 2:
        raise ValueError(f"band {l_freq}–{h_freq} Hz does not lie within 0–{sfreq / 2} Hz")
    from scipy import signal  # half a second of imports, for what is made once

    sections = signal.butter(ORDER, (l_freq, h_freq), "bandpass", fs=sfreq, output="sos")
    freqs = fft.rfftfreq(n_times, 1 / sfreq)
    _, response = signal.sosfreqz(sections, freqs, fs=sfreq)
    gain: Array = response.real**2 + response.imag**2

    def periodic(rows: Array) -> Array:
        return fft.irfft(gain * fft.rfft(rows, axis=-1), n_times, axis=-1)  # type: ignore[no-any-return]

    # The range of the difference, from as many rows as make it certain, and then its rows:
    # Halko et al., SIAM Review 53 (2011), here of exactly that rank.
    probes = np.random.default_rng(0).standard_normal((_N_PROBES, n_times))
    difference = signal.sosfiltfilt(sections, probes, axis=-1, padtype="odd") - periodic(probes)
    _, _, directions = np.linalg.svd(difference, full_matrices=False)
    of_states = directions[:_N_STATES]
    to_states = _transposed(sections, of_states) - periodic(of_states)
    return gain, np.ascontiguousarray(to_states.T), of_states


def _transposed(sections: Array, rows: Array) -> Array:
    """Apply the transpose of ``sosfiltfilt``, padding included, to each row."""
    from scipy import signal

    n_pad = 3 * (2 * len(sections) + 1)
    start = signal.sosfilt_zi(sections)
    padded = np.pad(rows, ((0, 0), (n_pad, n_pad)))
    of_first, _ = signal.sosfilt(sections, np.zeros(padded.shape[1]), zi=start)
    for _ in range(2):
        # Of a pass that begins in the state in which a constant would have left it. What runs
        # forward in the one runs backward in the other.
        there = padded[:, ::-1]
        padded = signal.sosfilt(sections, padded, axis=-1)[:, ::-1].copy()
        padded[:, 0] += there @ of_first
    left, inner, right = np.split(padded, [n_pad, padded.shape[1] - n_pad], axis=1)
    inner = inner.copy()
    # Odd padding: twice the end less what lies on its other side.
    inner[:, 0] += 2 * left.sum(axis=1)
    inner[:, n_pad:0:-1] -= left
    inner[:, -1] += 2 * right.sum(axis=1)
    inner[:, -2 : -n_pad - 2 : -1] -= right
    return inner
