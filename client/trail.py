"""Where each envelope went, for an auditor alone: a sealed line as long as every other.

This file knows whose key the lines are sealed to, and that each names the one before it
(ENVELOPE E-16). It refuses to read a line: what is written here is what the member may forget.
Without an auditor nothing is written, and what is forgotten is forgotten.
"""

from contextlib import suppress
from typing import Final

from client.ledger import Transaction
from client.office import Office
from client.outgoing import Outgoing
from client.shelf import Shelf
from keys.address import MemberId
from keys.calendar import Instant
from keys.errors import Malformed
from keys.trail import AuditorPublic, Entry, Record

_AUDITOR: Final = b"auditor"
_SERIAL: Final = 8
_LAST: Final = b"\xff" * _SERIAL
_MINUTE: Final = 60


async def auditor(rows: Transaction) -> AuditorPublic | None:
    """Return whose key the trail is sealed to; None when nobody's, or its row is damaged.

    Raises:
        Locked: the staff lock is closed.
    """
    kept = await rows.get_whole(Shelf.IDENTITY, _AUDITOR)
    with suppress(Malformed):
        return None if kept is None else AuditorPublic.decode(kept)
    return None


async def set_auditor(rows: Transaction, public: AuditorPublic | None) -> None:
    """Seal from now on to that key, or write no trail any more; what is written stays."""
    if public is None:
        await rows.delete(Shelf.IDENTITY, _AUDITOR)
    else:
        await rows.put(Shelf.IDENTITY, _AUDITOR, public.encode())


async def write(rows: Transaction, office: Office, sent: Outgoing, recipient: MemberId) -> None:
    """Write down where an envelope goes, in the transaction that binds it; without an auditor not.

    A damaged line breaks the chain and holds no case back: the next line names none before it.

    Args:
        rows: the caller's transaction.
        office: of this member, with the staff lock open.
        sent: the envelope's row.
        recipient: to whom it is sealed.
    """
    public = await auditor(rows)
    if public is None:
        return
    # What is no number of ours was planted, and holds no case back.
    ids = [row for row in await rows.ids(Shelf.TRAIL) if len(row) == _SERIAL and row != _LAST]
    last = await rows.get_whole(Shelf.TRAIL, ids[-1]) if ids else None
    serial = 1 + (int.from_bytes(ids[-1], "big") if ids else 0)
    record = Record(
        at=Instant(office.now // _MINUTE * _MINUTE),
        kind=sent.kind,
        code_name=sent.code_name,
        recipient=recipient,
        recipient_name=office.roster.member(recipient).name,
        by=office.staff.name,
    )
    made = Entry.seal(public, office.me.member_id, serial, _entry(last), record)
    await rows.put(Shelf.TRAIL, serial.to_bytes(_SERIAL, "big"), made.encode())


async def lines(rows: Transaction) -> tuple[bytes, ...]:
    """Return every line as it lies sealed, oldest first; a damaged row is left out.

    Raises:
        Locked: the staff lock is closed.
    """
    return tuple(line for _, line in await rows.rows(Shelf.TRAIL) if _entry(line) is not None)


def _entry(kept: bytes | None) -> Entry | None:
    with suppress(Malformed):
        return None if kept is None else Entry.decode(kept)
    return None
