"""Files are written by hand, from the format's definition, and read anew by MNE."""

from datetime import datetime, timedelta

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording import read_recording
from rtdreamer.data.recording_brainvision import read_brainvision
from rtdreamer.headset import EPOC
from tests import one_line

RNG = np.random.default_rng(0)
FORMATS = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}
BEGIN = datetime(2026, 1, 2, 3, 4, 5)


def write(
    folder,
    counts,
    *,
    labels=EPOC.ch_names,
    kind="INT_16",
    orientation="MULTIPLEXED",
    sfreq=128,
    resolution=0.5,
    unit="µV",
    markers=None,
    points=None,
    encoding="utf-8",
    comma=False,
):
    """Whole numbers, shape (n_channels, n_times); markers are positions, from 1, and dates."""
    is_text = kind == "ASCII"
    channels = "\n".join(
        f"Ch{i}={name.replace(',', chr(92) + '1')},,{resolution},{unit}"
        for i, name in enumerate(labels, start=1)
    )
    vectorized = orientation == "VECTORIZED"
    infos = (
        "[ASCII Infos]\n"
        f"DecimalSymbol={',' if comma else '.'}\nSkipLines={0 if vectorized else 1}\n"
        f"SkipColumns={1 if vectorized else 0}\n"
        if is_text
        else f"[Binary Infos]\nBinaryFormat={kind}\n"
    )
    named = "MarkerFile=a.vmrk\n" if markers is not None else ""
    promised = f"DataPoints={points}\n" if points else ""
    path = folder / "a.vhdr"
    path.write_text(
        "Brain Vision Data Exchange Header File Version 1.0\n; a remark = none\n\n[Common Infos]\n"
        f"DataFile=a.eeg\n{named}DataFormat={'ASCII' if is_text else 'BINARY'}\n"
        f"DataOrientation={orientation}\n{promised}NumberOfChannels={len(labels)}\n"
        f"SamplingInterval={1e6 / sfreq}\n\n{infos}\n[Channel Infos]\n{channels}\n\n"
        "[Comment]\nany = thing\n",
        encoding=encoding,
    )
    for name in ("a.eeg", "a.vmrk"):
        (folder / name).unlink(missing_ok=True)
    if markers is not None:
        lines = "\n".join(
            f"Mk{i}=New Segment,,{position},1,0{',' + when if when else ''}"
            for i, (position, when) in enumerate(markers, start=1)
        )
        (folder / "a.vmrk").write_text(
            "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\n"
            f"Codepage=UTF-8\nDataFile=a.eeg\n\n[Marker Infos]\n{lines}\nMk9=Stimulus,S 1,5,1,0\n",
            encoding="utf-8",
        )
    if is_text:
        cells = [
            [str(value).replace(".", "," if comma else ".") for value in row] for row in counts
        ]
        if vectorized:
            lines = [" ".join([name, *row]) for name, row in zip(labels, cells, strict=True)]
        else:
            lines = [" ".join(labels), *(" ".join(row) for row in zip(*cells, strict=True))]
        (folder / "a.eeg").write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        ordered = counts if vectorized else counts.T
        (folder / "a.eeg").write_bytes(np.ascontiguousarray(ordered, FORMATS[kind]).tobytes())
    return path


def date(seconds):
    return f"{BEGIN + timedelta(seconds=seconds):%Y%m%d%H%M%S%f}"


def counts(n_times=384, n_channels=14):
    return RNG.integers(-9000, 9000, (n_channels, n_times))


