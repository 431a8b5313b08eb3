"""`keys/ENVELOPE.md` by its clauses, for the tests that hold code and vectors against it."""

import re
from pathlib import Path
from typing import Final

from keys.errors import leaves

ROOT: Final = Path(__file__).parent.parent
TEXT: Final = (ROOT / "keys/ENVELOPE.md").read_text()
GROUPS: Final = tuple(re.findall(r"^## (E-\d+) ", TEXT, flags=re.MULTILINE))
CODES: Final = frozenset(leaf.code for leaf in leaves() if leaf.__module__ == "keys.errors")
NUMBERS: Final = tuple(re.findall(r"^\*\*(E-\d+\.\d+)\*\* ", TEXT, flags=re.MULTILINE))
"""Every clause, in the order in which they stand."""


def _clauses() -> dict[str, str]:
    """Return each clause's text: to the next clause, title or end."""
    parts = re.split(r"^(?:\*\*(E-\d+\.\d+)\*\* |#+ .*$)", TEXT, flags=re.MULTILINE)
    return {
        number: " ".join(text.split())
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
        if number is not None
    }


CLAUSES: Final = _clauses()


def codes_in(text: str) -> frozenset[str]:
    """Return the refusal codes that `text` names."""
    return CODES.intersection(re.findall(r"`([a-z_]+)`", text))


def codes_of(number: str) -> frozenset[str]:
    """Return the codes by which a clause refuses: its own, and E-1's where it says so."""
    text = CLAUSES[number]
    common: frozenset[str] = frozenset()
    if re.search(r"E-1\b(?!\.)", text):
        common = frozenset().union(*(codes_in(CLAUSES[f"E-1.{n}"]) for n in range(1, 6)))
    return codes_in(text) | common
