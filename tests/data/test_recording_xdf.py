"""Files are written by hand, from the definition of XDF."""

import struct

import numpy as np
import pytest

from rtdreamer.data.recording_xdf import read_xdf
from rtdreamer.headset import EPOC
from tests import one_line

LABELS = ("COUNTER", *reversed(EPOC.ch_names))
DATA = np.random.default_rng(0).normal(4200, 20, (15, 600))
EXPECTED = DATA[:0:-1]


def chunk(tag, content):
    return struct.pack("<BIH", 4, len(content) + 2, tag) + content


def stream(
    number,
    data=DATA,
    labels=LABELS,
    kind="EEG",
    unit="microvolts",
    times=None,
    sfreq=128,
    name=None,
    key="label",
):
    """Header, samples and footer of one stream.

    ``labels`` None leaves the description out, a label None leaves its channel empty.
    """
    n_channels, n_times = data.shape
    times = 1000 + np.arange(n_times) / sfreq if times is None else times
    channels = "".join(
        f"<channel><{key}>{label}</{key}><unit>{unit}</unit></channel>" if label else "<channel/>"
        for label in labels or ()
    )
    desc = f"<desc><channels>{channels}</channels></desc>" if labels else "<desc />"
    header = (
        f"<?xml version='1.0'?><info><name>{name or f'stream{number}'}</name><type>{kind}</type>"
        f"<channel_count>{n_channels}</channel_count><nominal_srate>{sfreq}</nominal_srate>"
        f"<channel_format>double64</channel_format>{desc}</info>"
    )
    samples = b"".join(
        struct.pack("<Bd", 8, time) + sample.astype("<f8").tobytes()
        for time, sample in zip(times, data.T, strict=True)
    )
    number_bytes = struct.pack("<I", number)
    body = chunk(2, number_bytes + header.encode())
    if n_times:
        body += chunk(3, number_bytes + struct.pack("<BI", 4, n_times) + samples)
    return body + chunk(6, number_bytes + b"<?xml version='1.0'?><info></info>")


def write(tmp_path, *streams):
    path = tmp_path / "a.xdf"
    head = chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
    path.write_bytes(b"XDF:" + head + b"".join(streams))
    return path


def refusal(path):
    return one_line.refusal(lambda path: read_xdf(path, {}), path)


def test_the_sensors_are_picked_by_label(tmp_path):
    found = read_xdf(write(tmp_path, stream(1)), {})
    assert np.array_equal(found.data, EXPECTED)
    assert found.units == ("microvolts",) * 14
    assert found.sfreq == 128
    assert found.part == ""


def test_the_eeg_is_found_among_other_streams(tmp_path):
    motion = stream(1, DATA[:2], ("GyroX", "GyroY"), kind="Motion")
    features = stream(2, DATA[:2], ("left", "right"))
    found = read_xdf(write(tmp_path, motion, features, stream(3)), {})
    assert np.array_equal(found.data, EXPECTED)


@pytest.mark.parametrize("kind", ["<type></type>", "<type/>", ""])
def test_a_stream_without_a_type_is_passed_over(tmp_path, kind):
    other = stream(1, DATA[:2], ("x", "y"), kind="NONE")
    header_bytes = len(kind) - len("<type>NONE</type>")
    head_size = struct.unpack_from("<I", other, 1)[0] + header_bytes
    other = b"\x04" + struct.pack("<I", head_size) + other[5:]
    other = other.replace(b"<type>NONE</type>", kind.encode())
    found = read_xdf(write(tmp_path, other, stream(2)), {})
    assert np.array_equal(found.data, EXPECTED)
    assert "found stream1 (no type)" in refusal(write(tmp_path, other))


def test_a_channel_that_says_nothing_is_none_of_the_sensors(tmp_path):
    found = read_xdf(write(tmp_path, stream(1, labels=(None, *LABELS[1:]))), {})
    assert np.array_equal(found.data, EXPECTED)
    assert "none of the 14 sensors" in refusal(write(tmp_path, stream(1, labels=(None,) * 15)))


def test_a_channel_may_have_a_name_in_place_of_a_label(tmp_path):
    found = read_xdf(write(tmp_path, stream(1, key="name")), {})
    assert np.array_equal(found.data, EXPECTED)


def test_a_label_goes_before_a_name(tmp_path):
    labels = [f"{label}</label><name>channel</name><label>" for label in LABELS]
    assert np.array_equal(read_xdf(write(tmp_path, stream(1, labels=labels)), {}).data, EXPECTED)


def test_the_unit_is_passed_on(tmp_path):
    assert read_xdf(write(tmp_path, stream(1, unit="volts")), {}).units == ("volts",) * 14
    assert read_xdf(write(tmp_path, stream(1, unit="")), {}).units == ("",) * 14


@pytest.mark.parametrize("seconds", [0.15, 0.5, 1.5, 1e4])
def test_pieces_are_handed_over_with_the_gap_between(tmp_path, seconds):
    times = 1000 + np.arange(600) / 128
    times[200:] += seconds
    found = read_xdf(write(tmp_path, stream(1, times=times)), {})
    assert np.array_equal(found.data, EXPECTED)
    assert [gap.sample for gap in found.gaps] == [200]
    assert found.gaps[0].seconds == pytest.approx(seconds)
    assert found.part == ""


def test_a_hiccup_is_no_break(tmp_path):
    times = 1000 + np.arange(600) / 128
    times[200:260] += 0.3
    found = read_xdf(write(tmp_path, stream(1, times=np.sort(times))), {})
    assert found.data.shape == (14, 600)
    assert found.gaps == ()


def test_a_damaged_file_is_said_to_be_one_and_nothing_is_printed(tmp_path, capfd):
    cut_short = chunk(3, struct.pack("<IBI", 1, 4, 300) + b"too few samples")
    path = write(tmp_path, stream(1, DATA[:, :300]), cut_short)
    found = read_xdf(path, {})
    assert np.array_equal(found.data, EXPECTED[:, :300])
    assert found.part == "what can be read of a damaged file"
    assert capfd.readouterr() == ("", "")


def test_a_label_can_be_renamed(tmp_path):
    labels = ["P" if label == "P7" else label for label in LABELS]
    path = write(tmp_path, stream(1, labels=labels))
    assert "--rename P=P7" in refusal(path)
    assert np.array_equal(read_xdf(path, {"P": "P7"}).data, EXPECTED)


def test_two_fitting_streams_are_both_named(tmp_path):
    message = refusal(write(tmp_path, stream(1, name="left"), stream(2, name="right")))
    assert "left (EEG), right (EEG)" in message


def test_a_stream_without_labels(tmp_path):
    assert "none of the 14 sensors" in refusal(write(tmp_path, stream(1, labels=None)))


def test_no_eeg_at_all(tmp_path):
    assert "found stream1 (Motion)" in refusal(write(tmp_path, stream(1, kind="Motion")))
    assert "found no streams" in refusal(write(tmp_path))


def test_a_stream_that_never_sent(tmp_path):
    assert "is empty" in refusal(write(tmp_path, stream(1, DATA[:, :0])))


def test_another_file(tmp_path):
    path = tmp_path / "a.xdf"
    path.write_bytes(b"not XDF at all" * 20)
    assert "cannot be read as .xdf" in refusal(path)
