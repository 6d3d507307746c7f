import os
import re
import signal
import sys

import pytest
import torch

from rtdreamer.cli.main import run
from rtdreamer.data import simulated
from rtdreamer.model.checkpoint_file import load_checkpoint
from rtdreamer.model.registry import BUILT_IN

SETTINGS = "--epochs 2 --batch 16 --calibration-groups 2 --seed 5"
posix = pytest.mark.skipif(os.name != "posix", reason="has no such signal")


def command(folder, out, settings=SETTINGS):
    given = {"--data": folder / "people.mat", "--cache": folder / "cache", "--out": out}
    return ["train", *(str(word) for pair in given.items() for word in pair), *settings.split()]


@pytest.fixture(scope="module")
def trained(folder):
    """A model: nothing to be proud of, but whole."""
    out = folder / "models" / "tiny.safetensors"
    out.parent.mkdir()
    assert run(command(folder, out)) == 0
    return out


def test_a_checkpoint_says_what_made_it(trained, folder):
    found = load_checkpoint(trained)
    record = found.record
    assert found.name == "tiny"
    assert record.simulated
    assert record.data == str(folder / "people.mat")
    assert record.people == "simulated with seed 3"
    assert record.subjects == (1, 2, 3, 4)
    settings = record.settings
    assert (settings["epochs"], settings["batch_size"], settings["seed"]) == (2, 16, 5)
    assert (settings["calibration_groups"], settings["hop"]) == (2, 1280)
    assert settings["device"] in ("cpu", "cuda")


def test_beside_it_lies_a_picture_and_nothing_else(trained, folder):
    assert {path.name for path in trained.parent.iterdir()} == {"tiny.safetensors", "tiny.png"}
    assert trained.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    # The work is done: only the windows are of use another time.
    assert [path.name.split("-")[0] for path in (folder / "cache").iterdir()] == ["windows"]


def test_a_stranger_is_told_how_it_goes_and_what_came_of_it(trained, folder, tmp_path, capsys):
    out = tmp_path / "other.safetensors"
    settings = "--architecture gnn --epochs 1 --calibration-groups 2"
    assert run(command(folder, out, settings)) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == f"Learned from 57 windows of 3 SIMULATED people of {folder / 'people.mat'}"
    assert lines[1] == (
        "1 more decided when to stop, by the log loss of their trials: epoch 1 of 1 was kept"
    )
    assert re.fullmatch(
        r"For them: log loss \d\.\d{3}; AUC within a person, by trial: valence \d\.\d{3}, "
        r"arousal \d\.\d{3}",
        lines[2],
    )
    assert lines[3].startswith("valence: AUC by window, within people held out")
    assert lines[-1] == f"Wrote {out} and {out.with_suffix('.png')}"
    assert "Trials skipped, shorter than a window: 4" in said.err
    for number in (1, 2, 3):
        assert f"Fit {number} of 3, epochs 1/1: loss " in said.err
    for part in ("focal", "triplet", "recon", "KL", "log loss of held-out people", "AUC within"):
        assert part in said.err


def test_with_nobody_held_out_nothing_is_told_of_them(folder, tmp_path, capsys):
    out = tmp_path / "other.safetensors"
    assert run(command(folder, out, "--epochs 2 --calibration-groups 2")) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == f"Learned from 76 windows of 4 SIMULATED people of {folder / 'people.mat'}"
    assert lines[1] == "No one was held out: epoch 2 of 2 was kept, the last one that is finite"
    assert lines[2].startswith("valence: AUC by window, within people held out")
    assert "Fit 3 of 3, epochs 2/2: loss " in said.err
    for words in ("nan", "held-out", "more decided"):
        assert words not in said.out + said.err
    record = load_checkpoint(out).record
    assert (record.epochs, record.validation_subjects, record.n_windows) == (2, (), 76)
    assert record.settings["validation"] == 0


def test_a_target_with_one_answer_to_everything_is_reported(folder, tmp_path, capsys):
    # What has learned nothing says little more than the base rates, and those are far above .5.
    out = tmp_path / "one-sided.safetensors"
    assert (
        run(command(folder, out, "--architecture gnn --epochs 1 --calibration-groups 2 --lr 0"))
        == 0
    )
    collapsed = load_checkpoint(out).record.collapsed
    assert collapsed
    said = capsys.readouterr().err
    for target in ("valence", "arousal"):
        warned = f"{target}: every window gets the same class: go by its probability" in said
        assert warned == (target in collapsed)


@posix
def test_killed_and_repeated_it_ends_the_same(trained, folder, tmp_path, start, capfd):
    out = tmp_path / "tiny.safetensors"
    process = start(*command(folder, out))
    for line in process.stderr:
        if line.startswith("Fit 2 of 3, epochs 1/2"):
            process.send_signal(signal.SIGKILL)
            break
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not list(tmp_path.iterdir())
    capfd.readouterr()
    assert run(command(folder, out)) == 0
    again, whole = load_checkpoint(out), load_checkpoint(trained)
    assert all(torch.equal(again.weights[key], whole.weights[key]) for key in whole.weights)
    assert again.calibration == whole.calibration
    assert (again.record, again.metrics) == (whole.record, whole.metrics)
    # It went on: nothing was extracted, and no earlier fit was run again.
    said = capfd.readouterr().err
    assert "Extracting" not in said
    assert "Fit 1 of 3" not in said
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".png"}


