"""Nothing about who somebody is can be asked for, sorted by or required before a place is given."""

import ast
import re
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import cast, get_type_hints

import pytest

from client.cardlayout import CARD_FIELDS
from client.case import (
    HIDDEN,
    PARTS,
    Answer,
    ConsentInput,
    Decision,
    Flag,
    PartName,
    PlaceInquiryInput,
)
from client.case.checking import checked
from client.case.declaration import Kind as Asked
from client.case.declaration import question, questions, walk
from client.case.person import Person
from client.case.place_inquiry import AccessNeed
from client.case.residence import Residence
from client.case.text import Line, Name, TextRule
from client.casefile import read_case
from client.cli.commands import Commands
from client.consent import Consent
from client.findings import findings
from client.inbox import INBOX, In
from client.inquiry import PlaceAnswer, PlaceInquiry, new_inquiry_id
from client.refusals import ConsentMissing, MissingAnswer
from client.tasks import tasks_of
from client.verbs.table import LONG, PLAIN
from client.vocabulary import AnswerValue, Help, NoReason
from keys.body import Kind
from keys.calendar import Day, Instant
from keys.errors import UnknownField, WrongShape
from keys.roster import Member

DAY = date(2026, 11, 9)
FORBIDDEN = re.compile(
    r"name|municip|citizen|residen|status|violen|relation|religio|pay|consent|gender|national"
    r"|note|text|reason|diagnos"
)


def test_a_place_inquiry_asks_for_nothing_about_the_person() -> None:
    """No field for municipality, residence, kind of violence, religion, payment or consent."""
    asked = dict(walk(PlaceInquiryInput))
    assert not [path for path in asked if FORBIDDEN.search(path.removeprefix("place_inquiry."))]
    assert all(each.kind is not Asked.TEXT for each in asked.values())
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
    assert gender.kind is Asked.TEXT
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


# ── The ten, one by one (the brief's § 4) ────────────────────────────────────────────────────
def test_1_an_inquiry_and_its_answer_have_no_field_about_the_person() -> None:
    """Both messages are closed: these are their fields, and none says who somebody is."""
    assert {one.name for one in fields(PlaceInquiry)} == {"inquiry_id", "said"}
    assert get_type_hints(PlaceInquiry)["said"] is PlaceInquiryInput
    asked = {path.partition(".")[2] for path, _ in walk(PlaceInquiryInput)}
    answered = {one.name for one in fields(PlaceAnswer)}
    assert answered == {"inquiry_id", "value", "first", "valid_until", "reasons", "suggest"}
    # «reasons» is a closed list about the place; the pattern forbids the word for free text.
    assert not [name for name in asked | answered - {"reasons"} if FORBIDDEN.search(name)]
    assert {reason.value for reason in NoReason} == {
        "full",
        "unsafe_here",
        "cannot_meet_access_need_now",
    }


def test_2_nothing_turns_a_person_away_after_reading() -> None:
    """No step leads from opened to refused, and no command refuses a package."""
    for (state, _), step in INBOX.steps.items():
        if state in (In.OPENED, In.CONFIRMED):
            assert step.state is not In.REFUSED
    verbs = {*PLAIN, *LONG}
    assert not [verb for verb in verbs if re.search(r"reject|refuse|deny|turn_away", verb)]
    assert not [verb for verb in verbs if "decline" in verb and not verb.startswith("police ")]


