import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.simulated import SimulatedDreamer
from rtdreamer.live.unit_hint import unit_hint


@pytest.fixture(scope="module")
def window():
    return SimulatedDreamer(6, 0).trial(1, 1).eeg[:, :1280]


@given(st.sampled_from([1e-6, 1e-3, 1e3, 1e6]), st.floats(0.5, 3))
def test_a_wrong_unit_is_told_by_its_factor(window, factor, size):
    centred = (window - window.mean(axis=1, keepdims=True)) * size
    said = unit_hint((4200 + centred) * factor)
    times = f"{1 / factor:,.0f} times" if factor < 1 else f"a {factor:,.0f}th"
    assert said.startswith(f"it would be EEG at {times} the size: ")
    assert "--unit" in said
    assert unit_hint(4200 + centred) == ""


def test_dead_and_loose_electrodes_are_no_wrong_unit(window):
    assert unit_hint(np.full((14, 1280), 4200.0)) == ""
    loose = window.copy()
    loose[:6] = 0.0
    assert unit_hint(loose) == ""
    assert unit_hint(np.random.default_rng(0).uniform(0, 8400, (14, 1280))) == ""
