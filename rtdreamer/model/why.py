"""What carried an answer: how far it moves where a part of what was seen is taken away.

A part that is taken away is as at the person's baseline, which is how a bad electrode is left out,
too, and what networks meet in training. So this asks the real network, as it runs, and needs no
gradients (occlusion: Zeiler & Fergus, ECCV 2014).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from rtdreamer.model.measured import Kind
from rtdreamer.signal.features import Features, Spec
from rtdreamer.signal.profile import Profile

Array = NDArray[np.float64]

Answer = Callable[[Features], Array]
"""From what is seen of a window to log odds, shape (n_targets,)."""

Edge = tuple[int, int, int]
"""A band and two electrodes, by their indices."""

N_EDGES = 20
"""Of the 455 edges those are asked about that lie furthest from the baseline: an edge at the
baseline carries nothing, and each that is asked about costs as much as an answer."""

N_NAMED: dict[Kind, int] = {"electrodes": 3, "bands": 1, "edges": 3}
"""So many of each are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Why:
    """What each part added to one answer, in log odds; above 0 it made it higher.

    Parts are taken away one at a time, so they need not add up to the answer.

    Attributes
    ----------
    sample : int
        Index of the last sample of the window that was asked about.
    electrodes : ndarray, shape (n_targets, n_channels)
        All that an electrode has a part in.
    bands : ndarray, shape (n_targets, n_bands)
        All that lies in a band.
    edges : tuple of Edge
        Those that were asked about.
    of_edges : ndarray, shape (n_targets, n_edges)
        What they added.
    """

    sample: int
    electrodes: Array
    bands: Array
    edges: tuple[Edge, ...]
    of_edges: Array


def explain(
    answer: Answer, features: Features, profile: Profile, spec: Spec, sample: int = 0
) -> Why:
    """Ask for an answer without each electrode, each band and some edges.

    Parameters
    ----------
    answer : callable
        The model's log odds, relative to ``profile``.
    features : Features
        Of the window; what is NaN was left out already and adds nothing.
    profile : Profile
        The person's baseline.
    spec : Spec
        What made the features.
    sample : int
        Index of the window's last sample.
    """
    edges = furthest_edges(features.edge_weight, profile.edge_weight, N_EDGES)
    electrodes = ((channel,) for channel in range(len(spec.ch_names)))
    bands = ((band,) for band in range(len(spec.bands)))
    whole = answer(features)
    return Why(
        sample,
        _added(whole, answer, map(features.without, electrodes)),
        _added(whole, answer, (without_bands(features, band, spec) for band in bands)),
        edges,
        _added(whole, answer, (without_edges(features, (edge,)) for edge in edges)),
    )


def without_bands(features: Features, bands: Sequence[int], spec: Spec) -> Features:
    """The same, but not known, NaN, in all that lies in these bands; of waveforms, filtered out.

    Parameters
    ----------
    features : Features
        Of a window.
    bands : sequence of int
        Indices in ``spec.bands``.
    spec : Spec
        What made the features.
    """
    rows = list(bands)
    de, mi, covariance = features.de.copy(), features.mi.copy(), features.covariance.copy()
    de[rows] = mi[rows] = covariance[rows] = np.nan
    spectrum, waves = features.spectrum.copy(), fft.rfft(features.signals)
    first = np.ceil(spec.l_freq)
    for row in rows:
        spectrum[:, _within(first + np.arange(spec.n_freqs), row, spec)] = np.nan
        waves[:, _within(fft.rfftfreq(spec.n_times, 1 / spec.sfreq), row, spec)] = 0.0
    signals = fft.irfft(waves, spec.n_times).astype(np.float32)
    return Features(signals, spectrum, de, mi, covariance)


def without_edges(features: Features, edges: Iterable[Edge]) -> Features:
    """The same, but with the mutual information of these edges not known, NaN."""
    mi = features.mi.copy()
    for band, row, col in edges:
        mi[band, row, col] = mi[band, col, row] = np.nan
    return replace(features, mi=mi)


def furthest_edges(edge_weight: Array, baseline: Array, n: int) -> tuple[Edge, ...]:
    """The ``n`` edges furthest from the baseline, furthest first; fewer where fewer are known.

    Parameters
    ----------
    edge_weight, baseline : ndarray, shape (n_bands, n_channels, n_channels)
        0–1, symmetric; NaN is not known.
    """
    rows, cols = np.triu_indices(edge_weight.shape[-1], 1)
    distance = np.abs(edge_weight - baseline)[:, rows, cols]  # (n_bands, n_pairs)
    order = np.argsort(-np.nan_to_num(distance, nan=-1.0), axis=None, kind="stable")[:n]
    bands, pairs = np.unravel_index(order, distance.shape)
    known = np.isfinite(distance[bands, pairs])
    chosen = zip(bands[known], rows[pairs[known]], cols[pairs[known]], strict=True)
    return tuple((int(band), int(row), int(col)) for band, row, col in chosen)


def carrying(added: Array, towards: float, n: int) -> tuple[int, ...]:
    """Index of the ``n`` parts that carried an answer most, the first most; fewer if fewer did.

    Parameters
    ----------
    added : ndarray, shape (n_parts,)
        What each added to it, log odds.
    towards : float
        Its sign says where the answer lies, against what is usual: above (> 0) or below (< 0).
    """
    share = np.sign(towards) * added
    order = np.argsort(-share, kind="stable")[:n]
    return tuple(int(part) for part in order if share[part] > 0)


def _added(whole: Array, answer: Answer, parts: Iterable[Features]) -> Array:
    found = [whole - answer(part) for part in parts]
    return np.array(found).reshape(-1, len(whole)).T


def _within(freqs: Array, band: int, spec: Spec) -> NDArray[np.bool_]:
    """Which frequencies lie in a band: its lower edge does; its upper one, if it is the last."""
    low, high = spec.bands[band].l_freq, spec.bands[band].h_freq
    # What filters let through below the lowest and above the highest edge belongs to these bands.
    low = -np.inf if low == spec.l_freq else low
    high = np.inf if high == spec.h_freq else high
    return (freqs >= low) & (freqs < high)
