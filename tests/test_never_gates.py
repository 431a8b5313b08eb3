"""Nothing about who somebody is can be asked for, sorted by or required before a place is given."""

import ast
import re
from pathlib import Path

import pytest

from client.case import (
    HIDDEN,
    PARTS,
    Answer,
    PartName,
    PlaceInquiryInput,
)
from client.case.checking import checked
from client.case.declaration import Kind, question, walk
from client.case.person import Person
from client.case.place_inquiry import AccessNeed
from client.case.residence import Residence
from client.case.text import Line, Name, TextRule
from client.refusals import (
    MissingAnswer,
)
from keys.errors import UnknownField

FORBIDDEN = re.compile(
    r"name|municip|citizen|residen|status|violen|relation|religio|pay|consent|gender|national"
    r"|note|text|reason|diagnos"
)


def test_a_place_inquiry_asks_for_nothing_about_the_person() -> None:
    """No field for municipality, residence, kind of violence, religion, payment or consent."""
    asked = dict(walk(PlaceInquiryInput))
    assert not [path for path in asked if FORBIDDEN.search(path.removeprefix("place_inquiry."))]
    assert all(each.kind is not Kind.TEXT for each in asked.values())
    for name in ("call_name", "municipality", "status", "violence_types", "decision"):
        with pytest.raises(UnknownField):
            checked(PlaceInquiryInput, {name: "x"}, "place_inquiry")


def test_no_hidden_question_is_in_a_place_inquiry() -> None:
    """What is hidden until arrival cannot be asked before it."""
    hidden = {
        asked.name
        for part in PARTS.values()
        for _, asked in walk(part)
        if "X" in {flag.value for flag in asked.flags}
    }
    assert hidden >= {"full_name", "violence_types", "status", "rosa_contact"}
    assert not hidden & {asked.name for _, asked in walk(PlaceInquiryInput)}


def test_residence_is_never_required_and_never_remarked_on() -> None:
    """An empty answer about residence is as good as any."""
    for name in HIDDEN:
        assert not any(asked.required for _, asked in walk(PARTS[name]))
        assert checked(PARTS[name], {}, name) == PARTS[name]()
    assert question(Residence, "status") is not None


def names_in(source: str) -> set[str]:
    """Give the names and texts that a program uses, its docstrings left out."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            used |= set(re.findall(r"\w+", node.value))
        elif isinstance(node, ast.Attribute):
            used.add(node.attr)
        elif isinstance(node, ast.Name):
            used.add(node.id)
    return used


def test_nothing_sorts_filters_or_counts_by_what_is_hidden() -> None:
    """Outside the declarations no program names residence, trafficking or kind of violence."""
    never = {"residence", "trafficking", "violence_types", "Residence", "Trafficking"}
    client = Path(__file__).parent.parent / "client"
    # The table of a form's pages has to name every question; it can do nothing with one.
    table = client / "formlayout.py"
    tree = ast.parse(table.read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.Compare | ast.For)]
    for path in client.rglob("*.py"):
        if path.parent.name != "case" and path != table:
            assert not never & {name.lower() for name in names_in(path.read_text("utf-8"))}, path


def test_a_disability_is_asked_for_as_a_need() -> None:
    """The inquiry names what the place must have; health names what the person needs."""
    needs = question(PlaceInquiryInput, "access_needs")
    assert needs is not None
    assert needs.choices is AccessNeed
    words = "wheelchair|loop|assistant|dog|alarm|lift|bathroom|room|friendly|support"
    assert all(re.search(words, need) for need in AccessNeed)
    assert all(asked.limit is None for _, asked in walk(PlaceInquiryInput))


def test_the_unit_is_what_the_person_chooses() -> None:
    """Gender is free text in the person's own words; nothing can branch on it."""
    gender = question(Person, "gender_self")
    assert gender is not None
    assert gender.kind is Kind.TEXT
    assert question(PlaceInquiryInput, "unit") is not None
    assert question(PlaceInquiryInput, "gender_self") is None


def test_a_question_that_is_not_there_is_none() -> None:
    """Asking the declarations for something else gives nothing."""
    assert question(Person, "national_id") is None


def test_every_part_is_empty_without_complaint() -> None:
    """At night, everything but an attachment's own name can be left empty."""
    for name, part in PARTS.items():
        if name is PartName.ATTACHMENT:
            with pytest.raises(MissingAnswer):
                checked(part, {}, name)
        else:
            assert checked(part, {}, name) == part()


def test_text_rules_compare_by_their_caps() -> None:
    """Two caps are two kinds of text, also inside an answer."""
    assert TextRule(80) != TextRule(160)
    assert Answer[Name] is not Answer[Line]
