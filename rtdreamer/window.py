"""What one window is, unless a model's spec says otherwise. Imports nothing of ours."""

from typing import NamedTuple


class Band(NamedTuple):
    """A frequency band; both edges in Hz."""

    name: str
    l_freq: float
    h_freq: float


WINDOW = 1280
"""Samples: 10 s at the EPOC's rate."""

BANDS = (
    Band("delta", 1.0, 4.0),
    Band("theta", 4.0, 8.0),
    Band("alpha", 8.0, 13.0),
    Band("beta", 13.0, 30.0),
    Band("gamma", 30.0, 45.0),
)
"""The EPOC itself passes 0.2 to 45 Hz, so gamma ends where its roll-off begins."""
