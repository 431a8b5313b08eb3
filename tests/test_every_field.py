"""Every field of the brief is everywhere it must be: checked, asked, printed, ruled, said."""

import json
from collections.abc import Iterable
from functools import cache

import pytest

from client.cardlayout import ALSO, CARD_FIELDS
from client.case import HIDDEN, PARTS, Flag, PartName
from client.case.checking import checked
from client.casesheet import section_block
from client.forms import asked_in, form
from client.schema import case_schema
from client.sheet import Item, Say
from keys.words import Language, Words
from tests.cases import SECTIONS, only
from tests.test_case_words import ASKED, kept

PATHS = [path for path, _, _ in kept()]
IN_PARTS = [path for path in PATHS if path.partition(".")[0] in PARTS]


@cache
def schema_titles(language: Language) -> dict[str, str]:
    """Give the title of every question in the schema, by its path."""
    found: dict[str, str] = {}

    def into(node: object, path: str) -> None:
        if not isinstance(node, dict):
            return
        inner = node.get("items", node)
        for name, one in dict(inner.get("properties", {})).items():
            if "title" in one:
                found[f"{path}.{name}"] = str(one["title"])
                into(one, f"{path}.{name}")

    whole = json.loads(json.dumps(case_schema(language)))["properties"]
    parts = whole["parts"]
    rows = dict(parts["properties"])
    numbered = parts["patternProperties"]
    rows |= {pattern.strip("^").partition("[")[0]: one for pattern, one in numbered.items()}
    for name, one in rows.items():
        into(one["properties"]["answers"], name)
    for section in SECTIONS:
        if section.WORD in whole:
            into(whole[section.WORD], section.WORD)
    return found


@pytest.mark.parametrize("path", PATHS)
def test_every_field_is_checked_and_said_in_three_languages(path: str) -> None:
    """The program knows the field, and people read a label for it in every language."""
    assert path in ASKED
    for language in Language:
        assert Words("client", language).say(f"field.{path}")


@pytest.mark.parametrize("path", PATHS)
def test_every_field_stands_in_the_schema_under_its_label(path: str) -> None:
    """Other systems read the same questions in the same words."""
    for language in Language:
        assert schema_titles(language)[path] == Words("client", language).say(f"field.{path}")


@pytest.mark.parametrize("path", PATHS)
def test_every_field_is_asked_for_in_a_form(path: str) -> None:
    """The form of its section asks it, with its words for not knowing."""
    assert path in {one.path for one in asked_in(form(path.partition(".")[0]))}


@pytest.mark.parametrize("path", IN_PARTS)
def test_every_field_has_its_rule_for_the_card(path: str) -> None:
    """What is needed at arrival is on the card; what is hidden never is."""
    name, asked = PartName(path.partition(".")[0]), ASKED[path]
    if name in HIDDEN:
        assert path not in CARD_FIELDS
    else:
        assert (path in CARD_FIELDS) is (Flag.ARRIVAL in asked.flags or path in ALSO)


def labels(items: Iterable[object]) -> set[str]:
    """Give the labels of lines and of what stands in them."""
    lines = [item for item in items if isinstance(item, Item)]
    own = {item.label.msgid for item in lines if item.label is not None}
    return own.union(*(labels(item.phrases) for item in lines))


FILE = {"type": "court_decision", "belongs_to": "protection", "file": "kjennelse.pdf"}
FILE |= {"consent_part": "protection", "source": "police", "as_of": "2026-11-09"}


@pytest.mark.parametrize("path", [path for path in IN_PARTS if ASKED[path].group is None])
def test_every_field_is_printed_when_it_is_answered(path: str) -> None:
    """The whole case on paper has a line for it."""
    name, asked = PartName(path.partition(".")[0]), ASKED[path]
    values = only(path, asked) if asked.answered else FILE
    block = section_block(checked(PARTS[name], values, name), Say(f"part.{name}"))
    assert f"field.{path}" in labels(block.items)
