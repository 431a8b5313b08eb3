"""A move at night in three lines, and a further move from what came: the rules, without a desk."""

import datetime as dt
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import AFRESH, Decision, Part, PartId, PartName, Source, name_of, part_id
from client.case.answer import Answer, Section, State
from client.case.child import Child
from client.case.consent import Form
from client.case.digital_safety import DigitalSafety
from client.case.history import History
from client.case.journey import Journey
from client.case.move_assessment import MoveAssessment
from client.case.threat import Threat
from client.case.words import YesNo
from client.casefile import CaseFile, read_case, write_case
from client.consent import Consent
from client.emergency import Asked, Night, in_haste, smallest_case
from client.findings import findings
from client.onward import OF_THE_MOVE, REVIEWED, next_case
from client.refusals import NationalId, OddCharacter
from client.tasks import tasks_of
from keys.calendar import Instant, day_of
from keys.errors import Refusal
from keys.words import Language
from tests.acts import sample
from tests.handovers import FJORD

TODAY: Final = dt.date(2026, 11, 23)
NIGHT: Final = Instant(int(dt.datetime(2026, 11, 15, 1, 40, 30, tzinfo=dt.UTC).timestamp()))
"""02.40 on the wall in Norway."""


def night(window: str = "", asked: Asked = Asked.YES, centre: str = "", danger: str = "") -> Night:
    """Return what one tired person said."""
    return Night(centre, window, danger, asked)


def begun(said: Night) -> CaseFile:
    """Return the case that it begins."""
    return smallest_case(said, "SKOG-903", "Krisesenteret Granlia", NIGHT)


def journey(case: CaseFile) -> Journey:
    """Return the journey of a case."""
    found = case.parts[part_id(PartName.JOURNEY)]
    assert isinstance(found, Journey)
    return found


@settings(deadline=None, max_examples=60)
@given(st.text("0123456789.: -–til xk", max_size=9), st.sampled_from(Asked))
def test_no_window_is_refused(window: str, asked: Asked) -> None:
    """Whatever somebody types for the hours, there is a journey, and it can be read as a case."""
    case = begun(night(window, asked))
    assert set(case.parts) == {"threat", "journey", "sender"}
    assert read_case(write_case(case, Language.EN), today=TODAY) == case


@pytest.mark.parametrize(
    ("danger", "refused"), [("Født 010190 12345", NationalId), ("a\x07b", OddCharacter)]
)
def test_what_no_text_may_hold_is_refused_in_words(danger: str, refused: type[Refusal]) -> None:
    """A national identity number does not get in because it is night."""
    with pytest.raises(refused):
        begun(night(danger=danger))


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("vet ikke", State.UNKNOWN),
        ("Ukjend", State.UNKNOWN),
        ("unknown", State.UNKNOWN),
        ("", State.UNKNOWN),
        ("ikke spurt", State.NOT_ASKED),
        ("Ikkje spurt", State.NOT_ASKED),
        (" not asked ", State.NOT_ASKED),
        ("not_asked", State.NOT_ASKED),
    ],
)
def test_what_is_unknown_and_what_was_not_asked_are_answers(typed: str, state: State) -> None:
    """In any language, in both lines; it stands as no text, and a file has it as it was."""
    case = begun(night(typed, danger=typed))
    threat = case.parts[part_id(PartName.THREAT)]
    assert isinstance(threat, Threat)
    for answer in (threat.worst_fear, journey(case).arrival_until):
        assert answer is not None
        assert (answer.state, answer.value, answer.note) == (state, None, None)
    assert read_case(write_case(case, Language.EN), today=TODAY) == case


def test_nothing_need_be_filled_in() -> None:
    """Three empty lines make a case all the same, with an honest «unknown» for the danger."""
    case = begun(night())
    threat = case.parts[part_id(PartName.THREAT)]
    assert isinstance(threat, Threat)
    assert threat.worst_fear is not None
    assert threat.worst_fear.state is State.UNKNOWN
    written = write_case(case, Language.EN)
    assert read_case(written, today=TODAY) == case


