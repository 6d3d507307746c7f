"""Recordings spoiled in bulk: what is read is whole and finite, or refused in one line."""

import io
import re
import shutil
import struct
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import mne
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import io as scipy_io

from rtdreamer.data.recording import read_recording
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC
from tests.data.test_recording_formats import LABELS, WRITERS
from tests.data.test_recording_xdf import DATA, chunk, stream
from tests.mutations import NASTY_TEXTS, spoiled, texts
from tests.one_line import assert_one_line

_HIDDEN = (DeprecationWarning, ResourceWarning)  # by Python itself, unless asked for


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One for all examples: each writes its file anew."""
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small whole file of each kind, as bytes; BrainVision's data lie beside its header."""
    made = tmp_path_factory.mktemp("whole")
    for name, write in WRITERS.items():
        write(made / name)
    head = chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
    (made / "x.xdf").write_bytes(b"XDF:" + head + stream(1, DATA[:, :40]))
    (made / "x.csv").write_bytes(table().encode())
    return {path.name: path.read_bytes() for path in made.iterdir()}


def table():
    rows = np.random.default_rng(0).normal(4200, 20, (20, 14))
    head = ",".join(["time", *EPOC.ch_names, "remark"])
    body = [",".join([str(n), *(f"{v:.2f}" for v in row), "ok"]) for n, row in enumerate(rows)]
    return "\n".join([head, *body]) + "\n"


def read_or_refuse(path, **given_by_hand):
    """Read the file; both ways out are checked. None if it was refused."""
    said = io.StringIO()
    with (
        redirect_stdout(said),
        redirect_stderr(said),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        try:
            found = read_recording(path, **given_by_hand)
        except DataError as error:
            assert_one_line(error, path)
            found = None
    assert said.getvalue() == ""
    assert [str(one.message) for one in warned if not issubclass(one.category, _HIDDEN)] == []
    if found is not None:
        assert found.data.shape[0] == 14
        assert found.data.dtype == np.float64
        is_told = any("sent as missing" in note for note in found.notes)
        assert np.isfinite(found.data).all() or is_told
    return found


HEADS = {"x_raw.fif": 3000, "x.edf": 4096, "x.bdf": 4096, "x.set": 3000, "x.xdf": 1800}
SAID = {"x.csv": {"sfreq": 128.0}}


@pytest.mark.parametrize("name", ["x.csv", "x.xdf", *WRITERS])
@given(data=st.data())
def test_spoiled_bytes(folder, whole, name, data):
    for beside in ("x.eeg", "x.vmrk"):
        (folder / beside).write_bytes(whole[beside])
    path = folder / name
    path.write_bytes(data.draw(spoiled(whole[name], HEADS.get(name))))
    read_or_refuse(path, **SAID.get(name, {}))


@given(data=st.data())
def test_spoiled_data_beside_a_header(folder, whole, data):
    for name in ("x.vhdr", "x.eeg", "x.vmrk"):
        (folder / name).write_bytes(whole[name])
    name = data.draw(st.sampled_from(["x.eeg", "x.vmrk"]))
    (folder / name).write_bytes(data.draw(spoiled(whole[name], 200)))
    read_or_refuse(folder / "x.vhdr")


@given(data=st.data(), sfreq=st.sampled_from([128.0, 256.0]), unit=st.sampled_from([None, "V"]))
def test_cells_of_a_table_replaced(folder, data, sfreq, unit):
    rows = [line.split(",") for line in table().splitlines()]
    for _ in range(data.draw(st.integers(1, 4))):
        row = data.draw(st.integers(0, len(rows) - 1))
        column = data.draw(st.integers(0, len(rows[row]) - 1))
        rows[row][column] = data.draw(texts)
    delimiter = data.draw(st.sampled_from(",;\t"))
    text = data.draw(st.sampled_from("\n\r")).join(delimiter.join(row) for row in rows)
    path = folder / "cells.csv"
    path.write_text(text, encoding="utf-8", newline="", errors="replace")
    read_or_refuse(path, sfreq=sfreq, unit=unit)


@given(data=st.data())
def test_texts_of_an_edf_header_replaced(folder, whole, data):
    """Its fields have fixed widths: 256 bytes for the file, then 256 for all of each channel."""
    n = len(LABELS)
    widths = [8, 80, 80, 8, 8, 8, 44, 8, 8, 4]
    for width in (16, 80, 8, 8, 8, 8, 8, 80, 8, 32):
        widths += [width] * n
    starts = np.concatenate([[0], np.cumsum(widths)])
    content = bytearray(whole["x.edf"])
    for _ in range(data.draw(st.integers(1, 4))):
        field = data.draw(st.integers(0, 9) | st.integers(0, len(widths) - 1))
        start, width = starts[field], widths[field]
        new = data.draw(texts).encode("utf-8", "replace")[:width].ljust(width)
        content[start : start + width] = new
    path = folder / "fields.edf"
    path.write_bytes(content)
    read_or_refuse(path)


@given(data=st.data())
def test_values_of_a_brainvision_header_replaced(folder, whole, data):
    for name in ("x.eeg", "x.vmrk"):
        (folder / name).write_bytes(whole[name])
    lines = whole["x.vhdr"].decode().splitlines()
    values = [number for number, line in enumerate(lines) if "=" in line]
    for number in data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=3)):
        lines[number] = lines[number].partition("=")[0] + "=" + data.draw(texts)
    path = folder / "x.vhdr"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    read_or_refuse(path)


