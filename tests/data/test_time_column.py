from datetime import datetime, timedelta

import numpy as np
import pytest

from rtdreamer.data.recording import read_recording
from rtdreamer.errors import DataError
from rtdreamer.headset import EPOC

N_TIMES = 384


def table(path, label, cells, above=""):
    """Noise in µV, with a first column of these cells."""
    rows = 4200 + 20 * np.random.default_rng(5).standard_normal((len(cells), EPOC.n_channels))
    lines = [",".join((label, *EPOC.ch_names))]
    lines += [
        ",".join((cell, *(f"{value:.3f}" for value in row)))
        for cell, row in zip(cells, rows, strict=True)
    ]
    path.write_text(above + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def seconds(gaps=(), rate=128):
    """Seconds of each row, with gaps given as (row, seconds)."""
    found = np.arange(N_TIMES) / rate
    for row, length in gaps:
        found[row:] += length
    return found


@pytest.mark.parametrize(
    "label", ["t", "s", "Seconds", "sec", "Elapsed (s)", "lsl_clock", "LSL", "Date", "Zeit", ""]
)
def test_times_are_known_by_their_rate_under_other_labels_too(tmp_path, label):
    path = table(tmp_path / "a.csv", label, [f"{one:.5f}" for one in seconds([(200, 30)])])
    found = read_recording(path)
    assert [gap.sample for gap in found.gaps] == [200]
    with pytest.raises(DataError, match="says that its rate is 128 Hz, not 256 Hz"):
        read_recording(path, sfreq=256)


@pytest.mark.parametrize("label", ["", "s", "t"])
def test_what_counts_rows_or_runs_at_no_rate_of_a_headset_is_no_time(tmp_path, label):
    path = table(tmp_path / "a.csv", label, [str(row) for row in range(N_TIMES)])
    assert read_recording(path, sfreq=128).gaps == ()
    path = table(tmp_path / "a.csv", label, [f"{row * 0.7:.2f}" for row in range(N_TIMES)])
    assert read_recording(path, sfreq=128).gaps == ()


@pytest.mark.parametrize("length", [8, 32, 50])
@pytest.mark.parametrize("scale", [1, 1000, 1_000_000_000])
def test_short_pieces_far_apart_keep_the_scale_of_their_times(tmp_path, length, scale):
    gaps = [(row, 21.0) for row in range(length, N_TIMES, length)]
    path = table(tmp_path / "a.csv", "time", [f"{one * scale:.4f}" for one in seconds(gaps)])
    found = read_recording(path)
    assert [gap.sample for gap in found.gaps] == [row for row, _ in gaps]
    np.testing.assert_allclose([gap.seconds for gap in found.gaps], 21.0, atol=0.01)


@pytest.mark.parametrize(
    "form",
    ["%m/%d/%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S.%f", "%d.%m.%y %H:%M:%S:%f", "%H:%M:%S.%f",
     "%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f"],
)  # fmt: skip
@pytest.mark.parametrize("label", ["Time", "Zeit"])
def test_dates_in_any_order_and_minutes_alone_are_times(tmp_path, form, label):
    begin = datetime(2024, 5, 31, 23, 59, 59)  # passes midnight, and the hour
    times = seconds([(200, 0.5)])
    cells = [(begin + timedelta(seconds=float(one))).strftime(form) for one in times]
    path = table(tmp_path / "a.csv", label, cells)
    found = read_recording(path)
    assert [gap.sample for gap in found.gaps] == [200]
    np.testing.assert_allclose(found.gaps[0].seconds, 0.5, atol=0.01)
    with pytest.raises(DataError, match="says that its rate is 128 Hz, not 256 Hz"):
        read_recording(path, sfreq=256)


@pytest.mark.parametrize(
    "note", ["EEG sampling rate 256", "fs: 256", "Fs = 256 Hz", "Sampling frequency 256 Hz"]
)
def test_notes_in_other_words_tell_the_rate(tmp_path, note):
    path = table(tmp_path / "a.csv", "x", ["0"] * N_TIMES, above=note + "\n")
    assert read_recording(path).data.shape[1] == N_TIMES // 2
    with pytest.raises(DataError, match="says that its rate is 256 Hz, not 128 Hz"):
        read_recording(path, sfreq=128)


@pytest.mark.parametrize("size", [6, 8, 12])
@pytest.mark.parametrize("within", [180, 256, 1000])
def test_stamps_that_run_faster_within_batches_do_not_make_the_rate(tmp_path, size, within):
    row = np.arange(N_TIMES)
    times = row // size * size / 128 + row % size / within
    found = read_recording(table(tmp_path / "a.csv", "time", [f"{one:.6f}" for one in times]))
    assert found.data.shape[1] == N_TIMES
    assert found.gaps == ()


@pytest.mark.parametrize("rate", [128, 256])
def test_losses_too_small_for_gaps_do_not_change_the_rate(tmp_path, rate):
    row = np.arange(N_TIMES)
    times = row / rate + row // 40 * 5 / rate
    path = table(tmp_path / "a.csv", "time", [f"{one:.6f}" for one in times])
    assert read_recording(path).data.shape[1] == N_TIMES * 128 // rate
