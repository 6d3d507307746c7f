import ast
import hashlib
import importlib.util
import inspect
from pathlib import Path

import pytest

from rtdreamer.data import simulated_eeg, sources
from rtdreamer.data.simulated import DEFAULT_CLIP, DEFAULT_EFFECT, N_SUBJECTS, SimulatedDreamer
from rtdreamer.data.sources import fingerprint, open_dreamer
from rtdreamer.errors import DataError


def parameters(source):
    return len(source.subjects), source.seed, source.effect, source.clip


@pytest.mark.parametrize("text", [None, "simulated"])
def test_by_default_the_simulation_is_opened(text):
    source = open_dreamer(text)
    assert isinstance(source, SimulatedDreamer)
    assert parameters(source) == (23, 0, DEFAULT_EFFECT, DEFAULT_CLIP)


def test_parameters_are_read_in_any_order():
    source = open_dreamer("simulated:effect=0, seed=7,clip=.25,subjects=4")
    assert isinstance(source, SimulatedDreamer)
    assert parameters(source) == (4, 7, 0, 0.25)


def test_parameters_left_out_keep_their_defaults():
    source = open_dreamer("simulated:subjects=4")
    assert isinstance(source, SimulatedDreamer)
    assert parameters(source) == (4, 0, DEFAULT_EFFECT, DEFAULT_CLIP)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("simulated:people=4", "unknown parameter 'people'"),
        ("simulated:", "unknown parameter ''"),
        ("simulated:subjects=4,", "unknown parameter ''"),
        ("simulated:subjects=four", "subjects is 'four'"),
        ("simulated:subjects=2.5", "must be a whole number"),
        ("simulated:seed=", "seed is ''"),
        ("simulated:effect=strong", "effect is 'strong': must be a number"),
        ("simulated:effect=nan", "effect is nan"),
        ("simulated:clip=", "clip is '': must be a number"),
        ("simulated:clip=-1", "clip is -1"),
        ("simulated:clip=1,clip=1", "clip is given twice"),
        ("simulated:subjects=0", "subjects is 0"),
        ("simulated:seed=1,seed=2", "seed is given twice"),
    ],
)
def test_bad_parameters_are_named(text, named):
    for read in (open_dreamer, fingerprint):
        with pytest.raises(DataError, match=named) as refusal:
            read(text)
        assert "\n" not in str(refusal.value)


def test_anything_else_is_the_path_of_a_file(tmp_path):
    for read in (open_dreamer, fingerprint):
        with pytest.raises(DataError, match=r"nowhere\.mat: no such file"):
            read(str(tmp_path / "nowhere.mat"))
        with pytest.raises(DataError, match="is a folder"):
            read(str(tmp_path))


class TestFingerprint:
    @pytest.mark.parametrize(
        "text",
        [
            "simulated",
            "simulated:effect=.30,seed=00",
            f"simulated:subjects={N_SUBJECTS},clip={DEFAULT_CLIP:.3f}",
        ],
    )
    def test_however_written_the_same_simulation_has_the_same(self, text):
        assert fingerprint(text) == fingerprint(None)

    def test_each_parameter_tells(self):
        keys = ("subjects", "seed", "effect", "clip")
        texts = ["simulated", *(f"simulated:{key}=1" for key in keys)]
        assert len({fingerprint(text) for text in texts}) == 5

    def test_an_edit_of_the_simulator_tells(self, tmp_path, monkeypatch):
        code = Path(simulated_eeg.__file__).read_text(encoding="utf-8")
        before = fingerprint(None)

        def with_code(name, code):
            path = tmp_path / f"{name}.py"
            path.write_text(code, encoding="utf-8")
            spec = importlib.util.spec_from_file_location(name, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            monkeypatch.setattr(
                sources,
                "_SIMULATOR",
                [module if one is simulated_eeg else one for one in simulator],
            )
            return fingerprint(None)

        simulator = sources._SIMULATOR
        assert with_code("copied", code) == before
        assert with_code("edited", code + "_SENSOR_NOISE = 0.04\n") != before

    def test_the_simulators_code_is_all_there(self):
        """What the simulator imports of ours is part of it, but for the shape of a trial."""
        imported = {
            node.module
            for module in sources._SIMULATOR
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.ImportFrom) and node.module.startswith("rtdreamer")
        }
        named = {module.__name__ for module in sources._SIMULATOR}
        assert imported - named == {"rtdreamer.data.trials", "rtdreamer.errors"}

    def test_of_a_file_the_bytes_tell_and_its_name_does_not(self, tmp_path):
        paths = [tmp_path / name for name in ("a.mat", "b.mat", "c.mat")]
        for path, content in zip(paths, (bytes(3_000_000), bytes(3_000_000), b"x"), strict=True):
            path.write_bytes(content)
        a, b, c = (fingerprint(str(path)) for path in paths)
        assert a == b != c
        assert hashlib.sha256(b"x").hexdigest().startswith(c)
        assert len(c) == len(fingerprint(None))
