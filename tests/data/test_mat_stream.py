import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.data.mat_stream import Stream

CONTENT = np.random.default_rng(0).normal(0, 9, 40_000).astype(np.int8).tobytes() * 4


def opened(compressed, content=CONTENT, behind=b"more"):
    """A stream in the middle of a file."""
    packed = zlib.compress(content, 1) if compressed else content
    file = io.BytesIO(b"before" + packed + behind)
    file.seek(6)
    return file, Stream(file, len(packed), zlib.decompressobj() if compressed else None)


@given(
    compressed=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from(["read", "skip"]), st.integers(0, 90_000))),
)
def test_what_is_read_is_what_is_there(compressed, steps):
    _, stream = opened(compressed)
    for step, n in steps:
        at = stream.position
        if n > len(CONTENT) - at:
            with pytest.raises(ValueError, match="cut short"):
                getattr(stream, step)(n)
            return
        found = getattr(stream, step)(n)
        assert stream.position == at + n
        assert step == "skip" or found == CONTENT[at : at + n]


@given(
    compressed=st.booleans(),
    marked=st.lists(st.integers(0, 150_000), min_size=1, max_size=6).map(sorted),
    order=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9000)), max_size=12),
)
def test_marks_lead_back_in_any_order_and_again(compressed, marked, order):
    file, stream = opened(compressed)
    marks = []
    for at in marked:
        stream.skip(at - stream.position)
        marks.append(stream.mark())
    for which, n in order:
        mark = marks[which % len(marks)]
        again = Stream.from_mark(file, mark)
        assert again.position == mark.position
        assert again.read(n) == CONTENT[mark.position : mark.position + n]
    last = Stream.from_mark(file, marks[-1])
    last.skip(len(CONTENT) - last.position)
    last.finish()


@pytest.mark.parametrize("compressed", [False, True])
def test_the_end_is_looked_at(compressed):
    _, stream = opened(compressed)
    stream.skip(len(CONTENT))
    stream.finish()
    with pytest.raises(ValueError, match="cut short"):
        stream.read(1)


def test_a_wrong_check_sum_is_told():
    packed = bytearray(zlib.compress(CONTENT))
    packed[-1] ^= 1
    stream = Stream(io.BytesIO(packed), len(packed), zlib.decompressobj())
    stream.skip(len(CONTENT) - 10)
    with pytest.raises(zlib.error, match="incorrect data check"):
        stream.finish()


def test_a_missing_check_sum_is_told():
    packed = zlib.compress(CONTENT)[:-4]
    stream = Stream(io.BytesIO(packed), len(packed), zlib.decompressobj())
    stream.skip(len(CONTENT))
    with pytest.raises(ValueError, match="cut short"):
        stream.finish()


@pytest.mark.parametrize("compressed", [False, True])
def test_an_end_far_away_is_not_waited_for(compressed):
    _, stream = opened(compressed, bytes(1 << 24))
    stream.skip(100)
    with pytest.raises(ValueError, match="beyond the end"):
        stream.finish()
    assert stream.position < 1 << 17
