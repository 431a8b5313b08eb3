"""What the operator can tell of one case that was sent: counted here, asked of nobody.

This file knows the boards as everybody reads them, and which cells on them are ours. It refuses to
ask the broker anything, to name the receiver, and to say that something is hidden which is not.
"""

from client import crowd
from client.control import Answer
from client.office import Office
from client.verbs import finding
from client.verbs.arguments import Arguments
from keys.address import READERS, Board, CellClass, Role
from keys.errors import NotHere
from keys.wire import Packable

_HOUR = 3_600


async def view(office: Office, given: Arguments) -> Answer:
    """Return among how many cells each cell of a case stands, and among how many its receiver.

    Cells are counted in the same batch, and in a row of as many batches as an hour has slots: rows
    begin at multiples of that number, and at no full hour.

    And for how long a stolen key opens what was sealed: until it has been opened, or for a day.

    Raises:
        NotHere: nothing was sent from here under that name.
    """
    code_name = given.text("code_name")
    given.end()
    _ = office.staff
    run = max(1, _HOUR // office.roster.schedule.note_slot_seconds)
    async with office.ledger.reading() as rows:
        sent = [one for one in await finding.all_outgoing(rows) if one.code_name == code_name]
        if not sent:
            raise NotHere(kind="name")
        crowds = {board: await crowd.of(rows, board) for board in Board}
        own = [(one, (await crowd.own(rows, one.package_id)).cells) for one in sent]
    found = [
        (board, at, cls, rode or one.rides) for one, cells in own for board, at, cls, rode in cells
    ]
    waits = sum([await office.poster().waiting(one.package_id) for one in sent])
    told: list[Packable] = [
        {
            "board": board.value,
            "class": cls.value,
            "blob": cls is not CellClass.NOTE,
            "rode": rode,
            "slot": crowds[board].among(number, cls),
            "row": crowds[board].among(number, cls, run),
            "may_be_for": _may_be_for(office, board),
            "own_district": _own_district(office, board),
        }
        for board, number, cls, rode in sorted(found)
    ]
    sealed = {one.secrecy for one in sent} - {""}
    secrecy = "day" if "day" in sealed else next(iter(sealed), "")
    return {
        "cells": told,
        "row_batches": run,
        "waits": waits,
        "may_be_for": min((_may_be_for(office, board) for board, *_ in found), default=0),
        "forward_secrecy": secrecy,
    }


def _own_district(office: Office, board: Board) -> bool:
    """Return whether what is written there goes to the own district alone, as the roster says."""
    return (office.me.role, board) == (Role.CENTRE, Board.POLICE)


def _may_be_for(office: Office, board: Board) -> int:
    """Return among how many its receiver is, for whoever knows that it was written here."""
    if _own_district(office, board):
        return 1
    others = (one for one in office.roster.members if one.member_id != office.me.member_id)
    return sum(one.role in READERS[board] for one in others)
