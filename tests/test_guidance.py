"""The table of the guidance names fields, clauses and tests that exist, and leaves nothing out."""

import ast
import re
from pathlib import Path

import pytest

from client.__main__ import cli
from tests.test_case_words import ASKED

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "guidance.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d\.\d+ \|", line)
]
# How many sentences stand under each heading of the source.
SENTENCES = {1: 4, 2: 6, 3: 4, 4: 10, 5: 2, 6: 3}


def test_every_sentence_has_its_row() -> None:
    """No sentence of the guidance is skipped, and none stands twice."""
    wanted = [f"{head}.{at}" for head, most in SENTENCES.items() for at in range(1, most + 1)]
    assert [row[0] for row in ROWS] == wanted


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_is_there(row: list[str]) -> None:
    """Each field, command, clause and test that the table names exists."""
    _, asks, place, shown, state = row
    assert asks
    assert state.split(":")[0] in {"done", "part", "people"}
    clauses = (ROOT / "client" / "CONSENT.md").read_text("utf-8")
    named = re.findall(r"`([^`]+)`", place)
    for name in named:
        if name.startswith("folge "):
            assert name.removeprefix("folge ") in cli.commands
        else:
            assert name in ASKED, name
    for part, number in re.findall(r"C-(\d+)\.(\d+)", place):
        section = clauses.split(f"\n## C-{part} ")[1].split("\n## ")[0]
        assert f"\n{number}. " in section
    found = re.fullmatch(r"`(test_\w+\.py)::(test_\w+)`", shown)
    assert found is not None
    tree = ast.parse((ROOT / "tests" / found[1]).read_text("utf-8"))
    tests = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert found[2] in tests
