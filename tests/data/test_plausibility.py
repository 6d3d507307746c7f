import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.channels import microvolts
from rtdreamer.data.plausibility import LEAST_UV, MOST_UV, doubt, odd_sensors
from rtdreamer.data.simulated import SimulatedDreamer

TIME = np.arange(1280) / 128


def noise(extent, offset=0.0):
    """Rows whose every second has this range, about."""
    wave = extent / 2 * np.sin(2 * np.pi * 10 * TIME)
    return offset + np.tile(wave, (14, 1)) + np.random.default_rng(0).normal(0, 1e-3, (14, 1280))


@given(
    extent=st.floats(2, 8400),
    offset=st.sampled_from([0.0, 4200.0, -300_000.0, 300_000.0]),
    unit=st.sampled_from(["uV", "mV", "V", "nV"]),
)
def test_what_a_head_or_a_headset_can_do_passes_in_its_own_unit(extent, offset, unit):
    scale = microvolts(unit)
    assert doubt(noise(extent, offset) / scale, scale) == ""


@given(
    extent=st.floats(15, 300),
    offset=st.sampled_from([0.0, 4200.0]),
    said=st.sampled_from(["uV", "V"]),
    true=st.sampled_from(["uV", "V"]),
)
def test_the_true_unit_is_named(extent, offset, said, true):
    found = doubt(noise(extent, offset) / microvolts(true), microvolts(said))
    assert found == "" if said == true else found.endswith(f"looks like {true}: say --unit {true}")


@pytest.mark.parametrize("n_times", [0, 1, 3, 100, 129])
@pytest.mark.parametrize("value", [0.0, 4200.0])
def test_flat_sensors_are_flat_in_every_unit(n_times, value):
    assert doubt(np.full((14, n_times), value), 1.0) == ""


def test_flat_sensors_and_one_glitch_do_not_hide_the_others():
    data = noise(60, 4200)
    data[:6] = 4200.0
    data[8, 700] = 715_897.0
    assert doubt(data, 1.0) == ""
    assert "it looks like uV" in doubt(data, 1e6)


def test_simulated_people_pass():
    source = SimulatedDreamer(n_subjects=2)
    for subject in (1, 2):
        assert doubt(source.trial(subject, 1).eeg, 1.0) == ""


def test_noise_over_all_that_a_headset_delivers_is_left_to_live():
    assert doubt(np.random.default_rng(0).uniform(0, 8400, (14, 1280)), 1.0) == ""


def test_what_no_unit_makes_plausible_asks_for_one():
    assert doubt(noise(1e-9, 1e30), 1.0).endswith("say its --unit")


@given(
    extent=st.floats(15, 300),
    offset=st.sampled_from([0.0, 4200.0]),
    rows=st.sets(st.integers(0, 13), min_size=1, max_size=5),
    factor=st.sampled_from([1e3, 1e6, 1e-3, 1e-6]),
    spread=st.floats(1.0, 2.5),
)
def test_sensors_in_another_unit_than_most_are_found(extent, offset, rows, factor, spread):
    data = noise(extent) * np.geomspace(1 / spread, spread, 14)[:, None] + offset
    assert odd_sensors(data) == {}
    data[list(rows)] /= factor
    own = np.array([extent * spread, extent / spread]) / factor
    # Without an offset, what a sensor can have is taken as its own.
    if offset or own.max() < LEAST_UV or own.min() > MOST_UV:
        assert odd_sensors(data) == pytest.approx(dict.fromkeys(sorted(rows), factor))


@given(times=st.sampled_from([0.0, 1e-2, 0.05, 20.0, 200.0]), offset=st.sampled_from([0.0, 4200.0]))
def test_bad_contact_is_no_other_unit(times, offset):
    data = noise(60)
    data[3] *= times
    assert odd_sensors(data + offset) == {}
