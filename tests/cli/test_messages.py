"""Where nothing can be shown work goes on, and what it was for is written."""

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from rtdreamer.cli.main import run
from rtdreamer.live.profile_file import read_profile
from rtdreamer.model.checkpoint_file import load_checkpoint
from rtdreamer.signal.features import Spec

END_S = 60
FULL = Path("/dev/full")

needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
on_posix = pytest.mark.skipif(os.name != "posix", reason="pipes and terminals are others here")


@pytest.fixture
def run_unheard():
    """Run a command in this process, its messages to a disk that is full."""

    def run_it(*arguments):
        with FULL.open("w") as full, redirect_stderr(full):
            return run([str(argument) for argument in arguments])

    return run_it


@needs_full
def test_a_model_is_trained_and_judged(folder, tmp_path, run_unheard):
    out, figures = tmp_path / "x.safetensors", tmp_path / "figures.json"
    fit = ["--data", folder / "people.mat", "--cache", folder / "cache", "--epochs", 1]
    fit += ["--calibration-groups", 2]
    assert run_unheard("train", "--out", out, *fit) == 0
    assert load_checkpoint(out).record.epochs == 1
    loso = ["--protocol", "loso"]
    judge = ["--method", "logistic", "--json", figures, *loso, *fit]
    assert run_unheard("evaluate", *judge) == 0
    assert figures.is_file()


@needs_full
def test_a_person_is_calibrated(headset, stream_name, tiny_model, tmp_path, run_unheard):
    headset(prefill=11.0)
    out = tmp_path / "me.toml"
    given = ["--stream", stream_name, "--model", tiny_model, "--seconds", 12, "--timeout", END_S]
    assert run_unheard("baseline", "--out", out, *given) == 0
    assert read_profile(out, Spec()).seconds >= 12


@needs_full
def test_figures_are_written_where_they_cannot_be_shown(folder, tmp_path):
    file, report = tmp_path / "figures.json", tmp_path / "report"
    judge = ["evaluate", "--data", folder / "people.mat", "--cache", folder / "cache"]
    judge += ["--method", "base-rate", "--json", file, "--report", report]
    with FULL.open("w") as full, redirect_stdout(full):
        assert run([str(word) for word in judge]) == 2
    assert file.read_bytes() == (report / "evaluation.json").read_bytes()


@needs_full
def test_an_error_is_still_told_by_its_exit_code(tmp_path, run_unheard):
    assert run_unheard("train", "--out", tmp_path / "x.safetensors", "--data", "none.mat") == 2


@pytest.fixture(params=["full disk", "closed pipe", "lost terminal"])
def deaf(request):
    """What nobody can read, as a descriptor; of the terminal, which is still there, both ends."""
    if request.param == "full disk":
        if not FULL.exists():
            pytest.skip("there is no /dev/full here")
        ours, theirs = None, os.open(FULL, os.O_WRONLY)
    elif request.param == "closed pipe":
        reading, theirs = os.pipe()
        os.close(reading)
        ours = None
    else:
        ours, theirs = os.openpty()
    yield ours, theirs
    os.close(theirs)


@on_posix
def test_people_are_simulated(deaf, tmp_path):
    ours, theirs = deaf
    out = tmp_path / "x.mat"
    synth = subprocess.Popen(
        [sys.executable, "-m", "rtdreamer", "synth", str(out), "--subjects", "1"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        encoding="utf-8",
        env={**os.environ, "TERM": "xterm"},
    )
    if ours is not None:
        os.read(ours, 1)  # it has begun to draw
        os.close(ours)
    output, _ = synth.communicate(timeout=END_S)
    assert synth.returncode == 0
    assert output.endswith(f" to {out}\n")
    assert out.is_file()
