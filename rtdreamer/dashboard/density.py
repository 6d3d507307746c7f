"""Power by frequency of what is on the screen, and where it stands out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtdreamer.dashboard.drawing import Array, runs
from rtdreamer.window import Band

SEGMENT_S = 2.0
"""Of a piece whose spectrum is taken: the frequencies lie half a hertz apart."""

FLOOR_DB = -40.0
"""µV²/Hz in dB, below what the rounding of a 14-bit headset leaves: silence has no logarithm."""

MAINS_HZ = (50.0, 60.0)

MAINS_STANDS_OUT_DB = 10.0
"""Above the median of what lies 2 to 5 Hz beside it. Of 20 000 peaks of white noise in four
segments, as the shortest picture has, the highest stood out by 8.8 dB."""

MIN_OTHERS = 3
"""Electrodes whose median can be a reference."""


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """The window on the screen, as it came.

    Attributes
    ----------
    samples : ndarray, shape (n_channels, n_times)
        Raw, µV; NaN where samples are missing.
    n_filled_in : int
        How many were not measured but bridged or interpolated.
    until : str
        Where it ends: ``now``, or how long ago.
    flaws : tuple of str
        What is wrong with each channel; empty where it is not known, too.
    bad : tuple of int
        Which of them are bad.
    is_filtered_there : bool
        Whether the traces show these samples filtered.
    """

    samples: Array
    n_filled_in: int
    until: str
    flaws: tuple[str, ...]
    bad: tuple[int, ...]
    is_filtered_there: bool


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Power spectral densities.

    Attributes
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz, from 1 Hz on: below, the taper mixes in the mean, which is taken off.
    power : ndarray, shape (n_channels, n_freqs)
        µV²/Hz.
    n_used : int
        Of how many samples it is made.
    """

    freqs: Array
    power: Array
    n_used: int

    @property
    def decibels(self) -> Array:
        """The same in dB of 1 µV²/Hz, ``FLOOR_DB`` at least."""
        return 10 * np.log10(np.maximum(self.power, 10 ** (FLOOR_DB / 10)))


def density(samples: Array, sfreq: float) -> Density | None:
    """Estimate densities by Welch's method, never across a gap.

    Hann windows of ``SEGMENT_S``, half of which overlap, each less its mean: Welch, IEEE
    Transactions on Audio and Electroacoustics 15 (1967).

    Parameters
    ----------
    samples : ndarray, shape (n_channels, n_times)
        µV; NaN where samples are missing. What has a gap in it is not used.
    sfreq : float
        Hz.

    Returns
    -------
    Density or None
        None where nothing is long enough without a gap.
    """
    length = round(SEGMENT_S * sfreq)
    step = length // 2
    segments, n_used = [], 0
    for start, stop in runs(np.isfinite(samples.sum(axis=0))):
        if stop - start >= length:
            whole = samples[:, start:stop]
            pieces = np.lib.stride_tricks.sliding_window_view(whole, length, axis=-1)[:, ::step]
            segments.append(pieces)
            n_used += (pieces.shape[1] - 1) * step + length
    if not segments:
        return None
    every = np.concatenate(segments, axis=1)  # (C, segments, length)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    waves = np.fft.rfft((every - every.mean(axis=-1, keepdims=True)) * hann)
    power = np.square(np.abs(waves)).mean(axis=1) / (sfreq * np.square(hann).sum())
    # What lies at negative frequencies, too, but for the highest of an even length.
    power[:, 1 : (length + 1) // 2] *= 2
    freqs = np.arange(power.shape[1]) * sfreq / length
    seen = freqs >= 2 * sfreq / length
    return Density(freqs[seen], power[:, seen], n_used)


def reference(decibels: Array, electrode: int, bad: Sequence[int]) -> Array | None:
    """The median over the other electrodes that are good, dB; None if those are too few."""
    others = [row for row in range(len(decibels)) if row != electrode and row not in bad]
    if len(others) < MIN_OTHERS:
        return None
    median: Array = np.median(decibels[others], axis=0)
    return median


def in_bands(values: Array, freqs: Array, bands: Sequence[Band]) -> list[float]:
    """The mean of values, shape (n_freqs,), in each band; NaN in one without a frequency."""
    masks = ((freqs >= band.l_freq) & (freqs <= band.h_freq) for band in bands)
    return [float(values[mask].mean()) if mask.any() else np.nan for mask in masks]


def mains(decibels: NDArray[np.floating], freqs: Array) -> list[tuple[float, float]]:
    """Find the mains frequencies that stand out of one electrode's spectrum, shape (n_freqs,).

    Returns
    -------
    list of (Hz, dB)
        Each with how far it stands out.
    """
    found = []
    for line in MAINS_HZ:
        distance = np.abs(freqs - line)
        near, beside = distance <= 1, (distance >= 2) & (distance <= 5)
        if near.any() and beside.any():
            excess = float(decibels[near].max() - np.median(decibels[beside]))
            if excess >= MAINS_STANDS_OUT_DB:
                found.append((line, excess))
    return found
