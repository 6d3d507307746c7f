"""What is read in passing is what scipy reads as a whole."""

import io
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.io import loadmat, savemat

from rtdreamer.data import mat_reader
from rtdreamer.data.mat_reader import Summary, Treatment, read_again, read_variable
from tests.mat_bytes import big_endian, elements

LONG = 5000


def keep(where):
    return Treatment.KEEP


def examine(where):
    return Treatment.EXAMINE


def written(value, form="compressed", **others):
    file = io.BytesIO()
    savemat(file, others | {"x": value}, do_compression=form == "compressed", oned_as="column")
    return io.BytesIO(big_endian(file.getvalue())) if form == "big-endian" else file


def cells(values, shape):
    made = np.empty(shape, dtype=object)
    for index, value in enumerate(values):
        made.flat[index] = value
    return made


def plainly(value):
    """What scipy reads, as the reader gives it."""
    if value.dtype.names:
        assert value.shape == (1, 1)
        return {name: plainly(value[name][0, 0]) for name in value.dtype.names}
    if value.dtype == object:
        return [plainly(cell) for cell in value.flat]
    return value


def assert_same(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for name in expected:
            assert_same(found[name], expected[name])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        assert found.tobytes() == expected.tobytes()


numbers = st.sampled_from(
    [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)] + ["float32", "float64"]
)
arrays = hnp.arrays(numbers, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
texts = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=9)
values = st.recursive(
    arrays | texts | arrays.map(lambda array: array.astype(complex)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=4, max_size=4).map(lambda parts: cells(parts, (2, 2))),
        st.lists(inner, max_size=3).map(lambda parts: cells(parts, (1, len(parts)))),
        st.dictionaries(st.sampled_from(["EEG", "a", "b_1"]), inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@given(value=values, form=st.sampled_from(["compressed", "plain", "big-endian"]))
def test_every_value_is_as_scipy_reads_it(value, form):
    file = written(value, form)
    assert_same(read_variable(file, "x", keep), plainly(loadmat(file)["x"]))


sizes = st.sampled_from([0.0, 1.0, 100.0, sys.float_info.max])


@given(array=arrays, form=st.sampled_from(["compressed", "plain", "big-endian"]), most=sizes)
def test_an_array_examined_can_be_read_again(array, form, most):
    file = written(array, form)
    expected = loadmat(file)["x"]
    found = read_variable(file, "x", examine, most)
    assert (found.kind, found.shape) == ("f", expected.shape)
    beyond = [
        (index, float(value))
        for index, value in np.ndenumerate(expected.astype(float))
        if not -most <= value <= most
    ]
    assert repr(found.beyond) == repr(beyond[0] if beyond else None)
    for _ in range(2):
        assert_same(read_again(file, found.location), expected)


def long_arrays():
    return [np.random.default_rng(seed).normal(0, 1, (LONG, 14)) for seed in range(12)]


@pytest.mark.parametrize("form", ["compressed", "plain", "big-endian"])
@pytest.mark.parametrize("n_marks", [1, 3, 1000])
def test_each_array_is_found_whether_it_has_a_mark_of_its_own_or_not(monkeypatch, form, n_marks):
    monkeypatch.setattr(mat_reader, "_MOST_MARKS", n_marks)
    arrays = long_arrays()
    file = written(cells(arrays, (12, 1)), form)
    found = read_variable(file, "x", lambda where: examine(where) if where else keep(where))
    marks = {id(one.location.mark) for one in found}
    assert len(marks) == min(n_marks, 12)
    for index in (7, 0, 11, 0, 3):
        assert np.array_equal(read_again(file, found[index].location), arrays[index])


def test_other_variables_are_passed_over():
    file = written(np.ones(3), first=np.zeros(9), second="text")
    assert_same(read_variable(file, "x", keep), np.ones((3, 1)))
    assert read_variable(file, "y", keep) is None


def test_what_is_skipped_may_be_damaged():
    file = written({"a": np.ones(3), "b": np.arange(20.0)}, "plain")
    content = bytearray(file.getvalue())
    last = elements(file.getvalue())[-1]
    content[last.at] = 99
    skip_b = {("b",): Treatment.SKIP}
    found = read_variable(io.BytesIO(content), "x", lambda at: skip_b.get(at, Treatment.KEEP))
    assert_same(found["a"], np.ones((3, 1)))
    with pytest.raises(ValueError, match="unknown type 99"):
        read_variable(io.BytesIO(content), "x", keep)


@pytest.mark.parametrize(
    ("value", "kind", "shape"),
    [
        (np.zeros((LONG, 14)), "f", (LONG, 14)),
        (np.zeros((LONG, 14), dtype=complex), "c", (LONG, 14)),
        ("a" * 70_000, "U", (1, 70_000)),
        (np.zeros((2, 3), dtype=[("a", object)]), "V", (2, 3)),
    ],
)
def test_of_what_is_not_kept_kind_and_shape_are_known(value, kind, shape):
    found = read_variable(written(value), "x", keep)
    assert isinstance(found, Summary)
    assert (found.kind, found.shape, found.location) == (kind, shape, None)


def test_an_array_too_long_to_be_examined_is_not_read(monkeypatch):
    monkeypatch.setattr(mat_reader, "MOST_VALUES", LONG)
    found = read_variable(written(np.ones((LONG, 14))), "x", examine)
    assert (found.kind, found.shape, found.location) == ("f", (LONG, 14), None)


def test_more_than_can_be_kept_is_refused(monkeypatch):
    monkeypatch.setattr(mat_reader, "_MOST_KEPT", 20_000)
    file = written(cells([np.ones(1)] * 30, (30, 1)))
    assert len(read_variable(file, "x", keep)) == 30
    for many in (cells([np.ones(1)] * 60, (60, 1)), cells([np.ones(900)] * 3, (3, 1))):
        with pytest.raises(ValueError, match="too many small arrays"):
            read_variable(written(many), "x", keep)


@pytest.mark.parametrize("claimed", [2, 17, 2**31 - 1])
def test_cells_are_as_many_as_they_say(claimed):
    content = written(cells([np.ones(2)] * 18, (18, 1)), "plain").getvalue()
    dimensions = elements(content)[2].data
    spoilt = bytearray(content)
    spoilt[dimensions.start : dimensions.start + 4] = claimed.to_bytes(4, "little")
    with pytest.raises(ValueError, match=r"more parts than it names|more values than its bytes"):
        read_variable(io.BytesIO(spoilt), "x", keep)


def test_bytes_behind_an_array_are_not_inflated_for_long():
    plain = written(np.ones(3), "plain").getvalue()
    packed = zlib.compress(plain[128:] + bytes(1 << 20))
    tag = (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little")
    with pytest.raises(ValueError, match="beyond the end"):
        read_variable(io.BytesIO(plain[:128] + tag + packed), "x", keep)


def test_two_fields_of_one_name_are_refused():
    content = written({"aa": np.ones(2), "ab": np.ones(3)}, "plain").getvalue()
    with pytest.raises(ValueError, match="two fields of one name"):
        read_variable(io.BytesIO(content.replace(b"ab", b"aa")), "x", keep)
