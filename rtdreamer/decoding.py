"""Values for JSON, and as JSON and TOML give them, read strictly into dataclasses.

Imports nothing of ours.
"""

import json
import math
import types
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

T = TypeVar("T")


def checked_fields(values: Any, names: Iterable[str], what: str) -> dict[str, Any]:
    """Return ``values`` if they are a mapping that has all the fields, and no others.

    Raises
    ------
    ValueError
        If not; ``what`` says of what they are.
    """
    names = tuple(names)
    if not isinstance(values, dict) or set(values) != set(names):
        raise ValueError(f"{what} has exactly the fields {', '.join(names)}")
    return values


def encode(value: Any) -> Any:
    """Return a dataclass of plain values as JSON holds it: in mappings, lists and numbers."""
    return json.loads(json.dumps(asdict(value), allow_nan=False))


def plain(value: Any) -> Any:
    """Return mappings, tuples, lists and numbers as JSON holds them; what is not finite is None."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def decode(kind: type[T], values: Any, what: str) -> T:
    """Make a dataclass of a mapping in which each field is there and of its annotated kind.

    Nothing is converted but a whole number where a float is due, a list where a tuple is, and
    nested lists of numbers where an array is: ``"false"`` is no bool, and 2.0 no int.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are bool, int, float, str, None, tuples and mappings of these,
        arrays of numbers, or named tuples. Of another dataclass only a value that is one already
        will do.
    values : object
        As read from JSON or TOML.
    what : str
        What they are of, for the message: such as ``network``.

    Raises
    ------
    ValueError
        If a field is missing, unknown or of the wrong kind, or the dataclass refuses its value.
    """
    kinds = get_type_hints(kind)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    read = {}
    for name, value in checked_fields(values, names, f"a {what}").items():
        try:
            read[name] = _read(kinds[name], value)
        except (TypeError, ValueError, OverflowError):
            needed = f"must be {_in_words(kinds[name])}"
            raise ValueError(f"the {what}'s {name} is {value!r:.40}, {needed}") from None
    return kind(**read)


def _read(kind: Any, value: Any) -> Any:
    """Return a value of an annotated kind; ``TypeError`` or ``ValueError`` if it is none."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any or (isinstance(kind, type) and is_dataclass(kind) and isinstance(value, kind)):
        return value
    if kind is float and type(value) is int:
        return float(value)
    if kind in (bool, int, float, str, types.NoneType):
        return _of_type(kind, value)
    if origin is types.UnionType:
        return _any_of(inner, value)
    if origin is np.ndarray:
        return _array(value)
    if origin is tuple:
        return _tuple(inner, value)
    if isinstance(kind, type) and issubclass(kind, tuple):
        return kind(*_tuple(tuple(get_type_hints(kind).values()), value))
    _of_type(dict, value)
    _, of_values = inner or (str, Any)
    return {_of_type(str, key): _read(of_values, one) for key, one in value.items()}


def _in_words(kind: Any) -> str:
    if isinstance(kind, types.UnionType):
        return " or ".join(_in_words(one) for one in get_args(kind))
    words = {
        bool: "true or false", int: "a whole number", float: "a number", str: "a text",
        types.NoneType: "null", np.ndarray: "a table of numbers, with rows of one length",
    }  # fmt: skip
    if (found := words.get(get_origin(kind) or kind)) is not None:
        return found
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        count = "" if kinds[-1] is Ellipsis else f"{len(kinds)} "
        return f"a list of {count}values, each {_in_words(kinds[0])}"
    if isinstance(kind, type) and issubclass(kind, tuple):
        return f"a list of {', '.join(map(_in_words, get_type_hints(kind).values()))}"
    return "a table of names and values"


def _any_of(kinds: tuple[Any, ...], value: Any) -> Any:
    for kind in kinds:
        with suppress(TypeError, ValueError, OverflowError):
            return _read(kind, value)
    raise TypeError


def _of_type(kind: type, value: Any) -> Any:
    if type(value) is not kind:  # a bool is an int to isinstance
        raise TypeError
    return value


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    return tuple(_read(kind, one) for kind, one in zip(kinds, value, strict=True))


def _array(value: Any) -> np.ndarray[Any, Any]:
    """Numbers in lists of lists, all rows as long as each other."""
    if not _holds_numbers(_of_type(list, value)):
        raise TypeError
    return np.array(value, np.float64)


def _holds_numbers(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_holds_numbers, value))
    return type(value) in (int, float)  # and not bool
