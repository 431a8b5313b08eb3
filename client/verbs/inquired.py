"""A place inquiry as the lists show it: what was asked, and all that was answered.

This file knows closed words, days and the directory. It refuses to know a person: neither the
question nor the answer says anything about one.
"""

from datetime import date
from enum import StrEnum
from typing import cast

from client.asking import Asking
from client.case.declaration import choice_msgid, questions
from client.inquiry import PlaceAnswer, PlaceInquiry
from client.verbs import finding
from client.vocabulary import AnswerValue, Help
from keys.address import MemberId
from keys.calendar import day_number
from keys.roster import Roster
from keys.wire import Packable


def shown(roster: Roster, asking: Asking) -> Packable:
    """Return one inquiry for a list; whoever asked also reads how to go on."""
    said = PlaceAnswer.decode(asking.answer) if asking.answer else None
    row: dict[str, Packable] = {
        "code_name": asking.code_name,
        "centre": finding.name_of(roster, asking.other),
        "left": finding.has_left(roster, asking.other),
        "day": asking.day,
        "answer": "" if said is None else said.value.value,
        "facts": _facts(PlaceInquiry.decode(asking.inquiry)),
    }
    return row | _onward(roster, asking.other, said) if said and asking.ours else row


def _onward(roster: Roster, centre: MemberId, said: PlaceAnswer) -> dict[str, Packable]:
    """Return what an answer says beside its word: days, reasons, whom to ring or ask next."""
    other = centre if said.suggest is None or isinstance(said.suggest, Help) else said.suggest
    ring = said.value in (AnswerValue.PHONE_ME, AnswerValue.NO)
    return {
        "first": said.first or 0,
        "valid_until": said.valid_until or 0,
        "reasons": [reason.value for reason in said.reasons],
        "suggest": "" if other == centre else finding.name_of(roster, other),
        "phone": finding.phone_of(roster, other) if ring else "",
    }


def _facts(inquiry: PlaceInquiry) -> list[Packable]:
    """Return what an inquiry asks, as [question, [numbers and message ids]]."""
    found: list[Packable] = []
    for asked in questions(type(inquiry.said)):
        value: object = getattr(inquiry.said, asked.name)
        several = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
        said = [_fact(one) for one in several if isinstance(one, StrEnum | int | date)]
        if said:
            found.append([asked.name, said])
    return found


def _fact(one: StrEnum | int | date) -> Packable:
    match one:
        case StrEnum():
            return choice_msgid(one)
        case date():
            return day_number(one)
        case _:
            return one
