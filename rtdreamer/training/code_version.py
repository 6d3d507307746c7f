"""Which code, data and packages made something: nothing old passes for new, all can be redone."""

import functools
import hashlib
import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import rtdreamer
from rtdreamer.data.dataset import Data, fingerprint

_PACKAGE = Path(rtdreamer.__file__).parent

EXTRACTION = (
    "signal/*.py",
    "headset.py",
    "window.py",
    "arguments.py",
    "data/*.py",
    "metrics/names.py",
    "training/cache.py",
    "training/graphs.py",
    "training/windows.py",
)
"""What windows in a cache depend on."""

LEARNING = (
    *EXTRACTION,
    "model/*.py",
    "training/*.py",
    "metrics/pairs.py",
    "metrics/predictions.py",
)
"""What the result of a fit depends on."""

JUDGING = (*LEARNING, "evaluation/fold_judge.py", "evaluation/methods.py",
           "evaluation/own_method.py", "evaluation/protocols.py")  # fmt: skip
"""What the predictions of a fold depend on."""

OPTIONAL = ("distributed", "pyarrow")
"""Packages that may be there."""


@functools.cache
def code_version(patterns: tuple[str, ...]) -> str:
    """A hash that changes with any line of the package's files that match."""
    files = sorted({file for pattern in patterns for file in _PACKAGE.glob(pattern)})
    total = hashlib.sha256()
    for file in files:
        # With names between, lest a line move from one file to the next unnoticed.
        total.update(file.relative_to(_PACKAGE).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def versions() -> dict[str, str]:
    """Versions of the packages that a result depends on, by name."""
    names = ("torch", "torch-geometric", "numpy", "scipy", "scikit-learn", "pyriemann")
    found = {"rtdreamer": rtdreamer.__version__}
    for name in names:
        with suppress(PackageNotFoundError):  # the last is an extra
            found[name] = version(name)
    return found


def hashes(data: Data, spec: Mapping[str, Any]) -> dict[str, str]:
    """Hashes of what figures depend on.

    Parameters
    ----------
    data : Data
        A data set, or what names it.
    spec : mapping
        What made the features, a ``Spec`` as a mapping.

    Returns
    -------
    dict of str to str
        ``data``: as by ``fingerprint``. ``features``: of the spec and the code that computes
        features. ``code``: of all code that predictions depend on.

    Raises
    ------
    DataError
        If the data cannot be read.
    """
    features = json.dumps(dict(spec), sort_keys=True) + code_version(EXTRACTION)
    return {
        "data": fingerprint(data),
        "features": hashlib.sha256(features.encode()).hexdigest(),
        "code": code_version(JUDGING),
    }


def environment() -> dict[str, Any]:
    """Python, the platform, and the packages' versions, those that may be missing where there."""
    packages = versions()
    for name in OPTIONAL:
        with suppress(PackageNotFoundError):
            packages[name] = version(name)
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": packages,
    }
