"""The pages of the documentation, and the tables in them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def page():
    """Return the text of a page in docs/."""

    def read(name):
        return (ROOT / "docs" / name).read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="session")
def rows(page):
    """Return the cells of a table, found by its page and the words of its head."""

    def read(name, *head):
        line = "| " + " | ".join(head) + " |"
        _, found, after = page(name).partition(f"{line}\n")
        assert found, f"{name} has no table {line}"
        body = after.partition("\n")[2]  # past the line under the head
        table = re.match(r"(?:\|.*\n)*", body)[0]
        return [[cell.strip() for cell in _cells(row)] for row in table.splitlines()]

    return read


def _cells(row):
    return re.split(r"(?<!\\)\|", row.strip())[1:-1]
