"""A new key a day for the rows of each lock; yesterday's is destroyed with all it sealed.

This file knows how a generation begins, how the rows move to it and when the one before dies
(ENVELOPE E-14.7). It refuses to know what any row means. Killed between any two steps, all
generations that still seal a row are held, and the next turn ends what this one began.
"""

from typing import Final

from client.ledger import Ledger
from client.shelf import Lock, Shelf
from keys.calendar import Day
from keys.errors import StoreDamaged

MOST_ROWS: Final = 100
"""How many rows move in one step, so that what has its time need not wait for all of them."""


async def turn_over(ledger: Ledger, lock: Lock, today: Day) -> bool:
    """Give the rows of an open lock today's key, and destroy those before it.

    Args:
        ledger: the store.
        lock: whose rows; it must be open.
        today: the current day; a second turn on the same day only ends one that was cut off.

    Returns:
        Whether a key was destroyed, so that the file should be written anew (`Ledger.scrub`).

    Raises:
        Locked: the lock was closed, also while this went on.
        DiskFull, StoreDamaged: the step under way was not kept; every row opens as before.
    """
    generations, sealer = ledger.generations, ledger.sealer_of(lock)
    if generations.began(lock) != today:
        async with ledger.transaction("generation-begun") as rows:
            number = generations.next(lock)
            sealed = sealer.begin(lock.value, number, today)
            await rows.add_generation(lock, number, sealed)
            rows.after(lambda: generations.added(lock, number, sealed, sealer))
    elif not generations.many(lock):
        return False
    newest = sealer.generation
    async with ledger.reading() as rows:
        left = await rows.left_behind(lock)
    stuck: set[tuple[Shelf, bytes]] = set()
    for start in range(0, len(left), MOST_ROWS):
        async with ledger.transaction("rows-moved") as rows:
            for shelf, row in left[start : start + MOST_ROWS]:
                if not await rows.move(shelf, row):
                    stuck.add((shelf, row))
    async with ledger.transaction("generation-ended") as rows:
        if not stuck.issuperset(await rows.left_behind(lock)):
            raise StoreDamaged  # something else writes in this file; no key is destroyed
        await rows.end_generations(lock, newest)
        rows.after(lambda: generations.ended(lock, newest, sealer))
    return True
