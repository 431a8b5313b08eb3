"""Each part of a case takes what it should, refuses what it should, and says nothing of it."""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from client.case import (
    EVERY_PART,
    HIDDEN,
    MOST,
    PARTS,
    WITHOUT_CASE,
    Answer,
    ConsentInput,
    Part,
    PartId,
    PartName,
    PlaceInquiryInput,
    PoliceLine,
    PoliceRequestInput,
    Section,
    Source,
    State,
    decode_part,
    encode_part,
    name_of,
    number_of,
    order_of,
    parse_part_id,
    part_id,
)
from client.case.attachment import Attachment, AttachmentType
from client.case.checking import PATH, checked, join
from client.case.child import Child
from client.case.consent import Decision
from client.case.declaration import Kind, Question, question, questions, walk
from client.case.digital_safety import CheckState, ChildDigital, DigitalSafety, open_risks
from client.case.person import Person
from client.case.place_inquiry import AccessNeed
from client.case.police_request import ChildrenCount, Consultation, InConsultation
from client.case.residence import Residence
from client.case.text import Line, Name, TextRule, holds_national_id
from client.case.threat import Threat
from client.case.words import YesNo
from client.casefile import CaseHeader
from client.refusals import (
    MissingAnswer,
    NationalId,
    OddCharacter,
    TextTooLong,
    TooMany,
    UnknownWord,
    WrongAnswer,
)
from keys.errors import Refusal, UnknownField, UnknownVersion, WrongShape
from keys.wire import Packable, pack, unpack
from tests.cases import named_parts

DAY = date(2026, 11, 9)
SECTIONS: tuple[type[Section], ...] = (
    CaseHeader,
    PlaceInquiryInput,
    *PARTS.values(),
    ConsentInput,
    PoliceRequestInput,
)
# Built from pieces, so that no such number stands in the tree; the check digits are wrong.
SOMEBODYS_NUMBER = "010190" + "12345"


def answer(value: object, **more: object) -> dict[str, object]:
    """Give an answer's values with a source and a day."""
    return {"value": value, "source": Source.STAFF, "as_of": DAY} | more


def person(**fields: object) -> Person:
    """Give the part about the person, with these answers."""
    return checked(Person, {name: answer(value) for name, value in fields.items()}, "person")


def text_questions(section: type[Section]) -> Iterator[tuple[str, Question]]:
    """Give the free-text questions that stand directly in a section."""
    for asked in questions(section):
        if asked.kind is Kind.TEXT and asked.limit is not None:
            yield asked.name, asked


def groups() -> Iterator[tuple[str, type[Section]]]:
    """Give every section and every group inside one, by its path."""
    for section in SECTIONS:
        yield section.WORD, section
        for path, asked in walk(section):
            if asked.group is not None:
                yield path, asked.group


TEXTS = [
    pytest.param(group, name, asked, id=f"{path}.{name}")
    for path, group in groups()
    for name, asked in text_questions(group)
]
REQUIRED: dict[type[Section], dict[str, object]] = {
    ConsentInput: {"decision": Decision.NO},
    Attachment: {"type": AttachmentType.MEDICAL_NOTE, "belongs_to": "person", "file": "f.pdf"},
    CaseHeader: {"code_name": "GRAN-427", "as_of": DAY},
    PoliceLine: {"why_needed": "Beredskap"},
    Consultation: {"answer": InConsultation.YES},
    ChildrenCount: {"count": 1},
}


def with_text(group: type[Section], asked: Question, text: str) -> dict[str, object]:
    """Give a section's values with one text in one place."""
    value: object = (text,) if asked.many else text
    values = dict(REQUIRED.get(group, {}))
    values[asked.name] = answer(value) if asked.answered else value
    if group is PoliceLine and asked.name == "why_needed":
        values["adults_count"] = 1
    return values


# ── The registry ─────────────────────────────────────────────────────────────────────────────
def test_every_part_has_one_class_in_the_fixed_order() -> None:
    """The parts of a case are those that are named, each once."""
    assert list(PARTS) == list(PartName)
    assert len(set(PARTS.values())) == len(PartName)
    assert all(name == part.WORD for name, part in PARTS.items())