def test_3_hidden_parts_are_behind_the_arrival_release() -> None:
    """They travel in the sealed record alone, which opens with the release; no list has them."""
    rows = [row for part in PARTS.values() for row in walk(part)]
    hidden = {path for path, one in rows if Flag.HIDDEN in one.flags}
    assert {path.partition(".")[0] for path in hidden} >= {*HIDDEN}
    assert not hidden & CARD_FIELDS
    client = Path(__file__).parent.parent / "client"
    for name in ("inquiry.py", "messages.py", "incoming.py", "verbs/overview.py"):
        used = names_in((client / name).read_text("utf-8"))
        assert not used & {"residence", "trafficking", "violence_types", "full_name"}


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_4_an_empty_value_is_never_remarked_on(name: PartName) -> None:
    """Whether the part is missing, empty or unknown, the same is found and left to do."""
    without = read_case("threat: {}", today=DAY)
    unknown = ", ".join(f"{one.name}: ukjent" for one in questions(PARTS[name]))
    for said in ("{}", f"{{{unknown}}}"):
        case = read_case(f"threat: {{violence_types: ukjent}}\n{name}: {said}", today=DAY)
        assert findings(case) == findings(without)
        assert tasks_of(case, Instant(0), ()) == tasks_of(without, Instant(0), ())


def test_5_nothing_sorts_filters_or_counts_by_them() -> None:
    """No option of any command and no metric has such a word."""
    never = re.compile("residen|traffick|violen|citizen|municip|religio|gender")
    for command in Commands().values():
        assert not [one.name for one in command.params if never.search(one.name or "")]
    broker = Path(__file__).parent.parent / "broker"
    for path in broker.rglob("*.py"):
        assert not [word for word in names_in(path.read_text("utf-8")) if never.search(word)], path


def test_6_gender_decides_nothing_but_what_the_person_asks_for() -> None:
    """No program outside the declarations reads gender; the unit is a choice of its own."""
    client = Path(__file__).parent.parent / "client"
    layout = {"cardlayout.py", "formlayout.py"}
    for path in client.rglob("*.py"):
        if path.parent.name != "case" and path.name not in layout:
            assert not names_in(path.read_text("utf-8")) & {"gender_self", "pronoun"}, path
    unit = question(PlaceInquiryInput, "unit")
    assert unit is not None
    assert not unit.required


def test_7_the_receiver_cannot_see_whether_consent_was_refused() -> None:
    """No message has a word for it: a package that was refused and one never made look alike."""
    for message in (PlaceInquiry, PlaceAnswer):
        assert not [one.name for one in fields(message) if "consent" in one.name]
    assert not [path for path, _ in walk(PlaceInquiryInput) if "consent" in path]
    assert not [kind.word for kind in Kind if re.search("consent|declin", kind.word)]
    no = checked(ConsentInput, {"decision": Decision.NO}, "consent")
    with pytest.raises(ConsentMissing):
        Consent.given_in(no, {}, cast("Member", None), Day(0))


def test_8_a_centre_of_any_region_can_be_chosen() -> None:
    """Neither asking nor sending reads where a centre is."""
    client = Path(__file__).parent.parent / "client"
    for name in ("verbs/places.py", "verbs/sending.py", "verbs/finding.py", "inquiry.py"):
        assert not names_in((client / name).read_text("utf-8")) & {"region", "municipality"}, name


def test_9_a_need_that_cannot_be_met_now_forces_a_suggestion() -> None:
    """«Cannot meet the need now» comes with another centre, or with help to find one."""
    inquiry = new_inquiry_id()
    bare = PlaceAnswer(inquiry, AnswerValue.NO, reasons=(NoReason.CANNOT_MEET_ACCESS_NEED_NOW,))
    with pytest.raises(WrongShape):
        bare.encode()
    helped = PlaceAnswer.no(inquiry, {NoReason.CANNOT_MEET_ACCESS_NEED_NOW}, Help.WE_HELP_TO_FIND)
    assert PlaceAnswer.decode(helped.encode()).suggest is Help.WE_HELP_TO_FIND


def test_10_substance_use_and_mental_illness_are_needs_like_any_other() -> None:
    """They are asked for as support, and no answer has a reason of their own."""
    assert {"substance_support", "mental_health_support"} <= {need.value for need in AccessNeed}
    assert not [reason for reason in NoReason if re.search("substance|mental|rus", reason)]
    for path, _ in walk(PlaceInquiryInput):
        assert not re.search("substance|mental|diagnos", path)
