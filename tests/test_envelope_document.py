"""Promises of the envelope's document: it has what the code cites, and says what the code does."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from keys.address import BLOB_CHUNKS, CELL_BYTES, Role
from keys.blob import CAPACITY
from keys.body import RESERVED, ROUTES, Kind, machine_signs
from keys.errors import FACTS, FAMILIES, http_status, leaves
from keys.receipt import ReceiptStatus
from keys.slots import DELAYS
from tests.envelope import CLAUSES, CODES, GROUPS, NUMBERS, ROOT, TEXT, codes_in

SOURCES: Final = tuple(
    sorted(
        path
        for folder in ("keys", "broker", "client", "tests", "docs", "deploy")
        for kind in ("*.py", "*.md", "*.po", "*.sql", "*.pml", "*.pv")
        for path in (ROOT / folder).rglob(kind)
    )
)
CITED: Final = re.compile(r"\bE-(\d+)(\.\d+)?\b")


def rows(*heads: str) -> list[list[str]]:
    """Return the rows of every table whose first columns are called `heads`."""
    found: list[list[str]] = []
    inside = False
    for line in TEXT.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif tuple(cells[: len(heads)]) == heads:
            inside = True
        elif inside and not set(cells[0]) <= set("-"):
            found.append(cells)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_clause_that_is_cited_exists(path: Path) -> None:
    """Nobody is sent to a rule that is not there."""
    for group, number in CITED.findall(path.read_text()):
        name = f"E-{group}{number}"
        assert name in (NUMBERS if number else GROUPS), name


def test_every_clause_has_one_number_in_order() -> None:
    """Clauses are numbered without gaps, and no number stands twice."""
    assert tuple(f"E-{n}" for n in range(1, 18)) == GROUPS
    expected = [
        f"{group}.{n}"
        for group in GROUPS
        for n in range(1, 1 + sum(number.startswith(f"{group}.") for number in NUMBERS))
    ]
    assert list(NUMBERS) == expected
    assert set(CLAUSES) == set(NUMBERS)


def raised_in_keys() -> frozenset[str]:
    """Return the code of every refusal that the lowest floor raises by name."""
    names = {leaf.__name__: leaf.code for leaf in leaves()}
    found: set[str] = set()
    for path in (ROOT / "keys").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and node.id in names and path.name != "errors.py":
                found.add(names[node.id])
    return frozenset(found)


def test_every_refusal_of_a_format_stands_in_a_clause() -> None:
    """Whatever the lowest floor refuses has a rule that says why."""
    said = frozenset().union(
        *(codes_in(text) for number, text in CLAUSES.items() if not number.startswith("E-15."))
    )
    assert raised_in_keys() - said == set()


def test_the_list_of_refusals_is_the_codes() -> None:
    """The document's last table is the vocabulary itself: codes, statuses and reasons."""
    expected = [
        [leaf.code, str(http_status(leaf)), " ".join((leaf.__doc__ or "").split()).replace("`", "")]
        for family in FAMILIES
        for leaf in leaves(family)
        if leaf.__module__ == "keys.errors"
    ]
    found = [[code, status, when.replace("`", "")] for code, status, when in rows("code", "status")]
    assert found == expected
    assert set(FACTS) <= set(re.findall(r"`([a-z]+)`", CLAUSES["E-15.3"]))


def test_no_clause_names_a_refusal_that_is_not() -> None:
    """A rule that threatens with an unknown word would be answered by nothing."""
    for number, text in CLAUSES.items():
        for word in re.findall(r"\b(?:is|are|with|else) `([a-z]+_[a-z_]+)`", text):
            assert word in CODES | {kind.word for kind in Kind}, (number, word)


def test_the_kinds_and_their_ways_are_the_codes() -> None:
    """The table of who may send what to whom is the one that both ends decide by."""
    role = {Role.CENTRE: "centre", Role.POLICE: "police"}
    expected = [["0", "dummy", "any that its sender writes to", "to oneself", "no", "yes"]]
    for kind, way in ROUTES.items():
        machine = "stored only" if machine_signs(kind) else "no"
        ends = f"{role[way.from_role]} → {role[way.to_role]}"
        blobs = "yes" if way.blobs else "no"
        expected.append([str(int(kind)), kind.word, way.board.value, ends, blobs, machine])
    found = [[cell.replace("`", "") for cell in row] for row in rows("number", "kind")]
    assert found == expected
    assert "({})".format(", ".join(str(int(kind)) for kind in sorted(RESERVED))) in CLAUSES["E-5.3"]


def test_the_sizes_are_the_codes() -> None:
    """The table of blob classes is the one that is enforced."""
    expected = [
        [cls.value, f"{chunks:,}", f"{CELL_BYTES[cls]:,}", f"{CAPACITY[cls]:,}"]
        for cls, chunks in BLOB_CHUNKS.items()
    ]
    assert rows("class", "k", "bytes") == expected


def test_the_words_and_waits_are_the_codes() -> None:
    """Receipts have these words, and wrong tries these waits."""
    for status in ReceiptStatus:
        assert f"`{status.value}`" in CLAUSES["E-9.2"]
    waits = [str(delay) for delay in DELAYS if delay]
    assert f"{', '.join(waits[:-1])} s" in CLAUSES["E-14.14"]
    assert f"{waits[-1]} s" in CLAUSES["E-14.14"]


def test_the_contents_name_every_section() -> None:
    """The table of contents is whole."""
    titles = re.findall(r"^## (.*)$", TEXT, flags=re.MULTILINE)
    listed = re.findall(r"^\* \[(.*)\]\(#", TEXT, flags=re.MULTILINE)
    assert listed == titles[titles.index("Contents") + 1 :]
