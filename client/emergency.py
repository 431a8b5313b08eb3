"""The night: three lines and one question; everything else is tasks for the next day (C-16).

This file knows how three lines become the smallest case there is, without a person in it, and
that «unknown» and «not asked» are answers. It refuses no empty line, and it takes a question that
was not asked for a no.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.case import (
    WITHOUT_CASE,
    ConsentInput,
    Decision,
    Part,
    PartId,
    PartName,
    Source,
    part_id,
)
from client.case.answer import State
from client.case.checking import checked
from client.case.consent import GivenBy
from client.case.journey import Journey
from client.case.sender import Sender
from client.case.threat import Threat
from client.case.words import YesNo
from client.casefile import CaseFile, CaseHeader
from client.codename import CodeName
from client.consent import Consent
from client.hours import hours_in, one_line
from client.slugs import find_lack
from keys.calendar import Instant
from keys.words import norway

ASKED_ABOUT: Final = (part_id(PartName.THREAT), part_id(PartName.JOURNEY))
"""What the one question at night is about; the person was asked about nothing else."""


class Asked(StrEnum):
    """Whether the person was asked, and what they said."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Night:
    """What one tired person was asked: any of it may be empty.

    Attributes:
        centre: which centre has said yes on the phone.
        window: when they are expected, such as «16–20», or an honest lack of it (`find_lack`).
        danger: one line, or an honest lack of one.
    """

    centre: str
    window: str
    danger: str
    asked: Asked


def smallest_case(night: Night, code_name: CodeName, sender: str, now: Instant) -> CaseFile:
    """Return the smallest case: the danger, the journey and who sends; nobody is in it.

    Args:
        night: the three lines and the answer.
        code_name: of the case.
        sender: the name of this centre.
        now: the current instant.

    Raises:
        NationalId, OddCharacter, TextTooLong: a line holds what no text of a case may hold.
    """
    at = datetime.fromtimestamp(now, norway()).replace(tzinfo=None, second=0)
    parts: dict[PartId, Part] = {
        part_id(PartName.THREAT): checked(Threat, {"worst_fear": _danger(night, at)}, "threat"),
        part_id(PartName.JOURNEY): checked(Journey, _window(night, at), "journey"),
        part_id(PartName.SENDER): checked(Sender, {"centre": _given(sender, at)}, "sender"),
    }
    said = {"code_name": code_name, "to_centre": one_line(night.centre) or None, "time": at}
    more = {"emergency": YesNo.YES, "as_of": at.date()}
    header = checked(CaseHeader, said | more, "case")
    return CaseFile(header, MappingProxyType(parts), consent=_consent(night, at))


def in_haste(consent: Consent) -> bool:
    """Return whether a consent is the night's: one question, and nothing of it written down.

    No other word of the package tells it; a consent that says how it was asked is another.
    """
    about = {*ASKED_ABOUT, *map(part_id, WITHOUT_CASE)}
    informed = (consent.informed_benefits, consent.informed_rights, consent.informed_no_consequence)
    told = (consent.form, consent.interpreter, consent.police_contact, *informed)
    asked = bool(consent.languages) or any(one is not None for one in told)
    return consent.decision is Decision.YES_SOME and about >= {*consent.parts} and not asked


def _given(value: object, at: datetime) -> dict[str, object]:
    """Return an answer; without a value, an honest «unknown»."""
    return {"value": value, **_said(at)} if value not in (None, "") else _lack(State.UNKNOWN, at)


def _lack(state: State, at: datetime, note: str = "") -> dict[str, object]:
    """Return an honest lack of an answer, with what was typed beside it."""
    return {"state": state, **_said(at), **({"note": note} if note else {})}


def _said(at: datetime) -> dict[str, object]:
    return {"source": Source.STAFF, "as_of": at.date()}


def _danger(night: Night, at: datetime) -> dict[str, object]:
    lack = find_lack(night.danger)
    return _given(one_line(night.danger), at) if lack is None else _lack(lack, at)


def _window(night: Night, at: datetime) -> dict[str, object]:
    """Read «16–20» as the next such hours; what is no hours stands beside an «unknown»."""
    hours, lack = hours_in(night.window), find_lack(night.window)
    if hours is None:
        note = one_line(night.window) if lack is None else ""
        return {"arrival_until": _lack(lack or State.UNKNOWN, at, note)}
    midnight = at.replace(hour=0, minute=0)
    first = midnight + timedelta(hours=hours[0], minutes=hours[1])
    last = midnight + timedelta(hours=hours[2], minutes=hours[3])
    last += timedelta(days=int(last < first))
    ahead = timedelta(days=int(last < at))
    return {
        "arrival_from": _given(first + ahead, at),
        "arrival_until": _given(last + ahead, at),
    }


def _consent(night: Night, at: datetime) -> ConsentInput:
    centre = one_line(night.centre) or None
    if night.asked is not Asked.YES:
        no = night.asked is Asked.NO
        decision = Decision.NO if no else Decision.NOT_ASKED_URGENT
        return ConsentInput(decision=decision, given_by=GivenBy.USER if no else None, given_at=at)
    return ConsentInput(
        decision=Decision.YES_SOME,
        parts=ASKED_ABOUT,
        recipient_centre=centre,
        given_by=GivenBy.USER,
        given_at=at,
    )
