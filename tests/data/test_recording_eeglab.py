"""Files are written with scipy, as EEGLAB has them, and read anew by MNE."""

import warnings

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import io

from rtdreamer.data.recording_eeglab import read_eeglab
from rtdreamer.headset import EPOC
from tests import one_line

RNG = np.random.default_rng(0)


def structs(rows, fields):
    made = np.empty(len(rows), dtype=[(name, object) for name in fields])
    for index, row in enumerate(rows):
        made[index] = tuple(row)
    return made


def write(
    folder, data, *, labels=EPOC.ch_names, events=(), beside=False, bare=False, sfreq=128.0, **other
):
    """Events are (type, latency from 1, duration); samples in the file or beside it."""
    n, n_times = data.shape
    path = folder / "a.set"
    samples = data
    if beside:
        samples = "a.fdt"
        (folder / "a.fdt").write_bytes(data.T.astype("<f4").tobytes())
    fields = {
        "setname": "x", "nbchan": float(n), "pnts": float(n_times), "trials": 1.0, "srate": sfreq,
        "xmin": 0.0, "xmax": (n_times - 1) / sfreq, "data": samples,
        "chanlocs": structs([(name,) for name in labels], ["labels"]),
        "event": structs(events, ["type", "latency", "duration"]), "epoch": np.empty((0, 0)),
        "icawinv": [], "icasphere": [], "icaweights": [], "icaact": [], "urchanlocs": [],
        "chaninfo": {"nosedir": "+X"}, "ref": "common",
    } | other  # fmt: skip
    io.savemat(path, fields if bare else {"EEG": fields}, appendmat=False)
    return path


def made(n_times=300, n=14):
    return RNG.normal(4200, 20, (n, n_times)).astype("f4").astype(float)


def refusal(path):
    return one_line.refusal(lambda path: read_eeglab(path, {}), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("eeglab")


@given(
    order=st.permutations(range(14)),
    beside=st.booleans(),
    bare=st.booleans(),
    sfreq=st.sampled_from([128.0, 256.0]),
)
def test_samples_are_those_of_the_file_and_of_mne(folder, order, beside, bare, sfreq):
    data = made(50)
    labels = [EPOC.ch_names[one] for one in order]
    path = write(folder, data[order], labels=labels, beside=beside, bare=bare, sfreq=sfreq)
    found = read_eeglab(path, {})
    assert np.array_equal(found.data, data)
    assert found.units == ("µV",) * 14
    assert found.sfreq == sfreq
    assert (found.gaps, found.notes) == ((), ())
    raw = mne.io.read_raw(path, preload=True, verbose="ERROR")
    assert found.data == pytest.approx(raw.get_data(picks=list(EPOC.ch_names)) * 1e6)


BOUNDARY = st.tuples(st.integers(1, 99), st.sampled_from([64.0, 2688.0, np.nan, [], 0.0]))


@given(
    steps=st.lists(BOUNDARY, min_size=1, max_size=5), between=st.booleans(), number=st.booleans()
)
def test_boundaries_are_gaps_as_long_as_they_tell(folder, steps, between, number):
    """EEGLAB sets them between two samples; other programs at the first one after."""
    places = np.cumsum([n_times for n_times, _ in steps])
    kind = -99.0 if number else "boundary"
    events = [
        (kind, place + (0.5 if between else 1.0), duration)
        for place, (_, duration) in zip(places, steps, strict=True)
    ]
    other = (7.0 if number else "7", 12.0, 5.0)
    path = write(folder, made(places[-1] + 40), events=[other, *events])
    found = read_eeglab(path, {})
    told = [duration for _, duration in steps]
    assert [gap.sample for gap in found.gaps] == places.tolist()
    assert [gap.seconds for gap in found.gaps] == [
        one / 128 if isinstance(one, float) and one > 0 else 1.0 for one in told
    ]
    known = all(isinstance(one, float) and one > 0 for one in told)
    assert len(found.notes) == (not known)
    if number:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = mne.io.read_raw(path, preload=True, verbose="ERROR")
    onsets = raw.annotations.onset[raw.annotations.description == "boundary"]
    assert np.ceil(onsets * 128 - 1e-2).tolist() == places.tolist()


def test_one_event_alone(tmp_path):
    found = read_eeglab(write(tmp_path, made(), events=[("boundary", 100.5, 128.0)]), {})
    assert [(gap.sample, gap.seconds) for gap in found.gaps] == [(100, 1.0)]
    assert found.notes == ()


@pytest.mark.parametrize("latency", [0.5, 1.0, 300.5, np.nan])
def test_a_boundary_at_an_end_is_no_gap(tmp_path, latency):
    assert read_eeglab(write(tmp_path, made(), events=[("boundary", latency, 9.0)]), {}).gaps == ()


def test_samples_beside_that_are_cut(tmp_path):
    data = made()
    path = write(tmp_path, data, beside=True)
    beside = path.with_suffix(".fdt")
    beside.write_bytes(beside.read_bytes()[:-1000])
    found = read_eeglab(path, {})
    assert found.data.shape == (14, 282)
    assert np.array_equal(found.data, data[:, :282])
    assert "promises 300 samples, 282 are there" in found.notes[0]


def test_files_that_were_renamed_together(tmp_path):
    data = made()
    path = write(tmp_path, data, beside=True)
    for suffix in (".set", ".fdt"):
        (tmp_path / f"a{suffix}").rename(tmp_path / f"b{suffix}")
    assert np.array_equal(read_eeglab(path.with_stem("b"), {}).data, data)


def test_what_the_driver_sends_is_carried(tmp_path):
    data = made(n=16)
    data[:2] = np.arange(300) % 128, RNG.integers(0, 2, 300)
    found = read_eeglab(
        write(tmp_path, data, labels=("COUNTER", "INTERPOLATED", *EPOC.ch_names)), {}
    )
    assert np.array_equal(found.counter, data[0])
    assert np.array_equal(found.interpolated, data[1] == 1)


class TestRefusals:
    def test_epochs(self, tmp_path):
        assert "holds epochs" in refusal(write(tmp_path, made(), trials=3.0))

    def test_samples_that_are_missing(self, tmp_path):
        path = write(tmp_path, made(), beside=True)
        path.with_suffix(".fdt").unlink()
        assert "put a.fdt into the same folder" in refusal(path)

    def test_no_rate(self, tmp_path):
        assert "EEG.srate is 0 Hz" in refusal(write(tmp_path, made(), srate=0.0))

    def test_v73(self, tmp_path):
        path = tmp_path / "a.set"
        path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(1000))
        assert "is a v7.3 (HDF5) file: save it again from EEGLAB" in refusal(path)

    def test_more_labels_than_channels(self, tmp_path):
        path = write(tmp_path, made(), labels=(*EPOC.ch_names, "X"))
        assert "EEG.data has 14 channels, EEG.chanlocs 15" in refusal(path)

    def test_no_labels(self, tmp_path):
        assert "none of the 14 sensors" in refusal(write(tmp_path, made(), labels=()))

    def test_another_mat_file(self, tmp_path):
        io.savemat(tmp_path / "a.set", {"x": 1.0}, appendmat=False)
        assert "holds no one data set" in refusal(tmp_path / "a.set")