def test_it_is_judged_on_others_alone(trained, capsys, monkeypatch):
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (10,) * 18)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 10)
    # The people of the file, however their source is written.
    judge = f"evaluate --data simulated:subjects=5,effect=0,seed=3 --model {trained}"
    assert run(judge.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "the model was trained on subjects 1, 2, 3, 4: evaluate on other people" in said.err
    assert run([*judge.split(), "--subject", "5"]) == 0
    assert "1 person, 18 trials" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("--lr 1e30 --epochs 50 --validation 0.2 --patience 50", "not finite"),
        ("--threshold 1", "on one side of 1: take more subjects or another threshold"),
        ("--device cuda:99", "device 'cuda:99' cannot be used"),
        ("--dask tcp://127.0.0.1:9", "tcp://127.0.0.1:9: no Dask scheduler answers"),
    ],
)
def test_what_cannot_be_fitted_is_one_line_and_no_file(
    settings, said, trained, folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("rtdreamer.training.runner.CONNECT_SECONDS", 0.5)
    arguments = command(folder, tmp_path / "x.safetensors", f"--calibration-groups 2 {settings}")
    assert run(arguments) == 2
    printed = capsys.readouterr()
    errors = [line for line in printed.err.splitlines() if line.startswith("rtdreamer: error: ")]
    assert len(errors) == 1
    assert said in errors[0]
    assert printed.err.endswith(f"{errors[0]}\n")
    assert printed.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("architecture", ["ridge", "tangent"])
def test_a_linear_model_is_trained_told_of_and_judged(
    architecture, folder, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "straight.safetensors"
    settings = f"--architecture {architecture} --calibration-groups 2"
    assert run(command(folder, out, settings)) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == f"Learned from 76 windows of 4 SIMULATED people of {folder / 'people.mat'}"
    assert lines[1].startswith("A linear model, so there is no picture of epochs; penalty: valence")
    assert lines[-1] == f"Wrote {out}"
    assert "Fits 3/3" in said.err
    assert list(tmp_path.iterdir()) == [out]
    assert load_checkpoint(out).record.settings["architecture"] == architecture
    monkeypatch.setattr(simulated, "CLIP_SECONDS", (10,) * 18)
    monkeypatch.setattr(simulated, "BASELINE_SECONDS", 10)
    judge = f"evaluate --data simulated:subjects=2,seed=8 --model {out} --subject 2"
    assert run(judge.split()) == 0
    assert "straight on SIMULATED people" in capsys.readouterr().out


def test_an_architectures_own_settings_are_what_was_used(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(BUILT_IN, "made-up", "tests.made_up_architecture:MADE_UP")
    out = tmp_path / "own.safetensors"
    assert run(command(folder, out, "--architecture made-up --calibration-groups 2")) == 0
    found = load_checkpoint(out)
    settings = found.record.settings
    assert found.architecture == settings["architecture"] == "made-up"
    assert (settings["epochs"], settings["lr"], settings["hop"]) == (2, 0.01, None)
    assert found.record.n_windows == 17 * 3


def test_eegnet_is_trained_and_saved(folder, tmp_path):
    out = tmp_path / "eegnet.safetensors"
    settings = "--architecture eegnet --epochs 1 --calibration-groups 2"
    assert run(command(folder, out, settings)) == 0
    found = load_checkpoint(out)
    assert found.config.n_times == 1280
    assert found.network().takes == ("signals",)


def test_without_pyriemann_nothing_is_begun(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyriemann", None)
    out = tmp_path / "straight.safetensors"
    begun = (
        command(folder, out, "--architecture tangent"),
        [
            "evaluate",
            "--data",
            "simulated",
            "--method",
            "tangent",
            "--cache",
            str(tmp_path / "c"),
        ],
    )
    for arguments in begun:
        assert run(arguments) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert (
            'needs pyRiemann, 0.12 or newer, which is not installed: pip install "rtd' in said.err
        )
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("train", "--out"),
        ("train --out nowhere/m.safetensors", "there is no folder nowhere"),
        ("train --out file/m.safetensors", "file/m.safetensors: cannot be written: "),
        ("train --out m.pt", "must end in .safetensors"),
        ("train --out m.safetensors --epochs 0", "--epochs"),
        ("train --out m.safetensors --architecture magic", "'magic' is not one of"),
        (
            "train --out m.safetensors --architecture ridge --lr 0.1",
            "--architecture ridge is a linear model, so --lr means nothing to it: leave it out",
        ),
        ("train --out m.safetensors --beta2 nan", "--beta2"),
        ("train --out m.safetensors --mi magic", "'magic' is not one of"),
        ("train --out m.safetensors --windows last --hop 5", "--hop is for --windows sliding"),
        ("train --out m.safetensors --device toaster", "device 'toaster' cannot be used"),
        ("train --out m.safetensors --data missing.mat", "missing.mat: no such file"),
        ("train --out m.safetensors --data simulated:subjects=x", "must be a whole number"),
    ],
)
def test_bad_input_is_one_line(arguments, said, capsys, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RTDREAMER_CACHE", str(tmp_path / "cache"))
    assert run(arguments.split()) == 2
    messages = capsys.readouterr().err
    assert messages.count("\n") == 1
    assert said in messages
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
