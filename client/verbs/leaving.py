"""How what staff send leaves: by the lanes and by when, or at once and seen.

This file knows sizes, before anything is sealed and after, and what would wait for a slot although
it is urgent (C-8.11). It refuses to send anything.
"""

from collections.abc import Collection, Mapping
from typing import Final

from client import lanes
from client.consent import Consent
from client.lanes import Turn
from client.office import Office
from client.outbox import Out
from client.outgoing import Outgoing
from client.poster import NOT_NOW
from client.posting import NOBODY
from client.transfer import Transfer
from keys.address import Board, CellClass, writable
from keys.blob import CAPACITY
from keys.body import ROUTES, Kind
from keys.calendar import Instant
from keys.errors import Refusal
from keys.wire import Packable

AT_ONCE: Final[dict[str, Packable]] = {
    "rides": False,
    "leaves_by": 0,
    "haste_by": 0,
    "haste_waits": False,
    "haste_seen": True,
}
"""Of what does not wait in lanes."""
_FRAME: Final = 4_096
"""Room for the consent and the table of parts, which are in the record too."""
_SMALLEST: Final = (CellClass.NOTE, CellClass.S)
"""The cells of a case that is a few lines long."""


async def record(office: Office, kind: Kind, length: int) -> dict[str, Packable]:
    """Return how a record of that many bytes would leave once it is sealed; no files with it."""
    classes = _classes(length, 0)
    rides = lanes.rides(office.roster.schedule, classes)
    return {"rides": rides, **await _haste(office, ROUTES[kind].board, classes)}


async def before(office: Office, transfer: Transfer) -> dict[str, Packable]:
    """Return how a case with a consent would leave, by its text, which is longer than its parts."""
    parts = Consent.decode(transfer.consent).parts
    files = sum(one.length for name, one in transfer.staged.items() if name in parts)
    classes = _classes(len(transfer.case), files)
    schedule, board = office.roster.schedule, ROUTES[Kind.CASE_PACKAGE].board
    haste = await _haste(office, board, classes)
    if not lanes.rides(schedule, classes):
        return {**AT_ONCE, **haste}
    turns = await office.poster().turns.room(board, classes)
    return {"rides": True, "leaves_by": lanes.leaves_by(schedule, office.now, turns), **haste}


async def after(office: Office, sent: Outgoing) -> dict[str, Packable]:
    """Return by when a sealed envelope leaves that waits in lanes, and whether some of it has left.

    Also of an urgent one that the lanes can spare no token for, which is `held_up`. Of any other
    that it rides no more. It has no moment when the roster took its lane away.
    """
    if sent.state is not Out.SEALED:
        return AT_ONCE
    board, owner = ROUTES[sent.kind].board, sent.package_id
    waits = await waiting(office, board, (owner,), urgent=not sent.rides)
    if not waits and not sent.rides:
        return AT_ONCE
    turns = await office.poster().turns.of(board, owner)
    classes = [cls for cls, turn in turns.items() for _ in range(turn.own)]
    none = {"leaves_by": 0, "held_up": False, "begun": False}
    return {"rides": True, **none, **waits, **await _haste(office, board, classes, owner)}


async def waiting(
    office: Office,
    board: Board,
    owners: Collection[bytes],
    *,
    urgent: bool,
    refused: Collection[Refusal] = (),
) -> dict[str, Packable]:
    """Return by when the last of these envelopes has left that waits in lanes; nothing, when none.

    Args:
        office: of this member.
        board: where they go.
        owners: the envelopes.
        urgent: whether they would have left at once, if the lanes could spare the tokens.
        refused: what was met on posting; where nobody answers, nothing urgent has a moment.
    """
    if urgent and any(isinstance(one, NOT_NOW) for one in refused):
        return {}
    poster = office.poster()
    turns, ends = poster.turns, list[Instant]()
    for owner in owners:
        found = await turns.of(board, owner)
        own = sum(one.own for one in found.values())
        if found:
            beside = await poster.waiting(owner) > own
            ends.append(_ends(office, found, beside=beside))
    if not ends:
        return {}
    return {
        "leaves_by": max(ends) if all(ends) else 0,
        "held_up": urgent,
        "begun": bool({*owners} - await turns.unbegun()),
    }


async def urgent(office: Office) -> dict[str, Packable]:
    """Return how many questions may leave at once now, and by when a case of a few lines has.

    Nothing where there is nobody yet that could ask, and for a district, which asks no centre.
    """
    board = ROUTES[Kind.CASE_PACKAGE].board
    if not office.ready or board not in writable(office.me.role):
        return {}
    spare = await office.poster().turns.spare(board, CellClass.NOTE, office.today)
    return {"at_once": spare or 0, **await _haste(office, board, _SMALLEST)}


async def _haste(
    office: Office, board: Board, classes: Collection[CellClass], own: bytes = NOBODY
) -> dict[str, Packable]:
    """Return by when these cells would have left if they were urgent.

    And whether nothing would leave now, and whether something would leave beside the lanes at all.
    """
    waits = await office.poster().turns.lacking(board, classes, office.today, own)
    every = sum(turn.own for turn in waits.values()) == len(classes)
    by = _ends(office, waits, beside=not every) if waits else Instant(0)
    nothing_now = CellClass.NOTE in waits or (bool(waits) and every)
    return {"haste_by": by, "haste_waits": nothing_now, "haste_seen": not every}


def _ends(office: Office, waits: Mapping[CellClass, Turn], *, beside: bool) -> Instant:
    """Return by when the last of an envelope leaves, or 0 when a class of it has no lane any more.

    What goes `beside` the lanes goes in the slot after that of the note it waits for.
    """
    schedule = office.roster.schedule
    by = lanes.leaves_by(schedule, office.now, waits)
    later = beside and by and CellClass.NOTE in waits
    return Instant(by + schedule.note_slot_seconds) if later else by


def _classes(record: int, files: int) -> list[CellClass]:
    """Return of which classes the cells of an envelope are."""
    blobs = [record, files] if files else [record]
    return [CellClass.NOTE, *(_smallest(one + _FRAME) for one in blobs)]


def _smallest(length: int) -> CellClass:
    return next((cls for cls, most in CAPACITY.items() if length <= most), CellClass.XL256)
