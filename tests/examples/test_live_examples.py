"""The short scripts in examples/, as they stand."""

import runpy
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def said_by(name, capsys):
    path = EXAMPLES / name
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 11
    runpy.run_path(str(path))
    return capsys.readouterr().out


def test_one_window(capsys):
    said = said_by("one_window.py", capsys)
    assert said.startswith("Prediction(")
    assert "simulated_model=True" in said


@pytest.mark.lsl
def test_a_followed_stream(capsys, monkeypatch):
    name = f"test-{uuid.uuid4().hex}"
    play = ["replay", "--subject", "1", "--name", name, "--wait", "--loop", "--end-with-stdin"]
    command = [sys.executable, "-m", "rtdreamer", *play, "--data", "simulated"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as player:
        monkeypatch.setattr(sys, "argv", ["follow_headset.py", name, "14"])
        try:
            said = said_by("follow_headset.py", capsys).splitlines()
        finally:
            player.communicate()
    # Ten seconds fill the window; from then on eight predictions a second, for some seconds.
    assert said
    assert all(line.startswith("Affect(valence=0.") for line in said)
