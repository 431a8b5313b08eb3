"""Every field of the brief is everywhere it must be: checked, asked, printed, ruled, said.

Each test goes through the list that was written by hand (tests/case_fields.txt), never through the
declarations. So what is missing from any one of eight places fails: the check, the form, the
printed page, the card, the schema, and bokmål, nynorsk and English.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Final, cast

import pytest
from jsonschema import Draft202012Validator

from client.card import arrival_card
from client.case import BETWEEN, HIDDEN, NUMBERED, PARTS, Part, PartId, PartName, part_id
from client.case.checking import checked
from client.case.declaration import Question
from client.case.digital_safety import CheckState
from client.casefile import CaseFile, CaseHeader, read_case, write_case
from client.casejson import encode, read_document
from client.casesheet import Printable, case_sheets
from client.forms import FORMS, FormQuestion, asked_in, form
from client.formtext import empty_form
from client.schema import case_schema, document
from client.sheet import Item
from keys.words import Language, Words
from tests.cases import DAY, SECTIONS, VALUES, answer
from tests.fieldlist import ROWS, Row
from tests.test_case_words import ASKED

IN_FORMS: Final = [row for row in ROWS if row.section != "case"]
IN_CASES: Final = [row for row in IN_FORMS if row.section in FORMS]
ANSWERED: Final = [row for row in IN_FORMS if row.section not in FORMS]
"""What no case holds: the answer about a place, which one centre gives another."""
IN_PARTS: Final = [row for row in ROWS if row.section in PARTS]
CHECKS: Final = [row for row in IN_PARTS if row.flags == "S" and row.stages == "B"]
"""The rows of the digital review, the children's too: on the card when a risk is found."""

ALSO: Final = frozenset(
    {
        "threat.perpetrators.name",
        "threat.perpetrators.relation",
        "threat.perpetrators.weapons",
        "threat.worst_fear",
        "digital_safety.recheck_date",
        "digital_safety.note",
        *(f"sender.{name}" for name in ("centre", "unit", "role", "call_back")),
        *(f"validity.{name}" for name in ("situation_as_of", "expires")),
    }
)
"""What the card shows without the flag A (§ 2.15): the danger, who, weapon, who sends, when."""

FILE: Final = {"type": "court_decision", "belongs_to": "protection", "file": "kjennelse.pdf"}
OPEN_RISK: Final = CheckState.RISK_FOUND


# ── One field, answered alone ────────────────────────────────────────────────────────────────
def leaves_of(path: str) -> list[str]:
    """Give the field itself, or of a group everything that is asked in it."""
    inner = [row.path for row in ROWS if row.path == path or row.path.startswith(f"{path}.")]
    return [each for each in inner if ASKED[each].group is None]


def value_of(path: str, asked: Question) -> object:
    """Give something to answer, in the shape that the question wants it."""
    value = next(iter(asked.choices)) if asked.choices else VALUES.get(asked.kind, "person")
    if path.endswith("birth_year"):
        value = 1991
    if path.endswith(".child"):
        value = "child.1"
    value = (value,) if asked.many else value
    return answer(value) if asked.answered else value


def alone(path: str, value: object = None) -> dict[str, object]:
    """Give a section's values with this one answer, and what cannot be left out beside it."""
    section, *steps = path.split(".")
    made: object = value or value_of(path, ASKED[path])
    for depth in range(len(steps), 0, -1):
        made = {**beside(path, depth), steps[depth - 1]: made}
        outer = ASKED.get(".".join((section, *steps[: depth - 1])))
        if outer is not None and outer.many:
            made = (made,)
    values = cast("dict[str, object]", made)
    if path.endswith(".names"):
        lines = cast("tuple[object, ...]", values["lines"])
        values["lines"] = (*lines, {"why_needed": "Bortføring", "abduction_risk": "Pass"})
    return values


def beside(path: str, depth: int) -> dict[str, object]:
    """Give what its section asks for whatever else it says."""
    above = path.split(".")[:depth]
    match above:
        case ["attachment"]:
            return FILE
        case ["consent" | "place_answer" as section]:
            return {"decision": "yes_all"} if section == "consent" else {"value": "no"}
        case ["police_request", "move_in_consultation_with_police"]:
            return {"answer": "yes"}
        case ["police_request", "lines"]:
            said = path.rpartition(".")[2] in {"why_needed", "ask_destination"}
            return {"why_needed": "Derfor", **({"subject_name": "Hana"} if said else {})}
        case ["police_request", "lines", "children_count_and_ages"]:
            return {"count": 2}
    return {}


def case_of(path: str) -> CaseFile:
    """Give a case in which this one thing is answered."""
    name = path.partition(".")[0]
    values = alone(leaves_of(path)[0])
    header = checked(CaseHeader, {"code_name": "GRAN-427", "as_of": DAY}, "case")
    if name not in PARTS:
        return CaseFile(header, {}, **{name: checked(FORMS[name], values, name)})
    which = part_id(PartName(name), 1 if name in NUMBERED else 0)
    return CaseFile(header, {which: checked(PARTS[PartName(name)], values, name)})


# ── What is checked, asked for and described ─────────────────────────────────────────────────
@pytest.mark.parametrize("row", IN_CASES, ids=lambda row: row.path)
def test_every_field_is_checked_and_kept(row: Row) -> None:
    """A case may answer it, and it comes back from a case file and from an export."""
    case = case_of(row.path)
    assert read_case(write_case(case), today=DAY) == case
    assert read_document(encode(document(case))) == case


