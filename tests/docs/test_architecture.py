"""The page on how it is built is true to the code."""

import ast
import importlib
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = "explanation/architecture.md"
HEAD = ("module", "constant", "value", "reason")
OF_TIME = re.compile(r"^[A-Z][A-Z_]*_(S|MS|SECONDS)$")


def constants_in_code():
    """(module, name) of each module-level constant whose name ends as one of time; scalars only."""
    for path in [*(ROOT / "rtdreamer").rglob("*.py"), *(ROOT / "replay").rglob("*.py")]:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if OF_TIME.match(name) and not isinstance(node.value, ast.Tuple):
                    yield module, name


@pytest.fixture(scope="module")
def listed(page):
    found = re.findall(r"^\| `([\w.]+)` \| `(\w+)` \| ([\d.]+) \| (.+) \|$", page(PAGE), re.M)
    return {(module, name): (float(value), reason) for module, name, value, reason in found}


def test_every_constant_of_time_is_listed_and_no_other(listed):
    assert set(listed) == set(constants_in_code())


def test_constants_of_time_have_the_value_that_is_listed(listed):
    for (module, name), (value, reason) in listed.items():
        found = getattr(importlib.import_module(module), name)
        assert value == pytest.approx(found, rel=1e-3), f"{module}.{name}"
        assert len(reason) > 10


def test_the_picture_is_of_this_code():
    house = runpy.run_path(str(ROOT / "docs" / "house.py"))
    assert house["PICTURE"].read_text(encoding="utf-8") == house["draw"](), (
        "run python docs/house.py to draw it again"
    )


def test_every_room_is_described(page):
    house = runpy.run_path(str(ROOT / "docs" / "house.py"))
    rooms = {
        module.replace(".", "/")
        for floor in house["floors"]()
        for module in floor
        if house["is_room"](module)
    }
    described = re.findall(r"^\| `([\w/]+)` \|", page(PAGE), re.MULTILINE)
    assert rooms == set(described)


def test_files_that_pages_name_are_there():
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    a_file = re.compile(r"`((?:rtdreamer|replay|examples|tests|docs)/[\w./]+)`")
    for path in pages:
        text = path.read_text(encoding="utf-8")
        # A part between this comment and the next heading waits for files that are being moved.
        text = re.sub(r"<!-- check paths -->.*?(?=\n#|\Z)", "", text, flags=re.DOTALL)
        for named in a_file.findall(text):
            assert (ROOT / named).exists(), f"{path.name} names {named}"