@given(
    field=st.sampled_from(["nbchan", "pnts", "trials", "srate", "xmin", "data", "chanlocs"]),
    value=st.floats()
    | texts.filter(bool)
    | st.sampled_from([-1.0, 1e9, 1e18, [], [1.0, 2.0], np.zeros((2, 2)), {"a": 1.0}]),
)
def test_fields_of_an_eeglab_file_replaced(folder, whole, field, value):
    eeg = scipy_io.loadmat(io.BytesIO(whole["x.set"]), struct_as_record=True)["EEG"][0, 0]
    fields = {name: eeg[name] for name in eeg.dtype.names} | {field: value}
    path = folder / "fields.set"
    scipy_io.savemat(path, {"EEG": fields}, appendmat=False)
    read_or_refuse(path)


XML_VALUES = re.compile(rb">([^<>]+)<")


@given(data=st.data())
@example(data=None)
def test_values_of_an_xdf_header_replaced(folder, data):
    body = stream(1, DATA[:, :40])
    size = int.from_bytes(body[1:5], "little")
    header, rest = body[7 : 5 + size], body[5 + size :]
    places = list(XML_VALUES.finditer(header, 30))
    if data is None:
        header = header.replace(b"_count>15<", b"_count>4000000000<")
        rest = rest[:0]
    else:
        for at in sorted(
            data.draw(st.sets(st.sampled_from(range(len(places))), min_size=1, max_size=4)),
            reverse=True,
        ):
            start, stop = places[at].span(1)
            new = data.draw(st.sampled_from(NASTY_TEXTS) | texts).encode("utf-8", "replace")
            header = header[:start] + new + header[stop:]
    path = folder / "values.xdf"
    path.write_bytes(b"XDF:" + chunk(1, b"<info/>") + chunk(2, header) + rest)
    read_or_refuse(path)


