"""Samples as lines in lanes, one a channel: what is drawn of them, and where the eyes blink."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, uniform_filter1d

from rtdreamer.dashboard.drawing import Array, runs
from rtdreamer.signal.quality import BLINK_UV, MAX_BLINK_UV


def medians(samples: Array) -> Array:
    """Return each channel's median of what is known, shape (n_channels, 1); NaN of nothing.

    It takes off the headset's offset, and a glitch of any size moves nothing.
    """
    ordered = np.sort(samples, axis=-1)  # what is NaN comes last
    n_known = np.isfinite(samples).sum(axis=-1, keepdims=True)
    middle = np.concatenate([np.maximum(n_known - 1, 0) // 2, n_known // 2], axis=-1)
    middle = np.minimum(middle, samples.shape[1] - 1)
    median: Array = np.take_along_axis(ordered, middle, axis=-1).mean(axis=-1, keepdims=True)
    return median


def into_lanes(samples: Array, lane_uv: float, middle: Array) -> Array:
    """Place each channel in its lane, one high and around 0; what leaves it is cut off at its edge.

    Parameters
    ----------
    samples : ndarray, shape (n_channels, n_times)
        µV; NaN where nothing was received.
    lane_uv : float
        Height of a lane, µV.
    middle : ndarray, shape (n_channels, 1)
        What lies in the middle of each lane, µV.

    Returns
    -------
    ndarray, shape (n_channels, n_times)
        −0.5 to 0.5, upwards; NaN stays NaN.
    """
    lanes: Array = np.clip((samples - middle) / lane_uv, -0.5, 0.5)
    return lanes


def thinned(lanes: Array, first: int, per: int) -> tuple[Array, Array]:
    """Draw ``per`` samples as two points, the least and the largest: no peak is lost.

    Parameters
    ----------
    lanes : ndarray, shape (n_channels, n_times)
        The samples.
    first : int
        Index of the first one. Those that fall together do not change as the picture moves on.
    per : int
        How many samples become two points.

    Returns
    -------
    places : ndarray, shape (n_points,)
        Where each point lies, in samples from the first.
    points : ndarray, shape (n_channels, n_points)
        Their values.
    """
    n_times = lanes.shape[1]
    if per < 3:
        return np.arange(n_times, dtype=np.float64), lanes
    skip = -first % per
    n_bins = (n_times - skip) // per
    binned = lanes[:, skip : skip + n_bins * per].reshape(len(lanes), n_bins, per)
    points = np.stack([binned.min(axis=-1), binned.max(axis=-1)], axis=-1)
    places = skip + (np.arange(n_bins) + 0.5) * per
    return np.repeat(places, 2), points.reshape(len(lanes), -1)


def cut_off(lanes: Array, n_bins: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say in which parts of the picture a line meets the upper, and the lower, edge of its lane.

    Returns
    -------
    above, below : ndarray of bool, shape (n_channels, n_bins)
    """
    starts = (np.arange(n_bins) * lanes.shape[1]) // n_bins
    above = np.logical_or.reduceat(lanes >= 0.5, starts, axis=-1)
    below = np.logical_or.reduceat(lanes <= -0.5, starts, axis=-1)
    return above, below


def blinks(eyes: Array, sfreq: float) -> list[tuple[int, int]]:
    """Find where the eyes' electrodes rise as they do in a blink, as quality is judged by.

    Parameters
    ----------
    eyes : ndarray, shape (n_channels, n_times)
        µV, of the ocular electrodes; NaN where nothing was received.
    sfreq : float
        Sampling rate, Hz.

    Returns
    -------
    list of (start, stop)
        Each with a tenth of a second more at both ends, where the lids begin and cease to move.
    """
    second = round(sfreq)
    known = np.isfinite(eyes).all(axis=0)
    if known.sum() < second or not len(eyes):
        return []
    centred = eyes - medians(eyes)
    level = np.where(known, centred, 0.0)
    near, around = (uniform_filter1d(level, n, mode="nearest") for n in (second // 10, second))
    blink = ((near - around > BLINK_UV) & (level < MAX_BLINK_UV) & known).any(axis=0)
    if not blink.any():
        return []
    return [*runs(binary_dilation(blink, iterations=second // 10))]
