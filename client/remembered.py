"""What must be known again when it comes a second time: notes, packages, what was taken back early.

This file knows that a note is known for as long as any key could open it (ENVELOPE E-9.6), and that
what was taken back before it came is turned away as long (CONSENT C-9.5). A package that is on the
desk is known by its own row besides. It refuses to know what any note said, and what a clock says:
one that is ahead would have forgotten what keys that live could open a second time.
"""

from collections.abc import Collection
from typing import Final

from client.ledger import Transaction
from client.shelf import Shelf
from keys.address import MemberId, PackageId
from keys.calendar import Day
from keys.epoch import BATCH_DAYS

_DAY = 4
_HALF = 16
_FROM: Final = b"remembered-from"


async def keys_died(rows: Transaction, cap: int) -> None:
    """Note, in the transaction that destroys them, that no key of a day before `cap` is left."""
    await rows.put(Shelf.META, _FROM, max(0, cap).to_bytes(_DAY, "big"))


async def _from(rows: Transaction) -> int:
    return int.from_bytes(await rows.get_whole(Shelf.META, _FROM) or b"", "big")


async def opened(rows: Transaction, replay_keys: Collection[bytes], day: Day) -> None:
    """Remember a note that was opened.

    Args:
        rows: the transaction that stores what it said.
        replay_keys: what makes a second opening a replay.
        day: of the key that it was sealed to.
    """
    for key in replay_keys:
        await rows.put(Shelf.REPLAY, key, day.to_bytes(_DAY, "big"))


async def replays(rows: Transaction) -> frozenset[bytes]:
    """Return how every note and package that is remembered is known."""
    return frozenset(await rows.ids(Shelf.REPLAY))


async def withdraw_early(
    rows: Transaction, sender: MemberId, package_id: PackageId, today: Day
) -> None:
    """Remember that a package was taken back by its sender before it came.

    A clock that is behind does not have it forgotten sooner: keys died by a later day already.
    """
    value = max(today, await _from(rows) + BATCH_DAYS).to_bytes(_DAY, "big") + sender
    await rows.put(Shelf.EARLY, sender[:_HALF] + package_id, value)


async def withdrawn_early(rows: Transaction) -> frozenset[tuple[MemberId, PackageId]]:
    """Return the packages that were taken back before they came, with their sender."""
    found = await rows.rows(Shelf.EARLY)
    return frozenset((MemberId(value[_DAY:]), PackageId(row[_HALF:])) for row, value in found)


async def lasts(rows: Transaction) -> list[Day]:
    """Return the last day of everything that is remembered and that no key could open any more."""
    return [Day(day + BATCH_DAYS) for _, _, day in await _over(rows)]


async def over(rows: Transaction) -> bool:
    """Return whether anything is remembered that no key could open any more."""
    return bool(await _over(rows))


async def tidy(rows: Transaction) -> None:
    """Forget what no key could open any more."""
    for shelf, row, _ in await _over(rows):
        await rows.delete(shelf, row)


async def _over(rows: Transaction) -> list[tuple[Shelf, bytes, int]]:
    first = await _from(rows)
    # A clock that was behind may have made keys of such days since.
    keys = (Shelf.OUTER_KEY, Shelf.INNER_KEY)
    alive = {row[:_DAY] for shelf in keys for row in await rows.ids(shelf)}
    return [
        (shelf, row, int.from_bytes(value[:_DAY], "big"))
        for shelf in (Shelf.REPLAY, Shelf.EARLY)
        for row, value in await rows.rows(shelf)
        if int.from_bytes(value[:_DAY], "big") < first and value[:_DAY] not in alive
    ]
