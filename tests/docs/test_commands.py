"""Every command in the documentation is one that the program takes.

Each is parsed as the program would parse it; tests/cli runs each kind, in miniature where it takes
long. What needs something that is not at hand is marked by a comment right above the block:
``<!-- needs: a headset, DREAMER.mat -->``.
"""

import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from rtdreamer.cli.main import rtdreamer

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "models/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
NEEDS = {
    "a headset", "DREAMER.mat", "a recording", "a table of folds", "examples/own_model installed",
}  # fmt: skip
A_FILE = re.compile(r"\.(mat|csv|toml|safetensors)$|/$")
BLOCK = re.compile(r"(?:<!-- needs: (.+?) -->\n)?```(?:sh|bat)\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`(rtdreamer \w+ [^`]+)`")


class Block(NamedTuple):
    page: Path
    needs: frozenset[str]
    lines: list[str]

    @property
    def commands(self):
        """Arguments of each call of the program."""
        return [found for line in self.lines for found in calls(line)]


def calls(line):
    line = line.replace("\\", "/")  # of Windows
    for part in re.split(r"&&|;", line):
        words = shlex.split(part.partition(">")[0], comments=True)
        if words and words[0].rpartition("/")[2] == "rtdreamer":
            yield words[1:]


def blocks(page):
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, frozenset(filter(None, (needs or "").split(", "))), body.splitlines())
        for needs, body in BLOCK.findall(text)
    ]


ALL = [block for page in PAGES for block in blocks(page)]


def parse(arguments):
    """Parse as the program does, without running anything."""
    name, *rest = arguments
    context = click.Context(rtdreamer)
    command = rtdreamer.get_command(context, name)
    assert command is not None, f"there is no command {name}"
    # The name that the example's package brings.
    rest = ["ridge" if word == "own" else word for word in rest]
    return command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_of_a_page_are_taken(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "session.xdf").write_bytes(b"XDF:")
    inline = INLINE.findall(page.read_text(encoding="utf-8"))
    found = [call for block in blocks(page) for call in block.commands]
    found += [call for line in inline if "…" not in line for call in calls(" ".join(line.split()))]
    for call in found:
        try:
            parse(call)
        except click.UsageError as error:
            pytest.fail(f"{page.name}: rtdreamer {shlex.join(call)}: {error.format_message()}")


def test_there_are_commands():
    assert sum(len(block.commands) for block in ALL) > 40


def test_each_kind_that_is_not_marked_has_tests_that_run_it():
    kinds = {call[0] for block in ALL for call in block.commands}
    for kind in kinds:
        tests = ROOT / "tests" / "cli" / f"test_{kind}.py"
        assert f'"{kind}"' in tests.read_text(encoding="utf-8"), f"{tests.name} runs no {kind}"


def test_needs_are_known_words():
    assert {need for block in ALL for need in block.needs} <= NEEDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_are_at_hand_or_marked_as_needed(page):
    made = set()
    for block in blocks(page):
        for call in block.commands:
            outputs = {word for before, word in pairwise(call)
                       if before in ("--out", "--report", "--json", "synth")}  # fmt: skip
            if not block.needs:
                used = {word for word in call if A_FILE.search(word)} - outputs
                assert used <= made, f"{page.name}: {used - made} is neither made nor marked"
            made |= outputs


def test_a_headset_is_marked_where_no_replay_stands_in():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in blocks(page):
            live = any(call[0] in ("live", "baseline") for call in block.commands)
            if live and "a headset" not in block.needs:
                assert "rtdreamer replay" in text or "rtdreamer demo" in text, page.name


def test_extras_that_pages_name_are_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for page in PAGES:
        for extras in re.findall(r"(?:rtdreamer|\.)\[([a-z,]+)\]\"", page.read_text("utf-8")):
            assert set(extras.split(",")) <= set(project["optional-dependencies"]), page.name


def test_modules_that_are_run_are_there():
    for block in ALL:
        for line in block.lines:
            for module in re.findall(r"python -m (tests\.\w+)", line):
                assert (ROOT / module.replace(".", "/") / "__main__.py").is_file()