def test_part_ids_are_written_in_one_way() -> None:
    """A person is «person», the second child «child.2», and the order is fixed."""
    assert part_id(PartName.PERSON) == "person"
    assert part_id(PartName.CHILD, 2) == "child.2"
    assert name_of(PartId("child.2")) is PartName.CHILD
    assert (number_of(PartId("child.2")), number_of(PartId("person"))) == (2, 0)
    assert sorted(sorted(EVERY_PART), key=order_of) == list(EVERY_PART)
    assert [parse_part_id(part) for part in EVERY_PART] == list(EVERY_PART)


@pytest.mark.parametrize(
    "text",
    ["", "child", "child.0", "child.01", "child.25", "child.x", "person.1", "Person", "case"],
)
def test_a_part_that_does_not_exist_is_refused(text: str) -> None:
    """A part id has one form, so that no two ids mean one part."""
    with pytest.raises(WrongShape):
        parse_part_id(text)


@pytest.mark.parametrize(("name", "number"), [(PartName.PERSON, 1), (PartName.CHILD, 0)])
def test_only_children_and_attachments_are_numbered(name: PartName, number: int) -> None:
    """There is one person, and no child without a number."""
    with pytest.raises(WrongShape):
        part_id(name, number)


def test_residence_and_trafficking_are_the_hidden_parts() -> None:
    """What must never weigh in a question of place is marked as such, in one list."""
    assert {PartName.RESIDENCE, PartName.TRAFFICKING} == HIDDEN
    assert {PartName.SENDER, PartName.VALIDITY} == WITHOUT_CASE


# ── Answers ──────────────────────────────────────────────────────────────────────────────────
def test_five_kinds_of_silence_are_five_different_things() -> None:
    """«No», unknown, not asked, none known and an empty field are never mixed up."""
    lacking = [{"state": state, "source": Source.STAFF, "as_of": DAY} for state in State][1:]
    given_no = [answer(YesNo.NO), *lacking]
    made = [checked(Person, {"interpreter_need": each}, "person") for each in given_no]
    encoded = {encode_part(PartId("person"), each) for each in (*made, Person())}
    assert len(encoded) == 5


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"state": State.GIVEN}, id="given without a value"),
        pytest.param({"state": State.UNKNOWN, "value": ("norsk",)}, id="unknown with a value"),
        pytest.param({"value": ()}, id="an empty list"),
        pytest.param({"value": "norsk"}, id="a text for a list"),
        pytest.param({"value": ("",)}, id="an empty text"),
        pytest.param({"value": ("norsk",), "source": "gossip"}, id="a source there is not"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(values: dict[str, object]) -> None:
    """There is a value, or a reason why not, and never both or neither."""
    with pytest.raises((WrongAnswer, UnknownWord)) as refused:
        checked(Person, {"languages": {"source": Source.STAFF, "as_of": DAY} | values}, "person")
    assert str(refused.value.facts["field"]).startswith("person.languages")


def test_who_says_so_and_when_belongs_to_every_answer() -> None:
    """An answer without a source or a day is refused."""
    with pytest.raises(MissingAnswer):
        checked(Person, {"call_name": {"value": "Marte"}}, "person")


# ── Free text ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("group", "name", "asked"), TEXTS)
def test_no_text_takes_a_national_identity_number(
    group: type[Section], name: str, asked: Question
) -> None:
    """Wherever the number is written, it is refused, and the refusal does not repeat it."""
    with pytest.raises(NationalId) as refused:
        checked(group, with_text(group, asked, f"Hun har {SOMEBODYS_NUMBER}"), "x")
    assert re.match(rf"x\.{name}(\.1)?$", str(refused.value.facts["field"]))
    assert SOMEBODYS_NUMBER not in repr(refused.value) + str(refused.value.__dict__)
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize(("group", "name", "asked"), TEXTS)
def test_every_text_has_a_cap(group: type[Section], name: str, asked: Question) -> None:
    """A case is a mapping, not a journal: no text is longer than its question says."""
    limit = asked.limit or 0
    assert 0 < limit <= 600
    tail = ".pdf" if name == "file" else "æ"
    checked(group, with_text(group, asked, "a" * (limit - len(tail)) + tail), "x")
    with pytest.raises(TextTooLong) as refused:
        checked(group, with_text(group, asked, "a" * (limit + 1 - len(tail)) + tail), "x")
    assert refused.value.facts["limit"] == limit


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SOMEBODYS_NUMBER, id="bare"),
        pytest.param("født 010190 12345, Oslo", id="a space before the last five"),
        pytest.param("01.01.90-12345", id="dots and a hyphen"),
        pytest.param("01 01 90 123 45", id="spaces"),
        pytest.param("410190" + "12345", id="a D-number"),
        pytest.param("014190" + "12345", id="an H-number"),
        pytest.param("018190" + "12345", id="a synthetic number"),
        pytest.param("016690" + "12345", id="another synthetic series"),
        pytest.param("99 010190 12345", id="after other digits"),
        pytest.param("٠١٠١٩٠١٢٣٤٥", id="Arabic digits"),
        pytest.param("010190\u200b12345", id="an invisible character between"),
        pytest.param("\uff10\uff11\uff10\uff11\uff19\uff10" + "12345", id="wide digits"),
    ],
)
def test_a_national_identity_number_is_known_in_every_guise(text: str) -> None:
    """Spaces, scripts and invisible marks do not hide the number."""
    assert holds_national_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "000 00 101",
        "+47 000 00 101",
        "født 1991",
        "09.11.2026 kl. 10.20",
        "15.11 kl. 16–20",
        "sak 26-1234567/001",
        "123456789012",
        "991390 12345",
        "310190 1234",
        "AB 12345",
    ],
)
def test_ordinary_numbers_are_let_through(text: str) -> None:
    """Phones, dates, plates and case numbers are not national identity numbers."""
    assert not holds_national_id(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\x1b[2Jborte", id="a terminal escape"),
        pytest.param("a\x00b", id="a zero byte"),
        pytest.param("trygt\u202eikke", id="reading order turned"),
        pytest.param("a\u2066b", id="an isolate"),
        pytest.param("a\x9bb", id="an eight-bit escape"),
        pytest.param("a\ud800", id="half a character"),
    ],
)
def test_a_text_cannot_disguise_what_it_says(text: str) -> None:
    """What a terminal or page would obey instead of show is refused."""
    with pytest.raises(OddCharacter):
        person(call_name=text)


