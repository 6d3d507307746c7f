"""Any description a stream can have is either understood or refused in one line."""

from dataclasses import replace

import numpy as np
import pylsl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rtdreamer.channels import plain_label
from rtdreamer.errors import StreamError
from rtdreamer.headset import EPOC
from rtdreamer.lsl.channel_plan import Reading, plan_channels

# XML 1.0 has no control characters, and liblsl's strings end at NUL.
text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
spelling = st.sampled_from(["{}", "EEG.{}", "eeg {}", " {} "])
sensor = st.builds(lambda form, name: form.format(name), spelling, st.sampled_from(EPOC.ch_names))
extra = st.sampled_from(["Counter", "COUNTER", "Interpolate", "INTERPOLATED", "Timestamp", ""])
unit = st.one_of(st.sampled_from(["", "uV", "microvolts", "V", "mV", "counts", "µV"]), text)
channel = st.tuples(st.one_of(sensor, extra, text), unit, st.sampled_from(["label", "name", "x"]))
all_14 = st.permutations([(name, "uV", "label") for name in EPOC.ch_names])
channels = st.one_of(
    st.lists(channel, max_size=24),
    st.builds(lambda mine, more: [*mine, *more], all_14, st.lists(channel, max_size=4)),
)
formats = st.sampled_from(
    [pylsl.cf_float32, pylsl.cf_double64, pylsl.cf_int16, pylsl.cf_int32, pylsl.cf_string]
)
rates = st.one_of(st.sampled_from([128.0, 256.0]), st.floats(0, 1e9))


def describe(channels, more, rate, form):
    stream = pylsl.StreamInfo("s", "EEG", max(1, len(channels) + more), rate, form, "id")
    described = stream.desc().append_child("channels")
    for label, unit, key in channels:
        element = described.append_child("channel")
        element.append_child_value(key, label)
        element.append_child_value("unit", unit)
    return stream


@given(channels, st.integers(-2, 2), rates, formats)
@example([(name, "uV", "label") for name in EPOC.ch_names], 0, 128.0, pylsl.cf_float32)
@example([(name, "V", "name") for name in reversed(EPOC.ch_names)], 0, 256.0, pylsl.cf_int16)
@example([(name, "uV", "label") for name in (*EPOC.ch_names, "AF3")], 0, 128.0, pylsl.cf_float32)
def test_any_description_is_understood_or_refused_in_one_line(channels, more, rate, form):
    stream = describe(channels, more, rate, form)
    said = ""
    try:
        plan = plan_channels(stream, EPOC)
    except StreamError as error:
        said = str(error)
    if said:
        assert said.startswith("stream 's' ")
        return
    labels = [plain_label(label if key != "x" else "") for label, _, key in channels]
    assert [labels[index] for index in plan.rows] == list(EPOC.ch_names)
    assert max(plan.rows) < stream.channel_count()
    assert plan.scale.shape == (14, 1)
    assert np.all(np.isin(plan.scale, [1e-3, 1.0, 1e3, 1e6]))
    assert ("256 Hz halved to 128" in plan.note) == (rate == 256)
    for index, names in ((plan.counter, "COUNTER"), (plan.interpolated, "INTERPOLATE")):
        assert index is None or labels[index].startswith(names)
    assert form != pylsl.cf_string


def test_sensors_without_a_unit_are_named():
    units = [" " if name in ("F7", "O1") else "V" for name in EPOC.ch_names]
    described = [(name, unit, "label") for name, unit in zip(EPOC.ch_names, units, strict=True)]
    plan = plan_channels(describe(described, 0, 128.0, pylsl.cf_float32), EPOC)
    assert plan.note == "it names no unit for F7, O1: taken as µV"
    assert [plan.scale[EPOC.ch_names.index(name), 0] for name in ("F7", "O1", "F3")] == [1, 1, 1e6]


def test_another_headset_has_its_own_channels_and_rate():
    rows = [EPOC.ch_names.index(name) for name in ("O1", "O2")]
    two = replace(
        EPOC,
        name="Two",
        ch_names=("O1", "O2"),
        positions=tuple(EPOC.positions[row] for row in rows),
        grid=tuple(EPOC.grid[row] for row in rows),
        ocular=(),
        sfreq=200.0,
    )
    labels = [(name, "uV", "label") for name in ("O2", "Cz", "O1")]
    plan = plan_channels(describe(labels, 0, 400.0, pylsl.cf_float32), two)
    assert plan.rows == [2, 0]
    assert "400 Hz halved to 200" in plan.note
    with pytest.raises(StreamError, match=r"lacks O1 of the Two's 2 channels; it has O2, Cz"):
        plan_channels(describe(labels[:2], 0, 200.0, pylsl.cf_float32), two)
    with pytest.raises(StreamError, match=r"runs at 128 Hz; set the headset to 200 or 400 Hz"):
        plan_channels(describe(labels, 0, 128.0, pylsl.cf_float32), two)


POWERS = {"0": 1e6, "-3": 1e3, "-6": 1.0, "-9": 1e-3}
AS_UV = [(name, "uV", "label") for name in EPOC.ch_names]


def stream_of(described):
    return describe(described, 0, 128.0, pylsl.cf_float32)


@given(st.sampled_from(sorted(POWERS)), st.sampled_from([None, "uV", "mV", "V", "nV"]))
def test_the_unit_that_the_user_says_wins_and_is_said(power, said):
    """MNE-LSL names powers of ten."""
    described = [(name, power, "label") for name in EPOC.ch_names]
    plan = plan_channels(stream_of(described), EPOC, Reading(said))
    known = {"uV": 1.0, "mV": 1e3, "V": 1e6, "nV": 1e-3, None: POWERS[power]}
    assert set(plan.scale.ravel()) == {known[said]}
    note = f"taken as {said}, as you say" + f"; it says {power}" * (POWERS[power] != known[said])
    assert plan.note == ("" if said is None else note)


@given(st.permutations(EPOC.ch_names), st.integers(1, 14), st.booleans())
def test_channels_are_read_under_other_names(names, n_renamed, as_eeg):
    rename = {f"ch{n}": name for n, name in enumerate(names[:n_renamed])}
    labels = [*rename, *names[n_renamed:], "Counter"]
    described = [(f"EEG.{label}" if as_eeg else label, "uV", "label") for label in labels]
    plan = plan_channels(stream_of(described), EPOC, Reading(rename=rename))
    assert [names[row] for row in plan.rows] == list(EPOC.ch_names)
    assert plan.counter == 14
    assert "ch0 read as " in plan.note
    with pytest.raises(StreamError, match="lacks"):
        plan_channels(stream_of(described), EPOC)


@pytest.mark.parametrize(
    ("rename", "said"),
    [
        ({"X": "P7"}, "cannot rename X to P7: no channel is named X; it has AF3, F7"),
        ({"F7": "AF3"}, "cannot rename F7 to AF3: two channels would be named AF3"),
    ],
)
def test_a_name_that_does_not_fit_is_refused(rename, said):
    with pytest.raises(StreamError, match=said):
        plan_channels(stream_of(AS_UV), EPOC, Reading(rename=rename))


@given(st.floats(1e-3, 1e3) | st.sampled_from(["", "fast", "nan", "inf", "-1", "0"]))
def test_a_player_s_speed_is_read(speed):
    stream = stream_of(AS_UV)
    stream.desc().append_child("replay").append_child_value("speed", str(speed))
    assert plan_channels(stream, EPOC).speed == (speed if isinstance(speed, float) else 1.0)
