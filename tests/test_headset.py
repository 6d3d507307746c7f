from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from rtdreamer.headset import EPOC, GRID_SHAPE
from rtdreamer.window import BANDS


def mirrored(name):
    number = int(name[-1])
    return f"{name[:-1]}{number + 1 if number % 2 else number - 1}"


def test_every_sensor_has_a_cell_of_its_own():
    assert len(set(EPOC.grid)) == len(set(EPOC.positions)) == EPOC.n_channels == 14


@pytest.mark.parametrize("name", EPOC.ch_names)
def test_left_mirrors_right(name):
    here, there = (EPOC.ch_names.index(one) for one in (name, mirrored(name)))
    row, col = EPOC.grid[here]
    assert EPOC.grid[there] == (row, GRID_SHAPE[1] - 1 - col)
    x, y = EPOC.positions[here]
    assert EPOC.positions[there] == (-x, y)


@pytest.mark.parametrize(
    "change",
    [
        {"ch_names": ()}, {"ch_names": ("AF3",) * 14}, {"positions": EPOC.positions[:-1]},
        {"grid": EPOC.grid[:1] * 14}, {"grid": (*EPOC.grid[:-1], (9, 0))}, {"ocular": ("Fp1",)},
        {"range_uv": (8400.0, 0.0)}, {"offset_uv": 9000.0}, {"step_uv": 0.0}, {"h_freq": 64.0},
        {"sfreq": float("nan")},
    ],
)  # fmt: skip
def test_a_headset_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError, match=r"headset|channel|grid|h_freq"):
        replace(EPOC, **change)


def test_head_positions_are_the_standard_montages():
    import mne

    montage = mne.channels.make_standard_montage("easycap-M1").get_positions()["ch_pos"]
    for name, (x, y) in zip(EPOC.ch_names, EPOC.positions, strict=True):
        right, front, _ = montage[name]
        # Another projection: directions from the vertex agree, distances do not.
        found, expected = np.arctan2(y, x), np.arctan2(front, right)
        assert abs(np.angle(np.exp(1j * (found - expected)))) < np.radians(12)


def test_bands_follow_each_other_below_half_the_rate():
    for lower, upper in pairwise(BANDS):
        assert lower.h_freq == upper.l_freq
    assert BANDS[-1].h_freq < EPOC.sfreq / 2