def test_a_text_has_one_form() -> None:
    """However a letter is typed, and whatever spaces surround it, the same text is kept."""
    typed = person(call_name=" c\u030ca\r\nb\u2028c ")
    assert typed.call_name is not None
    assert typed.call_name.value == "ča\nb\nc"


@pytest.mark.parametrize("name", ["../etc", "a/b.pdf", "C:\\x.pdf", "a:b", ".", "a.", "a\nb"])
def test_an_attachment_is_a_plain_file_name(name: str) -> None:
    """A file is named, never a path to it."""
    values = {"type": AttachmentType.MEDICAL_NOTE, "belongs_to": "person", "file": name}
    with pytest.raises(WrongAnswer):
        checked(Attachment, values, "attachment.1")


# ── What is refused, and how ─────────────────────────────────────────────────────────────────
def test_a_list_longer_than_its_cap_is_refused() -> None:
    """No list of a case has more than two dozen lines."""
    person(languages=("norsk",) * MOST)
    with pytest.raises(TooMany) as refused:
        person(languages=("norsk",) * (MOST + 1))
    assert dict(refused.value.facts) == {"field": "person.languages", "limit": MOST}


def test_a_consent_may_name_every_part_there_can_be() -> None:
    """The longest consent is one to everything."""
    everything = {"decision": Decision.YES_SOME, "parts": EVERY_PART}
    assert checked(ConsentInput, everything, "consent").parts == EVERY_PART


def test_an_unknown_field_is_refused_without_its_name() -> None:
    """A name written in the wrong place does not travel in an error."""
    with pytest.raises(UnknownField) as refused:
        checked(Person, {"Marte Solbakk": answer("x")}, "person")
    assert dict(refused.value.facts) == {"field": "person"}
    assert "Marte" not in repr(refused.value) + str(refused.value.args)


