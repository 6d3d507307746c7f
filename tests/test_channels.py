import pytest

from rtdreamer.channels import microvolts, plain_label


@pytest.mark.parametrize("label", ["AF3", "af3", " EEG.AF3 ", "EEG AF3", "eeg.af3"])
def test_labels_compare_without_case_and_prefix(label):
    assert plain_label(label) == "AF3"


@pytest.mark.parametrize("label", ["EEG", "EEGAF3", "AF3.EEG"])
def test_other_labels_are_left_alone(label):
    assert plain_label(label) == label


@pytest.mark.parametrize("unit", ["uV", "µV", "μV", "", "microvolts"])
def test_no_unit_is_taken_as_microvolts(unit):
    assert microvolts(unit) == 1


@pytest.mark.parametrize(("unit", "scale"), [("mV", 1e3), ("Volts", 1e6), ("kg", None)])
def test_other_units(unit, scale):
    assert microvolts(unit) == scale