def refusal(path):
    return one_line.refusal(lambda path: read_brainvision(path, {}), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("brainvision")


@given(
    kind=st.sampled_from([*FORMATS, "ASCII"]),
    orientation=st.sampled_from(["MULTIPLEXED", "VECTORIZED"]),
    sfreq=st.sampled_from([128, 256]),
    resolution=st.sampled_from([1, 0.1, 0.0488281]),
    unit=st.sampled_from(["µV", "mV", "V", "uV"]),
    encoding=st.sampled_from(["utf-8", "latin-1"]),
    order=st.permutations(range(14)),
    points=st.booleans(),
    comma=st.booleans(),
)
def test_samples_are_those_of_the_file_and_of_mne(
    folder, kind, orientation, sfreq, resolution, unit, encoding, order, points, comma
):
    made = counts(50) + (0.25 if kind == "ASCII" else 0)
    path = write(
        folder, made[order], labels=[EPOC.ch_names[one] for one in order], kind=kind,
        orientation=orientation, sfreq=sfreq, resolution=resolution, unit=unit, encoding=encoding,
        points=50 if points else None, markers=[(1, date(0))],
        comma=comma,
    )  # fmt: skip
    found = read_brainvision(path, {})
    assert np.array_equal(found.data, made * resolution)
    assert found.units == (unit,) * 14
    assert found.sfreq == pytest.approx(sfreq)
    assert (found.gaps, found.notes) == ((), ())
    if kind == "ASCII" or encoding != "utf-8":
        return  # there MNE wants a number of samples, and a word for the encoding
    raw = mne.io.read_raw(path, verbose="ERROR")
    volts = {"µV": 1e-6, "uV": 1e-6, "mV": 1e-3, "V": 1}[unit]
    assert found.data * volts == pytest.approx(raw.get_data(picks=list(EPOC.ch_names)))


@given(
    steps=st.lists(
        st.tuples(st.integers(1, 99), st.sampled_from([0.04, 0.5, 21.0, 86400.0, None])),
        min_size=1,
        max_size=5,
    )
)
def test_new_segments_are_gaps_as_long_as_their_dates_tell(folder, steps):
    position, when, markers, gaps = 0, 0.0, [(1, date(0))], {}
    dated = True
    for n_times, seconds in steps:
        position += n_times
        when += n_times / 128 + (seconds or 0)
        markers.append((position + 1, date(when) if seconds else ""))
        gaps[position] = seconds if seconds and dated else 1.0
        dated = bool(seconds)
    made = counts(position + 40)
    found = read_brainvision(write(folder, made, markers=markers), {})
    assert np.array_equal(found.data, made * 0.5)
    assert [gap.sample for gap in found.gaps] == list(gaps)
    assert [gap.seconds for gap in found.gaps] == pytest.approx(list(gaps.values()), abs=1e-4)
    assert len(found.notes) == any(seconds is None for _, seconds in steps)


def test_a_first_segment_that_is_not_marked(tmp_path):
    found = read_brainvision(write(tmp_path, counts(), markers=[(201, date(9))]), {})
    assert [(gap.sample, gap.seconds) for gap in found.gaps] == [(200, 1.0)]


@pytest.mark.parametrize(("unit", "word"), [("", ""), ("µV", "µV"), ("n/a", "n/a"), ("ÂµV", "ÂµV")])
def test_the_unit_is_the_files_own_word(tmp_path, unit, word):
    assert read_brainvision(write(tmp_path, counts(), unit=unit), {}).units == (word,) * 14


@pytest.mark.parametrize("orientation", ["MULTIPLEXED", "VECTORIZED"])
def test_a_cut_file_is_said_to_be_one(tmp_path, orientation):
    made = counts(400)
    path = write(tmp_path, made, orientation=orientation, points=400)
    beside = path.with_suffix(".eeg")
    lost = 1401 if orientation == "MULTIPLEXED" else 201
    beside.write_bytes(beside.read_bytes()[:-lost])
    found = read_brainvision(path, {})
    n_times = found.data.shape[1]
    assert n_times == (349 if orientation == "MULTIPLEXED" else 299)
    assert np.array_equal(found.data, made[:, :n_times] * 0.5)
    assert f"promises 400 samples, {n_times} are there" in found.notes[0]


def test_a_channel_that_is_cut_off_whole(tmp_path):
    path = write(tmp_path, counts(400), orientation="VECTORIZED", points=400)
    path.with_suffix(".eeg").write_bytes(path.with_suffix(".eeg").read_bytes()[:-900])
    assert "cut so short that no sample of all sensors" in refusal(path)


def test_what_the_driver_sends_is_carried(tmp_path):
    made = counts(n_channels=16)
    made[:2] = np.arange(384) % 128, RNG.integers(0, 2, 384)
    path = write(tmp_path, made, labels=("COUNTER", "Interpolate", *EPOC.ch_names), resolution=1)
    found = read_brainvision(path, {})
    assert np.array_equal(found.counter, made[0])
    assert np.array_equal(found.interpolated, made[1] == 1)


def test_files_that_were_renamed_together(tmp_path):
    made = counts()
    path = write(tmp_path, made, markers=[(1, ""), (101, "")])
    for suffix in (".vhdr", ".eeg", ".vmrk"):
        (tmp_path / f"a{suffix}").rename(tmp_path / f"b{suffix}")
    found = read_brainvision(path.with_stem("b"), {})
    assert np.array_equal(found.data, made * 0.5)
    assert [gap.sample for gap in found.gaps] == [100]


def test_a_marker_file_that_is_missing_is_said(tmp_path):
    path = write(tmp_path, counts(), markers=[])
    path.with_suffix(".vmrk").unlink()
    assert "marker file a.vmrk is not beside it" in read_brainvision(path, {}).notes[0]


def spoilt(path, old, new):
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    return path


class TestRefusals:
    def test_samples_that_are_missing(self, tmp_path):
        path = write(tmp_path, counts())
        path.with_suffix(".eeg").unlink()
        assert "put a.eeg into the same folder" in refusal(path)

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("NumberOfChannels=14", "NumberOfChannels=15", "names 14 channels, but"),
            ("Ch3=", "Ch33=", "has no Ch3"),
            ("SamplingInterval=", "SamplingInterval=x", "no number of µs"),
            ("INT_16", "INT_17", "BinaryFormat 'INT_17' is unknown"),
            ("Brain Vision", "Brian Vision", "does not begin as"),
            ("AF3,,0.5", "AF3,,half", "Ch1: 'half' is no resolution"),
            ("DataFormat", "DataType=FREQUENCYDOMAIN\nDataFormat", "holds FREQUENCYDOMAIN"),
            ("=F7,", "=AF3,", "F7 missing"),
        ],
    )
    def test_a_header_that_is_spoilt(self, tmp_path, old, new, said):
        assert said in refusal(spoilt(write(tmp_path, counts()), old, new))

    def test_text_that_is_no_table(self, tmp_path):
        path = write(tmp_path, counts(), kind="ASCII")
        path.with_suffix(".eeg").write_text("x\n1 2 three\n", "utf-8")
        assert "a.eeg: is no table of numbers" in refusal(path)
        path.with_suffix(".eeg").write_text("x\n1 2\n3 4\n", "utf-8")
        assert "without 14 numbers" in refusal(path)


@pytest.mark.parametrize(("interval", "n_times"), [("7812", 384), ("7813", 384), ("3906", 192)])
def test_an_interval_in_whole_microseconds_is_the_headsets_rate(tmp_path, interval, n_times):
    path = write(tmp_path, RNG.integers(8000, 8100, (14, 384)))
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("SamplingInterval=7812.5", f"SamplingInterval={interval}"), encoding="utf-8"
    )
    assert read_recording(path).data.shape == (14, n_times)
