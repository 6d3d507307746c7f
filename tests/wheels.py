"""Whether pip finds wheels of every dependency: ``python -m tests.wheels``.

Asks the package index, so it is no test of the suite; needs ``pip install uv``. Nothing is
downloaded but what the index says. For each system and Python, all that ``constraints.txt`` names
and what that depends on must come as wheels: nobody is to need a compiler.
"""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
SYSTEMS = {
    "Linux": "x86_64-manylinux_2_28",
    "Windows": "x86_64-pc-windows-msvc",
    "macOS 14": "aarch64-apple-darwin",
}
PYTHONS = ("3.11", "3.14")


def problem(system: str, python: str) -> str:
    """Return why this system's pip finds no wheels, or nothing where it does."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
        *("--all-extras", "--constraints", "constraints.txt", "--only-binary", ":all:"),
        *("--python-platform", SYSTEMS[system], "--python-version", python),
        *("--output-file", os.devnull),
    ]
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}  # which torch asks for
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return ended.stderr if ended.returncode else ""


def main() -> int:
    """Print a line for each system and Python; return 1 if a wheel is missing."""
    failed = False
    for system, python in product(SYSTEMS, PYTHONS):
        missing = problem(system, python)
        sys.stdout.write(f"{system}, Python {python}: {missing or 'all wheels are there'}\n")
        failed |= bool(missing)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
