import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.channels import find_channels, microvolts, plain_label
from rtdreamer.headset import EPOC


@pytest.mark.parametrize(
    "label",
    [
        *("AF3", "af3", " EEG.AF3 ", "EEG AF3", "eeg.af3", "EEG-AF3", "Ch_AF3", "CH AF3", "ch-AF3"),
        *("AF3 EEG", "AF3-EEG", "AF3_eeg", "AF3-DRL", "AF3-CMS/DRL", "EEG-AF3-DRL", "Ch_AF3 (uV)"),
    ],
)
def test_labels_compare_without_case_and_prefix(label):
    assert plain_label(label) == "AF3"


@pytest.mark.parametrize("label", ["EEG", "EEGAF3", "AF3.EEG", "CH", "CHAF3", "DRL", "F3-F7"])
def test_other_labels_are_left_alone(label):
    assert plain_label(label) == label


AROUND = ("{}", "EEG.{}", "EEG-{}", "Ch_{}", "{} EEG", "{}-EEG", "{}-DRL", "{} Value", "{} (uV)")


@given(
    name=st.sampled_from(EPOC.ch_names),
    around=st.sampled_from(AROUND),
    word=st.sampled_from(
        ["CQ", "EQ", "Quality", "QUALITY", "Contact", "Impedance", "POW", "Theta", "Motion"]
    ),
    mark=st.sampled_from([" ", "_", ".", "-", ":", "/"]),
)
def test_what_tells_something_else_of_a_sensor_is_none(name, around, word, mark):
    for label in (f"{name}{mark}{word}", f"{word}{mark}{name}", f"{name}{mark}{word}{mark}EEG"):
        for written in (around.format(label), around.format(label).lower()):
            assert find_channels([written], EPOC.ch_names).rows == ()


@given(name=st.sampled_from(EPOC.ch_names), around=st.sampled_from(AROUND))
def test_each_sensor_is_found_among_all_in_each_spelling(name, around):
    labels = [around.format(one) for one in reversed(EPOC.ch_names)]
    assert find_channels(labels, [name]).rows == (labels.index(around.format(name)),)


@pytest.mark.parametrize("label", ["x" + " " * 300_000 + "x", "." * 300_000 + "x"])
def test_a_remark_as_a_label_is_left_alone(label):
    assert plain_label(label) == label.upper()


@pytest.mark.parametrize("unit", ["uV", "µV", "μV", "", "microvolts"])
def test_no_unit_is_taken_as_microvolts(unit):
    assert microvolts(unit) == 1


@pytest.mark.parametrize(("unit", "scale"), [("mV", 1e3), ("Volts", 1e6), ("kg", None)])
def test_other_units(unit, scale):
    assert microvolts(unit) == scale
