"""A person's profile as a small TOML file: what ``baseline`` writes and ``live`` reads."""

import json
import tomllib
from pathlib import Path
from typing import Any

from rtdreamer.decoding import checked_fields, decode, encode
from rtdreamer.errors import DataError
from rtdreamer.files import read_whole, reading, write_atomically
from rtdreamer.signal.features import Spec
from rtdreamer.signal.profile import ARRAYS, Profile, check_profile

VERSION = 2

MAX_BYTES = 2**20
"""A profile takes some 60 kB; whatever is much larger is something else."""

HEADER = """\
# The baseline of one person's EEG, written by 'rtdreamer baseline' for
# 'rtdreamer live --profile'. It says nothing about what anyone feels.
#
# Means over windows of the kind that 'windows' says:
#   de           differential entropy, nats (for µV), bands × channels
#   edge_weight  √(1 − e^(−2 MI)), 0–1, bands × channels × channels
#   spectrum     logarithm of µV²/Hz, channels × steps of 1 Hz
#   covariance   µV², bands × channels × channels
"""

_FIELDS = ("version", "seconds", "windows", *ARRAYS)


def write_profile(path: Path, profile: Profile, spec: Spec) -> None:
    """Write a profile that was made from windows of ``spec``, whole or not at all.

    Raises
    ------
    RtdreamerError
        If ``path`` cannot be written.
    """
    write_atomically(path, profile_text(profile, spec).encode())


def profile_text(profile: Profile, spec: Spec) -> str:
    """Return what a profile's file holds."""
    lines = [
        HEADER,
        f"version = {VERSION}",
        f"seconds = {float(profile.seconds)!r}",
        *(f"{name} = [\n{_rows(profile.to_json()[name])}\n]" for name in ARRAYS),
        "",
        "[windows]",
        # Numbers, strings and arrays are written alike in TOML and in JSON.
        *(f"{name} = {json.dumps(value)}" for name, value in _kind(spec).items()),
    ]
    return "\n".join(lines) + "\n"


def read_profile(path: Path, spec: Spec) -> Profile:
    """Read a profile and check that it was made from windows of ``spec``.

    Raises
    ------
    DataError
        If the file is missing, too large, not a profile, broken, or made from other windows.
    """
    makes = f"'rtdreamer baseline --out {path}' makes a profile"
    try:
        with reading(path, "the file that 'rtdreamer baseline' wrote", missing=makes):
            content = read_whole(path, MAX_BYTES)
    except ValueError as error:
        raise DataError(f"{path}: not a usable profile: {error!s:.600}") from error
    return profile_from(content, spec, str(path))


def profile_from(content: bytes, spec: Spec, where: str) -> Profile:
    """Make a profile of a file's content; errors name ``where`` it is from.

    Raises
    ------
    DataError
        If it is not a profile, broken, or made from other windows than those of ``spec``.
    """
    try:
        values = _load(content)
        _check_windows(values["windows"], spec)
        return _profile(values, spec)
    except RecursionError as error:
        raise DataError(f"{where}: not a profile: it is nested too deep") from error
    except ValueError as error:  # tomllib's and the decoder's are among them
        raise DataError(f"{where}: not a usable profile: {error!s:.600}") from error


def read_profile_for(name: str, spec: Spec, path: Path) -> Profile:
    """Read a profile for the model of a name and a spec.

    Raises
    ------
    DataError
        As for ``read_profile``, and if the model does not judge relative to a person.
    """
    if not spec.standardise:
        raise DataError(
            f"profile {path}: model {name!r:.80} does not predict relative to a person: "
            "leave the profile out"
        )
    return read_profile(path, spec)


def _load(content: bytes) -> dict[str, Any]:
    values = tomllib.loads(content.decode())
    if "version" in values and values["version"] != VERSION:
        raise ValueError(
            f"version {values['version']!r:.20}, this program reads {VERSION}; "
            "run rtdreamer baseline again"
        )
    return checked_fields(values, _FIELDS, "a profile")


def _check_windows(found: Any, spec: Spec) -> None:
    expected = _kind(spec)
    if isinstance(found, dict):
        found = {"decimate": False} | found  # so it was before profiles said
    checked_fields(found, expected, "its [windows]")
    for name, needed in expected.items():
        if found[name] != needed:
            raise ValueError(
                f"made from windows with {name} {_short(found[name])}, "
                f"the model's have {_short(needed)}; run rtdreamer baseline again with this model"
            )


def _kind(spec: Spec) -> dict[str, Any]:
    """What makes windows and their features comparable, in lists and plain values."""
    values: dict[str, Any] = encode(spec)
    # What is done with a profile does not change it.
    del values["standardise"], values["headset"]
    return values | {"sfreq": spec.sfreq, "ch_names": list(spec.ch_names)}


def _profile(values: dict[str, Any], spec: Spec) -> Profile:
    of_profile = {name: values[name] for name in (*ARRAYS, "seconds")}
    profile = decode(Profile, of_profile, "profile")
    check_profile(profile, spec)
    return profile


def _rows(values: list[Any]) -> str:
    return "\n".join(f"    {json.dumps(row)}," for row in values)


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 160 else f"{text[:160]}…"
