"""Files are written, and read anew, by ``tests.edf_bytes``."""

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording_edf import read_edf
from rtdreamer.headset import EPOC
from tests import one_line
from tests.edf_bytes import Channel, edf, parse

RNG = np.random.default_rng(0)
KINDS = {"EDF": (-32768, 32767), "BDF": (-8388608, 8388607)}


def sensors(n_records=4, n_samples=128, kind="EDF", **how):
    limits = KINDS[kind]
    return [
        Channel(name, RNG.integers(*limits, (n_records, n_samples)), digital=limits, **how)
        for name in EPOC.ch_names
    ]


def write(folder, channels, **how):
    path = folder / f"a.{how.get('kind', 'EDF').lower()}"
    path.write_bytes(edf(channels, **how))
    return path


def expected(path):
    anew = parse(path.read_bytes())
    return np.stack([anew[name][1].ravel() for name in EPOC.ch_names])


def refusal(path):
    return one_line.refusal(lambda path: read_edf(path, {}), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("edf")


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_those_of_the_file_and_of_mne(tmp_path, kind):
    path = write(tmp_path, sensors(kind=kind)[::-1], kind=kind)
    found = read_edf(path, {})
    assert np.array_equal(found.data, expected(path))
    raw = mne.io.read_raw(path, verbose="ERROR").pick(list(EPOC.ch_names))
    in_order = raw.get_data(picks=list(EPOC.ch_names))
    assert found.data == pytest.approx(in_order * 1e6, abs=1e-9)
    assert found.sfreq == 128
    assert (found.gaps, found.notes) == ((), ())


@given(
    kind=st.sampled_from(list(KINDS)),
    rate=st.sampled_from([128, 256]),
    other=st.integers(1, 1024),
    seconds=st.sampled_from([1, 0.5, 0.25, 2, 4]),
    n_records=st.integers(1, 5),
    place=st.integers(0, 14),
    order=st.permutations(range(14)),
    limits=st.tuples(st.integers(-99999, 99999), st.integers(-99999, 99999)).filter(
        lambda ends: ends[0] != ends[1]
    ),
)
def test_sensors_come_out_as_they_are_beside_channels_of_any_rate(
    folder, kind, rate, other, seconds, n_records, place, order, limits
):
    channels = sensors(n_records, round(rate * seconds), kind=kind, physical=limits)
    channels = [channels[one] for one in order]
    channels.insert(place, Channel("ECG", np.ones((n_records, other), int)))
    path = write(folder, channels, kind=kind, seconds=seconds)
    found = read_edf(path, {})
    assert np.array_equal(found.data, expected(path))
    assert found.sfreq == rate


@given(
    kind=st.sampled_from(list(KINDS)),
    steps=st.lists(
        st.sampled_from([0.0, 0.0, 0.05, 0.3, 1.0, 21.0, 86400.0]), min_size=1, max_size=6
    ),
    first=st.sampled_from([0.0, 0.5, 1000.25]),
    seconds=st.sampled_from([1, 0.5, 2]),
)
def test_records_that_lie_apart_stay_apart(folder, kind, steps, first, seconds):
    onsets = first + np.append(0, np.cumsum(np.array(steps) + seconds))
    n_samples = round(128 * seconds)
    path = write(
        folder, sensors(len(onsets), n_samples, kind), kind=kind, onsets=onsets, seconds=seconds
    )
    found = read_edf(path, {})
    assert np.array_equal(found.data, expected(path))
    gaps = {n_samples * number: step for number, step in enumerate(steps, start=1) if step}
    assert [gap.sample for gap in found.gaps] == list(gaps)
    assert [gap.seconds for gap in found.gaps] == pytest.approx(list(gaps.values()), abs=1e-4)
    assert parse(path.read_bytes())[""] == pytest.approx(onsets)


def test_160_pieces_stay_160(tmp_path):
    path = write(tmp_path, sensors(160, 128), onsets=np.arange(160) * 22.0)
    gaps = read_edf(path, {}).gaps
    assert [gap.sample for gap in gaps] == list(range(128, 160 * 128, 128))
    assert {gap.seconds for gap in gaps} == {21.0}


@pytest.mark.parametrize(
    ("unit", "word"),
    [
        ("", ""), ("uV", "uV"), ("UV", "UV"), (".V", ".V"), ("emotiv", "emotiv"), ("V", "V"),
        ("µV".encode(), "µV"), ("µV".encode("latin-1"), "µV"), ("mV", "mV"),
    ],
)  # fmt: skip
def test_the_unit_is_the_files_own_word_and_numbers_are_left_alone(tmp_path, unit, word):
    found = read_edf(write(tmp_path, sensors(unit=unit)), {})
    assert found.units == (word,) * 14
    assert 0 <= found.data.min() < found.data.max() <= 8400


def test_units_may_differ(tmp_path):
    channels = sensors()
    channels[3] = Channel(channels[3].label, channels[3].digits, "mV")
    assert read_edf(write(tmp_path, channels), {}).units[2:5] == ("uV", "mV", "uV")


@given(cut=st.integers(1, 4 * 14 * 256 - 1))
def test_a_cut_file_is_said_to_be_one_and_read_as_far_as_it_goes(folder, cut):
    path = write(folder, sensors())
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    n_records = 4 - -(-cut // (14 * 256))
    if n_records == 0:
        assert "no whole record" in refusal(path)
        return
    found = read_edf(path, {})
    path.write_bytes(whole)
    assert np.array_equal(found.data, expected(path)[:, : 128 * n_records])
    assert len(found.notes) == 1
    assert f"promises 4 records of 1 s, {n_records} " in found.notes[0]


def test_a_header_without_a_number_of_records(tmp_path):
    path = write(tmp_path, sensors(), promised=-1)
    found = read_edf(path, {})
    assert np.array_equal(found.data, expected(path))
    assert found.notes == ()


def test_records_beyond_those_promised_are_left_out_and_said(tmp_path):
    path = write(tmp_path, sensors(), promised=3)
    found = read_edf(path, {})
    assert np.array_equal(found.data, expected(path)[:, :384])
    assert "goes on after the 3 records" in found.notes[0]


def driver_channels(n_records=2, contact_samples=2):
    counter = Channel("COUNTER", np.tile(np.arange(128), (n_records, 1)), "", (0, 128), (0, 128))
    flags = RNG.integers(0, 2, (n_records, 128))
    made_up = Channel("INTERPOLATED", flags, "", (0, 1), (0, 1))
    levels = RNG.choice([0, 1, 2, 4], (14, n_records, contact_samples))
    contact = [
        Channel(f"CQ_{name}", level, "", (0, 4), (0, 4))
        for name, level in zip(EPOC.ch_names, levels, strict=True)
    ]
    return counter, made_up, contact


@pytest.mark.parametrize("contact_samples", [1, 2, 128])
def test_what_the_driver_sends_is_carried(tmp_path, contact_samples):
    counter, made_up, contact = driver_channels(contact_samples=contact_samples)
    path = write(tmp_path, [counter, made_up, *sensors(2), *contact])
    found = read_edf(path, {})
    assert np.array_equal(found.counter, np.tile(np.arange(128), 2))
    assert found.interpolated.dtype == bool
    assert np.array_equal(found.interpolated, made_up.digits.ravel() == 1)
    held = np.stack([one.digits.ravel() for one in contact]).repeat(128 // contact_samples, axis=1)
    assert np.array_equal(found.contact, held / 4)


def test_a_counter_of_another_rate_is_none_of_the_sensors_samples(tmp_path):
    counter, made_up, contact = driver_channels()
    slow = Channel("COUNTER", counter.digits[:, :64], "", (0, 128), (0, 128))
    found = read_edf(write(tmp_path, [slow, made_up, *sensors(2), *contact[1:]]), {})
    assert found.counter is None
    assert found.interpolated is not None
    assert found.contact is None  # not of all sensors


class TestRefusals:
    def test_sensors_of_several_rates(self, tmp_path):
        channels = sensors()
        channels[0] = Channel("AF3", RNG.integers(0, 9, (4, 256)))
        assert "AF3 at 256 Hz, F7 at 128 Hz" in refusal(write(tmp_path, channels))

    def test_a_channel_without_a_scale(self, tmp_path):
        assert "AF3: its header gives no scale" in refusal(
            write(tmp_path, sensors(physical=(5, 5)))
        )

    def test_records_that_overlap(self, tmp_path):
        path = write(tmp_path, sensors(), onsets=[0, 1, 1.5, 2.5])
        assert "record 3 begins at 1.5 s, before record 2 ends at 2 s" in refusal(path)

    def test_an_interrupted_file_that_does_not_tell_where(self, tmp_path):
        path = write(tmp_path, sensors(), reserved="EDF+D")
        assert "nothing in it tells when its records begin" in refusal(path)
        path = write(tmp_path, sensors(), onsets=[0, 1, b"no time", 3])
        assert "record 3 does not tell when it begins" in refusal(path)

    def test_records_without_a_length(self, tmp_path):
        assert "its records last 0 s" in refusal(write(tmp_path, sensors(), seconds=0))

    def test_a_missing_sensor(self, tmp_path):
        assert "AF3 missing" in refusal(write(tmp_path, sensors()[1:]))

    def test_a_sensor_twice(self, tmp_path):
        channels = sensors()
        assert "2 channels are named AF3" in refusal(write(tmp_path, [*channels, channels[0]]))

    def test_a_header_that_is_cut(self, tmp_path):
        path = write(tmp_path, sensors())
        path.write_bytes(path.read_bytes()[:1000])
        assert "ends within its header" in refusal(path)


@pytest.mark.parametrize("onsets", [[0, 0, 0, 0], [0, 1.05, 2.1, 3.1], [3, 2, 1, 0]])
def test_a_file_that_is_not_interrupted_is_taken_at_its_word(tmp_path, onsets):
    path = write(tmp_path, sensors(), onsets=onsets, reserved="EDF+C")
    assert read_edf(path, {}).gaps == ()


def test_unless_its_records_say_otherwise(tmp_path):
    path = write(tmp_path, sensors(), onsets=[0, 1, 32, 33], reserved="EDF+C")
    (gap,) = read_edf(path, {}).gaps
    assert (gap.sample, gap.seconds) == (256, 30)


def annotated(*marks):
    """A record's annotations: its beginning, then (onset, duration or None, text)."""
    first, *others = marks
    text = f"{first:+g}\x14\x14\0"
    for onset, duration, word in others:
        length = "" if duration is None else f"\x15{duration:g}"
        text += f"{onset:+g}{length}\x14{word}\x14\0"
    return text.encode()


@pytest.mark.parametrize("word", ["BAD boundary", "EDGE boundary", "boundary"])
def test_recordings_that_were_joined_before_they_became_edf_stay_apart(tmp_path, word):
    onsets = [annotated(0, (0.25, 2.0, "blink")), annotated(1, (1.5, None, word)),
              annotated(2), annotated(3, (2.25, 7.5, word))]  # fmt: skip
    path = write(tmp_path, sensors(), onsets=onsets, reserved="EDF+C")
    found = read_edf(path, {})
    assert [(gap.sample, gap.seconds) for gap in found.gaps] == [(192, 1.0), (288, 7.5)]
    assert found.notes == ("does not tell how long a gap lasted: taken as 1 s",)


def test_a_boundary_in_an_interrupted_file_is_where_its_time_is(tmp_path):
    onsets = [annotated(10), annotated(11), annotated(42, (42.5, 3.0, "boundary")), annotated(43)]
    found = read_edf(write(tmp_path, sensors(), onsets=onsets), {})
    assert [(gap.sample, gap.seconds) for gap in found.gaps] == [(256, 30), (320, 3)]
