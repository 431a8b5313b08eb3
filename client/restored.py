"""What a restore did, and what staff are told of it for two weeks after (C-14.11).

This file knows days and numbers. It refuses to say what came back: nothing in a backup knows what
was taken back, deleted or removed here after the day on which it was made.
"""

from dataclasses import dataclass
from typing import Final, Self

from client.boards import EXPIRY_DAYS
from client.ledger import Ledger
from client.shelf import Shelf
from keys.calendar import Day
from keys.wire import Fields, pack

RESTORED: Final = b"restored"
"""The row that says what the last restore did."""
LOOK_DAYS: Final = 14
"""For how many days after a restore staff are told to look the list through."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did, in numbers.

    Attributes:
        generation: how many restores lie behind this store.
        made: the day of the backup.
        day: the day of the restore.
        tokens: how many were destroyed.
        cells: how many sealed cells were destroyed unposted; their envelopes are sealed anew.
        missing: blobs whose files the backup does not have.
    """

    generation: int
    made: Day
    day: Day
    tokens: int
    cells: int
    missing: int

    @property
    def old(self) -> bool:
        """Whether the boards may no longer hold what came after the backup was made."""
        return self.day - self.made >= EXPIRY_DAYS[0]

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        counts = (self.generation, self.made, self.day, self.tokens, self.cells, self.missing)
        return pack(["restored", 1, *counts])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "restored")
        generation = fields.number("generation")
        made, day = Day(fields.number("made")), Day(fields.number("day"))
        tokens, cells, missing = (fields.number(name) for name in ("tokens", "cells", "missing"))
        fields.end()
        return cls(generation, made, day, tokens, cells, missing)


async def last_restore(ledger: Ledger) -> Restored | None:
    """Return what the last restore of this store did; None when there was none."""
    async with ledger.reading() as rows:
        kept = await rows.get_whole(Shelf.META, RESTORED)
    return None if kept is None else Restored.decode(kept)


async def to_look_through(ledger: Ledger, today: Day) -> Restored | None:
    """Return the restore that staff are still told of; None when there was none, or long ago."""
    last = await last_restore(ledger)
    return last if last is not None and today <= last.day + LOOK_DAYS else None
