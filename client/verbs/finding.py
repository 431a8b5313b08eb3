"""Finding rows by the name that staff use.

This file knows code names and centres' names. It refuses to guess: no match and two matches are
both refused, and there is no search by person anywhere.
"""

from typing import Final

from client import policerows
from client.asking import Asking
from client.case.destination_assessment import DistrictAnswer
from client.codename import CodeName, new_code_name
from client.incoming import Incoming
from client.inquiry import PlaceAnswer
from client.ledger import Transaction
from client.messages import PoliceStatus
from client.office import Office
from client.outbox import THERE
from client.outgoing import Outgoing
from client.policecase import AskedPolice, PoliceWord, word_on_place
from client.refusals import CodeNameTaken, NotInDirectory
from client.shelf import Shelf
from client.transfer import Transfer
from keys.address import MemberId, PackageId, Role
from keys.calendar import Instant
from keys.errors import NotHere
from keys.roster import Member, Roster

READ_UNTIL: Final = b"read-until"
_ID: Final = 16
_TRIES: Final = 64


async def read_until(rows: Transaction) -> Instant:
    """Return when every board was last read to its end."""
    return Instant(int.from_bytes(await rows.get(Shelf.META, READ_UNTIL) or b"", "big"))


async def transfers(rows: Transaction) -> list[tuple[bytes, Transfer]]:
    """Return every case that is being prepared or was sent from here, in order of code names.

    Their keys are random: whoever lists them in that order lists them differently every time.
    """
    found = [(row, Transfer.decode(value)) for row, value in await rows.rows(Shelf.DRAFT)]
    return sorted(found, key=lambda one: (one[1].code_name, one[0]))


async def transfer(rows: Transaction, code_name: str) -> tuple[bytes, Transfer]:
    """Return the case with that code name.

    Raises:
        NotHere: there is none.
    """
    for row, found in await transfers(rows):
        if found.code_name == code_name:
            return row, found
    raise NotHere(kind="name")


async def outgoing(rows: Transaction, package_id: bytes) -> Outgoing:
    """Return what was sent under that package id.

    Raises:
        NotHere: nothing was.
    """
    value = await rows.get(Shelf.OUTBOX, package_id)
    if value is None:
        raise NotHere
    return Outgoing.decode(value)


async def all_outgoing(rows: Transaction) -> list[Outgoing]:
    """Return everything that was sent from here."""
    return [Outgoing.decode(value) for _, value in await rows.rows(Shelf.OUTBOX)]


async def all_incoming(rows: Transaction) -> list[Incoming]:
    """Return everything that came here."""
    return [Incoming.decode(value) for _, value in await rows.rows(Shelf.INBOX)]


async def incoming(rows: Transaction, code_name: str) -> Incoming:
    """Return what came and is called so at this desk.

    Raises:
        NotHere: nothing is.
    """
    for found in await all_incoming(rows):
        if found.code_name == code_name:
            return found
    raise NotHere(kind="name")


async def incoming_by_id(rows: Transaction, package_id: PackageId) -> Incoming | None:
    """Return what came under that package id, if anything did."""
    value = await rows.get(Shelf.INBOX, package_id)
    return None if value is None else Incoming.decode(value)


async def unused_name(rows: Transaction) -> CodeName:
    """Return a code name that nothing at this desk has: what staff name by it is one thing.

    Raises:
        CodeNameTaken: none was found.
    """
    taken = {one.code_name for _, one in await transfers(rows)}
    taken |= {one.code_name for one in await all_incoming(rows)}
    taken |= {one.code_name for one in await all_outgoing(rows)}
    taken |= {one.code_name for _, one in await askings(rows)}
    for _ in range(_TRIES):
        name = new_code_name()
        if name not in taken:
            return name
    raise CodeNameTaken


async def names_a_case(rows: Transaction, code_name: str) -> bool:
    """Return whether something that is written here, or came here, has that name."""
    written = (one.code_name for _, one in await transfers(rows))
    came = (one.code_name for one in await all_incoming(rows))
    return code_name in {*written, *came}


