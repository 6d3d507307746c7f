"""Ways to spoil what a program reads: bytes, texts, numbers and JSON."""

import struct
from functools import lru_cache

from hypothesis import strategies as st

NASTY_TEXTS = (
    "", " ", "0", "-1", "1e999", "-1e999", "nan", "inf", "1e-320", "1e300", "99999999",
    "2147483648", "18446744073709551616", "9" * 30, "9" * 5000, "0x10", "1.5", "true", "None",
    "\u00b5V", "\uff15", "\U0001f9e0", "\u202egnp", "e\u0301", "a" * 300, "$HOME", "~", "{0}",
    "%s", "%(x)s", "a=b", "=", ",", ";", '"', "'", "\\", "-", "--", "\t", "a\nb", "\x1b[31m",
    "\x7f", "$\\frac$",
)  # fmt: skip
"""What people, editors and other programs put where a number or a name should be."""

NASTY_NUMBERS = (
    *(0, -1, 1, 2, 13, 10**9, 2**31, 2**63, 2**64, 10**30, 10**400, -(10**400)),
    *(0.0, -0.0, 0.5, 1e-320, 1e-30, 1e30, 1e308, -1e308),
    *(float("inf"), float("-inf"), float("nan")),
)

texts = st.sampled_from(NASTY_TEXTS) | st.text(max_size=12)
numbers = st.sampled_from(NASTY_NUMBERS) | st.floats() | st.integers()

json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)

_PIECES = (
    b"\x00" * 8, b"\xff" * 8, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\x00\x00\x00",
    struct.pack("<Q", 2**62), struct.pack("<d", float("nan")), struct.pack("<f", 3e38),
    b"99999999", b"-1      ", b"1e999", b"nan", "\u00b5".encode(), b"\r\n", b"\n", b'"', b",",
)  # fmt: skip


@lru_cache(maxsize=8)
def spoiled(content, head=None):
    """Bytes like ``content`` with up to five edits, half of them in its first ``head`` bytes."""
    size = len(content)
    where = st.integers(0, min(head or size, size)) | st.integers(0, size)
    piece = st.sampled_from(_PIECES) | st.binary(min_size=1, max_size=16)
    edit = st.one_of(
        st.tuples(st.just(_flip), where, st.integers(1, 255)),
        st.tuples(st.just(_overwrite), where, piece),
        st.tuples(st.just(_insert), where, piece),
        st.tuples(st.just(_cut_out), where, st.integers(1, 600)),
        st.tuples(st.just(_cut_off), where, st.none()),
        st.tuples(st.just(_move), where, st.tuples(where, st.integers(1, 600))),
    )

    def edited(edits):
        made = content
        for change, position, detail in edits:
            made = change(made, position, detail)
        return made

    return st.lists(edit, min_size=1, max_size=5).map(edited)


def _flip(content, at, bits):
    return content[:at] + bytes(byte ^ bits for byte in content[at : at + 1]) + content[at + 1 :]


def _overwrite(content, at, piece):
    return content[:at] + piece + content[at + len(piece) :]


def _insert(content, at, piece):
    return content[:at] + piece + content[at:]


def _cut_out(content, at, length):
    return content[:at] + content[at + length :]


def _cut_off(content, at, _):
    return content[:at]


def _move(content, at, source):
    start, length = source
    return _insert(_cut_out(content, start, length), at, content[start : start + length])


def places(values, path=()):
    """Where in nested lists and dictionaries there is something: the paths of all of it."""
    found = [path] if path else []
    inner = (
        values.items()
        if isinstance(values, dict)
        else enumerate(values)
        if isinstance(values, list)
        else ()
    )
    for key, value in inner:
        found += places(value, (*path, key))
    return found


def replaced(values, path, new):
    """A copy of nested lists and dictionaries with something else at ``path``."""
    if not path:
        return new
    copy = dict(values) if isinstance(values, dict) else list(values)
    copy[path[0]] = replaced(values[path[0]], path[1:], new)
    return copy
