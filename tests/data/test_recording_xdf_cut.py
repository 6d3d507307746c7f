"""XDF that is cut, or too short for its stamps to tell a rate."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.recording_xdf import read_xdf
from tests.data.test_recording_xdf import DATA, EXPECTED, chunk, stream, write


def test_a_stream_without_a_footer_may_be_cut_and_is_played(tmp_path):
    motion = stream(1, DATA[:2], ("GyroX", "GyroY"), kind="Motion")
    found = read_xdf(write(tmp_path, motion, stream(2, footer=None)), {})
    assert np.array_equal(found.data, EXPECTED)
    assert found.notes == ("its EEG ends without a footer: the file may be cut",)


@pytest.fixture(scope="module")
def in_chunks(tmp_path_factory):
    """A file of 20 chunks of 30 samples, and where in it each begins."""
    folder = tmp_path_factory.mktemp("xdf")
    begun = write(folder, stream(1, DATA[:, :0], footer=None)).read_bytes()
    starts = []
    for first in range(0, 600, 30):
        starts.append(len(begun))
        samples = b"".join(
            struct.pack("<Bd", 8, 1000 + number / 128) + DATA[:, number].astype("<f8").tobytes()
            for number in range(first, first + 30)
        )
        begun += chunk(3, struct.pack("<IBI", 1, 4, 30) + samples)
    return folder / "cut.xdf", begun, starts


@given(share=st.floats(0, 1), missing=st.integers(0, 130))
def test_a_file_that_is_cut_anywhere_gives_its_whole_chunks_and_says_so(in_chunks, share, missing):
    path, content, starts = in_chunks
    ends = [*starts[1:], len(content)]
    # Most often near the end of a chunk, where a sample is cut in two.
    at = max(ends[int(share * 19)] - missing, ends[0])
    path.write_bytes(content[:at])
    found = read_xdf(path, {})
    n_times = 30 * sum(end <= at for end in ends)
    assert np.array_equal(found.data, EXPECTED[:, :n_times])
    assert "ends without a footer" in found.notes[0]
    assert bool(found.part) == (at not in ends)


@given(promised=st.integers(0, 2000))
def test_a_footer_that_promises_more_is_told(tmp_path_factory, promised):
    footer = f"<info><sample_count>{promised}</sample_count></info>"
    found = read_xdf(write(tmp_path_factory.mktemp("xdf"), stream(1, footer=footer)), {})
    assert np.array_equal(found.data, EXPECTED)
    assert found.notes == (
        (f"its EEG is cut: its footer promises {promised} samples, 600 are there",)
        if promised > 600
        else ()
    )


@given(
    n_times=st.integers(8, 63),
    true=st.sampled_from([32, 64, 95, 110, 128, 150, 170, 256, 500]),
    jitter=st.floats(0, 0.1),
    seed=st.integers(0, 99),
)
def test_a_short_stream_whose_stamps_go_by_another_rate_is_told(
    tmp_path_factory, n_times, true, jitter, seed
):
    uneven = np.random.default_rng(seed).uniform(0, jitter, n_times)
    times = 1000 + (np.arange(n_times) + uneven) / true
    path = write(tmp_path_factory.mktemp("xdf"), stream(1, DATA[:, :n_times], times=times))
    found = read_xdf(path, {})
    assert found.sfreq == 128
    is_told = any("too few to tell" in note for note in found.notes)
    if abs(true / 128 - 1) < 0.2:
        assert not is_told
    elif jitter < 0.01:
        assert is_told


@pytest.mark.parametrize("n_batch", [4, 8, 16])
def test_batches_in_a_short_stream_are_no_other_rate(tmp_path, n_batch):
    number = np.arange(60)
    for within in (0.0, 0.2, 0.9):  # how fast the stamps run within a batch
        times = 1000 + (number // n_batch * n_batch + within * (number % n_batch)) / 128
        found = read_xdf(write(tmp_path, stream(1, DATA[:, :60], times=times)), {})
        assert found.notes == ()
