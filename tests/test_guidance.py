"""The table of the guidance names fields, clauses and tests that exist, and leaves nothing out."""

import ast
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from client.__main__ import cli
from client.case import INPUTS, PARTS, decode_part, encode_part
from client.case.declaration import walk
from client.casefile import read_case
from client.casesheet import Printable, case_sheets
from client.checklist import blank_checklist
from client.findings import findings
from client.forms import form
from client.formtext import empty_form
from client.sheettext import render
from keys.words import Language, Words
from tests.test_case_words import ASKED

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "guidance.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| (\d\.\d+|L\d+) \|", line)
]
LINKED = 16
ROW_TEST = "test_a_row_of_the_digital_review_is_asked_and_told"
# How many sentences stand under each heading of the source.
SENTENCES = {1: 4, 2: 6, 3: 4, 4: 10, 5: 2, 6: 3}


def test_every_sentence_has_its_row() -> None:
    """No sentence of the guidance is skipped, and none stands twice."""
    wanted = [f"{head}.{at}" for head, most in SENTENCES.items() for at in range(1, most + 1)]
    wanted += [f"L{at}" for at in range(1, LINKED + 1)]
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
    assert all(re.fullmatch(r"`test_\w+\.py::test_\w+`", one) for one in shown.split(", "))
    assert unshown(named, shown) == set()


EVERY = "test_every_field.py"
"""The tests of this file go through each field there is, by the declaration."""


def unshown(named: list[str], shown: str) -> set[str]:
    """Return the fields of a row that none of its tests says by name, nor goes through all."""
    said, whole = "", False
    for name, test in re.findall(r"`(test_\w+\.py)::(test_\w+)`", shown):
        text = (ROOT / "tests" / name).read_text("utf-8")
        (found,) = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == test
        ]
        said += "\n".join(
            ast.get_source_segment(text, one) or "" for one in (found, *found.decorator_list)
        )
        whole = whole or name == EVERY or test == ROW_TEST  # which reads the row itself
    fields = {one.rpartition(".")[2] for one in named if not one.startswith("folge ")}
    return set() if whole else {one for one in fields if one not in said}


def test_a_row_whose_test_does_not_say_its_field_is_found() -> None:
    """A table that points to just any test shows nothing."""
    this = f"`test_guidance.py::{test_what_staying_would_cost_is_part_of_the_assessment.__name__}`"
    assert unshown(["move_assessment.cost_of_not_moving"], this) == set()
    assert unshown(["child.heard_at"], this) == {"heard_at"}


def test_only_what_is_one_act_has_no_source_at_each_answer() -> None:
    """Everything else that is told in a part says who told it and as of when."""
    plain = {
        kind.WORD
        for kind in (*PARTS.values(), *INPUTS)
        if not any(asked.answered for _, asked in walk(kind))
    }
    assert plain == {"attachment", *(kind.WORD for kind in INPUTS)}


# ── What a row asks for, and no other test would miss ────────────────────────────────────────
def answered(text: str) -> str:
    """Give what stands on the printed pages of a case that travelled as bytes."""
    case = read_case(text, today=date(2026, 11, 9))
    parts = {one: decode_part(one, encode_part(one, part)) for one, part in case.parts.items()}
    sheets = case_sheets(Printable.draft(replace(case, parts=parts)))
    words = Words("client", Language.NB)
    return " ".join(" ".join(line for one in sheets for line in render(one, words)).split())


def asked(section: str) -> str:
    """Give the empty form of a section."""
    return "\n".join(empty_form(form(section), Words("client", Language.NB)))


def found(text: str) -> set[str]:
    """Give what the look before sending finds."""
    return {one.name for one in findings(read_case(text, today=date(2026, 11, 9)))}