@pytest.mark.parametrize(
    ("window", "first", "last"),
    [
        ("16–20", (15, 16, 0), (15, 20, 0)),
        ("kl. 16.30 - 20:15", (15, 16, 30), (15, 20, 15)),
        ("01-02", (16, 1, 0), (16, 2, 0)),
        ("22-02", (15, 22, 0), (16, 2, 0)),
    ],
)
def test_hours_are_the_next_such_hours(
    window: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    """«16–20» said at night is today's; hours that are over are tomorrow's."""
    found = journey(begun(night(window)))
    assert found.arrival_from is not None
    assert found.arrival_until is not None
    for answer, (day, hour, minute) in ((found.arrival_from, first), (found.arrival_until, last)):
        assert answer.value == dt.datetime(2026, 11, day, hour, minute)  # noqa: DTZ001 - wall time


@pytest.mark.parametrize("window", ["snart", "", "25-30", "10.70-11"])
def test_what_is_no_hours_stands_as_it_was_said(window: str) -> None:
    """Nothing is guessed."""
    found = journey(begun(night(window)))
    assert found.arrival_until is not None
    assert found.arrival_until.value is None
    assert found.arrival_until.note == (window or None)


@pytest.mark.parametrize(
    ("asked", "decision"),
    [
        (Asked.YES, Decision.YES_SOME),
        (Asked.NO, Decision.NO),
        (Asked.NOT_ASKED, Decision.NOT_ASKED_URGENT),
    ],
)
def test_not_asked_is_no(asked: Asked, decision: Decision) -> None:
    """Only a yes names parts; the yes is to the danger and the journey, and nobody is in them."""
    case = begun(night(asked=asked, centre="Krisesenteret Fjordgløtt"))
    assert case.consent is not None
    assert case.consent.decision is decision
    parts = set(case.consent.parts)
    assert parts == ({"threat", "journey"} if asked is Asked.YES else set())
    assert part_id(PartName.PERSON) not in case.parts


def test_only_the_nights_own_consent_is_one_of_haste() -> None:
    """Whoever was asked as one should be has said how; what the night asks says nothing of it."""
    centre = FJORD.member
    case = begun(night(asked=Asked.YES))
    assert case.consent is not None
    day = day_of(NIGHT)
    assert in_haste(Consent.given_in(case.consent, case.parts, centre, day))
    for more in (
        {"form": Form.WRITTEN},
        {"informed_benefits": YesNo.YES},
        {"decision": Decision.YES_ALL},
    ):
        other = case.consent.model_copy(update=more)
        assert not in_haste(Consent.given_in(other, case.parts, centre, day))


def test_the_rest_is_tasks_for_a_day() -> None:
    """What was put off is listed with a deadline, a day after the night."""
    found = tasks_of(begun(night(asked=Asked.NOT_ASKED)), NIGHT, ())
    assert found
    assert {one.deadline for one in found} == {NIGHT + 86_400}


def answers(value: object) -> list[Answer[object]]:
    """Return every answer in a part."""
    if isinstance(value, Answer):
        return [value]
    if isinstance(value, tuple):
        return [found for one in value for found in answers(one)]
    if isinstance(value, Section):
        return [
            found for name in type(value).model_fields for found in answers(getattr(value, name))
        ]
    return []


def onward(name: str) -> tuple[dict[PartId, Part], CaseFile]:
    """Return a sample's parts, and the further move that begins from them."""
    came = dict(read_case(sample(name), today=TODAY).parts)
    return came, next_case(came, "LIND-100", dt.date(2026, 11, 14), TODAY)


@pytest.mark.parametrize("name", ["GRAN-427", "ELV-118", "VIDDE-256", "ODDE-771"])
def test_a_further_move_has_what_came_and_nothing_that_was_decided(name: str) -> None:
    """No assessment, journey, sender, consent or place; every answer keeps its day."""
    came, case = onward(name)
    carried = {part for part in came if name_of(part) not in AFRESH}
    assert carried <= set(case.parts)
    assert set(case.parts) - carried <= {"move_assessment", "history"}
    assert case.consent is None
    assert case.header.to_centre is None
    for part in carried - {"history"}:
        then, now = answers(without_the_move(came[part])), answers(case.parts[part])
        assert [(one.value, one.as_of) for one in then] == [(one.value, one.as_of) for one in now]
        assert all(one.source is Source.OTHER for one in now)
    assert read_case(write_case(case, Language.EN), today=TODAY).parts == case.parts


def without_the_move(part: Part) -> Part:
    """Return a part without what belongs to one move alone."""
    if isinstance(part, DigitalSafety):
        return part.model_copy(update=dict.fromkeys(REVIEWED))
    if isinstance(part, Child):
        digital = part.digital and part.digital.model_copy(update=dict.fromkeys(REVIEWED))
        return part.model_copy(update=dict.fromkeys(OF_THE_MOVE) | {"digital": digital})
    return part


def test_a_child_is_heard_prepared_and_says_goodbye_for_each_move() -> None:
    """What it was asked and told for the last move answers nothing for the next (C-15.2)."""
    text = (
        "code_name: TO-100\ndigital_safety: {find_my: ok, recheck_date: 2026-11-20,"
        " review_before: {done_by: vakt}, review_at_arrival: {done_by: vakt}}\n"
        "children: [{call_name: Biret, heard_by: vakt, heard_at: 2026-11-10, own_words: Nei,"
        " burden: Mye, told_what: Alt, told_when: 2026-11-10, prepared: ja, farewell: ja,"
        " new_school_plan: Skolen ved sjøen, contact_person_new: Ola, never_pickup: [Far],"
        " friends_kept: [Issát], move_count_child: 2, digital: {children_phones: risk_found,"
        " recheck_date: 2026-11-20, review_before: {done_by: vakt}}},"
        " {move_count_child: 999, digital: {recheck_date: 2026-11-20}}, {age: 4}]"
    )
    came = dict(read_case(text, today=TODAY).parts)
    before = {one.name for one in findings(CaseFile(onward("GRAN-427")[1].header, came))}
    case = next_case(came, "LIND-100", TODAY, TODAY)
    asked = ("not_heard", "not_prepared", "no_farewell", "no_burden")
    owed = {f"child_{one}.1" for one in asked} | {"digital_no_review", "no_recheck_date"}
    assert not before & owed
    assert {one.name for one in findings(case)} >= owed | {"child_digital_risk.1"}
    first, second, third = (part for part in case.parts.values() if isinstance(part, Child))
    assert {name for name in OF_THE_MOVE if getattr(first, name) is not None} == set()
    assert first.never_pickup is not None
    assert first.friends_kept is not None
    assert first.digital is not None
    assert {name for name in REVIEWED if getattr(first.digital, name) is not None} == set()
    counted = [one.move_count_child for one in (first, second, third)]
    assert [one and one.value for one in counted] == [3, 999, None]
    assert second.digital is None
    assert third.digital is None
    written = write_case(case, Language.EN)
    assert read_case(written, today=TODAY).parts == case.parts


def test_a_number_of_moves_beyond_all_counting_stays_there() -> None:
    """Whoever writes 999 stops nobody from moving on."""
    came = dict(
        read_case("code_name: TO-101\nmove_assessment: {move_number: 999}", today=TODAY).parts
    )
    move = next_case(came, "LIND-100", TODAY, TODAY).parts[part_id(PartName.MOVE_ASSESSMENT)]
    assert isinstance(move, MoveAssessment)
    assert move.move_number is not None
    assert move.move_number.value == 999


@pytest.mark.parametrize(("name", "number"), [("GRAN-427", 2), ("ELV-118", 3)])
def test_the_number_of_the_move_counts_on_and_the_reason_is_owed(name: str, number: int) -> None:
    """One more than the last, and why the last place failed is left to be written."""
    came, case = onward(name)
    move = case.parts[part_id(PartName.MOVE_ASSESSMENT)]
    assert isinstance(move, MoveAssessment)
    assert move.move_number is not None
    assert move.move_number.value == number
    assert "no_why_previous_failed" in {one.word for one in findings(case)}
    del came[part_id(PartName.MOVE_ASSESSMENT)]
    unknown = next_case(came, "LIND-100", TODAY, TODAY).parts[part_id(PartName.MOVE_ASSESSMENT)]
    assert isinstance(unknown, MoveAssessment)
    assert unknown.move_number is not None
    assert unknown.move_number.value == 2


def test_the_stay_here_is_told_without_the_place() -> None:
    """History gets one stay more, with its days and no name."""
    came, case = onward("ELV-118")
    old, new = came.get(part_id(PartName.HISTORY)), case.parts[part_id(PartName.HISTORY)]
    assert isinstance(new, History)
    before = len(old.stays) if isinstance(old, History) else 0
    assert len(new.stays) == before + 1
    assert new.stays[-1].period is not None
    assert new.stays[-1].region is None
