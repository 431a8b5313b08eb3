"""The attacks page claims nothing that no test tries: every test that it names is there."""

import re
from pathlib import Path

import pytest

import docs.refusals

PAGE = Path(docs.refusals.__file__).parent / "explanation" / "attacks.md"
TESTS = Path(__file__).parent
_NAMED = re.compile(r"`(test_[a-z0-9_]+\.py)::(test_[a-z0-9_]+)`")


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of the page's tables, heads apart."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in found if row[0] != "attack"]


def absent(page: str) -> list[str]:
    """Return what is wrong with the page: rows that name no test, and tests that are not there."""
    wrong: list[str] = []
    for row in rows(page):
        named = _NAMED.findall(row[-1])
        if len(row) != 4 or not named or not all(row):
            wrong.append(row[0])
        for file, name in named:
            path = TESTS / file
            text = path.read_text("utf-8") if path.exists() else ""
            there = re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)
            wrong += [] if there else [f"{file}::{name}"]
    return wrong


def test_every_row_names_tests_that_are_there() -> None:
    """An attack, what stops it, what remains, and at least one test that tries it."""
    text = PAGE.read_text("utf-8")
    assert len(rows(text)) > 25
    assert absent(text) == []


@pytest.mark.parametrize(
    "row",
    [
        "| a | b | c | `test_proxy.py::test_that_nobody_wrote` |",
        "| a | b | c | `test_nowhere.py::test_any` |",
        "| a | b | c | – |",
        "| a | b | | `test_attacks_page.py::test_a_bad_row_is_found` |",
        "| a | b | `test_attacks_page.py::test_a_bad_row_is_found` |",
    ],
)
def test_a_bad_row_is_found(row: str) -> None:
    """The check is not blind: a test that is not there, or a cell that is empty, is named."""
    assert absent(f"| attack | x | y | tests |\n|---|---|---|---|\n{row}\n")
