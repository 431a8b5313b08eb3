"""The page that states the rules of consent agrees with the program that keeps them."""

import re
from pathlib import Path
from typing import Final

import client.refusals
from keys.errors import by_code

CLIENT: Final = Path(client.refusals.__file__).parent
PAGE: Final = (CLIENT / "CONSENT.md").read_text(encoding="utf-8")
RULES: Final = {
    "consent_missing",
    "consent_withdrawn",
    "consent_other_recipient",
    "consent_ended",
    "consent_mismatch",
    "part_not_there",
    "part_changed",
    "part_not_shared",
    "not_released",
    "attachment_alone",
    "attachment_missing",
    "unsolicited",
    "not_yours",
    "wrong_district",
    "no_basis",
    "approval_missing",
    "line_added",
    "wrong_state",
}
"""What these rules alone say no with."""
CITED: Final = re.compile(r"\bC-(\d+)(?:\.(\d+))?\b")


def clauses() -> set[str]:
    """Return every clause and every rule of the page: `C-1`, `C-1.1` and on."""
    found: set[str] = set()
    number = ""
    for line in PAGE.splitlines():
        if head := re.match(r"## (C-\d+) ", line):
            number = head[1]
            found.add(number)
        elif rule := re.match(r"(\d+)\. ", line):
            found.add(f"{number}.{rule[1]}")
    return found


def test_rules_are_numbered_without_gaps() -> None:
    """Each clause counts its rules from one, so that a citation stays true."""
    known = clauses()
    heads = sorted(int(one[2:]) for one in known if "." not in one)
    assert heads == list(range(1, len(heads) + 1))
    for head in heads:
        rules = sorted(int(one.partition(".")[2]) for one in known if one.startswith(f"C-{head}."))
        assert rules == list(range(1, len(rules) + 1)), head


def test_every_clause_that_the_code_or_the_page_cites_exists() -> None:
    """A citation leads to a rule that is there."""
    known = clauses()
    texts = [PAGE, *(file.read_text(encoding="utf-8") for file in CLIENT.rglob("*.py"))]
    cited = {found[0] for text in texts for found in CITED.finditer(text)}
    assert cited <= known, sorted(cited - known)
    assert len(cited) >= 30


def test_every_refusal_in_brackets_is_in_the_vocabulary() -> None:
    """A breach is answered with a refusal that the program has."""
    listed = re.findall(r"\[([a-z_]+(?:,\s+[a-z_]+)*)\]", PAGE)
    codes = {code for group in listed for code in re.split(r",\s+", group)}
    assert not {code for code in codes if by_code(code) is None}
    assert codes >= RULES
