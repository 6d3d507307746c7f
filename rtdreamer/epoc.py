"""The Emotiv EPOC and what DREAMER fixes about it, as constants. Imports nothing of ours."""

from typing import NamedTuple


class Band(NamedTuple):
    """A frequency band; both edges in Hz."""

    name: str
    l_freq: float
    h_freq: float


SFREQ = 128.0
"""Sampling rate, Hz."""

WINDOW = 1280
"""Samples in one window: 10 s."""

CH_NAMES = (
    "AF3", "F7", "F3", "FC5", "T7", "P7", "O1",
    "O2", "P8", "T8", "FC6", "F4", "F8", "AF4",
)  # fmt: skip
"""The 14 sensors in the order of DREAMER and of every array in this project."""

N_CHANNELS = len(CH_NAMES)

BANDS = (
    Band("delta", 1.0, 4.0),
    Band("theta", 4.0, 8.0),
    Band("alpha", 8.0, 13.0),
    Band("beta", 13.0, 30.0),
    Band("gamma", 30.0, 45.0),
)
"""The headset itself passes 0.2 to 45 Hz, so gamma ends where its roll-off begins."""

STEP_UV = 0.51
"""The EPOC's 14-bit quantisation step, µV."""

OFFSET_UV = 4200.0
"""The DC level around which the raw values lie, µV."""

RANGE_UV = (0.0, 8400.0)
"""What the amplifier can deliver, µV. Values outside are not EEG."""

GRID_SHAPE = (9, 9)

GRID = {
    "AF3": (1, 3), "AF4": (1, 5),
    "F7": (2, 0), "F3": (2, 2), "F4": (2, 6), "F8": (2, 8),
    "FC5": (3, 1), "FC6": (3, 7),
    "T7": (4, 0), "T8": (4, 8),
    "P7": (6, 0), "P8": (6, 8),
    "O1": (8, 3), "O2": (8, 5),
}  # fmt: skip
"""(row, col) of each sensor on the 9×9 map of the scalp: TorchEEG's map for DREAMER."""

HEAD_POSITIONS = {
    "AF3": (-0.24, 0.64), "AF4": (0.24, 0.64),
    "F7": (-0.64, 0.51), "F3": (-0.33, 0.44), "F4": (0.33, 0.44), "F8": (0.64, 0.51),
    "FC5": (-0.59, 0.25), "FC6": (0.59, 0.25),
    "T7": (-0.82, 0.00), "T8": (0.82, 0.00),
    "P7": (-0.61, -0.49), "P8": (0.61, -0.49),
    "O1": (-0.21, -0.69), "O2": (0.21, -0.69),
}  # fmt: skip
"""(x, y) seen from above on a head of radius 1, nose at +y: MNE's standard 10-20 montage in an
azimuthal equidistant projection, averaged over left and right."""
