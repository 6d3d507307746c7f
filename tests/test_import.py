"""What is public is there, and what starts the program or a script is cheap.

Large libraries are loaded where they are used.
"""

import subprocess
import sys

import pytest

import rtdreamer
from rtdreamer.errors import RtdreamerError

LARGE = {
    "distributed", "matplotlib", "mne", "numpy", "pandas", "pyarrow", "pylsl", "PyQt5", "pyqtgraph",
    "pyriemann", "pythonosc", "scipy", "sklearn", "torch", "torch_geometric", "websockets",
}  # fmt: skip


def test_every_public_name_is_there_and_documented():
    for name in rtdreamer.__all__:
        assert getattr(rtdreamer, name).__doc__
        assert name in dir(rtdreamer)
    assert rtdreamer.RtdreamerError is RtdreamerError
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        rtdreamer.nothing  # noqa: B018


def loaded_by(statement: str) -> set[str]:
    """Which packages and modules are loaded once a new interpreter has run the statement."""
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import rtdreamer.cli.main",
        "from rtdreamer.cli.main import run; run(['--version'])",
        "from rtdreamer.cli.main import run; run(['live', '--help'])",
        "from rtdreamer.cli.main import run; run(['train', '--help'])",
    ],
)
def test_no_large_library_is_loaded(statement):
    assert not loaded_by(statement) & LARGE


def test_importing_the_package_loads_not_even_click():
    assert not loaded_by("import rtdreamer") & {*LARGE, "click"}


def test_a_data_set_needs_no_network():
    assert not loaded_by("from rtdreamer import Dataset") & {"torch", "torch_geometric"}


@pytest.mark.parametrize("module", ["live.follow", "live.loading", "live.remote", "dashboard.app"])
def test_a_session_starts_without_what_takes_half_a_second_to_load(module):
    slow = {"mne", "pandas", "scipy.signal", "scipy.stats", "sklearn", "torch", "websockets"}
    assert not loaded_by(f"import rtdreamer.{module}") & slow


def test_a_large_library_that_is_loaded_is_seen():
    assert loaded_by("import numpy.linalg") & LARGE == {"numpy"}
