"""Promises of the question about a place: nothing about the person, and no way to ask for it."""

import re
import types
import typing
from dataclasses import fields, replace
from datetime import date
from enum import StrEnum
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import PlaceAnswerInput, PlaceInquiryInput
from client.case.answer import Section
from client.case.checking import checked
from client.case.declaration import Kind, question, questions
from client.case.place_inquiry import AccessNeed, AvoidArea, Pet, Unit
from client.case.spoken import Spoken
from client.case.words import AgeBand, CallBack, YesNo
from client.closed import packed
from client.inquiry import (
    ANSWER_DAYS,
    YEAR,
    InquiryId,
    PlaceAnswer,
    PlaceInquiry,
    check_suggestion,
    new_inquiry_id,
)
from client.refusals import MissingAnswer, WrongAnswer
from client.vocabulary import AnswerValue, Help, NoReason
from keys.address import MemberId
from keys.calendar import LAST_DAY, Day, calendar_date
from keys.errors import Refusal, UnknownVersion, WrongRole, WrongShape
from keys.wire import Packable, pack, unpack
from tests.cases import built
from tests.handovers import ELV, FJORD, GRANLIA, HOME, TODAY, Desk, sample

EXAMPLES: Final = settings(max_examples=60, deadline=None)
CLOSED: Final[tuple[type, ...]] = (int, bool, bytes, date, type(None))
ID: Final = InquiryId(b"inquiry-id-of-16")
FORBIDDEN: Final = re.compile(
    "name|municipality|citizen|resid|status|violence|threat|relation|religion|belief|pays|economy|"
    "consent|gender|health|diagnos|trafficking|address|journal|text|note|free"
)
"""What must never decide on a place (domain § 2.2, § 4), and every free text."""


def closed_words(said: object) -> bool:
    """Tell whether a type holds only words of lists, numbers, flags, days and ids."""
    if typing.get_origin(said) in (typing.Union, types.UnionType, tuple):
        return all(closed_words(one) for one in typing.get_args(said) if one is not Ellipsis)
    if isinstance(said, type) and issubclass(said, Section):
        hints = typing.get_type_hints(said)
        return all(closed_words(hints[name]) for name in said.model_fields)
    if isinstance(said, typing.NewType):
        return said.__name__ in {"Day", "InquiryId", "MemberId"}
    return isinstance(said, type) and (said in CLOSED or issubclass(said, StrEnum))


# ── What it cannot say ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("message", [PlaceInquiry, PlaceAnswer], ids=lambda made: made.__name__)
def test_no_field_can_hold_anything_about_the_person(
    message: type[PlaceInquiry | PlaceAnswer],
) -> None:
    """There is no room for a name, a place of origin, a kind of violence or a free text."""
    hints = typing.get_type_hints(message)
    for one in fields(message):
        assert FORBIDDEN.search(one.name) is None, one.name
        assert closed_words(hints[one.name]), one.name


def test_what_is_asked_and_what_leaves_are_one_declaration() -> None:
    """The message has the closed questions that staff write down, in their order, and no more."""
    asked = [one.name for one in questions(PlaceInquiryInput)]
    assert FORBIDDEN.search(" ".join(asked)) is None
    assert list(packed(PlaceInquiryInput())) == asked
    said = unpack(PlaceInquiry(ID).encode())
    assert isinstance(said, list)
    assert len(said) == len(["tag", "version", "id"]) + len(asked)


def test_what_is_answered_and_what_leaves_are_one_declaration() -> None:
    """Of each declared field the message has one; beside them only what the program adds."""
    declared = [one.name for one in questions(PlaceAnswerInput)]
    added = {"inquiry_id", "valid_until"}
    assert [one.name for one in fields(PlaceAnswer) if one.name not in added] == declared
    hints, said = typing.get_type_hints(PlaceAnswer), typing.get_type_hints(PlaceAnswerInput)
    assert (hints["value"], hints["reasons"]) == (said["value"], said["reasons"])
    written_ = [question(PlaceAnswerInput, name) for name in ("first", "suggest")]
    assert [one.kind for one in written_ if one] == [Kind.DATE, Kind.TEXT]  # a day; a centre's name
    assert not closed_words(PlaceAnswerInput)  # the name stays here: the message has an id


