"""How what staff send leaves: by the lanes and by when, or at once and seen.

This file knows sizes, before anything is sealed and after, and what would wait for a slot although
it is urgent (C-8.11). It refuses to send anything.
"""

from collections.abc import Collection
from typing import Final

from client import lanes
from client.consent import Consent
from client.office import Office
from client.outbox import Out
from client.outgoing import Outgoing
from client.transfer import Transfer
from keys.address import Board, CellClass, writable
from keys.blob import CAPACITY
from keys.body import ROUTES, Kind
from keys.calendar import Instant
from keys.wire import Packable

AT_ONCE: Final[dict[str, Packable]] = {"rides": False, "leaves_by": 0, "haste_by": 0}
_FRAME: Final = 4_096
"""Room for the consent and the table of parts, which are in the record too."""
_SMALLEST: Final = (CellClass.NOTE, CellClass.S)
"""The cells of a case that is a few lines long."""


async def record(office: Office, kind: Kind, length: int) -> dict[str, Packable]:
    """Return how a record of that many bytes would leave once it is sealed; no files with it."""
    classes = _classes(length, 0)
    return {
        "rides": lanes.rides(office.roster.schedule, classes),
        "haste_by": await haste_by(office, ROUTES[kind].board, classes),
    }


async def before(office: Office, transfer: Transfer) -> dict[str, Packable]:
    """Return how a case with a consent would leave, by its text, which is longer than its parts."""
    parts = Consent.decode(transfer.consent).parts
    files = sum(one.length for name, one in transfer.staged.items() if name in parts)
    classes = _classes(len(transfer.case), files)
    schedule, board = office.roster.schedule, ROUTES[Kind.CASE_PACKAGE].board
    urgent = {"haste_by": await haste_by(office, board, classes)}
    if not lanes.rides(schedule, classes):
        return {**AT_ONCE, **urgent}
    turns = await office.poster().turns.room(board, classes)
    return {"rides": True, "leaves_by": lanes.leaves_by(schedule, office.now, turns), **urgent}


async def after(office: Office, sent: Outgoing) -> dict[str, Packable]:
    """Return by when a sealed envelope leaves that waits in lanes, and whether some of it has left.

    Also of an urgent one that the lanes can spare no token for. Of any other that it rides no more.
    It has no moment when the roster took its lane away.
    """
    if sent.state is not Out.SEALED:
        return AT_ONCE
    turns, board = office.poster().turns, ROUTES[sent.kind].board
    waits = await turns.of(board, sent.package_id)
    if not waits and not sent.rides:
        return AT_ONCE
    classes = [cls for cls, turn in waits.items() for _ in range(turn.own)]
    return {
        "rides": True,
        "leaves_by": lanes.leaves_by(office.roster.schedule, office.now, waits),
        "haste_by": await haste_by(office, board, classes),
        "begun": sent.package_id not in await turns.notes(),
    }


async def urgent(office: Office) -> dict[str, Packable]:
    """Return how many questions may leave at once now, and by when a case of a few lines has.

    Nothing where there is nobody yet that could ask, and for a district, which asks no centre.
    """
    board = ROUTES[Kind.CASE_PACKAGE].board
    if not office.ready or board not in writable(office.me.role):
        return {}
    spare = await office.poster().turns.spare(board, CellClass.NOTE, office.today)
    return {"at_once": spare or 0, "haste_by": await haste_by(office, board, _SMALLEST)}


async def haste_by(office: Office, board: Board, classes: Collection[CellClass]) -> Instant:
    """Return by when all of these cells would have left if they were urgent; 0, at once."""
    waits = await office.poster().turns.held_up(board, classes, office.today)
    return lanes.leaves_by(office.roster.schedule, office.now, waits) if waits else Instant(0)


def _classes(record: int, files: int) -> list[CellClass]:
    """Return of which classes the cells of an envelope are."""
    blobs = [record, files] if files else [record]
    return [CellClass.NOTE, *(_smallest(one + _FRAME) for one in blobs)]


def _smallest(length: int) -> CellClass:
    return next((cls for cls, most in CAPACITY.items() if length <= most), CellClass.XL256)
