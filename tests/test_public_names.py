import subprocess
import sys

import pytest

import rtdreamer
from rtdreamer.errors import RtdreamerError


def test_every_public_name_is_there_and_documented():
    for name in rtdreamer.__all__:
        assert getattr(rtdreamer, name).__doc__
        assert name in dir(rtdreamer)
    assert rtdreamer.RtdreamerError is RtdreamerError
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        rtdreamer.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["torch", "PyQt5", "mne", "numpy", "scipy", "sklearn", "click", "matplotlib"]
    code = f"import sys, rtdreamer; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
    light = "import sys; from rtdreamer import Dataset; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
