"""Closes every board's batch at the end of a slot.

This file knows that a slot closes on all boards, and how long a batch lives. It refuses to know
how many cells there are and when slots end: the rhythm is the caller's, the same with none and
with many.

A batch lives twelve to sixteen days, to the second at random, so that its end tells nothing of
its beginning. The broker deletes by this alone (PROTOCOL P-8.8).
"""

import secrets
from typing import Final

from broker.storage import Batch, Store
from keys.address import Board
from keys.calendar import DAY_SECONDS, Instant
from keys.errors import Refusal

SHORTEST_LIFE: Final = 12 * DAY_SECONDS
LONGEST_LIFE: Final = 16 * DAY_SECONDS


def expiry(now: Instant) -> Instant:
    """Return when a batch that closes at `now` expires: 12 to 16 days later, both included."""
    return Instant(now + SHORTEST_LIFE + secrets.randbelow(LONGEST_LIFE - SHORTEST_LIFE + 1))


class Batcher:
    """The slots of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def close_all(self, now: Instant) -> tuple[Batch, ...]:
        """Close the batch of every board and return those that were made.

        A board without waiting cells gets no batch, and trouble with one board does not keep the
        others open.

        Raises:
            DiskFull, StoreDamaged: the first trouble, after every board has been tried; its cells
                wait on, and the next slot tries again.
        """
        made: list[Batch] = []
        trouble: Refusal | None = None
        for board in Board:
            try:
                batch = await self._store.close_batch(board, expiry(now))
            except Refusal as refusal:
                trouble = trouble or refusal
            else:
                made += [] if batch is None else [batch]
        if trouble is not None:
            raise trouble
        return tuple(made)
