"""Alarms: what should make staff stop and call, counted durably until somebody has seen it.

This file knows words and numbers. An alarm is written in the transaction that takes its cause
away, so that no crash and no later refusal can swallow it. It refuses to hold anything about a
case: a word of the vocabulary, and how often.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from client.ledger import Ledger, Transaction
from client.shelf import Shelf
from keys.errors import Distrusted, Refusal

_ROW: Final = b"alarm-"
_COUNT: Final = 8


class Alarm(StrEnum):
    """What this floor raises an alarm about, besides the codes of what it distrusts."""

    CELL_MISSING = "cell_missing"  # acknowledged, and not on its board within two batches
    BOARD_STALLED = "board_stalled"  # acknowledged, and the board does not grow
    NOTES_LOST = "notes_lost"  # expired before this member read them
    NOTES_HIDDEN = "notes_hidden"  # cannot have expired, and the broker says they are not there
    BLOBS_HIDDEN = "blobs_hidden"  # the same, of blobs that are wanted
    NOTES_DROPPED = "notes_dropped"  # opened for us and not in their form
    UNOPENED_LOST = "unopened_lost"  # waited for staff until their key was over
    RESTORED = "restored"  # from a backup: what had not left was destroyed
    ROWS_DAMAGED = "rows_damaged"  # do not open as they were sealed
    TAKEN_OUT = "taken_out"  # the roster says that this member is one no more


async def sound(rows: Transaction, word: str, count: int = 1) -> None:
    """Count an alarm inside the caller's transaction; a count of 0 is none."""
    if count:
        row = _ROW + word.encode()
        before = int.from_bytes(await rows.get_whole(Shelf.META, row) or b"", "big")
        await rows.put(Shelf.META, row, (before + count).to_bytes(_COUNT, "big"))


class Alarms:
    """The alarms of one member."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def all(self) -> Mapping[str, int]:
        """Return every alarm that nobody has marked as seen, and how often it was raised."""
        async with self._ledger.reading() as rows:
            found = {
                row.removeprefix(_ROW).decode(): int.from_bytes(
                    await rows.get_whole(Shelf.META, row) or b"", "big"
                )
                for row in await rows.ids(Shelf.META, _ROW)
            }
        if self._ledger.damaged:
            found[Alarm.ROWS_DAMAGED] = self._ledger.damaged
        return found

    async def raised(self, refusals: Iterable[Refusal]) -> None:
        """Raise an alarm under its code for each refusal that is about trust.

        Such a refusal comes again every tick, so it is counted as one.
        """
        await self.once(one.code for one in refusals if isinstance(one, Distrusted))

    async def once(self, words: Iterable[str]) -> None:
        """Raise alarms that nobody has been told of yet."""
        fresh = set(words) - set(await self.all())
        if fresh:
            async with self._ledger.transaction("alarm") as rows:
                for word in sorted(fresh):
                    await sound(rows, word)

    async def seen(self, words: Iterable[str]) -> None:
        """Mark alarms as seen; what happens again is raised again."""
        async with self._ledger.transaction("alarms-seen") as rows:
            for word in words:
                await rows.delete(Shelf.META, _ROW + word.encode())
