"""Files are written by MNE."""

import warnings

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording import read_recording
from rtdreamer.data.recording_fif import read_fif
from rtdreamer.headset import EPOC
from tests import one_line

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fif")


def made(n_times=300, n=14):
    return RNG.normal(4.2e-3, 2e-5, (n, n_times)).astype("f4").astype(float)


def raw_of(data, labels=EPOC.ch_names, kinds="eeg", first=0, date=None):
    info = mne.create_info(list(labels), 128.0, kinds)
    raw = mne.io.RawArray(data, info, first_samp=first, verbose="ERROR")
    if date is not None:
        raw.set_meas_date(date)
    return raw


def save(folder, raw, **how):
    path = folder / "a_raw.fif"
    raw.save(path, overwrite=True, verbose="ERROR", **how)
    return path


def refusal(path):
    return one_line.refusal(lambda path: read_fif(path, {}), path)


def gaps(found):
    return [(gap.sample, gap.seconds) for gap in found.gaps]


@given(order=st.permutations(range(14)), first=st.sampled_from([0, 1234]))
def test_samples_are_those_that_mne_reads(folder, order, first):
    data = made(40)
    labels = [EPOC.ch_names[one] for one in order]
    path = save(folder, raw_of(data[order], labels, first=first))
    found = read_fif(path, {})
    raw = mne.io.read_raw(path, verbose="ERROR")
    assert np.array_equal(found.data, raw.get_data(picks=list(EPOC.ch_names)))
    assert found.data == pytest.approx(data, rel=1e-6)
    assert found.units == ("V",) * 14
    assert (found.gaps, found.notes) == ((), ())


@given(
    lengths=st.lists(st.integers(5, 60), min_size=2, max_size=5),
    first=st.sampled_from([0, 1234]),
    date=st.sampled_from([None, 1_000_000_000]),
)
def test_recordings_that_were_joined_stay_apart(folder, lengths, first, date):
    raws = [raw_of(made(n_times), first=first, date=date) for n_times in lengths]
    data = np.concatenate([raw.get_data() for raw in raws], axis=1)
    path = save(folder, mne.concatenate_raws(raws, verbose="ERROR"))
    found = read_fif(path, {})
    assert found.data == pytest.approx(data, rel=1e-6)
    assert gaps(found) == [(place, 1.0) for place in np.cumsum(lengths)[:-1]]
    assert "taken as 1 s" in found.notes[0]


@given(
    skips=st.lists(
        st.tuples(st.integers(1, 60), st.sampled_from([32, 128, 640])), min_size=1, max_size=4
    ),
    first=st.sampled_from([0, 1234]),
    date=st.sampled_from([None, 1_000_000_000]),
)
def test_skipped_acquisition_is_a_gap_and_no_samples(folder, skips, first, date):
    """MNE has zeros there; their length is that of the gap."""
    n_times = sum(kept + skipped for kept, skipped in skips) + 50
    data, kept = made(n_times), np.ones(n_times, bool)
    place, spans, expected = 0, [], []
    for before, skipped in skips:
        place += before
        spans.append((place / 128, skipped / 128))
        kept[place : place + skipped] = False
        expected.append((np.count_nonzero(kept[:place]), skipped / 128))
        place += skipped
    raw = raw_of(data, first=first, date=date)
    onsets = np.array([onset for onset, _ in spans])
    raw.set_annotations(
        mne.Annotations(onsets, [length for _, length in spans], "BAD_ACQ_SKIP")
        if date is None
        else mne.Annotations(
            onsets + first / 128, [length for _, length in spans], "BAD_ACQ_SKIP",
            orig_time=raw.info["meas_date"],
        )
    )  # fmt: skip
    found = read_fif(save(folder, raw), {})
    assert found.data == pytest.approx(data[:, kept], rel=1e-6)
    assert [place for place, _ in gaps(found)] == [place for place, _ in expected]
    told = [seconds for _, seconds in expected]
    assert [seconds for _, seconds in gaps(found)] == pytest.approx(told, abs=1e-4)
    assert found.notes == ()


