"""What figures come from, so that they can be made again: hashes, and what they were made with."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rtdreamer.data.dataset import Data, fingerprint
from rtdreamer.training.code_version import EXTRACTION, JUDGING, code_version, versions

OPTIONAL = ("distributed", "pyarrow")
"""Packages that may be there."""


def hashes(data: Data, spec: Mapping[str, Any]) -> dict[str, str]:
    """Hashes of what figures depend on.

    Parameters
    ----------
    data : Data
        A data set, or what names it.
    spec : mapping
        What made the features, as by ``Spec.to_json``.

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
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": packages,
    }
