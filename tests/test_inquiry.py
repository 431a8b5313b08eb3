"""Promises of the question about a place: nothing about the person, and no way to ask for it."""

import re
import types
import typing
from dataclasses import fields, replace
from enum import StrEnum
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import PlaceInquiryInput
from client.case.place_inquiry import AccessNeed, AvoidArea, Pet, Unit
from client.case.spoken import Spoken
from client.case.words import AgeBand, CallBack, YesNo
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
from keys.calendar import LAST_DAY, Day
from keys.errors import Refusal, UnknownVersion, WrongRole, WrongShape
from keys.wire import Packable, pack, unpack
from tests.handovers import ELV, FJORD, GRANLIA, HOME, TODAY, Desk, sample

EXAMPLES: Final = settings(max_examples=60, deadline=None)
CLOSED: Final[tuple[type, ...]] = (int, bool, bytes, type(None))
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


def test_the_written_inquiry_has_the_same_questions_and_no_more() -> None:
    """What staff write down and what leaves are the same closed questions."""
    asked = set(PlaceInquiryInput.model_fields)
    assert {one.name for one in fields(PlaceInquiry)} - {"inquiry_id"} == asked
    assert FORBIDDEN.search(" ".join(asked)) is None


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
    made = PlaceInquiry.from_input(said, ID)
    assert PlaceInquiry.decode(made.encode()) == made
    assert made.adults_count == 1


def test_everything_may_be_left_out() -> None:
    """At night an inquiry with no field filled in is sent like any other."""
    made = PlaceInquiry.from_input(PlaceInquiryInput(), ID)
    assert PlaceInquiry.decode(made.encode()) == PlaceInquiry(ID)


def test_every_inquiry_has_an_id_of_its_own() -> None:
    """Two inquiries are never taken for one."""
    assert new_inquiry_id() != new_inquiry_id()
    assert len(new_inquiry_id()) == 16


def some(among: type[StrEnum]) -> "st.SearchStrategy[tuple[StrEnum, ...]]":
    """Return a few words of a list."""
    return st.lists(st.sampled_from(list(among)), max_size=4).map(tuple)


INQUIRIES: Final = st.builds(
    PlaceInquiry,
    inquiry_id=st.binary(min_size=16, max_size=16),
    adults_count=st.none() | st.integers(0, 999),
    children_ages=some(AgeBand),
    unit=st.none() | st.sampled_from(Unit),
    from_when=st.none() | st.integers(0, 1 << 20),
    nights_est=st.none() | st.integers(0, 999),
    access_needs=some(AccessNeed),
    interpreter_languages=some(Spoken),
    pets=some(Pet),
    separate_unit_wanted=st.none() | st.sampled_from(YesNo),
    avoid_area_code=st.none() | st.sampled_from(AvoidArea),
    night_arrival=st.none() | st.sampled_from(YesNo),
    callback_via=st.none() | st.sampled_from(CallBack),
)


@EXAMPLES
@given(INQUIRIES)
def test_an_inquiry_is_read_as_it_was_written(made: PlaceInquiry) -> None:
    """Every inquiry comes back from its bytes the same."""
    assert PlaceInquiry.decode(made.encode()) == made


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
