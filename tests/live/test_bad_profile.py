"""Profiles spoiled in bulk: whole, or refused in one line."""

import json
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtdreamer.errors import DataError
from rtdreamer.live.profile_file import read_profile, write_profile
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import LIMITS, Profile
from tests.mutations import json_values, places, replaced, spoiled, texts
from tests.one_line import assert_one_line

SPEC = Spec()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("profiles") / "me.toml"


@pytest.fixture(scope="module")
def content(path):
    # Numbers of few digits: a change then more often hits something else.
    profile = Profile(
        np.ones((5, 14)), np.full((5, 14, 14), 0.5), np.ones((14, 45)), np.ones((5, 14, 14)), 60.0
    )
    write_profile(path, profile, SPEC)
    return path.read_bytes()


def read_or_refuse(path, content):
    path.write_bytes(content)
    try:
        found = read_profile(path, SPEC)
    except DataError as error:
        assert_one_line(error, path)
        return
    assert 0 < found.seconds < np.inf
    for name, (low, high) in LIMITS.items():
        array = getattr(found, name)
        assert low <= array.min() <= array.max() <= high


@given(data=st.data())
def test_spoiled_bytes(path, content, data):
    read_or_refuse(path, data.draw(spoiled(content, 600)))


@given(data=st.data())
def test_values_replaced(path, content, data):
    values = tomllib.loads(content.decode())
    place = data.draw(st.sampled_from(places(values)))
    spoilt = replaced(values, place, data.draw(json_values))
    read_or_refuse(path, as_toml(spoilt).encode("utf-8", "replace"))


@given(data=st.data())
def test_lines_replaced(path, content, data):
    lines = content.decode().splitlines()
    for number in data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=3)):
        name, equals, _ = lines[number].partition("=")
        lines[number] = name + equals + data.draw(texts)
    read_or_refuse(path, "\n".join(lines).encode("utf-8", "replace"))


def as_toml(values):
    """Tables within tables written in one line each, as TOML allows."""
    return "\n".join(f"{key(name)} = {inline(value)}" for name, value in values.items())


def inline(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key(name)} = {inline(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, float):
        return str(value)
    return json.dumps(value)


def key(name):
    return json.dumps(str(name))
