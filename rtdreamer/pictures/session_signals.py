"""What a session's EEG says by itself: quality, spectra and coupling, of windows all along it."""

import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rtdreamer.data.session import Session
from rtdreamer.headset import EPOC
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.quality import assess
from rtdreamer.stream.decimation import decimate

MOST_WINDOWS = 180
"""Enough for a picture; a longer session is looked at more seldom."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SessionSignals:
    """What was found in windows without gaps.

    Attributes
    ----------
    seconds : ndarray, shape (n_windows,)
        Where each ends, after the session's first sample.
    quality : ndarray, shape (n_windows, 14)
        Of each channel, 0 to 1.
    coupling : ndarray, shape (n_windows, n_bands)
        Mean over the pairs of good channels of √(1 − e^(−2 MI)), 0 to 1; NaN without a pair.
    matrices : ndarray, shape (n_bands, 14, 14)
        The same of each pair, mean over the windows in which both are good.
    spectrum : ndarray, shape (14, n_freqs)
        Median over windows of the power, µV²/Hz; of good channels, else NaN.
    freqs : ndarray, shape (n_freqs,)
        Hz.
    bands : tuple of str
        The bands' names.
    """

    seconds: Array
    quality: Array
    coupling: Array
    matrices: Array
    spectrum: Array
    freqs: Array
    bands: tuple[str, ...]


def look_at(session: Session) -> SessionSignals | None:
    """Look at windows spread evenly over a session; None where none is whole, or at other rates."""
    spec = Spec()
    step = session.sfreq / spec.sfreq
    if not (np.isclose(step, 1) or np.isclose(step, 2)):
        return None
    windows = _windows(session, spec.n_times, round(step))
    if not windows:
        return None
    quality, edges, spectra = [], [], []
    for _, window, contact in windows:
        found = assess(window, spec.headset, contact)
        seen = extract(window, spec).without(found.bad)
        quality.append(found.channels)
        edges.append(seen.edge_weight)
        spectra.append(seen.spectrum)
    edge = np.array(edges)
    rows, cols = np.triu_indices(len(EPOC.ch_names), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of nothing but NaN the mean is NaN
        return SessionSignals(
            seconds=np.array([at for at, _, _ in windows]),
            quality=np.array(quality),
            coupling=np.nanmean(edge[:, :, rows, cols], axis=2),
            matrices=np.nanmean(edge, axis=0),
            spectrum=np.exp(np.nanmedian(np.array(spectra), axis=0)),
            freqs=np.ceil(spec.l_freq) + np.arange(spec.n_freqs),
            bands=tuple(band.name for band in spec.bands),
        )


def _windows(session: Session, n_times: int, step: int) -> list[tuple[float, Array, Array | None]]:
    """Where whole windows end, seconds, their samples at the headset's rate, and the contact."""
    breaks = np.flatnonzero(np.diff(session.place) > 1) + 1
    bounds = [0, *breaks.tolist(), len(session.place)]
    found = []
    for start, stop in pairwise(bounds):
        ends = range(start + n_times * step, stop + 1, n_times * step // 2)
        found += [(end - n_times * step, end) for end in ends]
    chosen = np.unique(np.linspace(0, len(found) - 1, MOST_WINDOWS).round().astype(int))
    windows = []
    for start, end in (found[k] for k in chosen) if found else ():
        data = session.data[:, start:end]
        contact = None if session.contact is None else session.contact[:, end - 1]
        whole = decimate(data, EPOC) if step == 2 else data
        windows.append((float(session.place[end - 1] + 1) / session.sfreq, whole, contact))
    return windows
