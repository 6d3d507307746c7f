"""What a model's configuration in a file must look like, whatever the model."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def checked_values(config: type, values: Any, model: str) -> dict[str, Any]:
    """The values of a configuration from a file, of which each is there and of the right kind.

    Parameters
    ----------
    config : type
        A dataclass.
    values : object
        As read from JSON.
    model : str
        What the configuration is of, for the message.

    Raises
    ------
    ValueError
        If a field is missing, unknown or of the wrong kind.
    """
    kinds = {field.name: field.type for field in fields(config)}
    if not isinstance(values, dict) or set(values) != set(kinds):
        raise ValueError(f"a {model} has exactly the fields {', '.join(kinds)}")
    for name, value in values.items():
        if type(value) is not kinds[name]:
            raise ValueError(f"the {model}'s {name} is {value!r:.40}")
    return values


def check_bounds(config: Any, bounds: Mapping[str, int]) -> None:
    """Raise ``ValueError`` if a field of a configuration is not from 1 to its bound."""
    for name, most in bounds.items():
        if not 1 <= getattr(config, name) <= most:
            raise ValueError(f"{name} is {getattr(config, name)}, must be 1 to {most}")
