"""A new key a day for the rows of each lock; yesterday's is destroyed with all it sealed.

This file knows how a generation begins, how the rows move to it and when the one before dies
(ENVELOPE E-14.7). It refuses to know what any row means. Killed between any two steps, all
generations that still seal a row are held, and the next turn ends what this one began.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from client.ledger import Ledger
from client.shelf import Lock, Shelf
from keys.calendar import Day
from keys.errors import StoreDamaged

MOST_ROWS: Final = 100
MOST_BYTES: Final = 1 << 20
"""How much moves in one step at most, so that what has its time waits for no more than that; one
longer row has a step of its own."""


async def turn_over(ledger: Ledger, lock: Lock, today: Day) -> bool:
    """Give the rows of an open lock today's key, and destroy those before it.

    A key that does not open under this lock is kept as long as a row stands under it: it may be
    the lock that was opened with another store's key, and then nothing is lost.

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
    generations = ledger.generations
    ledger.sealer_of(lock)
    if generations.began(lock) != today:
        async with ledger.transaction("generation-begun") as rows:
            sealer = ledger.sealer_of(lock)
            number = await rows.next_generation(lock)
            sealed = sealer.begin(lock.value, number, today)
            await rows.add_generation(lock, number, sealed)
            rows.after(lambda: generations.added(lock, number, sealed, sealer))
    elif not generations.many(lock):
        return False
    async with ledger.reading() as rows:
        left = await rows.left_behind(lock)
    stuck: set[tuple[Shelf, bytes]] = set()
    for step in _steps(left):
        async with ledger.transaction("rows-moved") as rows:
            for shelf, row in step:
                if not await rows.move(shelf, row):
                    stuck.add((shelf, row))
    async with ledger.transaction("generation-ended") as rows:
        sealer = ledger.sealer_of(lock)  # of whoever unlocked meanwhile
        left = await rows.left_behind(lock)
        if not stuck.issuperset((shelf, row) for shelf, row, _ in left):
            raise StoreDamaged  # something else writes in this file; no key is destroyed
        before = await rows.generations_before(lock, sealer.generation)
        over = [one for one in before if generations.opened(lock, one) or not before[one]]
        for number in over:
            await rows.end_generation(lock, number)
        rows.after(lambda: generations.ended(lock, over, sealer))
    return True


def _steps(left: Iterable[tuple[Shelf, bytes, int]]) -> Iterator[list[tuple[Shelf, bytes]]]:
    """Divide what is to be moved into steps of at most so many rows and bytes."""
    step: list[tuple[Shelf, bytes]] = []
    size = 0
    for shelf, row, length in left:
        if step and (len(step) == MOST_ROWS or size + length > MOST_BYTES):
            yield step
            step, size = [], 0
        step.append((shelf, row))
        size += length
    if step:
        yield step
