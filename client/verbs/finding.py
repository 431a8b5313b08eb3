"""Finding rows by the name that staff use.

This file knows code names and centres' names. It refuses to guess: no match and two matches are
both refused, and there is no search by person anywhere.
"""

from client.asking import Asking
from client.incoming import Incoming
from client.inquiry import PlaceAnswer
from client.ledger import Transaction
from client.outgoing import Outgoing
from client.refusals import NotInDirectory
from client.shelf import Shelf
from client.transfer import Transfer
from keys.address import MemberId, PackageId, Role
from keys.errors import NotHere
from keys.roster import Member, Roster


async def transfers(rows: Transaction) -> list[tuple[bytes, Transfer]]:
    """Return every case that is being prepared or was sent from here."""
    return [(row, Transfer.decode(value)) for row, value in await rows.rows(Shelf.DRAFT)]


async def transfer(rows: Transaction, code_name: str) -> tuple[bytes, Transfer]:
    """Return the case with that code name.

    Raises:
        NotHere: there is none.
    """
    for row, found in await transfers(rows):
        if found.code_name == code_name:
            return row, found
    raise NotHere


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
    raise NotHere


async def incoming_by_id(rows: Transaction, package_id: PackageId) -> Incoming | None:
    """Return what came under that package id, if anything did."""
    value = await rows.get(Shelf.INBOX, package_id)
    return None if value is None else Incoming.decode(value)


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
    raise NotHere


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


def accepts(asking: Asking) -> bool:
    """Return whether an inquiry was answered with a yes."""
    return bool(asking.answer) and PlaceAnswer.decode(asking.answer).accepts