def test_a_field_path_never_outgrows_a_refusal() -> None:
    """A path is cut before it is too long to carry."""
    assert len(join("x" * 70, "y" * 70)) == PATH
    assert join("threat", "perpetrators", 0, "name") == "threat.perpetrators.1.name"


def test_even_the_checkers_own_error_is_silent() -> None:
    """The library underneath does not repeat what was written either."""
    with pytest.raises(ValidationError) as error:
        Person.model_validate({"call_name": answer(["hemmelig"])})
    assert "hemmelig" not in str(error.value)


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_a_part_never_shows_its_content(part: type[Part]) -> None:
    """Neither a log line nor a debugger prints a case."""
    secret = person(call_name="Hemmelig Navn", looks_out_for="Hemmelig tekst")
    assert "Hemmelig" not in f"{secret!r} {secret} {[secret]} {secret.call_name!r}"
    assert repr(part.model_construct()) == f"{part.__name__}()"


def test_a_part_cannot_be_changed() -> None:
    """A part is made anew, never altered under somebody's hands."""
    made = person(call_name="Marte")
    for name in ("call_name", "anything"):
        with pytest.raises(ValidationError):
            setattr(made, name, None)


# ── Bytes ────────────────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=150)
@given(named_parts())
def test_a_part_survives_its_bytes(drawn: tuple[PartId, Part]) -> None:
    """What is written down is what is read again, to the last letter."""
    name, part = drawn
    data = encode_part(name, part)
    assert decode_part(name, data) == part
    assert encode_part(name, decode_part(name, data)) == data


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6) | st.binary(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(EVERY_PART), st.binary(max_size=64) | VALUES.map(pack))
def test_any_bytes_give_a_part_or_one_refusal(name: PartId, data: bytes) -> None:
    """Rubbish is answered with a refusal, never with a crash."""
    with suppress(Refusal):
        assert encode_part(name, decode_part(name, data)) == data


@settings(deadline=None, max_examples=100)
@given(named_parts(), st.data())
def test_a_changed_byte_gives_another_part_or_a_refusal(
    drawn: tuple[PartId, Part], data: st.DataObject
) -> None:
    """No change of a part's bytes goes unnoticed: one part has one encoding."""
    name, part = drawn
    whole = bytearray(encode_part(name, part))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with suppress(Refusal):
        assert decode_part(name, bytes(whole)) != part


def body_of(part: Part) -> dict[str, Packable]:
    """Give the map inside a part's bytes."""
    value = unpack(encode_part(PartId("person"), part))
    assert isinstance(value, list)
    return cast("dict[str, Packable]", value[2])


SIGRID = body_of(person(call_name="Sigrid", birth_year=1974))


def altered(field: str, **changes: Packable) -> dict[str, Packable]:
    """Give a part's body with one answer changed."""
    return SIGRID | {field: cast("dict[str, Packable]", SIGRID[field]) | changes}


ATTACKS: dict[str, tuple[type[Refusal], Packable]] = {
    "a newer version": (UnknownVersion, ["person", 2, {}]),
    "a version that is no number": (WrongShape, ["person", True, {}]),
    "another part's bytes": (WrongShape, ["threat", 1, {}]),
    "no body": (WrongShape, ["person", 1]),
    "something after the body": (WrongShape, ["person", 1, {}, 0]),
    "a list for a body": (WrongShape, ["person", 1, []]),
    "a field there is not": (UnknownField, ["person", 1, {"id": "x"}]),
    "a field no answer has": (UnknownField, ["person", 1, altered("call_name", by="x")]),
    "fields in another order": (WrongShape, ["person", 1, dict(reversed(SIGRID.items()))]),
    "a year as a text": (WrongShape, ["person", 1, altered("birth_year", value="1974")]),
    "a space that is not kept": (WrongShape, ["person", 1, altered("call_name", value=" S")]),
    "a national number": (
        WrongShape,
        ["person", 1, altered("call_name", value=SOMEBODYS_NUMBER)],
    ),
    "a nothing that is said": (WrongShape, ["person", 1, {"call_name": None}]),
}


