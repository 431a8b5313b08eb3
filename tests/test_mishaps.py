"""The page of mishaps names tests that exist, and says of each event how far it is shown."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "mishaps.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| event ")
]


def test_no_event_stands_twice() -> None:
    """Every event of a move that goes wrong has one row."""
    events = [row[0] for row in ROWS]
    assert len(events) == len(set(events)) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_is_there(row: list[str]) -> None:
    """A test that is named exists; whole stories are those seen from four sides."""
    _, happens, shown, state = row
    assert happens
    assert state.split(":")[0] in {"whole", "part", "not"}
    assert (shown == "—") == (state == "not")
    if shown == "—":
        return
    found = re.fullmatch(r"`(test_\w+\.py)::(test_\w+)`", shown)
    assert found is not None
    text = (ROOT / "tests" / found[1]).read_text("utf-8")
    names = {
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert found[2] in names
    if state == "whole":
        assert "from tests.fourfold import" in text
