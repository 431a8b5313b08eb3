"""The person's new yes, at the desk where the case has come.

This file knows that a new consent stands beside the one that came and changes nothing of it
(CONSENT C-18). It refuses to keep anything longer by it, and to send it anywhere.
"""

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from client import audit
from client.audit import Act, Entry
from client.case import PartName, parse_part_id
from client.case.consent import Form, GivenBy
from client.control import Answer
from client.inbox import In
from client.kept import Kept
from client.office import Office
from client.refusals import UnknownWord, WrongAnswer, WrongState
from client.renewal import Renewal, Said
from client.shelf import Shelf
from client.transfer import LONGEST_TYPED
from client.verbs import finding, halfway, keptcases
from client.verbs.arguments import Arguments
from client.vocabulary import Purpose
from keys.calendar import Day, day_number

Word = TypeVar("Word", bound=StrEnum)

_WHERE: Final = (parse_part_id(PartName.VALIDITY), "renew")
"""At what a new yes that is being typed is kept: it is about how long the case may stand."""
MOST: Final = 64
"""How many times a consent may be given anew for one case."""


async def renew(office: Office, given: Arguments) -> Answer:
    """Write down that the person has said yes anew; the consent that came stays as it is.

    With `keep`, what was being typed of it is only kept, for the desk locks; with `left` it is
    returned.

    Raises:
        WrongState: the case is not open here.
        UnknownWord: a word that is not on its list.
        WrongAnswer: a day that is none, or after today.
        ConsentEnded: its last day has passed.
    """
    code_name = given.text("code_name")
    if given.flag("left"):
        given.end()
        _ = office.staff
        return {"typed": await halfway.left(office, code_name, *_WHERE)}
    if keep := given.maybe("keep", most=LONGEST_TYPED):
        given.end()
        _ = office.staff
        await halfway.keep(office, code_name, *_WHERE, keep)
        return {}
    said = Said(
        _word(given, "purpose", Purpose),
        _word(given, "given_by", GivenBy),
        _word(given, "form", Form),
        given.text("language"),
        _day(given, "given"),
        _day(given, "ends"),
    )
    given.end()
    staff = office.staff
    made = Renewal.given_on(said, office.today)
    async with office.ledger.transaction("consent-renewed") as rows:
        came = await finding.incoming(rows, code_name)
        value = await rows.get(Shelf.CASE, came.package_id)
        if came.state not in (In.OPENED, In.CONFIRMED) or value is None:
            raise WrongState(kind=f"{came.state}.renew")
        kept = Kept.decode(value)
        kept = await halfway.forget(rows, office, kept, *_WHERE)
        more = (*kept.renewed, made)[-MOST:]
        await keptcases.put(rows, came.package_id, replace(kept, renewed=more))
        await audit.write(rows, Entry(office.now, Act.RENEWED, code_name, staff.name))
    return {"ends": made.ends}


def _word(given: Arguments, name: str, among: type[Word]) -> Word:
    try:
        return among(given.text(name))
    except ValueError:
        raise UnknownWord(field=f"renew.{name}", count=len(among)) from None


def _day(given: Arguments, name: str) -> Day | None:
    said = given.maybe(name)
    try:
        return day_number(date.fromisoformat(said)) if said else None
    except ValueError:
        raise WrongAnswer(field=f"renew.{name}") from None
