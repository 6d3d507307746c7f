"""The package in examples/own_model, as if it were installed: train, evaluate, live."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rtdreamer.data import simulated
from rtdreamer.data.dreamer_mat import write_dreamer

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "own_model"

LIVE = """
import sys
from pathlib import Path
import numpy as np
from rtdreamer.model.checkpoint_file import load_checkpoint
from rtdreamer.model.classifier import Classifier
classifier = Classifier(load_checkpoint(Path(sys.argv[1])), hop=16)
for seed in range(3):
    eeg = np.random.default_rng(seed).normal(4200, 20, (14, 1280))
    affect, over_time = classifier.classify(classifier.extract(eeg), 1279 + 16 * seed)
    print(affect.valence)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package as an installer leaves it; its entry points are the project's."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copy(EXAMPLE / "own_model.py", folder)
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = folder / "own_model-0.1.dist-info"
    metadata.mkdir()
    named = f"Name: {project['name']}\nVersion: {project['version']}\n"
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\n{named}", encoding="utf-8")
    ((group, entries),) = project["entry-points"].items()
    lines = [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()), ""]
    (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def python(installed):
    """Run Python where the package is installed, or where it is not."""

    def run(*arguments, is_installed=True):
        found = [str(ROOT), *([str(installed)] if is_installed else [])]
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(found), "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
        )

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with eight people in ``people.mat``."""
    folder = tmp_path_factory.mktemp("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "CLIP_SECONDS", (10,) * 18)
        patch.setattr(simulated, "BASELINE_SECONDS", 10)
        write_dreamer(folder / "people.mat", simulated.SimulatedDreamer(8, 3, 3.0))
    return folder


@pytest.fixture(scope="module")
def trained(python, folder):
    """A model of the package's architecture, saved."""
    found = python(
        "-m", "rtdreamer", "train", "--architecture", "own", "--data", folder / "people.mat",
        "--cache", folder / "cache", "--calibration-groups", 2, "--out", folder / "o.safetensors",
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert "epoch" in found.stdout
    return folder / "o.safetensors"


def test_its_own_test_is_the_contract(python):
    found = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", EXAMPLE, EXAMPLE)
    assert found.returncode == 0, found.stdout
    assert "1 passed" in found.stdout


def test_a_file_says_what_made_it(trained):
    content = trained.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
    assert json.loads(header["config"]) == {"architecture": "own", "n_bands": 5, "n_hidden": 32}
    record = json.loads(header["record"])
    assert record["versions"]["own-model"] == "0.1"
    assert (record["settings"]["epochs"], record["settings"]["lr"]) == (20, 0.003)


def test_it_is_judged_through_folds(python, folder):
    found = python(
        "-m", "rtdreamer", "evaluate", "--architecture", "own", "--data", folder / "people.mat",
        "--cache", folder / "cache", "--calibration-groups", 2, "--protocol", "trial",
        "--folds", 2, "--epochs", 2, "--seed", 1,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("own on SIMULATED people")


def test_it_answers_live_and_only_where_it_is_installed(python, trained):
    found = python("-c", LIVE, trained)
    assert found.returncode == 0, found.stderr
    answers = list(map(float, found.stdout.split()))
    assert len(set(answers)) == 3
    assert all(0 < answer < 1 for answer in answers)
    command = "-m", "rtdreamer", "evaluate", "--data", "simulated:subjects=2", "--model", trained
    found = python(*command, is_installed=False)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.count("\n") == 1
    assert "it was made by architecture 'own', which is not installed: install the" in found.stderr


def test_broken_it_is_named_when_asked_for_and_disturbs_nothing_else(installed, python, tmp_path):
    spoilt = tmp_path / "spoilt"
    shutil.copytree(installed, spoilt)
    (spoilt / "own_model.py").write_text("import no_such_package\n", encoding="utf-8")
    command = "import sys; sys.path.insert(0, sys.argv.pop(1)); import rtdreamer.__main__ as m; "
    command += "sys.exit(m.main())"
    train = "train", "--out", tmp_path / "x.safetensors"
    found = python("-c", command, spoilt, *train, "--architecture", "own", is_installed=False)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.count("\n") == 1
    assert "architecture 'own' of package own-model cannot be used: ModuleNotF" in found.stderr
    found = python("-c", command, spoilt, "train", "--help", is_installed=False)
    assert (found.returncode, found.stderr) == (0, "")


def test_its_name_is_in_the_help(python):
    for command in ("train", "evaluate", "benchmark"):
        words = python("-m", "rtdreamer", command, "--help").stdout.split()
        assert (
            "own" in " ".join(words).replace(",", " ").replace(".", " ").replace(";", " ").split()
        )
