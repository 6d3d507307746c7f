"""A checkpoint's file runs without torch, by a program that this program made of that very file."""

import functools
import json
import subprocess
import sys

import pytest

from rtdreamer.errors import CheckpointError, RtdreamerError
from rtdreamer.model import compiled, onnx_export
from rtdreamer.model.checkpoint import Checkpoint
from rtdreamer.model.checkpoint_file import load_checkpoint
from rtdreamer.model.compiled import is_compiled, load_compiled
from rtdreamer.model.onnx_export import export
from rtdreamer.model.onnx_model import OnnxModel
from rtdreamer.model.released import FOLDERS, find_model, load_live, released_models

NAME = "simulated-100-ridge"  # small, and soon compiled


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RTDREAMER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "programs"


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(find_model(NAME).read_bytes())
    return path


@functools.cache
def exported(made_from):
    """A program of the one file: the same each time, and it takes a second."""
    return export(load_checkpoint(find_model(NAME)), made_from)


@pytest.fixture
def made(monkeypatch):
    """How often a program was made."""
    calls = []
    monkeypatch.setattr(
        onnx_export, "export", lambda _, made_from: calls.append(made_from) or exported(made_from)
    )
    return calls


@pytest.mark.parametrize("name", released_models())
def test_a_released_model_comes_with_the_program_of_its_very_file(name, cache, made):
    found = load_live(name)
    assert isinstance(found, OnnxModel)
    assert not made
    assert not cache.exists()
    checkpoint = load_checkpoint(find_model(name))
    for field in OnnxModel.facts():
        if field != "average":
            assert getattr(found, field) == getattr(checkpoint, field), field


def test_another_file_is_compiled_once_and_kept(mine, cache, made):
    assert not is_compiled(mine)
    first = load_compiled(mine)
    assert is_compiled(mine)
    assert len(made) == len(list(cache.iterdir())) == 1
    again = load_compiled(mine)
    assert len(made) == 1
    assert first.program == again.program


@pytest.mark.parametrize("content", [b"", b"no program", None])
def test_what_is_broken_in_the_cache_is_made_again(mine, cache, made, content):
    load_compiled(mine)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert isinstance(load_compiled(mine), OnnxModel)
    assert len(made) == 2
    assert kept.read_bytes() == whole


def test_a_program_that_lies_beside_someones_file_is_never_run(mine, cache, made):
    released = find_model("simulated-23").with_suffix(".onnx")
    mine.with_suffix(".onnx").write_bytes(released.read_bytes())
    load_compiled(mine)
    assert len(made) == 1


def test_a_program_of_another_file_is_not_taken_for_a_released_models(mine, cache, made):
    of_another = find_model("simulated-23").with_suffix(".onnx")
    mine.with_suffix(".onnx").write_bytes(of_another.read_bytes())
    load_compiled(mine, is_released=True)
    assert len(made) == 1


def test_a_cache_that_cannot_be_written_is_done_without(mine, made, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("RTDREAMER_CACHE", str(tmp_path / "file"))
    assert isinstance(load_compiled(mine), OnnxModel)


def test_what_onnx_cannot_hold_runs_in_torch(mine, cache, monkeypatch):
    tried, said = [], []

    def fail(*what):
        tried.append(what)
        raise RtdreamerError("an operator is unknown")

    monkeypatch.setattr(onnx_export, "export", fail)
    assert isinstance(load_compiled(mine, say=said.append), Checkpoint)
    why = "it runs in torch, since ONNX cannot hold it: an operator is unknown"
    assert said == [compiled.COMPILING, why]
    # It is not tried anew at each start, but said.
    assert is_compiled(mine)
    assert isinstance(load_compiled(mine, say=said.append), Checkpoint)
    assert said[2:] == [why]
    assert len(tried) == 1


def test_a_broken_file_is_refused_as_ever(mine, cache):
    mine.write_bytes(mine.read_bytes()[:-40])
    with pytest.raises(CheckpointError, match="damaged"):
        load_compiled(mine)
    with mine.open("wb") as vast:
        vast.truncate(2**40)
    with pytest.raises(CheckpointError, match="more than"):
        load_compiled(mine)


def test_torch_on_request():
    assert isinstance(load_live(NAME, in_torch=True), Checkpoint)


def test_a_released_model_loads_without_torch():
    code = (
        "import sys, json; from rtdreamer.model.classifier import Classifier;"
        "from rtdreamer.model.released import load_live;"
        "Classifier.ready(load_live()); print(json.dumps(sorted(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    modules = json.loads(said.stdout)
    assert not {"torch", "torch_geometric", "sklearn"} & set(modules)


def test_released_programs_are_where_released_models_are():
    names = {path.stem for folder in FOLDERS for path in folder.glob("*.onnx")}
    assert names == set(released_models())


def test_code_that_makes_networks_is_part_of_what_a_kept_program_is_found_by(mine, cache, made):
    load_compiled(mine)
    compiled._code.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_code", lambda: "other")
        load_compiled(mine)
    assert len(made) == 2
