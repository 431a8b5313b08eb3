"""What lies on the police shelf beside a case at the centre, and when it goes: with the case.

This file knows which row belongs to which case. It refuses to outlive one, but for the basis of
what was asked: what waits for a second pair of eyes and what is known of the place go when the case
is forgotten, and that basis when it can no more be taken back (C-14.8).
"""

from typing import Final

from client.case import PoliceBasis
from client.ledger import Transaction
from client.outbox import OUTBOX, OutEvent
from client.outgoing import Outgoing
from client.policecase import AskedPolice
from client.retention import RULES, Held
from client.shelf import Shelf
from client.transfer import Transfer
from keys.body import Kind
from keys.calendar import Day

WAITS: Final = b"waits"
"""Before the kind and the case: what waits for a second pair of eyes."""
ASKED: Final = b"asked"
"""Before an envelope: on what basis it was sent, and for which case."""
PLACE: Final = b"place"
"""Before an envelope: what the own district said of the new place."""
_ID: Final = 16


def waiting_row(row: bytes, kind: Kind) -> bytes:
    """Return where a request of a case stands that waits for a second colleague."""
    return WAITS + bytes([kind]) + row


async def orphans(rows: Transaction, today: Day) -> frozenset[bytes]:
    """Return the rows whose case is gone or forgotten, and that nobody needs to take anything back.

    Raises:
        Locked: the staff lock is closed: whose they are cannot be read then.
    """
    kept = await rows.rows(Shelf.POLICE)
    if not any(row.startswith((WAITS, ASKED, PLACE)) for row, _ in kept):
        return frozenset()
    cases = {row: Transfer.decode(value) for row, value in await rows.rows(Shelf.DRAFT)}
    written = frozenset(row for row, case in cases.items() if case.case)
    asked = [AskedPolice.decode(value) for row, value in kept if row.startswith(ASKED)]
    of_written = {one.package_id for one in asked if one.transfer in written}
    gone = {row for row, _ in kept if row.startswith(WAITS) and row[-_ID:] not in written}
    gone |= {row for row, _ in kept if row.startswith(PLACE) and row[-_ID:] not in of_written}
    for one in asked:
        hers = one.transfer in cases or one.basis is PoliceBasis.CONSENT_POLICE
        if one.package_id not in of_written and not (
            hers and await _may_be_taken_back(rows, one, today)
        ):
            gone.add(ASKED + one.package_id)
    return frozenset(gone)


async def lasts(rows: Transaction) -> list[Day]:
    """Return the last day of each basis that is kept beside no case that is written here."""
    kept = await rows.rows(Shelf.POLICE)
    cases = {row: Transfer.decode(value) for row, value in await rows.rows(Shelf.DRAFT)}
    found: list[Day] = []
    for row, value in kept:
        asked = AskedPolice.decode(value) if row.startswith(ASKED) else None
        case = cases.get(asked.transfer) if asked is not None else None
        if asked is None or (case is not None and case.case):
            continue
        sent = await rows.get(Shelf.OUTBOX, asked.package_id)
        if sent is not None:
            found.append(Day(Outgoing.decode(sent).expires + RULES[Held.ENDED].days))
    return found


async def tidy(rows: Transaction, today: Day) -> None:
    """Delete every row whose case is gone, inside the caller's transaction."""
    for row in await orphans(rows, today):
        await rows.delete(Shelf.POLICE, row)


async def _may_be_taken_back(rows: Transaction, asked: AskedPolice, today: Day) -> bool:
    value = await rows.get(Shelf.OUTBOX, asked.package_id)
    if value is None:
        return False
    sent = Outgoing.decode(value)
    if sent.expires + RULES[Held.ENDED].days < today:
        return False  # no district holds anything of it any more
    return (sent.state, OutEvent.WITHDRAW) in OUTBOX.steps
