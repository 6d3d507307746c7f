import numpy as np
import pytest

from rtdreamer.data.sensors import pick_sensors
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC


def refusal(labels, rename=None):
    with pytest.raises(DataError) as caught:
        pick_sensors(labels, rename or {}, "a.csv")
    message = str(caught.value)
    assert message.startswith("a.csv: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("seed", range(5))
def test_sensors_are_found_in_any_order_among_others(seed):
    labels = [*EPOC.ch_names, "Timestamp", "COUNTER", "class"]
    np.random.default_rng(seed).shuffle(labels)
    picks = pick_sensors(labels, {}, "a.csv")
    assert tuple(labels[pick] for pick in picks) == EPOC.ch_names


def test_a_missing_sensor_that_looks_like_a_left_over_column_is_hinted_at():
    labels = ["P" if name == "P7" else name for name in EPOC.ch_names] + ["class"]
    assert refusal(labels) == (
        "a.csv: P7 missing: found besides the other sensors: P, class: try --rename P=P7"
    )


def test_the_hint_spells_the_column_as_the_file_does():
    labels = ["EEG.p" if name == "P7" else name for name in EPOC.ch_names]
    assert refusal(labels).endswith("try --rename EEG.p=P7")


def test_there_is_no_hint_without_a_likeness():
    assert "--rename" not in refusal([*EPOC.ch_names[1:], "counter"])


def test_all_missing_sensors_are_named():
    message = refusal([*EPOC.ch_names[2:], "x"])
    assert "AF3, F7 missing" in message
    assert "x" in message
    assert "--rename" not in message


def test_a_table_of_something_else_is_told_what_was_found():
    message = refusal(["time", "temperature"])
    assert "none of the 14 sensors" in message
    assert "time, temperature" in message


def test_a_long_or_odd_list_of_labels_is_kept_short():
    message = refusal([f"column\n{number}" for number in range(500)])
    assert "and 480 more" in message
    assert len(message) < 600


def test_renaming():
    labels = ["p" if name == "P7" else name for name in EPOC.ch_names]
    for old, new in (("P", "P7"), ("EEG.p", "p7")):
        assert pick_sensors(labels, {old: new}, "a.csv") == list(range(14))


def test_two_names_can_change_places():
    picks = pick_sensors(EPOC.ch_names, {"O1": "O2", "O2": "O1"}, "a.csv")
    assert [EPOC.ch_names[pick] for pick in picks[6:8]] == ["O2", "O1"]


def test_renaming_what_is_not_there():
    assert "no channel is named P9" in refusal(EPOC.ch_names, {"P9": "P7"})


def test_renaming_onto_a_name_that_is_taken():
    message = refusal([*EPOC.ch_names, "P"], {"P": "P7"})
    assert message == "a.csv: cannot rename P to P7: two channels would be named P7"


def test_two_channels_of_one_name():
    assert "2 channels are named O1" in refusal([*EPOC.ch_names, "EEG.O1"])


def test_a_sensor_that_was_renamed_away_is_called_that():
    message = refusal([*EPOC.ch_names, "Timestamp"], {"AF3": "F33"})
    assert message.endswith("leave the --rename of AF3 out")


@pytest.mark.parametrize("labels", [(), ("",) * 14])
def test_no_option_is_named_where_nothing_has_a_name(labels):
    message = refusal(labels)
    assert "none of the 14 sensors" in message
    assert "--rename" not in message
    assert "numbers" not in message
