"""Which code made something: so that nothing old passes for new, and it can be made again."""

import functools
import hashlib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import rtdreamer

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
