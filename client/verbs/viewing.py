"""What districts say back: of a place to each other, and of that one word to the centre that asked.

This file knows the closed words and the contact. It refuses to hand the contact or another
district's own word to a centre: the home district chooses its word itself.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Final, TypeVar

from client import audit
from client.audit import Act, Entry
from client.control import Answer
from client.inbox import In
from client.messages import VIEW_WORDS, PoliceContact, PoliceViewAnswer, StatusWord
from client.office import Office
from client.owed import owe
from client.refusals import MissingAnswer, UnknownWord, WrongState
from client.shelf import Shelf
from client.verbs import district, finding
from client.verbs.arguments import Arguments
from client.vocabulary import ViewWord
from keys.body import Kind

Word = TypeVar("Word", bound=StrEnum)

_ROLE: Final = 80
_PHONE: Final = 40


async def contact(office: Office, given: Arguments) -> Answer:
    """Tell the home district whom to ring here about a notice; it goes no further."""
    code_name = given.text("code_name")
    role = given.text("role", most=_ROLE)
    phone = given.text("phone", most=_PHONE)
    given.end()
    staff = office.staff
    came = await district.came(office, code_name, {Kind.POLICE_NOTICE})
    said = PoliceContact(came.package_id, role, phone, office.today)
    async with office.ledger.transaction("police-contact") as rows:
        fresh = await finding.incoming(rows, code_name)
        if fresh.state is not In.OPENED or fresh.settled:
            raise WrongState(kind="police.answered")
        await owe(rows, office, came.sender, said)
        await rows.put(Shelf.INBOX, came.package_id, replace(fresh, settled=office.today).encode())
        await audit.write(rows, Entry(office.now, Act.POLICE_CONTACT_GIVEN, code_name, staff.name))
    return {"state": fresh.state.value}


async def answer(office: Office, given: Arguments) -> Answer:
    """Answer the home district's question about a place here with one word."""
    code_name = given.text("code_name")
    word = _word(given.text("word"), ViewWord, "police_view_answer.word")
    role = given.maybe("role", most=_ROLE)
    phone = given.maybe("phone", most=_PHONE)
    given.end()
    if bool(role) != bool(phone):
        raise MissingAnswer(field="police_contact.phone" if role else "police_contact.role")
    staff = office.staff
    came = await district.came(office, code_name, {Kind.POLICE_VIEW})
    said = PoliceViewAnswer(came.package_id, word, office.today, role, phone)
    async with office.ledger.transaction("police-view-answered") as rows:
        fresh = await finding.incoming(rows, code_name)
        if fresh.state is not In.OPENED or fresh.settled:
            raise WrongState(kind="police.answered")
        await owe(rows, office, came.sender, said)
        await rows.put(Shelf.INBOX, came.package_id, replace(fresh, settled=office.today).encode())
        await audit.write(rows, Entry(office.now, Act.POLICE_VIEW_ANSWERED, code_name, staff.name))
    return {"word": word.value}


async def reply(office: Office, given: Arguments) -> Answer:
    """Answer the centre's question about a new place with one closed word, and close it."""
    code_name = given.text("code_name")
    word = _word(given.text("word"), StatusWord, "police_status.status")
    given.end()
    if word not in VIEW_WORDS:
        raise UnknownWord(field="police_status.status", count=len(VIEW_WORDS))
    staff = office.staff
    came = await district.came(office, code_name, {Kind.POLICE_VIEW_REQUEST})
    async with office.ledger.transaction("police-view-told") as rows:
        await district.settle(rows, office, came, word)
        await audit.write(rows, Entry(office.now, Act.POLICE_VIEW_ANSWERED, code_name, staff.name))
    return {"status": word.value}


def _word(said: str, among: type[Word], field: str) -> Word:
    try:
        return among(said)
    except ValueError:
        raise UnknownWord(field=field, count=len(among)) from None
