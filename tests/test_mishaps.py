"""The page of mishaps names stories that exist, and each is told from four sides.

A story is read here for its sides: what it, what it calls in its own file, and what that calls in
`fourfold`, ask of the desks.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "mishaps.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| event ")
]
SIDES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "what is read": frozenset({"status"}),
        "what lies on disk": frozenset({"holds", "plain"}),
        "what left": frozenset({"slot"}),
        "what went up": frozenset({"posts"}),
        "the open door": frozenset({"takes_in"}),
    }
)
"""What a story asks each side by; one of the names is enough."""


def calls(text: str) -> dict[str, set[str]]:
    """Return every function and method of a file, with the names that it calls."""
    return {
        node.name: {
            made.func.attr if isinstance(made.func, ast.Attribute) else made.func.id
            for made in ast.walk(node)
            if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute | ast.Name)
        }
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def unseen(text: str, name: str) -> set[str]:
    """Return the sides that a test of a file does not look at."""
    shared = calls((ROOT / "tests" / "fourfold.py").read_text("utf-8"))
    known = {**shared, **calls(text)}
    reached, ahead = set[str](), [name]
    while ahead:
        called = known.get(ahead.pop(), set()) - reached
        reached |= called
        ahead += called
    return {side for side, by in SIDES.items() if not by & reached}


def test_a_story_that_leaves_a_side_out_is_found() -> None:
    """Each side is missed when it is not asked for, also one that a helper asks for."""
    helped = "async def helper(desks): await desks.takes_in(1, 2, 'X')\n"
    story = "async def test_it(desks):\n await desks.alike(2)\n await desks.sides[0].says('X')\n"
    assert unseen(helped + story, "test_it") == {"what lies on disk", "the open door"}
    assert unseen(helped + story + " desks.dark(); helper(desks)\n", "test_it") == set()
    assert unseen("def test_it(): pass", "test_it") == set(SIDES)


def test_no_event_stands_twice() -> None:
    """Every event of a move that goes wrong has one row."""
    events = [row[0] for row in ROWS]
    assert len(events) == len(set(events)) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_event_is_shown_from_four_sides(row: list[str]) -> None:
    """A row names a story that exists, and the story asks every side."""
    _, happens, shown = row
    assert happens
    found = re.fullmatch(r"`(test_\w+\.py)::(test_\w+)`", shown)
    assert found is not None
    text = (ROOT / "tests" / found[1]).read_text("utf-8")
    assert found[2] in calls(text)
    assert "from tests.fourfold import" in text
    assert unseen(text, found[2]) == set()
