"""What starts the program or a script is cheap: large libraries are loaded where they are used."""

import subprocess
import sys

import pytest

LARGE = {
    "distributed", "matplotlib", "mne", "numpy", "pandas", "pyarrow", "pylsl", "PyQt5", "pyqtgraph",
    "pyriemann", "scipy", "sklearn", "torch", "torch_geometric",
}  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """Which packages are loaded once a new interpreter has run the statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import rtdreamer",
        "import rtdreamer.cli.main",
        "from rtdreamer.cli.main import run; run(['--version'])",
        "from rtdreamer.cli.main import run; run(['live', '--help'])",
        "from rtdreamer.cli.main import run; run(['train', '--help'])",
    ],
)
def test_no_large_library_is_loaded(statement):
    assert not loaded_by(statement) & LARGE


def test_a_large_library_that_is_loaded_is_seen():
    assert loaded_by("import scipy.special") & LARGE == {"numpy", "scipy"}