@pytest.mark.parametrize("row", ANSWERED, ids=lambda row: row.path)
def test_every_field_of_an_answer_is_checked_and_fits_its_schema(row: Row) -> None:
    """What one centre tells another has one closed form, for this program and for others."""
    (kind,) = (one for one in BETWEEN if row.section == one.WORD)
    made = checked(kind, alone(row.path), row.section)
    said = json.loads(made.model_dump_json(exclude_none=True))
    assert row.path.rpartition(".")[2] in said
    assert checked(kind, said, row.section) == made
    schema = {**case_schema(Language.NB), "$ref": f"#/$defs/{row.section}"}
    closed = {name: one for name, one in schema.items() if name in {"$schema", "$ref", "$defs"}}
    assert Draft202012Validator(closed).is_valid(said)
    assert not Draft202012Validator(closed).is_valid(said | {"municipality": "0301"})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_every_field_is_said_in_three_languages(row: Row) -> None:
    """People read a label for it, in words and not as a schema word."""
    for language in Language:
        label = Words("client", language).say(f"field.{row.path}")
        assert label.strip()
        assert "_" not in label


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

    schema = json.loads(json.dumps(case_schema(language)))
    whole = schema["properties"]
    parts = whole["parts"]
    rows = dict(parts["properties"])
    numbered = parts["patternProperties"]
    rows |= {pattern.strip("^").partition("[")[0]: one for pattern, one in numbered.items()}
    for name, one in rows.items():
        into(one["properties"]["answers"], name)
    for section in SECTIONS:
        if section.WORD in whole:
            into(whole[section.WORD], section.WORD)
    for section in BETWEEN:
        into(schema["$defs"][section.WORD], section.WORD)
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_every_field_stands_in_the_schema_under_its_label(row: Row) -> None:
    """Other systems read the same questions in the same words."""
    for language in Language:
        label = Words("client", language).say(f"field.{row.path}")
        assert schema_titles(language)[row.path] == label


@cache
def asked_for(section: str) -> dict[str, FormQuestion]:
    """Give what the form of a section asks, by path."""
    return {one.path: one for one in asked_in(form(section))}


@cache
def written_form(section: str, language: Language) -> str:
    """Give the empty form of a section, as it is written out for people."""
    return "\n".join(empty_form(form(section), Words("client", language)))


@pytest.mark.parametrize("row", IN_FORMS, ids=lambda row: row.path)
def test_every_field_is_asked_for_in_a_form(row: Row) -> None:
    """The form of its section asks it, and the written form has its name under its label."""
    asked = asked_for(row.section)[row.path]
    name = row.path.rpartition(".")[2]
    for language in Language:
        label = Words("client", language).say(asked.label)
        assert re.search(
            rf"# {re.escape(label)}( ·[^\n]*)?\n[# -]*{name}:", written_form(row.section, language)
        )


# ── What is printed, and what stands on the card ─────────────────────────────────────────────
def answered(items: Iterable[object]) -> set[str]:
    """Give the labels of the lines that say something, and of what stands in them.

    The last line of a part names what is *not* answered; its labels are left out.
    """
    lines = [item for item in items if isinstance(item, Item) and item.phrases]
    said = [item for item in lines if item.label is None or item.label.msgid != "sheet.empty"]
    own = {item.label.msgid for item in said if item.label is not None}
    return own.union(*(answered(item.phrases) for item in said))


@pytest.mark.parametrize("row", IN_CASES, ids=lambda row: row.path)
def test_every_field_is_printed_when_it_is_answered(row: Row) -> None:
    """The whole case on paper has a line for it; so have the inquiry, consent and request."""
    sheets = case_sheets(Printable.draft(case_of(row.path)))
    items = chain.from_iterable(block.items for sheet in sheets for block in sheet.blocks)
    assert f"field.{row.path}" in answered(items)


def card_of(part: PartName, values: dict[str, object]) -> list[Item]:
    """Give the answers that the card shows of one part, without its pointers to more."""
    which = part_id(part, 1 if part in NUMBERED else 0)
    parts: dict[PartId, Part] = {which: checked(PARTS[part], values, part)}
    card = arrival_card(parts, frozenset(parts), offered=frozenset(parts))
    items = chain.from_iterable(block.items for block in card.blocks)
    return [one for one in items if one.label and one.label.msgid.startswith("field.")]


@pytest.mark.parametrize("row", IN_PARTS, ids=lambda row: row.path)
def test_the_card_shows_what_the_list_says(row: Row) -> None:
    """What the list flags A is on the card, the few in `ALSO` too, and nothing else."""
    part = PartName(row.section)
    wanted = "A" in row.flags or row.path in ALSO
    empty = {**FILE} if part is PartName.ATTACHMENT else {}
    shown = [card_of(part, alone(path)) != card_of(part, empty) for path in leaves_of(row.path)]
    if ASKED[row.path].group is None or wanted:
        assert any(shown) is wanted
    assert not (any(shown) and part in HIDDEN)


@pytest.mark.parametrize("row", CHECKS, ids=lambda row: row.path)
def test_a_digital_risk_that_is_found_stands_on_the_card(row: Row) -> None:
    """Of the whole review, the card names the rows where something is still open."""
    part = PartName(row.section)
    for state in CheckState:
        shown = card_of(part, alone(row.path, answer(state))) != card_of(part, {})
        assert shown is (state is OPEN_RISK)
