import numpy as np
import pytest

from rtdreamer.data.driver_channels import driver_values, find_driver_channels
from rtdreamer.headset import EPOC

CONTACT = [f"CQ_{name}" for name in EPOC.ch_names]


@pytest.mark.parametrize(
    ("counter", "interpolated"),
    [("COUNTER", "INTERPOLATED"), ("Counter", "Interpolate"), ("EEG.Counter", "EEG.Interpolated")],
)
@pytest.mark.parametrize("spelt", ["CQ_{}", "CQ.{}", "cq {}"])
def test_they_are_found_as_emotivs_programs_spell_them(counter, interpolated, spelt):
    contact = [spelt.format(name) for name in reversed(EPOC.ch_names)]
    found = find_driver_channels([*EPOC.ch_names, interpolated, counter, *contact, "CQ_Overall"])
    assert (found.interpolated, found.counter) == (14, 15)
    assert found.contact == tuple(range(29, 15, -1))


def test_nothing_is_made_of_sensors_alone():
    found = find_driver_channels([*EPOC.ch_names, *CONTACT[1:]])
    assert (found.counter, found.interpolated, found.contact) == (None, None, ())
    assert set(driver_values(found, lambda row: None).values()) == {None}


def test_values():
    rows = np.vstack([[0, 1, 2], [0, 1, 1e-5], np.tile([-1, 2, 9], (13, 1)), [np.nan, 1, 4]])
    found = find_driver_channels(["Counter", "Interpolate", *CONTACT])
    values = driver_values(found, lambda row: rows[row])
    assert values["counter"].tolist() == [0, 1, 2]
    assert values["interpolated"].tolist() == [False, True, False]
    assert values["contact"][0].tolist() == [0, 0.5, 1]
    assert values["contact"][13].tolist() == [0, 0.25, 1]


def test_contact_is_of_all_sensors_or_none():
    found = find_driver_channels(["Counter", "Interpolate", *CONTACT])
    values = driver_values(found, lambda row: None if row == 9 else np.zeros(3))
    assert values["contact"] is None
    assert values["counter"] is not None


def test_contact_that_is_0_throughout_was_not_told():
    values = driver_values(find_driver_channels(CONTACT), lambda row: np.zeros(3))
    assert values["contact"] is None