@pytest.mark.parametrize(
    ("said", "made"),
    [
        pytest.param({"value": "yes"}, PlaceAnswer.yes(ID, TODAY), id="yes"),
        pytest.param(
            {"value": "yes_from", "first": calendar_date(Day(TODAY + 3))},
            PlaceAnswer.yes_from(ID, Day(TODAY + 3), TODAY),
            id="yes from",
        ),
        pytest.param({"value": "phone_me"}, PlaceAnswer.phone_me(ID), id="phone me"),
        pytest.param(
            {"value": "no", "reasons": ("full",)},
            PlaceAnswer.no(ID, [NoReason.FULL], Help.WE_HELP_TO_FIND),
            id="no",
        ),
    ],
)
def test_the_message_is_made_of_what_was_said(said: dict[str, object], made: PlaceAnswer) -> None:
    """What staff answer is checked as declared, and becomes the one message that says it."""
    given_ = checked(PlaceAnswerInput, said, PlaceAnswerInput.WORD)
    assert PlaceAnswer.given(ID, given_, Help.WE_HELP_TO_FIND, TODAY) == made


def test_a_later_yes_needs_its_day() -> None:
    """«Yes, from a day» without the day is refused by the name of the field."""
    bare = PlaceAnswerInput(value=AnswerValue.YES_FROM)
    with pytest.raises(WrongAnswer) as refused:
        PlaceAnswer.given(ID, bare, Help.WE_HELP_TO_FIND, TODAY)
    assert refused.value.facts == {"field": "place_answer.first"}


@pytest.mark.parametrize("among", [Unit, AccessNeed, Pet, AvoidArea, NoReason, Help, AnswerValue])
def test_no_word_of_a_list_says_why_somebody_must_move(among: type[StrEnum]) -> None:
    """The lists hold needs and numbers, never a person's story; a need is never a diagnosis."""
    story = {"municipality", "citizen", "residence", "violence", "religion", "consent", "police"}
    assert not any(word in known.value for known in among for word in story)


# ── Asking ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["gran-427", "elv-118", "odde-771"])
def test_the_sample_cases_ask(name: str) -> None:
    """The inquiries that the demo sends come back as they were written."""
    said = sample(name).place_inquiry
    assert said is not None
    made = PlaceInquiry(ID, said)
    assert PlaceInquiry.decode(made.encode()) == made
    assert made.said.adults_count == 1


def test_everything_may_be_left_out() -> None:
    """At night an inquiry with no field filled in is sent like any other."""
    made = PlaceInquiry(ID, PlaceInquiryInput())
    assert PlaceInquiry.decode(made.encode()) == PlaceInquiry(ID)


def test_every_inquiry_has_an_id_of_its_own() -> None:
    """Two inquiries are never taken for one."""
    assert new_inquiry_id() != new_inquiry_id()
    assert len(new_inquiry_id()) == 16


@EXAMPLES
@given(built(PlaceInquiryInput))
def test_an_inquiry_is_read_as_it_was_written(said: PlaceInquiryInput) -> None:
    """Every inquiry comes back from its bytes the same; one for a day long gone does not leave."""
    made = PlaceInquiry(ID, said)
    if said.from_when is not None and said.from_when < date(1970, 1, 1):
        with pytest.raises(WrongShape):
            made.encode()
        return
    assert PlaceInquiry.decode(made.encode()) == made


# The bytes that members have written since the first version.
WHOLE: Final = PlaceInquiry(
    ID,
    PlaceInquiryInput(
        adults_count=1,
        children_ages=(AgeBand.A0_2, AgeBand.A6_9),
        unit=Unit.OWN_UNIT,
        from_when=date(2026, 11, 9),
        nights_est=30,
        access_needs=(AccessNeed.LIFT,),
        interpreter_languages=tuple(Spoken)[:1],
        pets=(Pet.CAT,),
        separate_unit_wanted=YesNo.YES,
        avoid_area_code=AvoidArea.WE_WILL_PHONE,
        night_arrival=YesNo.NO,
        callback_via=CallBack.DIRECTORY_NUMBER,
    ),
)


