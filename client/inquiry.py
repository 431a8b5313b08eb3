"""A question about a place and its answer: counts, needs and days, and nothing about the person.

This file knows the two closed messages between centres that come before any case (CONSENT C-4).
It refuses, by having no such field and no free text, everything that must never decide on a
place: municipality, residence status, kind of violence, citizenship, religion, who pays, consent.
A yes is signed like every note, and the hash of its body is the acceptance that a package names.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NewType, Self

from client.case import PlaceAnswerInput, PlaceInquiryInput
from client.case.checking import checked
from client.closed import day, packed, unpacked
from client.refusals import MissingAnswer, WrongAnswer
from client.vocabulary import AnswerValue, Help, NoReason
from keys.address import MemberId, Role
from keys.body import MANIFEST_LIMIT
from keys.calendar import Day, day_number
from keys.errors import WrongRole, WrongShape
from keys.roster import Member
from keys.wire import Fields, pack

InquiryId = NewType("InquiryId", bytes)
"""16 random bytes, chosen by the asker and repeated in the answer."""

ANSWER_DAYS: Final = 7
"""How long a yes holds, in days from the day it is given."""
YEAR: Final = 366
"""How far ahead a place may be promised, in days."""
_ID: Final = 16
_MEMBER: Final = 32


def new_inquiry_id() -> InquiryId:
    """Return an id for one inquiry to one centre; an answer names it."""
    return InquiryId(secrets.token_bytes(_ID))


@dataclass(frozen=True, slots=True)
class PlaceInquiry:
    """A question about a place (C-4.1).

    Attributes:
        inquiry_id: of this question.
        said: what is asked, as `client.case` declares it: numbers, days and words of lists.
    """

    inquiry_id: InquiryId
    said: PlaceInquiryInput = field(default_factory=PlaceInquiryInput)

    def encode(self) -> bytes:
        """Return the manifest of a note of kind `PLACE_INQUIRY`.

        Raises:
            WrongShape: it asks for a day that no message can name.
        """
        data = pack(["place_inquiry", 1, self.inquiry_id, *packed(self.said).values()])
        self.decode(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form: a field too many, or a word of no list.
        """
        fields = Fields.decode(data, "place_inquiry", limit=MANIFEST_LIMIT)
        inquiry_id = InquiryId(fields.octets("inquiry_id", size=_ID))
        said = dict(unpacked(fields, PlaceInquiryInput))
        fields.end()
        return cls(inquiry_id, checked(PlaceInquiryInput, said, PlaceInquiryInput.WORD))


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """An answer to a question about a place (C-4.2).

    What a centre says is declared in `PlaceAnswerInput`, and each field here is one of those. They
    are written again because a message is no form: a centre goes by its id and not by its name,
    and the program adds which question this answers and until when a yes counts.

    Attributes:
        first: of `yes_from`, the first day of the place.
        valid_until: of either yes, the last day on which a package may rest on it.
        reasons: of `no`, one or more.
        suggest: of `no`, another centre, or help to find one; a no without either cannot be said.
    """

    inquiry_id: InquiryId
    value: AnswerValue
    first: Day | None = None
    valid_until: Day | None = None
    reasons: tuple[NoReason, ...] = ()
    suggest: MemberId | Help | None = None

    @property
    def accepts(self) -> bool:
        """Whether the hash of this note's body is an acceptance."""
        return self.value in (AnswerValue.YES, AnswerValue.YES_FROM)

    @classmethod
    def yes(cls, inquiry_id: InquiryId, today: Day, days: int = ANSWER_DAYS) -> Self:
        """Say yes; the yes holds for `days`, at most seven."""
        until = Day(today + min(days, ANSWER_DAYS))
        return cls(inquiry_id, AnswerValue.YES, valid_until=until)

    @classmethod
    def yes_from(
        cls, inquiry_id: InquiryId, first: Day, today: Day, days: int = ANSWER_DAYS
    ) -> Self:
        """Say yes from a later day; the yes holds for `days` from that day.

        Raises:
            WrongAnswer: `first` has passed, or is more than a year ahead.
        """
        if not today <= first <= today + YEAR:
            raise WrongAnswer(field="place_answer.first")
        until = Day(first + min(days, ANSWER_DAYS))
        return cls(inquiry_id, AnswerValue.YES_FROM, first=first, valid_until=until)

    @classmethod
    def given(
        cls, inquiry_id: InquiryId, said: PlaceAnswerInput, suggest: Member | Help, today: Day
    ) -> Self:
        """Make the message of what was said.

        Args:
            inquiry_id: the question.
            said: the answer as it was given.
            suggest: of a no, whom `said` names.
            today: the current day.

        Raises:
            WrongAnswer: a yes from a later day has no day, or one that cannot be promised.
            MissingAnswer, WrongRole: see `no`.
        """
        match said.value:
            case AnswerValue.YES:
                return cls.yes(inquiry_id, today)
            case AnswerValue.YES_FROM:
                if said.first is None:
                    raise WrongAnswer(field="place_answer.first")
                return cls.yes_from(inquiry_id, day_number(said.first), today)
            case AnswerValue.PHONE_ME:
                return cls.phone_me(inquiry_id)
            case AnswerValue.NO:
                return cls.no(inquiry_id, said.reasons, suggest)

    @classmethod
    def phone_me(cls, inquiry_id: InquiryId) -> Self:
        """Ask to be called; that is no yes."""
        return cls(inquiry_id, AnswerValue.PHONE_ME)

    @classmethod
    def no(
        cls, inquiry_id: InquiryId, reasons: Collection[NoReason], suggest: Member | Help
    ) -> Self:
        """Say no, why, and where else.

        Raises:
            MissingAnswer: there is no reason.
            WrongRole: what is suggested is no centre.
        """
        if not reasons:
            raise MissingAnswer(field="place_answer.reasons")
        if not isinstance(suggest, Help) and suggest.role is not Role.CENTRE:
            raise WrongRole
        return cls(
            inquiry_id,
            AnswerValue.NO,
            reasons=tuple(reason for reason in NoReason if reason in reasons),
            suggest=suggest if isinstance(suggest, Help) else suggest.member_id,
        )

    def encode(self) -> bytes:
        """Return the manifest of a note of kind `PLACE_ANSWER`.

        Raises:
            WrongShape: it says something that its value does not have, or lacks what it has.
        """
        data = pack(
            [
                "place_answer",
                1,
                self.inquiry_id,
                self.value,
                self.first,
                self.valid_until,
                self.reasons,
                None if self.suggest is None else [self.suggest],
            ]
        )
        self.decode(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form, or not what its value must have.
        """
        fields = Fields.decode(data, "place_answer", limit=MANIFEST_LIMIT)
        inquiry_id = InquiryId(fields.octets("inquiry_id", size=_ID))
        heard = dict(unpacked(fields, PlaceAnswerInput, ("value", "first")))
        until = day(fields, "valid_until")
        heard |= unpacked(fields, PlaceAnswerInput, ("reasons",))
        said = checked(PlaceAnswerInput, heard, PlaceAnswerInput.WORD)
        first = None if said.first is None else day_number(said.first)
        made = cls(inquiry_id, said.value, first, until, said.reasons, _suggestion(fields))
        fields.end()
        later = made.value is AnswerValue.YES_FROM
        refusing = made.value is AnswerValue.NO
        whole = (
            (made.first is not None) is later
            and (made.valid_until is not None) is made.accepts
            and bool(made.reasons) is refusing
            and len(set(made.reasons)) == len(made.reasons)
            and (made.suggest is not None) is refusing
        )
        if not whole:
            raise WrongShape(field="place_answer")
        return made


def check_suggestion(answer: PlaceAnswer, by: MemberId, to: MemberId) -> None:
    """Accept a suggestion only of a third centre.

    Raises:
        WrongShape: it suggests the one who answers or the one who asked.
    """
    if answer.suggest in (by, to):
        raise WrongShape(field="place_answer.suggest")


def _suggestion(fields: Fields) -> MemberId | Help | None:
    if not fields.optional():
        return None
    match fields.items("suggest", least=1, most=1):
        case [bytes(member)] if len(member) == _MEMBER:
            return MemberId(member)
        case [Help.WE_HELP_TO_FIND.value]:
            return Help.WE_HELP_TO_FIND
        case _:
            raise WrongShape(field="place_answer.suggest")
