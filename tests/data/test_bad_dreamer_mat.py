"""DREAMER.mat spoiled in bulk: read whole, or refused in one line; nothing takes Python down."""

import copy
import struct
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
from tests.mutations import NASTY_NUMBERS, spoiled, texts
from tests.one_line import assert_one_line


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
    if content is not None:
        path.write_bytes(content)
    try:
        found = DreamerFile(path)
    except DataError as error:
        assert_one_line(error, path)
        return
    for subject in found.subjects:
        for number in found.trials:
            trial = found.trial(subject, number)
            assert trial.eeg.shape[0] == trial.baseline.shape[0] == 14
            assert np.isfinite(trial.eeg).all()
            assert set(trial.ratings.values()) <= set(range(1, 6))


@given(data=st.data())
def test_spoiled_bytes(folder, plain, data):
    read_or_refuse(folder / "x.mat", data.draw(spoiled(plain, 2000)))


@given(data=st.data())
def test_spoiled_bytes_of_a_compressed_file(folder, packed, data):
    read_or_refuse(folder / "x.mat", data.draw(spoiled(packed, 200)))


@given(data=st.data())
def test_spoiled_bytes_that_are_compressed_afterwards(folder, plain, data):
    """So that the check sum tells nothing."""
    spoilt = zlib.compress(data.draw(spoiled(plain[128:], 2000)), level=1)
    tag = struct.pack("<II", 15, len(spoilt))
    read_or_refuse(folder / "x.mat", plain[:128] + tag + spoilt)


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