BYTES: Final = [
    pytest.param(
        WHOLE,
        "9fad706c6163655f696e717569727901c410696e71756972792d69642d6f662d31360192a330"
        "2d32a3362d39a86f776e5f756e6974cd511e1e91a46c69667491a8616c62616e69616e91a363"
        "6174a3796573ad77655f77696c6c5f70686f6e65a26e6fb06469726563746f72795f6e756d62"
        "6572",
        id="a whole inquiry",
    ),
    pytest.param(
        PlaceAnswer.yes_from(ID, Day(20_770), Day(20_767)),
        "98ac706c6163655f616e7377657201c410696e71756972792d69642d6f662d3136a87965735f"
        "66726f6dcd5122cd512990c0",
        id="a later yes",
    ),
    pytest.param(
        PlaceAnswer.no(ID, list(NoReason), Help.WE_HELP_TO_FIND),
        "98ac706c6163655f616e7377657201c410696e71756972792d69642d6f662d3136a26e6fc0c0"
        "93a466756c6cab756e736166655f68657265bb63616e6e6f745f6d6565745f6163636573735f"
        "6e6565645f6e6f7791af77655f68656c705f746f5f66696e64",
        id="a no",
    ),
]


@pytest.mark.parametrize(("made", "data"), BYTES)
def test_the_bytes_stay_as_they_are(made: PlaceInquiry | PlaceAnswer, data: str) -> None:
    """An older program reads what this one writes, and the other way."""
    assert made.encode().hex() == data
    assert type(made).decode(bytes.fromhex(data)) == made


def written(message: PlaceInquiry | PlaceAnswer, at: int, value: Packable) -> bytes:
    """Return a message with one field written otherwise."""
    said = unpack(message.encode())
    assert isinstance(said, list)
    return pack([*said[:at], value, *said[at + 1 :]])


FORGED: Final = [
    pytest.param(1, 2, UnknownVersion, id="a version of tomorrow"),
    pytest.param(2, b"short", WrongShape, id="an id of another length"),
    pytest.param(3, 1_000, WrongShape, id="too many adults"),
    pytest.param(4, ["0-2"] * 25, WrongShape, id="too many children"),
    pytest.param(4, ["teenager"], WrongShape, id="an age that is no band"),
    pytest.param(4, [7], WrongShape, id="an age in years"),
    pytest.param(5, "kommune 0301", WrongShape, id="a municipality as a unit"),
    pytest.param(6, LAST_DAY + 1, WrongShape, id="a day past the calendar"),
    pytest.param(8, ["hiv"], WrongShape, id="a diagnosis as a need"),
    pytest.param(9, ["the language of her village"], WrongShape, id="free text as a language"),
    pytest.param(14, "000 00 000", WrongShape, id="a number to ring that came with it"),
]


@pytest.mark.parametrize(("at", "value", "refusal"), FORGED)
def test_an_inquiry_that_says_more_is_refused(
    at: int, value: Packable, refusal: type[Refusal]
) -> None:
    """A changed program cannot ask for what must not be asked."""
    with pytest.raises(refusal):
        PlaceInquiry.decode(written(PlaceInquiry(ID), at, value))


def test_a_field_too_many_is_refused() -> None:
    """An inquiry with one more field, whatever it is called, is no inquiry."""
    said = unpack(PlaceInquiry(ID).encode())
    assert isinstance(said, list)
    with pytest.raises(WrongShape):
        PlaceInquiry.decode(pack([*said, "no residence permit"]))


# ── Answering ────────────────────────────────────────────────────────────────────────────────
FIRST: Final = Day(TODAY + 3)
ANSWERS: Final = [
    pytest.param(PlaceAnswer.yes(ID, TODAY), id="yes"),
    pytest.param(PlaceAnswer.yes_from(ID, FIRST, TODAY), id="yes from"),
    pytest.param(PlaceAnswer.phone_me(ID), id="phone me"),
    pytest.param(PlaceAnswer.no(ID, [NoReason.FULL], Help.WE_HELP_TO_FIND), id="no, with help"),
    pytest.param(PlaceAnswer.no(ID, list(NoReason), ELV.member), id="no, another centre"),
]


@pytest.mark.parametrize("made", ANSWERS)
def test_an_answer_is_read_as_it_was_written(made: PlaceAnswer) -> None:
    """Every answer there is comes back from its bytes the same."""
    assert PlaceAnswer.decode(made.encode()) == made