@given(
    name=st.text(min_size=1, max_size=300).map(lambda name: name.replace("/", "").replace("\0", ""))
    | st.sampled_from(["a" * 5000, "\udcff", "\n", "."]),
    suffix=st.sampled_from([".csv", ".edf", ".xdf", ".fif", ""]),
)
def test_names_that_no_file_has(folder, name, suffix):
    path = Path(f"{folder}/no such folder/{name}{suffix}")
    with pytest.raises(DataError) as caught:
        read_recording(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", [".csv", ".edf", ".bdf", ".fif", ".vhdr", ".set", ".xdf"])
def test_a_folder_of_that_name(tmp_path, kind):
    (tmp_path / f"x{kind}").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        read_recording(tmp_path / f"x{kind}")


def refusal(path, **given_by_hand):
    with pytest.raises(DataError) as caught:
        read_recording(path, **given_by_hand)
    return str(caught.value)


@pytest.mark.parametrize("following", [36, 56])
def test_a_fif_file_whose_tags_run_in_a_circle_is_refused(tmp_path, whole, following):
    """MNE 1.13 would go round it until memory is full."""
    content = bytearray(whole["x_raw.fif"])
    second = 16 + 20
    content[second + 12 : second + 20] = struct.pack(">ii", 0, 0)  # next in line; no directory
    third = second + 20
    content[third + 12 : third + 16] = struct.pack(">i", following)
    path = tmp_path / "x_raw.fif"
    path.write_bytes(content)
    assert "its chain of tags is closed" in refusal(path)


@pytest.fixture(scope="module")
def split_fif(tmp_path_factory):
    """A FIF recording in three files, as MNE writes what is too long for one."""
    path = tmp_path_factory.mktemp("split") / "s_raw.fif"
    info = mne.create_info(list(EPOC.ch_names), 128.0, "eeg")
    noise = np.random.default_rng(0).normal(0, 1e-5, (14, 128 * 320))
    raw = mne.io.RawArray(noise, info, verbose="ERROR")
    raw.save(path, split_size="2MB", verbose="ERROR")
    return path, noise


@pytest.fixture
def parts(tmp_path, split_fif):
    """The three files, in a folder of their own, to be spoiled."""
    return [
        Path(shutil.copy(part, tmp_path))
        for part in (split_fif[0].with_stem(stem) for stem in ("s_raw", "s_raw-1", "s_raw-2"))
    ]


@pytest.mark.slow
def test_the_parts_of_a_split_fif_file_are_one_recording(parts, split_fif):
    found = read_recording(parts[0]).data
    assert found == pytest.approx(split_fif[1] * 1e6, abs=1e-3)


@pytest.mark.parametrize(("last", "following"), [(1, "s_raw-1"), (2, "s_raw-1"), (2, "s_raw-2")])
def test_fif_files_that_name_each_other_as_next_are_refused(parts, last, following):
    """MNE 1.13 would go from one to the other until memory is full."""
    whole = parts[1].read_bytes()  # whose next is the third
    assert whole.count(b"s_raw-2.fif") == 1
    parts[last].write_bytes(whole.replace(b"s_raw-2.fif", f"{following}.fif".encode()))
    message = refusal(parts[0])
    assert f"its parts name each other as next: {following}.fif comes again" in message


def test_a_later_part_whose_tags_run_in_a_circle_is_refused(parts):
    content = bytearray(parts[1].read_bytes())
    second = 16 + 20
    content[second + 12 : second + 20] = struct.pack(">ii", 36, 0)
    parts[1].write_bytes(content)
    assert "its chain of tags is closed" in refusal(parts[0])


def test_a_recording_that_claims_more_than_its_bytes_can_hold_is_refused(tmp_path, whole):
    content = bytearray(whole["x_raw.fif"])
    # The first buffer's tag: kind 300, floats, its size in bytes.
    at = content.index(struct.pack(">ii", 300, 4))
    content[at + 8 : at + 12] = struct.pack(">i", 2**31 - 1)
    path = tmp_path / "x_raw.fif"
    path.write_bytes(content)
    assert "more than its bytes can hold" in refusal(path)


def test_a_value_beyond_a_million_volts_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(re.sub(r"\n0,[\d.]+", "\n0,1e9", table()), encoding="utf-8")
    message = refusal(path, sfreq=128.0, unit="V")
    assert "AF3: sample 1 is" in message
    assert "too large" in message


@pytest.mark.parametrize("name", ["a.csv.gz", "a.b.EDF.GZ", "a.zip", "a.tar.xz", "a.xdfz", "a.gz"])
def test_a_compressed_file_is_to_be_unpacked_first(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"anything")
    with pytest.raises(DataError, match="is compressed: unpack it"):
        read_recording(path)
