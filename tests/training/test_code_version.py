from pathlib import Path

import pytest

import rtdreamer
from rtdreamer.training import code_version as module
from rtdreamer.training.code_version import EXTRACTION, JUDGING, LEARNING

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
