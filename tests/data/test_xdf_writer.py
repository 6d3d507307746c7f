"""Written here, read by pyxdf."""

import errno
import os
from contextlib import suppress

import numpy as np
import pytest
import pyxdf

from rtdreamer.data.session_file import read_session
from rtdreamer.data.xdf_writer import FORMATS, XdfFile, stream_header

STAMPS = 100 + np.arange(300) / 128


def load(path):
    streams, _ = pyxdf.load_xdf(
        path, synchronize_clocks=False, dejitter_timestamps=False, verbose=False
    )
    return streams


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("n_channels", [1, 19])
def test_numbers_are_read_back_to_the_last_bit(tmp_path, fmt, n_channels):
    path, rng = tmp_path / "a.xdf", np.random.default_rng(0)
    values = rng.integers(-100, 100, (300, n_channels)).astype(FORMATS[fmt])
    if fmt in ("float32", "double64"):
        values = rng.normal(4200, 20, values.shape).astype(FORMATS[fmt])
        values[7, 0] = np.nan
    with XdfFile(path) as file:
        file.add_stream(
            3, stream_header("EPOC", "EEG", fmt, [(f"c{n}", "µV") for n in range(n_channels)])
        )
        file.add_samples(3, STAMPS[:1], values[:1])
        file.flush()
        file.add_samples(3, STAMPS[1:], values[1:])
        file.add_clock_offset(3, 99.5, -0.25)
        file.add_footer(3, {"sample_count": 300})
        file.flush()
        assert file.size == path.stat().st_size
    (stream,) = load(path)
    np.testing.assert_array_equal(stream["time_series"], values)
    assert stream["time_series"].dtype == values.dtype
    np.testing.assert_array_equal(stream["time_stamps"], STAMPS)
    assert (stream["clock_times"], stream["clock_values"]) == ([99.5], [-0.25])
    assert stream["footer"]["info"]["sample_count"] == ["300"]
    assert stream["info"]["stream_id"] == 3
    channels = stream["info"]["desc"][0]["channels"][0]["channel"]
    assert [channel["unit"] for channel in channels] == [["µV"]] * n_channels


def test_texts_of_any_length_and_script_are_read_back(tmp_path):
    texts = ["", "a", "ä" * 127, "x" * 255, "x" * 256, "<&>\0\n", "脳" * 30_000]
    with XdfFile(tmp_path / "a.xdf") as file:
        file.add_stream(1, stream_header("<M&M>", "Markers", "string", [("", "")]))
        file.add_samples(1, STAMPS[: len(texts)], [[text] for text in texts])
        file.flush()
    (stream,) = load(tmp_path / "a.xdf")
    assert [row for (row,) in stream["time_series"]] == texts
    assert stream["info"]["name"] == ["<M&M>"]


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    path = tmp_path / "a.xdf"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        XdfFile(path)
    assert path.read_bytes() == b"mine"


def test_what_is_on_disk_can_be_read_wherever_it_is_cut_off(tmp_path):
    path, cut = tmp_path / "a.xdf", tmp_path / "cut.xdf"
    values = np.arange(24, dtype=np.float32).reshape(12, 2)
    with XdfFile(path) as file:
        file.add_stream(1, stream_header("EPOC", "EEG", "float32", [("a", ""), ("b", "")]))
        file.add_stream(2, stream_header("M", "Markers", "string", [("", "")]))
        file.flush()
        first = file.size
        for start in range(0, 12, 3):
            file.add_samples(1, STAMPS[start : start + 3], values[start : start + 3])
            file.add_samples(2, STAMPS[start : start + 1], [[f"marker {start}"]])
            file.add_clock_offset(1, float(start), 0.5)
            file.flush()
        file.add_footer(1, {"sample_count": 12})
        file.flush()
    content = path.read_bytes()
    lengths = set()
    for end in range(first, len(content) + 1):
        cut.write_bytes(content[:end])
        found = read_session(cut, synchronise=False)
        eeg, markers = found.streams
        n_times = len(eeg.timestamps)
        lengths.add(n_times)
        np.testing.assert_array_equal(np.reshape(eeg.values, (-1, 2)), values[:n_times])
        np.testing.assert_array_equal(eeg.timestamps, STAMPS[:n_times])
        assert markers.texts == [f"marker {3 * n}" for n in range(len(markers.texts))]
        assert not found.note or "cut off" in found.note
    assert lengths == {0, 3, 6, 9, 12}
    assert not found.note


class Disk:
    """A file for which there is so much room."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, content):
        n_free = self.room - self.file.tell()
        if n_free <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(content[:n_free])

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_of_what_waits_as_much_is_written_as_there_is_room_for(tmp_path):
    path = tmp_path / "a.xdf"
    values = np.arange(300, dtype=np.float32).reshape(300, 1)
    with XdfFile(path) as file:
        file._file = disk = Disk(file._file, 700)
        file.add_stream(1, stream_header("EPOC", "EEG", "float32", [("a", "")]))
        n_found = []
        for start in range(0, 300, 10):
            file.add_samples(1, STAMPS[start : start + 10], values[start : start + 10])
            disk.room += 40
            with suppress(OSError):
                file.flush()
            assert path.stat().st_size == file.size <= disk.room
            (eeg,) = read_session(path, synchronise=False).streams
            n_found.append(len(eeg.timestamps))
            np.testing.assert_array_equal(np.ravel(eeg.values), values[: n_found[-1], 0])
        assert file.pending
        assert np.unique(np.diff(n_found)).tolist() == [0, 10]
        disk.room = 10**6
        file.flush()
        assert not file.pending
    np.testing.assert_array_equal(load(path)[0]["time_stamps"], STAMPS)
