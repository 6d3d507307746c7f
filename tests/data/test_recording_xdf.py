"""Files are written by hand, from the definition of XDF."""

import struct

import numpy as np
import pytest
import pyxdf
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording_xdf import read_xdf
from rtdreamer.errors import DataError
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
    source_id="",
    footer="<info></info>",
):
    """Header, samples and footer of one stream.

    ``labels`` None leaves the description out, a label None leaves its channel empty; so does
    ``footer`` with the footer.
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
        f"<source_id>{source_id}</source_id>"
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
    if footer is None:
        return body
    return body + chunk(6, number_bytes + b"<?xml version='1.0'?>" + footer.encode())


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
    assert "left (EEG), right (EEG): take one with --stream left" in message
    assert "keep one" in refusal(write(tmp_path, stream(1, name="x"), stream(2, name="x")))


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


def gaps(found):
    return [(gap.sample, round(gap.seconds, 3)) for gap in found.gaps]


@given(
    lengths=st.lists(st.integers(150, 400), min_size=1, max_size=4),
    seconds=st.sampled_from([0.2, 0.7, 1.0, 21.0]),
    sfreq=st.sampled_from([128, 256]),
    seed=st.integers(0, 99),
)
def test_samples_are_those_that_pyxdf_reads_with_gaps_where_stamps_have_them(
    tmp_path_factory, lengths, seconds, sfreq, seed
):
    rng = np.random.default_rng(seed)
    n_times, starts = sum(lengths), np.cumsum(lengths)[:-1]
    data = rng.normal(4200, 20, (15, n_times))
    times = 1000 + np.arange(n_times) / sfreq + rng.uniform(0, 0.003, n_times)
    for start in starts:
        times[start:] += seconds
    path = write(tmp_path_factory.mktemp("xdf"), stream(1, data, times=times, sfreq=sfreq))
    found = read_xdf(path, {})
    (raw,), _ = pyxdf.load_xdf(path, dejitter_timestamps=False)
    assert np.array_equal(found.data, raw["time_series"][:, :0:-1].T)
    assert found.sfreq == sfreq
    assert [gap.sample for gap in found.gaps] == starts.tolist()
    assert [gap.seconds for gap in found.gaps] == pytest.approx([seconds] * len(starts), abs=0.01)


@pytest.mark.parametrize("true", [256, 192, 170, 95, 64, 10, 1])
def test_stamps_that_contradict_the_rate_are_refused(tmp_path, true):
    path = write(tmp_path, stream(1, times=1000 + np.arange(600) / true))
    message = refusal(path)
    assert "stream1 (EEG) says 128 Hz" in message
    assert f"its time stamps run at {true} Hz: say --sfreq {true} if" in message
    with pytest.raises(DataError, match="says 128 Hz"):
        read_xdf(path, {}, sfreq=128.0)
    found = read_xdf(path, {}, sfreq=float(true))
    assert found.sfreq == true
    assert f"says 128 Hz, but runs at {true} Hz" in found.notes[0]


@pytest.mark.parametrize("true", [104, 120, 127.3, 131, 140, 155])
def test_a_clock_that_is_a_little_off_is_no_other_rate_and_said_if_it_may_be(tmp_path, true):
    path = write(tmp_path, stream(1, times=1000 + np.arange(600) / true))
    found = read_xdf(path, {})
    said = (f"says 128 Hz, which is taken; its time stamps run at {true} Hz",)
    is_said = abs(true / 128 - 1) > 0.05
    assert (found.sfreq, found.gaps, found.notes) == (128, (), said if is_said else ())


def test_rate_0_is_not_told(tmp_path):
    times = 1000 + np.arange(600) / 128
    times[200:] += 7
    path = write(tmp_path, stream(1, times=times, sfreq=0))
    for sfreq in (None, 128.0):
        found = read_xdf(path, {}, sfreq=sfreq)
        assert found.sfreq is None
        assert gaps(found) == [(200, 7)]
        assert np.array_equal(found.data, EXPECTED)
    with pytest.raises(DataError, match="given as 256 Hz, but its time stamps run at 128 Hz"):
        read_xdf(path, {}, sfreq=256.0)


def test_an_empty_twin_is_passed_over(tmp_path):
    twin = stream(1, DATA[:, :0], source_id="EPOCX-1")
    for other in ("EPOCX-1", "EPOCX-2", ""):
        found = read_xdf(write(tmp_path, twin, stream(2, source_id=other)), {})
        assert np.array_equal(found.data, EXPECTED)
        assert found.gaps == ()


def test_a_device_that_was_connected_anew_is_one_recording(tmp_path):
    first = stream(1, DATA[:, :250], source_id="EPOCX-1")
    later = 1000 + (250 + np.arange(350)) / 128 + 12.5
    second = stream(2, DATA[:, 250:], times=later, source_id="EPOCX-1")
    for order in ((first, second), (second, first)):
        found = read_xdf(write(tmp_path, *order), {})
        assert np.array_equal(found.data, EXPECTED)
        assert gaps(found) == [(250, 12.5)]


def test_streams_of_one_device_that_overlap_are_refused(tmp_path):
    streams = [stream(number, source_id="EPOCX-1") for number in (1, 2)]
    message = refusal(write(tmp_path, *streams))
    assert "stream1 (EEG, source id EPOCX-1), stream2 (EEG, source id EPOCX-1)" in message
    assert "overlap" in message


def test_streams_of_one_device_that_differ_are_refused(tmp_path):
    later = 2000 + np.arange(600) / 128
    other = stream(2, source_id="EPOCX-1", unit="volts", times=later)
    assert "differ in rate, speed, labels or units" in refusal(
        write(tmp_path, stream(1, source_id="EPOCX-1"), other)
    )


def test_of_two_headsets_one_is_named(tmp_path):
    streams = [stream(1, source_id="EPOCX-1"), stream(2, -DATA, source_id="EPOCX-2")]
    path = write(tmp_path, *streams)
    message = refusal(path)
    assert "stream1 (EEG, source id EPOCX-1), stream2 (EEG, source id EPOCX-2)" in message
    assert "take one with --stream stream1" in message
    assert np.array_equal(read_xdf(path, {}, source_id="EPOCX-2").data, -EXPECTED)
    for word in ("STREAM2", "epocx-2"):
        assert np.array_equal(read_xdf(path, {}, name=word).data, -EXPECTED)
    with pytest.raises(DataError, match="no stream with the source id 'EPOCX-3': found stream1"):
        read_xdf(path, {}, source_id="EPOCX-3")
    with pytest.raises(DataError, match="no stream named 'stream': found stream1"):
        read_xdf(path, {}, name="stream")
    same = [stream(n, name="x", source_id=f"EPOCX-{n}") for n in (1, 2)]
    assert "take one with --source-id EPOCX-1" in refusal(write(tmp_path, *same))


def test_a_device_is_more_than_one_stream(tmp_path):
    streams = [stream(1, kind="Contact-Quality", source_id="X"), stream(2, -DATA, source_id="X")]
    found = read_xdf(write(tmp_path, *streams, stream(3, source_id="Y")), {}, source_id="X")
    assert np.array_equal(found.data, -EXPECTED)


@pytest.mark.parametrize("kind", ["signal", "", "Signal"])
def test_a_stream_of_another_type_is_taken_if_it_is_the_only_one(tmp_path, kind):
    other = stream(1, kind=kind, source_id="OV")
    found = read_xdf(write(tmp_path, stream(2, DATA[:2], ("x", "y")), other), {})
    assert np.array_equal(found.data, EXPECTED)
    assert "is not of type EEG" in found.notes[0]
    found = read_xdf(write(tmp_path, other, stream(2, -DATA)), {})
    assert np.array_equal(found.data, -EXPECTED)
    assert found.notes == ()


def test_contact_is_not_taken_for_eeg(tmp_path):
    assert "found stream1 (Contact-Quality)" in refusal(
        write(tmp_path, stream(1, kind="Contact-Quality"))
    )


def test_a_stream_of_text_is_none(tmp_path):
    text = stream(1, DATA[:, :0]).replace(b">double64<", b">string<")
    size = struct.unpack_from("<I", text, 1)[0] - len("double64") + len("string")
    path = write(tmp_path, text[:1] + struct.pack("<I", size) + text[5:])
    assert "stream1 (EEG) sends text" in refusal(path)


def test_what_the_driver_sends_is_carried(tmp_path):
    labels = ("Counter", "Interpolated", *EPOC.ch_names, *(f"CQ_{n}" for n in EPOC.ch_names))
    rng = np.random.default_rng(0)
    data = np.vstack(
        [
            np.arange(600) % 128,
            rng.integers(0, 2, 600),
            EXPECTED,
            rng.choice([0, 1, 2, 4], (14, 600)),
        ]
    )
    found = read_xdf(write(tmp_path, stream(1, data, labels)), {})
    assert np.array_equal(found.data, EXPECTED)
    assert np.array_equal(found.counter, data[0])
    assert np.array_equal(found.interpolated, data[1] == 1)
    assert np.array_equal(found.contact, data[16:] / 4)


def test_stamps_that_are_no_numbers(tmp_path):
    times = 1000 + np.arange(600) / 128
    times[:2], times[7], times[400:500] = np.nan, np.inf, np.nan
    times[520:] += 1.5
    found = read_xdf(write(tmp_path, stream(1, times=times)), {})
    assert np.array_equal(found.data, EXPECTED)
    (gap,) = found.gaps
    assert (gap.sample, gap.seconds) == (520, pytest.approx(1.5, abs=1e-3))
    assert any("103 samples without a time" in note for note in found.notes)
    times[:400] = np.nan
    assert "its time stamps are no numbers" in refusal(write(tmp_path, stream(1, times=times)))


def test_a_counter_tells_of_losses_that_stamps_do_not(tmp_path):
    number = np.arange(600)
    number[300:] += 5
    data = np.vstack([number % 128, EXPECTED])
    times = 1000 + number / 128 + np.random.default_rng(0).uniform(0, 0.01, 600)
    found = read_xdf(write(tmp_path, stream(1, data, ("Counter", *EPOC.ch_names), times=times)), {})
    assert gaps(found) == [(300, round(5 / 128, 3))]


def contact_stream(number, levels, source_id="X", start=999.0):
    """Two values a second, of more channels than the sensors, as EmotivPRO has it."""
    labels = ("Timestamp", "BatteryPercent", "Overall", "Signal", *EPOC.ch_names)
    data = np.vstack([np.full((4, levels.shape[1]), 9), levels])
    times = start + np.arange(levels.shape[1]) / 2
    return stream(number, data, labels, "Contact-Quality", "", times, 2, source_id=source_id)


def test_contact_of_a_stream_beside_holds_until_the_next_value(tmp_path):
    levels = np.random.default_rng(0).choice([0, 1, 2, 4], (14, 9))
    own = contact_stream(2, levels)
    found = read_xdf(write(tmp_path, stream(1, source_id="X"), own), {})
    newest = np.minimum((np.arange(600) / 128 + 1) // 0.5, 8).astype(int)
    assert np.array_equal(found.contact, levels[:, newest] / 4)
    other = contact_stream(3, 4 - levels, "Y")
    found = read_xdf(write(tmp_path, other, stream(1, source_id="X"), own), {})
    assert np.array_equal(found.contact, levels[:, newest] / 4)
    strangers = [contact_stream(number, levels, f"Z{number}") for number in (2, 3)]
    assert read_xdf(write(tmp_path, stream(1, source_id="X"), *strangers), {}).contact is None
    two = [stream(1, source_id="X"), stream(4, source_id="W"), strangers[0]]
    assert read_xdf(write(tmp_path, *two), {}, source_id="X").contact is None
    assert read_xdf(write(tmp_path, two[0], strangers[0]), {}).contact is not None
