"""Each part of a case takes what it should, refuses what it should, and says nothing of it."""

import pytest
from pydantic import ValidationError

from client.case import (
    EVERY_PART,
    HIDDEN,
    MOST,
    PARTS,
    WITHOUT_CASE,
    ConsentInput,
    Part,
    PartId,
    PartName,
    PoliceLine,
    PoliceRequestInput,
    Source,
    State,
    encode_part,
    name_of,
    number_of,
    order_of,
    parse_part_id,
    part_id,
)
from client.case.attachment import Attachment
from client.case.checking import PATH, checked, join
from client.case.consent import Decision
from client.case.digital_safety import CheckState, ChildDigital, DigitalSafety, open_risks
from client.case.person import Person
from client.case.words import YesNo
from client.refusals import (
    MissingAnswer,
    TooMany,
    UnknownWord,
    WrongAnswer,
)
from keys.errors import UnknownField, WrongShape
from tests.cases import DAY, answer, person


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
