"""Why something that came was turned away: the codes of the quarantine, as the list shows them.

This file knows codes and days. It refuses to know what was turned away, and from whom it came.
"""

from typing import Final

from client.ledger import Transaction
from client.shelf import Shelf
from keys.calendar import Day
from keys.wire import Packable

TOLD_DAYS: Final = 14
"""For how many days the list says why something was turned away."""


async def words(rows: Transaction) -> list[str]:
    """Return what the quarantine keeps: for each, its day and its code."""
    return [value.decode() for _, value in await rows.rows(Shelf.QUARANTINE)]


async def lasts(rows: Transaction) -> list[Day]:
    """Return the last day of everything that is kept."""
    found = await rows.rows(Shelf.QUARANTINE)
    return [Day(int(value.partition(b" ")[0]) + TOLD_DAYS) for _, value in found]


async def over(rows: Transaction, today: Day) -> bool:
    """Return whether anything is kept that the list tells no more."""
    return bool(await _over(rows, today))


async def tidy(rows: Transaction, today: Day) -> None:
    """Forget what the list tells no more."""
    for row in await _over(rows, today):
        await rows.delete(Shelf.QUARANTINE, row)


async def _over(rows: Transaction, today: Day) -> list[bytes]:
    found = await rows.rows(Shelf.QUARANTINE)
    return [row for row, value in found if int(value.partition(b" ")[0]) + TOLD_DAYS < today]


def reasons(kept: list[str], today: Day) -> list[Packable]:
    """Return why something was turned away of late, each code once with its newest day."""
    newest: dict[str, int] = {}
    for word in kept:
        day, _, code = word.partition(" ")
        newest[code] = max(int(day), newest.get(code, 0))
    late = sorted((day, code) for code, day in newest.items() if day + TOLD_DAYS >= today)
    found: list[Packable] = [[day, code] for day, code in late]
    return found
