import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtdreamer.decoding import checked_fields, decode, encode


class Edge(NamedTuple):
    name: str
    freq: float


@dataclass(frozen=True, slots=True)
class Everything:
    flag: bool
    count: int
    share: float
    name: str
    pair: tuple[float, float]
    names: tuple[str, ...]
    edges: tuple[Edge, ...]
    maybe: int | None
    by_name: Mapping[str, int]
    whatever: Mapping[str, Any]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.integers(-(10**30), 10**30)
EVERYTHING = st.builds(
    Everything,
    st.booleans(),
    WHOLE,
    NUMBERS,
    st.text(),
    st.tuples(NUMBERS, NUMBERS),
    st.lists(st.text()).map(tuple),
    st.lists(st.builds(Edge, st.text(), NUMBERS)).map(tuple),
    WHOLE | st.none(),
    st.dictionaries(st.text(), WHOLE),
    st.dictionaries(st.text(), st.none() | st.booleans() | NUMBERS | st.text()),
)
ONE = Everything(True, 3, 0.5, "x", (1.0, 2.0), ("a",), (Edge("e", 4.0),), None, {"k": 1}, {})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(EVERYTHING)
def test_what_was_written_is_read_again(value):
    assert decode(Everything, json.loads(json.dumps(encode(value))), "thing") == value


@given(st.sampled_from([*Everything.__annotations__]), ANYTHING)
def test_any_value_is_taken_as_what_it_is_or_refused(name, value):
    values = encode(ONE) | {name: value}
    refused = ""
    try:
        found = decode(Everything, values, "thing")
    except ValueError as error:
        refused = str(error)
    if refused:
        assert refused.startswith(f"the thing's {name} is {value!r:.40}, must be ")
        assert "\n" not in refused
        return
    # Nothing but whole numbers and lists has been made into something else.
    again = encode(found)[name] if all(map(math.isfinite, _floats(value))) else None
    assert again is None or again == value


def _floats(value):
    if isinstance(value, float):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _floats(one)


@pytest.mark.parametrize(
    ("name", "value", "needed"),
    [
        ("flag", 1, "true or false"),
        ("flag", "false", "true or false"),
        ("count", 2.0, "a whole number"),
        ("count", True, "a whole number"),
        ("share", "0.5", "a number"),
        ("share", True, "a number"),
        ("share", 10**400, "a number"),
        ("name", None, "a text"),
        ("pair", [1.0], "a list of 2 values, each a number"),
        ("pair", [1.0, 2.0, 3.0], "a list of 2 values, each a number"),
        ("names", "abc", "a list of values, each a text"),
        ("edges", [["e"]], "a list of values, each a list of a text, a number"),
        ("maybe", "1", "a whole number or null"),
        ("by_name", {"k": "v"}, "a table of names and values"),
    ],
)
def test_what_was_needed_is_said(name, value, needed):
    with pytest.raises(ValueError, match=r"^the thing's " + f"{name} is .*, must be {needed}$"):
        decode(Everything, encode(ONE) | {name: value}, "thing")


@pytest.mark.parametrize("values", [None, [], {}, "thing", encode(ONE) | {"more": 1}])
def test_a_field_too_many_or_too_few_is_refused(values):
    with pytest.raises(ValueError, match=r"^a thing has exactly the fields flag, count, share, "):
        decode(Everything, values, "thing")
    with pytest.raises(ValueError, match=r"^this has exactly the fields a$"):
        checked_fields(values, ["a"], "this")


@dataclass(frozen=True)
class Table:
    rows: NDArray[np.float64]


def test_a_table_becomes_an_array():
    rows = decode(Table, {"rows": [[1, 2.5], [3, 4]]}, "table").rows
    np.testing.assert_array_equal(rows, [[1, 2.5], [3, 4]])
    assert rows.dtype == np.float64


@pytest.mark.parametrize(
    "rows", [1.0, None, "1", [[1], [1, 2]], [["1"]], [[True]], [[True, 2]], [[10**400]], [None], {}]
)
def test_what_is_no_table_is_refused(rows):
    with pytest.raises(ValueError, match="must be a table of numbers, with rows of one length"):
        decode(Table, {"rows": rows}, "table")
