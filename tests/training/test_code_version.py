from dataclasses import asdict
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import grimp
import pytest

import rtdreamer
from rtdreamer.data.sources import fingerprint
from rtdreamer.signal.features import Spec
from rtdreamer.training import code_version as module
from rtdreamer.training.code_version import (
    EXTRACTION,
    JUDGING,
    LEARNING,
    environment,
    hashes,
    versions,
)

PACKAGE = Path(rtdreamer.__file__).parent

code_version = module.code_version.__wrapped__
"""Without what it remembers: here the files change under it."""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two files."""
    (tmp_path / "a.py").write_text("one\ntwo\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("three\n", encoding="utf-8")
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    return tmp_path


def test_the_same_code_has_the_same_version(package):
    assert code_version(("*.py",)) == code_version(("*.py",)) == code_version(("a.py", "b.py"))
    assert code_version(("b.py", "a.py", "*.py")) == code_version(("*.py",))


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": "one\ntwo!\n"},
        {"a.py": "one\n", "b.py": "two\nthree\n"},  # a line moved
        {"a.py": "three\n", "b.py": "one\ntwo\n"},  # exchanged
        {"c.py": ""},
    ],
)
def test_any_change_changes_the_version(package, files):
    before = code_version(("*.py",))
    for name, text in files.items():
        (package / name).write_text(text, encoding="utf-8")
    assert code_version(("*.py",)) != before


def test_other_files_do_not_matter(package):
    before = code_version(("*.py",))
    (package / "notes.txt").write_text("x", encoding="utf-8")
    assert code_version(("*.py",)) == before
    assert code_version(("a.py",)) != before


@pytest.mark.parametrize("pattern", JUDGING)
def test_every_pattern_finds_files(pattern):
    assert list(PACKAGE.glob(pattern))


def test_learning_depends_on_extraction_too():
    assert set(EXTRACTION) < set(LEARNING) < set(JUDGING)
    assert code_version(EXTRACTION) != code_version(LEARNING)


SPEC = asdict(Spec())


def test_each_hash_changes_with_what_it_is_of_alone(monkeypatch):
    first = hashes(None, SPEC)
    assert first == hashes("simulated", dict(reversed(SPEC.items())))
    assert first["data"] == fingerprint(None)
    assert first["code"] == code_version(JUDGING)
    other_data = hashes("simulated:seed=1", SPEC)
    assert [name for name in first if first[name] != other_data[name]] == ["data"]
    other_spec = hashes(None, asdict(Spec(standardise=False)))
    assert [name for name in first if first[name] != other_spec[name]] == ["features"]
    monkeypatch.setattr(module, "code_version", lambda patterns: "another")
    other_code = hashes(None, SPEC)
    assert [name for name in first if first[name] != other_code[name]] == ["features", "code"]


def test_a_package_that_is_not_there_is_not_named(monkeypatch):
    def version(name):
        if name == "pyarrow":
            raise PackageNotFoundError
        return "1.2"

    monkeypatch.setattr(module, "version", version)
    found = environment()
    assert found["packages"] == versions() | {"distributed": "1.2"}
    assert found["python"].count(".") == 2
    assert found["platform"]


WITHOUT_INFLUENCE = {
    "rtdreamer.errors", "rtdreamer.files", "rtdreamer.decoding", "rtdreamer.counting",
}  # fmt: skip
"""They say what is wrong, count, read and write: what is computed does not depend on them."""


def imported(*modules):
    """All of ours that these import, and what those do."""
    graph = grimp.build_graph("rtdreamer")
    found, todo = set(), [f"rtdreamer.{name}" for name in modules]
    while todo:
        module = todo.pop()
        # The face names everything, and the keys themselves change no result.
        if module not in found and module not in ("rtdreamer", "rtdreamer.training.code_version"):
            found.add(module)
            todo += graph.find_modules_directly_imported_by(module)
    return found


@pytest.mark.parametrize(
    ("patterns", "modules"),
    [
        (EXTRACTION, ["training.cache"]),
        (LEARNING, ["training.learn", "training.run"]),
        (JUDGING, ["evaluation.fold_judge"]),
    ],
)
def test_all_code_that_a_result_comes_from_is_in_its_key(patterns, modules):
    files = {file for pattern in patterns for file in PACKAGE.glob(pattern)}
    known = {".".join(("rtdreamer", *f.relative_to(PACKAGE).with_suffix("").parts)) for f in files}
    assert imported(*modules) - WITHOUT_INFLUENCE <= known
