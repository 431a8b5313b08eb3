"""What is over is destroyed: on its day, also when nobody unlocks and after a month without power.

This file knows which rows and files belong to a clock. It refuses to decide when its days are
over: `retention.py` does. With the staff lock closed it opens no row; it destroys the row that
holds the keys, and counts, so that staff are told how many.
"""

from typing import Final

from client import (
    audit,
    claims,
    clocks,
    owed,
    policerows,
    recusal,
    remembered,
    strayed,
    turnedaway,
)
from client.audit import Act, Entry
from client.clocks import Clock
from client.ledger import Transaction
from client.office import Office
from client.retention import RULES, Held, Over
from client.shelf import Shelf
from client.transfer import Transfer
from keys.address import PackageId
from keys.errors import Locked, StoreDamaged

_UNSEEN: Final = b"forgotten-unseen"
_COUNT: Final = 8
_TOLD: Final = frozenset({Held.DRAFT, Held.NOTICE, Held.RECEIVED, Held.WHERE})
"""What staff are told of when it went while nobody was there."""
_BESIDE: Final = (turnedaway, strayed, recusal)
"""What only staff can read, with days of its own."""


async def sweep(office: Office) -> None:
    """Destroy what is over; called on every tick, and before anything is shown at an unlock.

    With the staff lock open, a package that came is left to the table of its states, which does
    the same and says so; here goes what has no state of its own.
    """
    async with office.ledger.reading() as rows:
        running = await clocks.running(rows)
        stand = frozenset(await rows.ids(Shelf.INBOX)) if office.unlocked and office.ready else ()
    limits = office.settings.limits
    # What may still be answered or taken back keeps its row, however short a record is kept.
    awaited = {one.row for one in running if one.held is Held.WHERE}
    for clock in running:
        stateful = clock.row in stand and RULES[clock.held].over in (Over.PACKAGE, Over.CELLS)
        stateful |= clock.held is Held.RECORD and clock.row in awaited
        if limits.over(clock.held, clock.since, office.today) and not stateful:
            async with office.ledger.transaction("kept-no-longer") as rows:
                await _destroy(rows, office, clock)
    tidied = await _tidied(office)
    if tidied or (running and not await _scrubbed(office, running)):
        await office.ledger.scrub()


async def _tidied(office: Office) -> bool:
    """Destroy what only staff can see is over: what lay beside a case that is gone, and doubles."""
    if not office.unlocked:
        return False
    today = office.today
    async with office.ledger.reading() as rows:
        found = bool(await policerows.orphans(rows, today)) or await remembered.over(rows)
        for beside in _BESIDE:
            found = found or await beside.over(rows, today)
    if not found:
        return False
    async with office.ledger.transaction("tidied") as rows:
        await policerows.tidy(rows, today)
        await remembered.tidy(rows)
        for beside in _BESIDE:
            await beside.tidy(rows, today)
    return True


async def _scrubbed(office: Office, before: list[Clock]) -> bool:
    """Return whether nothing went, so that no file holds anything that should be gone."""
    async with office.ledger.reading() as rows:
        return len(await clocks.running(rows)) == len(before)


