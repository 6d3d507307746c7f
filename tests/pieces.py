"""Pieces of a stream for those that only receive them."""

import numpy as np

from rtdreamer.headset import EPOC
from rtdreamer.stream.gaps import Origin, Piece


def piece(data, timestamps, origin=Origin.MEASURED, **more):
    """Samples that come evenly, all from one origin."""
    n_times = len(timestamps)
    whence = np.full(n_times, origin, np.uint8)
    return Piece(data, timestamps, whence, np.full(n_times, 1 / EPOC.sfreq), **more)
