"""Closes every board's batch at the end of each slot, and forgets what is over.

This file knows the rhythm: one slot after another by the clock it is given, and how long a batch
lives. It refuses to know how many cells there are; the rhythm is the same with none and with many.

A batch lives twelve to sixteen days, to the second at random, so that its end tells nothing of
its beginning. The broker deletes by this alone (PROTOCOL.md, «Expiry»).
"""

import secrets
from collections.abc import Callable
from typing import Final

from broker.storage import Store
from keys.address import Board
from keys.calendar import DAY_SECONDS, Clock, Instant
from keys.errors import Refusal

SHORTEST_LIFE: Final = 12 * DAY_SECONDS
LONGEST_LIFE: Final = 16 * DAY_SECONDS
FORGET_SECONDS: Final = 3_600
"""How often what is over is forgotten; within a slot after the hour."""


def expiry(now: Instant) -> Instant:
    """Return when a batch that closes at `now` expires: 12 to 16 days later, both included."""
    return Instant(now + SHORTEST_LIFE + secrets.randbelow(LONGEST_LIFE - SHORTEST_LIFE + 1))


def next_slot(now: Instant, seconds: int) -> Instant:
    """Return the first slot boundary after `now`; slots are counted from the epoch, for all."""
    return Instant((now // seconds + 1) * seconds)


class Batcher:
    """The slots of one store.

    Args:
        store: whose batches are closed.
        clock: the program's.
        seconds: length of a slot, asked again for each: a new roster may change it.
        on_trouble: told of a board that could not be closed, or of what could not be forgotten;
            the cells wait on, and the next slot tries again.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        seconds: Callable[[], int],
        on_trouble: Callable[[Refusal], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._on_trouble = on_trouble

    async def run(self) -> None:
        """Close slot after slot until cancelled; a start forgets at once what is over.

        Slots that were slept through are one: their cells ride together.
        """
        now = self._clock.now()
        await self.forget(now)
        while True:
            hour = now // FORGET_SECONDS
            await self._clock.sleep_until(next_slot(now, self._seconds()))
            now = self._clock.now()
            await self.close_all(now)
            if now // FORGET_SECONDS != hour:
                await self.forget(now)

    async def close_all(self, now: Instant) -> None:
        """Close the batch of every board; trouble with one does not stop the others."""
        for board in Board:
            try:
                await self._store.close_batch(board, expiry(now))
            except Refusal as refusal:
                self._on_trouble(refusal)

    async def forget(self, now: Instant) -> None:
        """Forget what is over at `now`."""
        try:
            await self._store.expire(now)
        except Refusal as refusal:
            self._on_trouble(refusal)
