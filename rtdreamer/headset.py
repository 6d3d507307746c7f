"""Headsets as values: what is known of one that its samples do not say. Imports nothing of ours."""

from dataclasses import dataclass

GRID_SHAPE = (9, 9)
"""Rows and columns of the map of the scalp on which a network may see the channels."""


@dataclass(frozen=True, slots=True)
class Headset:
    """An EEG headset. Where it has one value a channel, they are in the order of ``ch_names``.

    Attributes
    ----------
    name : str
        Under which files name it.
    ch_names : tuple of str
        The channels, in the order of every array made of its samples.
    sfreq : float
        Sampling rate, Hz.
    positions : tuple of pairs of float
        (x, y) of each channel, seen from above on a head of radius 1, nose at +y.
    grid : tuple of pairs of int
        (row, col) of each channel on the map of ``GRID_SHAPE``.
    ocular : tuple of str
        The channels that blinks reach with strength.
    range_uv : tuple of two floats
        What the amplifier can deliver, µV. Values outside are not EEG.
    offset_uv : float
        The DC level around which the raw values lie, µV.
    step_uv : float
        The quantisation step, µV.
    h_freq : float
        Where the headset's own low-pass begins to roll off, Hz.

    Raises
    ------
    ValueError
        If the values do not fit each other.
    """

    name: str
    ch_names: tuple[str, ...]
    sfreq: float
    positions: tuple[tuple[float, float], ...]
    grid: tuple[tuple[int, int], ...]
    ocular: tuple[str, ...]
    range_uv: tuple[float, float]
    offset_uv: float
    step_uv: float
    h_freq: float

    def __post_init__(self) -> None:
        n_channels = len(self.ch_names)
        if not n_channels or len(set(self.ch_names)) != n_channels:
            raise ValueError("a headset needs channels, each with a name of its own")
        if not len(self.positions) == len(set(self.grid)) == n_channels:
            raise ValueError("each channel needs a position, and a place of its own on the grid")
        if any(not (0 <= r < GRID_SHAPE[0] and 0 <= c < GRID_SHAPE[1]) for r, c in self.grid):
            raise ValueError(f"a place on the grid lies outside {GRID_SHAPE[0]} × {GRID_SHAPE[1]}")
        if not set(self.ocular) <= set(self.ch_names):
            raise ValueError("an ocular channel is none of the headset's")
        low, high = self.range_uv
        if not (low <= self.offset_uv <= high and low < high and self.step_uv > 0):
            raise ValueError("a headset needs a range around its offset, and a step above 0")
        if not 0 < self.h_freq < self.sfreq / 2:
            raise ValueError(f"h_freq must lie between 0 and {self.sfreq / 2:g} Hz")

    @property
    def n_channels(self) -> int:
        """How many channels it has."""
        return len(self.ch_names)


_EPOC = {  # (row, col) on TorchEEG's map for DREAMER; (x, y) from MNE's standard 10-20 montage in
    # an azimuthal equidistant projection, averaged over left and right.
    "AF3": ((1, 3), (-0.24, 0.64)),
    "F7": ((2, 0), (-0.64, 0.51)),
    "F3": ((2, 2), (-0.33, 0.44)),
    "FC5": ((3, 1), (-0.59, 0.25)),
    "T7": ((4, 0), (-0.82, 0.00)),
    "P7": ((6, 0), (-0.61, -0.49)),
    "O1": ((8, 3), (-0.21, -0.69)),
    "O2": ((8, 5), (0.21, -0.69)),
    "P8": ((6, 8), (0.61, -0.49)),
    "T8": ((4, 8), (0.82, 0.00)),
    "FC6": ((3, 7), (0.59, 0.25)),
    "F4": ((2, 6), (0.33, 0.44)),
    "F8": ((2, 8), (0.64, 0.51)),
    "AF4": ((1, 5), (0.24, 0.64)),
}

EPOC = Headset(
    name="EPOC",
    ch_names=tuple(_EPOC),  # DREAMER's order
    sfreq=128.0,
    grid=tuple(place for place, _ in _EPOC.values()),
    positions=tuple(position for _, position in _EPOC.values()),
    ocular=("AF3", "AF4", "F7", "F8", "F3", "F4"),
    range_uv=(0.0, 8400.0),
    offset_uv=4200.0,
    step_uv=0.51,  # 14 bits
    h_freq=45.0,
)
"""The Emotiv EPOC, with which DREAMER was recorded."""

HEADSETS = {EPOC.name: EPOC}
"""Those that files may name."""


def find_headset(name: object) -> Headset:
    """Return the headset of a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not isinstance(name, str) or name not in HEADSETS:
        raise ValueError(f"unknown headset {name!r:.40}: there is {', '.join(HEADSETS)}")
    return HEADSETS[name]