def test_only_a_yes_is_an_acceptance_and_it_holds_a_week() -> None:
    """A yes holds seven days, or shorter if the centre says so; nothing else is a yes."""
    yes = PlaceAnswer.yes(ID, TODAY, days=90)
    assert yes.accepts
    assert yes.valid_until == TODAY + ANSWER_DAYS
    assert PlaceAnswer.yes(ID, TODAY, days=2).valid_until == TODAY + 2
    later = PlaceAnswer.yes_from(ID, FIRST, TODAY)
    assert later.accepts
    assert later.valid_until == FIRST + ANSWER_DAYS
    assert not PlaceAnswer.phone_me(ID).accepts
    assert not PlaceAnswer.no(ID, [NoReason.FULL], ELV.member).accepts


def test_a_no_comes_with_a_reason_and_somewhere_else() -> None:
    """Nobody is sent away without a reason from the list and another place to try."""
    with pytest.raises(MissingAnswer):
        PlaceAnswer.no(ID, [], Help.WE_HELP_TO_FIND)
    with pytest.raises(WrongRole):
        PlaceAnswer.no(ID, [NoReason.FULL], HOME.member)
    suggested = PlaceAnswer.no(ID, [NoReason.CANNOT_MEET_ACCESS_NEED_NOW], ELV.member)
    assert suggested.suggest == ELV.id


@pytest.mark.parametrize("first", [TODAY - 1, TODAY + YEAR + 1])
def test_a_place_is_promised_from_today_on_and_within_a_year(first: int) -> None:
    """A yes from yesterday, or from a year no one plans for, is a slip."""
    with pytest.raises(WrongAnswer):
        PlaceAnswer.yes_from(ID, Day(first), TODAY)


@pytest.mark.parametrize("one", [FJORD, GRANLIA])
def test_a_no_suggests_a_third_centre(one: Desk) -> None:
    """Whoever answers does not suggest itself, nor the centre that asks."""
    answer = PlaceAnswer.no(ID, [NoReason.FULL], one.member)
    with pytest.raises(WrongShape):
        check_suggestion(answer, FJORD.id, GRANLIA.id)
    check_suggestion(PlaceAnswer.no(ID, [NoReason.FULL], ELV.member), FJORD.id, GRANLIA.id)


YES: Final = PlaceAnswer.yes(ID, TODAY)
NO: Final = PlaceAnswer.no(ID, [NoReason.FULL], ELV.member)
BROKEN: Final = [
    pytest.param(replace(YES, valid_until=None), id="a yes that never ends"),
    pytest.param(replace(YES, first=TODAY), id="a yes with a first day"),
    pytest.param(replace(YES, reasons=(NoReason.FULL,)), id="a yes with a reason against"),
    pytest.param(replace(YES, suggest=ELV.id), id="a yes that points elsewhere"),
    pytest.param(replace(YES, value=AnswerValue.YES_FROM), id="a later yes without a day"),
    pytest.param(replace(YES, value=AnswerValue.PHONE_ME), id="a call that is also a yes"),
    pytest.param(replace(NO, suggest=None), id="a no that suggests nothing"),
    pytest.param(replace(NO, reasons=()), id="a no without a reason"),
    pytest.param(replace(NO, reasons=(NoReason.FULL,) * 2), id="a reason twice"),
    pytest.param(replace(NO, suggest=MemberId(b"short")), id="a suggestion that is no centre"),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_an_answer_says_exactly_what_its_value_has(broken: PlaceAnswer) -> None:
    """A no without help, or a yes without an end, cannot be said or read."""
    with pytest.raises(WrongShape):
        broken.encode()


@pytest.mark.parametrize("suggest", [["we help"], [7], []], ids=str)
def test_a_suggestion_in_free_text_is_refused(suggest: Packable) -> None:
    """There is no room for a sentence about why not."""
    with pytest.raises(WrongShape):
        PlaceAnswer.decode(written(NO, 7, suggest))


@EXAMPLES
@given(st.binary(max_size=120))
def test_any_bytes_give_a_message_or_one_refusal(data: bytes) -> None:
    """Whatever arrives, the program neither stumbles nor guesses."""
    for decode in (PlaceInquiry.decode, PlaceAnswer.decode):
        with pytest.raises(Refusal):
            decode(data)