async def askings(rows: Transaction) -> list[tuple[bytes, Asking]]:
    """Return every place inquiry, asked here or elsewhere."""
    return [(row, Asking.decode(value)) for row, value in await rows.rows(Shelf.INQUIRY)]


async def asking(rows: Transaction, code_name: str) -> tuple[bytes, Asking]:
    """Return the inquiry that came and is called so at this desk.

    Raises:
        NotHere: there is none.
    """
    for row, found in await askings(rows):
        if found.code_name == code_name and not found.ours:
            return row, found
    raise NotHere(kind="name")


async def _all_asked(rows: Transaction) -> list[AskedPolice]:
    found = await rows.rows(Shelf.POLICE)
    return [AskedPolice.decode(value) for row, value in found if row.startswith(policerows.ASKED)]


async def asked_police(rows: Transaction, transfer: bytes) -> list[AskedPolice]:
    """Return what was sent to the own district for that case."""
    return [one for one in await _all_asked(rows) if one.transfer == transfer]


async def asked_under(rows: Transaction, code_name: str) -> list[AskedPolice]:
    """Return what was sent to the own district under that name.

    That is more than one case's when a case was thrown away and another was given its name.
    """
    cases = {row for row, one in await transfers(rows) if one.code_name == code_name}
    sent = {one.package_id for one in await all_outgoing(rows) if one.code_name == code_name}
    found = await _all_asked(rows)
    return [one for one in found if one.transfer in cases or one.package_id in sent]


async def police_have(rows: Transaction, transfer: bytes) -> bool:
    """Return whether the own district has, or may have, what was sent to it for that case."""
    asked = {one.package_id for one in await asked_police(rows, transfer)}
    sent = await all_outgoing(rows)
    return any(one.package_id in asked and one.state in THERE for one in sent)


async def waiting_for_second(rows: Transaction) -> list[str]:
    """Return the cases in which something waits for a second pair of eyes, by code name."""
    found = {row[-_ID:] for row in await rows.ids(Shelf.POLICE) if row.startswith(policerows.WAITS)}
    return sorted(one.code_name for row, one in await transfers(rows) if row in found)


async def police_word(rows: Transaction, transfer: bytes) -> PoliceWord | None:
    """Return the police's word on the new place of that case, with its day; None without one."""
    said: list[PoliceStatus] = []
    for asked in await asked_police(rows, transfer):
        value = await rows.get(Shelf.POLICE, policerows.PLACE + asked.package_id)
        if value is not None:
            said.append(PoliceStatus.decode(value))
    return word_on_place(said)


async def heard(rows: Transaction, transfer: bytes) -> DistrictAnswer | None:
    """Return what the own district last answered about the new place, or None."""
    said = await police_word(rows, transfer)
    return None if said is None else DistrictAnswer(said.word.value)


def member(roster: Roster, name: str, role: Role) -> Member:
    """Return the member of `role` with that name in the directory.

    Raises:
        NotInDirectory: there is none, or more than one.
    """
    found = [one for one in roster.of_role(role) if one.name.casefold() == name.casefold()]
    if len(found) != 1:
        raise NotInDirectory
    return found[0]


def name_of(roster: Roster, member_id: bytes) -> str:
    """Return a member's name for a list; of one that is no member any more, an empty text."""
    known = {one.member_id: one.name for one in roster.members}
    return known.get(MemberId(member_id), "")


def has_left(roster: Roster, member_id: bytes) -> bool:
    """Return whether it is known who that was, and it is no member any more."""
    return bool(member_id) and not name_of(roster, member_id)


def phone_of(roster: Roster, member_id: bytes | None) -> str:
    """Return the number in the directory; of one that is no member any more, an empty text."""
    known = {one.member_id: one.directory.call_back_phone for one in roster.members}
    return "" if member_id is None else known.get(MemberId(member_id), "")


def district_phone(office: Office) -> str:
    """Return the number of this centre's own police district."""
    return phone_of(office.roster, office.me.home_district)


def accepts(asking: Asking) -> bool:
    """Return whether an inquiry was answered with a yes."""
    return bool(asking.answer) and PlaceAnswer.decode(asking.answer).accepts
