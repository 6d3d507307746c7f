"""DREAMER.mat spoiled in bulk: read whole, or refused in one line; nothing takes Python down."""

import copy
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import io, sparse

from rtdreamer.data.dreamer_mat import DreamerFile, write_dreamer
from rtdreamer.data.mat_tags import check_tags
from rtdreamer.data.trials import dreamer_trial
from rtdreamer.errors import DataError
from tests.mat_bytes import MATRIX, array, big_endian, element, elements
from tests.mutations import NASTY_NUMBERS, spoiled, texts
from tests.one_line import assert_one_line

MOST_MEMORY = 1 << 26


class TwoPeople:
    """Whose every recording is two samples short: small files spoil fast."""

    name, people, clips, simulated = "two people", "nobody", "nobody", True
    subjects, trials = (1, 2), tuple(range(1, 19))

    def trial(self, subject, trial):
        eeg = np.random.default_rng(trial).normal(4200, 20, (14, 2))
        return dreamer_trial(subject, trial, eeg, eeg, (1, 3, 5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mat")


@pytest.fixture(scope="module")
def packed(folder):
    write_dreamer(folder / "packed.mat", TwoPeople())
    return (folder / "packed.mat").read_bytes()


@pytest.fixture(scope="module")
def plain(packed):
    """The same without compression: header, and one variable."""
    return packed[:128] + zlib.decompress(packed[136:])


@pytest.fixture(scope="module")
def values(folder, packed):
    return io.loadmat(folder / "packed.mat")["DREAMER"]


def read_or_refuse(path, content=None):
    """Read all of a file, or be told in one line why not; never with much memory."""
    if content is not None:
        path.write_bytes(content)
    tracemalloc.start()
    try:
        found = DreamerFile(path)
        trials = [found.trial(subject, n) for subject in found.subjects for n in found.trials]
    except DataError as error:
        assert_one_line(error, path)
        return None
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < MOST_MEMORY
    for trial in trials:
        assert trial.eeg.shape[0] == trial.baseline.shape[0] == 14
        assert np.isfinite(trial.eeg).all()
        assert set(trial.ratings.values()) <= set(range(1, 6))
    return trials


def pack(plain):
    """Deflate a file's one variable."""
    packed = zlib.compress(plain[128:], level=1)
    return plain[:128] + struct.pack("<II", 15, len(packed)) + packed


@given(data=st.data())
def test_spoiled_bytes(folder, plain, data):
    read_or_refuse(folder / "x.mat", data.draw(spoiled(plain, 2000)))


@given(data=st.data())
def test_spoiled_bytes_of_a_compressed_file(folder, packed, data):
    read_or_refuse(folder / "x.mat", data.draw(spoiled(packed, 200)))


@given(data=st.data())
def test_spoiled_bytes_that_are_compressed_afterwards(folder, plain, data):
    """So that the check sum tells nothing."""
    read_or_refuse(folder / "x.mat", pack(plain[:128] + data.draw(spoiled(plain[128:], 2000))))


@given(data=st.data())
def test_tags_that_lie(folder, plain, data):
    """Of type or size, with what is behind them as it was."""
    content = bytearray(plain)
    for tag in data.draw(st.lists(st.sampled_from(elements(plain)), min_size=1, max_size=3)):
        form, most = ("<HH", 2**16) if tag.data.start == tag.at + 4 else ("<II", 2**32)
        kind, size = struct.unpack_from(form, plain, tag.at)
        sizes = st.sampled_from([0, 1, 4, 7, 8, 16, 2**16 - 1, 2**31, 2**32 - 1])
        size = data.draw(sizes | st.integers(-9, 9).map(size.__add__))
        kind = data.draw(st.just(kind) | st.integers(0, 20))
        struct.pack_into(form, content, tag.at, kind, size % most)
    content = bytes(content)
    read_or_refuse(folder / "x.mat", pack(content) if data.draw(st.booleans()) else content)


@pytest.mark.parametrize("form", ["plain", "packed"])
def test_a_file_cut_off_anywhere_is_refused(folder, plain, packed, form):
    path, content = folder / "x.mat", plain if form == "plain" else packed
    for length in {*range(0, len(content), 101), *range(len(content) - 9, len(content))}:
        assert read_or_refuse(path, content[:length]) is None


@pytest.mark.parametrize("form", ["plain", "big-endian"])
def test_other_forms_hold_the_same(folder, plain, packed, form):
    expected = read_or_refuse(folder / "x.mat", packed)
    found = read_or_refuse(folder / "x.mat", plain if form == "plain" else big_endian(plain))
    assert len(found) == 36
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one.eeg, other.eeg)
        assert np.array_equal(one.baseline, other.baseline)
        assert one.ratings == other.ratings


ZEROS = bytes(2 * MOST_MEMORY)
FLAGS = element(6, struct.pack("<II", 6, 0))
MATRIX_OF_ONE = element(5, struct.pack("<ii", 1, 1))
MANY_SAMPLES = struct.pack("<ii", len(ZEROS) // 112, 14)
BOMBS = {
    "numbers": lambda: array(6, "DREAMER", element(9, ZEROS), MANY_SAMPLES),
    "text": lambda: array(4, "DREAMER", element(16, ZEROS), struct.pack("<ii", 1, len(ZEROS))),
    "cells": lambda: array(
        1,
        "DREAMER",
        element(MATRIX, b"") * (len(ZEROS) // 8),
        struct.pack("<ii", 1, len(ZEROS) // 8),
    ),
    "cells that are not there": lambda: array(1, "DREAMER", b"", struct.pack("<ii", 1, 2**31 - 1)),
    "structs": lambda: array(
        2,
        "DREAMER",
        element(5, b"\x04\0\0\0") + element(1, b"abc\0"),
        struct.pack("<ii", 2**15, 2**15),
    ),
    "fields": lambda: array(2, "DREAMER", element(5, b"\x04\0\0\0") + element(1, ZEROS)),
    "one field's name": lambda: array(
        2, "DREAMER", element(5, struct.pack("<i", len(ZEROS))) + element(1, ZEROS)
    ),
    "flags": lambda: element(MATRIX, element(6, ZEROS)),
    "dimensions": lambda: element(MATRIX, FLAGS + element(5, ZEROS)),
    "name": lambda: element(MATRIX, FLAGS + MATRIX_OF_ONE + element(1, ZEROS)),
    "no array": lambda: array(5, "DREAMER", element(5, ZEROS) * 2),
}


@pytest.mark.parametrize("what", BOMBS)
def test_what_is_small_in_the_file_and_large_in_memory_is_refused(folder, plain, what):
    path = folder / "bomb.mat"
    path.write_bytes(pack(plain[:128] + BOMBS[what]()))
    assert path.stat().st_size < len(ZEROS) / 50
    assert read_or_refuse(path) is None


def test_a_trial_that_is_small_in_the_file_and_large_in_memory_is_refused(folder, plain, values):
    spoilt = copy.deepcopy(values)
    spoilt[0, 0]["Data"][0, 1]["EEG"][0, 0]["stimuli"][0, 0][4, 0] = np.zeros((10**6, 14))
    path = folder / "bomb.mat"
    io.savemat(path, {"DREAMER": spoilt}, do_compression=True)
    with pytest.raises(DataError, match=r"trial 5: has shape \(1000000, 14\), more than"):
        DreamerFile(path)
    assert read_or_refuse(path) is None


odd_values = st.one_of(
    st.sampled_from(NASTY_NUMBERS[:9] + NASTY_NUMBERS[-11:]).map(
        lambda x: np.array([[float(min(x, 2**64))]])
    ),
    texts.filter(bool).map(lambda text: text.encode("utf-8", "replace").decode()),
    st.sampled_from(
        [
            np.empty((0, 0)),
            np.empty((0, 14)),
            np.array([[1.0, "a", np.ones(2)]], dtype=object),
            np.empty((0, 0), dtype=object),
            np.zeros((2, 14), dtype=complex),
            np.full((2, 14), np.inf),
            np.full((18, 1), 3.5),
            np.full((18, 1), 2**63, dtype=np.uint64),
            np.zeros((2, 14), dtype=bool),
            np.zeros((3, 3, 3)),
            np.array([["a", "b"]]),
            sparse.csc_matrix(np.eye(3)),
            {"a": 1.0, "EEG": {"stimuli": 1.0}},
            [],
        ]
    ),
)


@given(data=st.data())
def test_values_replaced(folder, values, data):
    """Something else in the place of any struct's field, or of any cell."""
    spoilt = copy.deepcopy(values)
    inner = spoilt
    while True:
        names = inner.dtype.names
        where = data.draw(st.sampled_from(names)) if names else None
        holder = inner[where] if names else inner
        index = data.draw(st.integers(0, holder.size - 1))
        value = holder.flat[index]
        if (
            isinstance(value, np.ndarray)
            and value.size
            and value.dtype.hasobject
            and data.draw(st.sampled_from([True, True, False]))
        ):
            inner = value
            continue
        holder.flat[index] = data.draw(odd_values)
        break
    path = folder / "values.mat"
    io.savemat(path, {"DREAMER": spoilt})
    read_or_refuse(path)


# Without the check each of these takes the process down, with scipy 1.17.
@pytest.mark.parametrize("kind", [0, 8, 14, 15, 99, 0x5F09])
@pytest.mark.parametrize("holds", ["numbers", "text"])
def test_an_array_of_an_unknown_type_is_refused(folder, kind, holds):
    path = folder / "types.mat"
    io.savemat(path, {"DREAMER": np.arange(20.0) if holds == "numbers" else "some text"})
    content = bytearray(path.read_bytes())
    at = 128 + 8 + 16 + 16 + 16
    assert content[at] in (9, 16)
    content[at : at + 4] = struct.pack("<I", kind)
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"{path}: is no MAT-file, or .*damaged .*type"):
        DreamerFile(path)


def test_an_array_that_says_it_is_complex_and_is_not_is_refused(folder):
    path = folder / "complex.mat"
    io.savemat(path, {"DREAMER": np.arange(20.0), "more": 1.0})
    content = bytearray(path.read_bytes())
    content[128 + 8 + 8 + 1] |= 0x08
    path.write_bytes(content)
    with pytest.raises(DataError, match="an array without its numbers"):
        DreamerFile(path)


def test_flags_that_hide_what_scipy_would_read_are_refused(folder):
    """They claim to last until behind numbers of an unknown type; others would follow."""
    start = element(5, struct.pack("<ii", 1, 1)) + element(1, b"DREAMER")
    hidden = struct.pack("<II", 6, 0) + start + element(0x5F09, bytes(8))
    path = folder / "hidden.mat"
    whole = element(MATRIX, element(6, hidden) + start + element(9, bytes(8)))
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + whole)
    with pytest.raises(DataError, match="an array without its flags"):
        DreamerFile(path)


@pytest.mark.parametrize("size", [0, 4])
def test_an_array_without_dimensions_is_refused(folder, size):
    path = folder / "flat.mat"
    io.savemat(path, {"DREAMER": "some text"})
    content = bytearray(path.read_bytes())
    content[128 + 8 + 16 + 4] = size
    path.write_bytes(content)
    with pytest.raises(DataError, match="fewer than two dimensions"):
        DreamerFile(path)


def test_arrays_nested_without_end_are_refused(folder):
    path = folder / "deep.mat"
    nested = np.ones((1, 1))
    for _ in range(200):
        cell = np.empty((1, 1), dtype=object)
        cell[0, 0] = nested
        nested = cell
    io.savemat(path, {"DREAMER": nested})
    with pytest.raises(DataError, match="nested too deep"):
        DreamerFile(path)


@pytest.mark.parametrize("compressed", [False, True])
def test_all_kinds_of_arrays_pass(folder, compressed):
    path = folder / "kinds.mat"
    kinds = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    arrays = {kind: np.arange(5).astype(kind) for kind in (*kinds, "float32", "float64", "bool")}
    more = {
        "complex": np.array([1j, 2]),
        "sparse": sparse.csc_matrix(np.eye(3)),
        "complex_sparse": sparse.csc_matrix(1j * np.eye(3)),
        "text": "µV and Ω",
        "nothing": np.empty((0, 0)),
        "cells": np.array([np.ones(3), "a", np.empty((0, 0))], dtype=object),
        "struct": {"a": {"b": [1.0, 2.0]}},
    }
    io.savemat(path, arrays | more, do_compression=compressed)
    check_tags(path)