@pytest.mark.parametrize(("refusal", "value"), ATTACKS.values(), ids=ATTACKS)
def test_bytes_that_the_program_would_not_write_are_refused(
    refusal: type[Refusal], value: Packable
) -> None:
    """A foreign or careless encoding is not read at all."""
    with pytest.raises(refusal) as refused:
        decode_part(PartId("person"), pack(value))
    assert type(refused.value) is refusal


def test_a_part_is_written_only_under_its_own_id() -> None:
    """A threat picture cannot go out under the name of a child."""
    with pytest.raises(WrongShape):
        encode_part(PartId("child.1"), Threat())


def test_one_child_is_not_another() -> None:
    """The bytes of the first child do not open as the second."""
    with pytest.raises(WrongShape):
        decode_part(PartId("child.2"), encode_part(PartId("child.1"), Child()))


# ── Particular parts ─────────────────────────────────────────────────────────────────────────
def test_only_open_risks_are_safety_critical() -> None:
    """Of the digital review, the rows with a risk found are named, in order."""
    rows = {"phone_new": CheckState.FIXED, "find_my": CheckState.RISK_FOUND}
    rows |= {"ai_voice": CheckState.RISK_FOUND, "smart_home": CheckState.NOT_CHECKED}
    review = checked(DigitalSafety, {name: answer(row) for name, row in rows.items()}, "x")
    assert [name for name, _ in open_risks(review)] == ["find_my", "ai_voice"]
    assert open_risks(ChildDigital()) == ()


def test_an_attachment_is_shared_with_the_part_it_belongs_to() -> None:
    """Consent to a part covers its attachments, unless another part is named."""
    values: dict[str, object] = {"type": "medical_note", "belongs_to": "child.1", "file": "a.pdf"}
    assert checked(Attachment, values, "x").shared_with == "child.1"
    assert checked(Attachment, values | {"consent_part": "person"}, "x").shared_with == "person"
    with pytest.raises(UnknownWord):
        checked(Attachment, values | {"belongs_to": "child"}, "x")


def test_a_police_line_says_one_thing_and_why() -> None:
    """Each line to the police has its own reason, so each can be taken out by itself."""
    line = checked(PoliceLine, {"why_needed": "Beredskap", "do_not": ("Ikke ring",)}, "x")
    assert line.kind == "do_not"
    for wrong in ({}, {"do_not": ()}, {"adults_count": 1, "birth_year": 1991}):
        with pytest.raises(WrongAnswer):
            checked(PoliceLine, {"why_needed": "Beredskap"} | wrong, "x")
    with pytest.raises(MissingAnswer):
        checked(PoliceLine, {"adults_count": 1}, "x")


def test_children_are_named_to_the_police_only_at_abduction() -> None:
    """Without a danger of abduction, the police get ages and no names."""
    named = {"children_count_and_ages": {"count": 1, "names": ("Ánde",)}, "why_needed": "Vern"}
    danger = {"abduction_risk": "Far har billetter", "why_needed": "Fare"}
    checked(PoliceRequestInput, {"lines": (named, danger)}, "x")
    with pytest.raises(WrongAnswer):
        checked(PoliceRequestInput, {"lines": (named,)}, "x")
    unnamed = {"children_count_and_ages": {"count": 1}, "why_needed": "Vern"}
    checked(PoliceRequestInput, {"lines": (unnamed,)}, "x")


@pytest.mark.parametrize(
    ("moment", "good"),
    [("2026-11-09T10:20", True), ("2026-11-09T10:20:30", False), ("2026-11-09T10:20Z", False)],
)
def test_a_moment_is_the_time_on_the_wall(moment: str, good: bool) -> None:  # noqa: FBT001 - a row
    """Minutes and Norwegian time: nothing finer, and no zone."""
    values = {"decision": Decision.NO, "given_at": moment}
    if good:
        checked(ConsentInput, values, "consent")
    else:
        with pytest.raises(WrongAnswer):
            checked(ConsentInput, values, "consent")


# ── What must never gate intake ──────────────────────────────────────────────────────────────
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
    for path in client.rglob("*.py"):
        if path.parent.name != "case":
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
