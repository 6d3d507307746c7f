import subprocess
import sys

import pytest

from rtdreamer.errors import RtdreamerError
from rtdreamer.model.architecture import Architecture
from rtdreamer.model.registry import (
    BUILT_IN,
    DEFAULT_ARCHITECTURE,
    FORMER_NAMES,
    GROUP,
    RESERVED,
    UnknownArchitectureError,
    architecture_names,
    find_architecture,
    foreign_code,
    packages_of,
)

ENTRY = "tests.made_up_architecture:MADE_UP"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Have a package bring entry points; by its name, from an entry's name to its value."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(package, **entries):
        folder = tmp_path / f"{package.replace('-', '_')}-1.5.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: {package}\nVersion: 1.5\n", encoding="utf-8")
        lines = [f"{name.replace('_', '-')} = {value}\n" for name, value in entries.items()]
        text = f"[{GROUP}]\n{''.join(lines)}"
        (folder / "entry_points.txt").write_text(text, encoding="utf-8")
        foreign_code.cache_clear()
        return tmp_path

    yield make
    foreign_code.cache_clear()


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_of_ours_is_there_by_its_name(name):
    found = find_architecture(name)
    assert isinstance(found, Architecture)
    assert found.name == name
    assert find_architecture(name) is found
    assert (packages_of(name), foreign_code(name)) == ({}, "")


def test_the_default_is_one_of_ours_and_names_are_in_order():
    assert DEFAULT_ARCHITECTURE in BUILT_IN
    assert not set(BUILT_IN) & {*RESERVED, *FORMER_NAMES}
    assert architecture_names()[: len(BUILT_IN)] == tuple(BUILT_IN)


def test_names_are_known_without_torch():
    code = (
        "import sys; from rtdreamer.model.registry import architecture_names;"
        "print(*architecture_names()); assert 'torch' not in sys.modules"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout.split()[: len(BUILT_IN)] == list(BUILT_IN)


def test_another_packages_is_listed_and_found(install):
    before = architecture_names()
    install("of-others", made_up=ENTRY)
    assert architecture_names() == (*before, "made-up")
    assert find_architecture("made-up").summary == "for tests"
    assert packages_of("made-up") == {"of-others": "1.5"}


def test_a_change_of_its_code_is_another_model(install):
    folder = install("of-others", made_up="theirs:MADE_UP", others="pack.module:X")
    (folder / "theirs.py").write_text("from tests.made_up_architecture import MADE_UP\n")
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").touch()
    codes = []
    for text in ("x = 1\n", "x = 2\n"):
        (folder / "pack" / "deep.py").write_text(text)
        foreign_code.cache_clear()
        codes += [foreign_code("made-up"), foreign_code("others")]
    assert codes[0] == codes[2] != ""
    assert len({codes[0], codes[1], codes[3]}) == 3
    (folder / "pack" / "within").mkdir()
    (folder / "pack" / "deep.py").rename(folder / "pack" / "within" / "deep.py")
    foreign_code.cache_clear()
    assert foreign_code("others") not in codes


@pytest.mark.parametrize("name", ["nobody", "", "base-rate", "spectral "])
def test_what_nobody_brings_is_refused_in_a_line(name):
    with pytest.raises(UnknownArchitectureError) as error:
        find_architecture(name)
    assert f"architecture {name!r} is not installed" in str(error.value)
    assert "or choose from vae-gnn, as-written" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_name_of_ours_cannot_be_taken(install):
    before = architecture_names()
    install("of-others", ridge=ENTRY, trees=ENTRY, best_possible=ENTRY)
    assert architecture_names() == before
    assert find_architecture("ridge").is_linear
    for reserved in ("trees", "best-possible"):
        with pytest.raises(UnknownArchitectureError):
            find_architecture(reserved)


BROKEN = {
    "not_there": ("no_such_module:X", "ModuleNotFoundError: No module named 'no_such_module'"),
    "no_attribute": ("tests.made_up_architecture:NOTHING", "AttributeError: "),
    "no_architecture": ("tests.made_up_architecture:MadeUp", "MadeUp is type, not Architecture"),
    "another_name": (ENTRY, "MADE_UP calls itself 'made-up'"),
    "raises": ("spoilt:X", "ZeroDivisionError: division by zero"),
    "leaves": ("leaving:X", "SystemExit: 3"),
    "Upper": ("badly_named:X", "ValueError: its name 'Upper' must be of small letters"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_one_is_named_with_its_package_and_stops_nothing_else(name, install):
    value, reason = BROKEN[name]
    folder = install("of-others", **{name: value})
    (folder / "spoilt.py").write_text("1 / 0\n")
    (folder / "leaving.py").write_text("import sys\nsys.exit(3)\n")
    (folder / "badly_named.py").write_text(
        "from dataclasses import replace\nfrom tests.made_up_architecture import MADE_UP\n"
        "X = replace(MADE_UP, name='Upper')\n"
    )
    asked = name.replace("_", "-")
    assert asked in architecture_names()
    with pytest.raises(RtdreamerError) as error:
        find_architecture(asked)
    said = str(error.value)
    assert said.startswith(f"architecture {asked!r} of package of-others cannot be used: ")
    assert reason in said
    assert "\n" not in said
    assert find_architecture("ridge").name == "ridge"


def test_one_that_two_packages_bring_is_refused(install):
    install("of-others", made_up=ENTRY)
    install("of-more", made_up=ENTRY)
    with pytest.raises(RtdreamerError, match="is brought by of-more and of-others: remove all"):
        find_architecture("made-up")