def test_buffers_that_were_not_stored_are_a_gap(tmp_path):
    data = made(320)
    raw = raw_of(data)
    raw.set_annotations(mne.Annotations([1.0], [0.5], "BAD_ACQ_SKIP"))
    path = save(tmp_path, raw, buffer_size_sec=0.25)
    anew = mne.io.read_raw(path, verbose="ERROR").get_data()
    assert not anew[:, 128:192].any()  # MNE has zeros there
    found = read_fif(path, {})
    assert found.data == pytest.approx(np.delete(data, np.s_[128:192], axis=1), rel=1e-6)
    assert gaps(found) == [(128, 0.5)]


def test_boundaries_of_other_formats(tmp_path):
    raw = raw_of(made())
    words = ["boundary", "New Segment/"]
    raw.set_annotations(mne.Annotations([0.5, 1.0], [0.75, 0.0], words))
    found = read_fif(save(tmp_path, raw), {})
    assert gaps(found) == [(64, 0.75), (128, 1.0)]


def test_other_annotations_are_none(tmp_path):
    raw = raw_of(made())
    raw.set_annotations(mne.Annotations([0.5, 1.0], [0.2, 0.0], ["BAD blink", "start"]))
    found = read_fif(save(tmp_path, raw), {})
    assert found.gaps == ()
    assert found.data.shape == (14, 300)


@pytest.mark.parametrize(
    ("power", "word"), [(0, "V"), (-3, "mV"), (-6, "µV"), (-9, "nV"), (-12, "1e-12 V")]
)
def test_the_unit_is_made_of_its_code_and_multiplier(tmp_path, power, word):
    raw = raw_of(made())
    for channel in raw.info["chs"]:
        channel["unit_mul"] = power
    assert read_fif(save(tmp_path, raw), {}).units == (word,) * 14


@pytest.mark.parametrize(("kind", "word"), [("misc", ""), ("mag", "T")])
def test_channels_that_are_not_in_volts(tmp_path, kind, word):
    assert read_fif(save(tmp_path, raw_of(made(), kinds=kind)), {}).units == (word,) * 14


@pytest.mark.parametrize("fmt", ["single", "double"])
def test_formats_of_numbers(tmp_path, fmt):
    data = made()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = save(tmp_path, raw_of(data), fmt=fmt)
    assert read_fif(path, {}).data == pytest.approx(data, rel=1e-3)


def test_what_the_driver_sends_is_carried(tmp_path):
    data = made(n=16)
    data[:2] = np.arange(300) % 128, RNG.integers(0, 2, 300)
    raw = raw_of(data, ("COUNTER", "INTERPOLATED", *EPOC.ch_names), ["misc"] * 2 + ["eeg"] * 14)
    found = read_fif(save(tmp_path, raw), {})
    assert np.array_equal(found.counter, data[0])
    assert np.array_equal(found.interpolated, data[1] == 1)


@pytest.mark.parametrize("data", [made(3000), np.full((14, 3000), 4.2e-3)], ids=["noise", "flat"])
def test_a_compressed_file_is_read_as_any(tmp_path, data):
    path = tmp_path / "a_raw.fif.gz"
    raw_of(data).save(path, verbose="ERROR")
    assert read_recording(path).data == pytest.approx(1e6 * data, rel=1e-6)
    path.write_bytes(path.read_bytes()[:400])
    assert "cut short or damaged" in one_line.refusal(read_recording, path)


def test_what_is_no_recording_is_refused_in_our_words(tmp_path):
    path = save(tmp_path, raw_of(made()))
    content = path.read_bytes()
    for spoilt in (b"nothing of the kind" * 50, content[:1000], content[500:]):
        path.write_bytes(spoilt)
        assert "holds no raw recording, or is cut short or damaged" in refusal(path)