def test_where_the_user_wants_to_go_and_not_is_weighed() -> None:
    """1.4: asked of her in her own words, and why other places were not chosen stands beside."""
    assert "user_wishes_place:" in asked("joint_assessment")
    assert "user_refuses_place:" in asked("joint_assessment")
    assert "rejected_alternatives:" in asked("destination_assessment")
    page = answered(
        "joint_assessment: {user_wishes_place: Kysten, user_refuses_place: [Oslo]}\n"
        "destination_assessment: {rejected_alternatives: [Elvebredden – fetter bor der]}\n"
    )
    assert "Ønsker seg til: Kysten" in page
    assert "Vil ikke til: Oslo" in page
    assert "Elvebredden – fetter bor der" in page


def test_the_burden_of_the_user_and_of_the_helpers_is_told() -> None:
    """2.5: each in a line of its own; that of the user is missed, that of the helpers may be."""
    assert "burden_adult:" in asked("move_assessment")
    assert "burden_helpers:" in asked("move_assessment")
    page = answered("move_assessment: {burden_adult: Sliten, burden_helpers: Alt på nytt}")
    assert "Sliten" in page
    assert "Belastning for hjelpeapparatet: Alt på nytt" in page
    assert "no_burden" in found("move_assessment: {burden_helpers: Alt på nytt}")
    assert "no_burden" not in found("move_assessment: {burden_adult: Sliten}")


def test_what_a_move_means_for_a_child_is_asked_and_missed() -> None:
    """4.1: of each child in its own part, and of all in the assessment."""
    assert "burden:" in asked("child")
    assert "burden_children:" in asked("move_assessment")
    page = answered("children: [{burden: Tredje skole}]\nmove_assessment: {burden_children: Mye}")
    assert "Tredje skole" in page
    assert "Mye" in page
    assert "child_no_burden.2" in found("children: [{burden: Tredje skole}, {age: 4}]")


def test_a_childs_moves_and_new_school_stand_on_its_page() -> None:
    """4.5: how often it has moved, and how school goes on."""
    assert "move_count_child:" in asked("child")
    assert "new_school_plan:" in asked("child")
    page = answered("children: [{move_count_child: 3, new_school_plan: Sperret elev fra mandag}]")
    assert "Flyttinger siste to år: 3" in page
    assert "Sperret elev fra mandag" in page


def test_what_staying_would_cost_is_part_of_the_assessment() -> None:
    """5.2: whoever cannot move may have to stay indoors for long; that is asked and told."""
    assert "cost_of_not_moving:" in asked("move_assessment")
    page = answered("move_assessment: {cost_of_not_moving: Må være inne hele vinteren}")
    assert "Må være inne hele vinteren" in page


DIGITAL = [row for row in ROWS if row[3].endswith(f"::{ROW_TEST}`")]


@pytest.mark.parametrize("row", DIGITAL, ids=lambda row: row[0])
def test_a_row_of_the_digital_review_is_asked_and_told(row: list[str]) -> None:
    """6.3, L1–L9: on the empty list and the form; what was found travels and stands on the page."""
    words = Words("client", Language.NB)
    blank = " ".join(" ".join(render(blank_checklist(), words)).split())
    for name in re.findall(r"`([^`]+)`", row[2]):
        section, _, field = name.partition(".")
        if section == "digital_safety":
            label = words.say(f"field.{name}")
            assert label in blank
            assert f"{field}:" in asked(section)
            told = f"Merke til {field}"
            page = answered(f"digital_safety: {{{field}: {{value: risk_found, note: {told}}}}}")
            assert label in page
            assert told in page
        else:
            assert f"{field.rpartition('.')[2]}:" in asked(section)
            page = answered(
                "threat: {perpetrators: [{register_access: {value: ja, note: Venn i etaten}}]}"
            )
            assert "Venn i etaten" in page


def test_every_row_of_the_linked_page_is_there() -> None:
    """Rows that no other test would miss are shown by the one above."""
    assert [row[0] for row in DIGITAL] == ["6.3", "L1", "L2", "L4", "L7", "L8", "L9"]