async def _destroy(rows: Transaction, office: Office, clock: Clock) -> None:
    """Destroy the keys, then the bytes, and the clock with them."""
    files = clock.files
    match RULES[clock.held].over:
        case Over.CASE:
            await unask(rows, office, clock.row)
            if clock.held is Held.SENT:
                await _emptied(rows, clock)
            else:
                await _log(rows, office, clock)
                await rows.delete(Shelf.DRAFT, clock.row)
        case Over.CELLS:
            files += await claims.drop(rows, PackageId(clock.row))
            await rows.delete(Shelf.CODE, clock.row)
        case Over.PACKAGE:
            files += await claims.drop(rows, PackageId(clock.row))
            await rows.delete(Shelf.CODE, clock.row)
            parts, laid = await clocks.pick_up(rows, clock.row)
            for part in parts:
                await rows.delete(Shelf.PART, part)
            await rows.delete(Shelf.CASE, clock.row)
            await rows.delete(Shelf.INBOX, clock.row)
            files += laid
        case Over.ROW:
            await rows.delete(Shelf.POLICE, clock.row)
            await rows.delete(Shelf.INBOX, clock.row)
        case Over.INQUIRY:
            given, _ = await clocks.pick_up(rows, clocks.asked(clock.row))
            for acceptance in given:
                await rows.delete(Shelf.ACCEPTANCE, acceptance)
            await office.poster().unbind(rows, clock.row)
            await rows.delete(Shelf.INQUIRY, clock.row)
        case Over.WHERE:
            await office.poster().unbind(rows, clock.row)
            await owed.drop_of(rows, office, clock.row)
            await rows.delete(Shelf.CODE, clock.row)
            await rows.delete(Shelf.OUTBOX, clock.row)
        case Over.RECORD:
            await rows.delete(Shelf.RECORD, clock.row)
            await rows.delete(Shelf.OUTBOX, clock.row)
    await clocks.stop(rows, clock.held, clock.row)
    if clock.held in _TOLD and not office.unlocked:
        before = int.from_bytes(await rows.get_whole(Shelf.META, _UNSEEN) or b"", "big")
        await rows.put(Shelf.META, _UNSEEN, (before + 1).to_bytes(_COUNT, "big"))
    rows.after(lambda: office.discard(files))


async def unask(rows: Transaction, office: Office, case: bytes) -> None:
    """Destroy what was asked for a case, of centres and of a colleague; it takes no key.

    Args:
        rows: the caller's transaction.
        office: of this member.
        case: the row of the case.
    """
    inquiries, _ = await clocks.pick_up(rows, case)
    for inquiry in inquiries:
        await office.poster().unbind(rows, inquiry)
        await rows.delete(Shelf.INQUIRY, inquiry)
    for waits in await rows.ids(Shelf.POLICE):
        if waits.endswith(case):  # what a colleague was to read before it goes to the police
            await rows.delete(Shelf.POLICE, waits)


async def _emptied(rows: Transaction, clock: Clock) -> None:
    """Leave that there was a case, and its name; without staff, leave nothing."""
    try:
        kept = await rows.get(Shelf.DRAFT, clock.row)
    except (Locked, StoreDamaged):
        await rows.delete(Shelf.DRAFT, clock.row)
        return
    if kept is not None:
        await rows.put(Shelf.DRAFT, clock.row, Transfer.decode(kept).forgotten().encode())


async def _log(rows: Transaction, office: Office, clock: Clock) -> None:
    """Write down that a draft went by the calendar, when its name can be read."""
    if not office.unlocked:
        return
    kept = await rows.get_whole(Shelf.DRAFT, clock.row)
    if kept is not None:
        name = Transfer.decode(kept).code_name
        await office.attend(rows, name)
        await audit.write(rows, Entry(office.now, Act.EXPIRED, name, ""))


async def unseen(rows: Transaction) -> int:
    """Return how many drafts and packages went while nobody was there to see it."""
    return int.from_bytes(await rows.get_whole(Shelf.META, _UNSEEN) or b"", "big")


async def seen(rows: Transaction) -> None:
    """Take note that staff have seen it."""
    await rows.delete(Shelf.META, _UNSEEN)


async def oldest_overdue(office: Office) -> int:
    """Return by how many days the oldest thing that is kept has outlived its last day; 0 is none.

    It is read from the rows themselves and not from what the last sweep did: it rises when
    nothing sweeps. What only staff can read counts while the lock is open.
    """
    limits = office.settings.limits
    async with office.ledger.reading() as rows:
        lasts = [limits.last(clock.held, clock.since) for clock in await clocks.running(rows)]
        if office.unlocked:
            for beside in (*_BESIDE, policerows, remembered):
                lasts += await beside.lasts(rows)
    return max([0, *(office.today - last for last in lasts)])
