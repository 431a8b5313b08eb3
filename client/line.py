"""The line of sealed notes that wait for their tick, one line for each board.

This file knows ranks, first in, first out among equals, and that a note is worth posting for a
short time only. It refuses to know what a note says and when the tick is.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Self

from client.ledger import Ledger, Transaction
from client.posting import NOBODY, OWNER_BYTES, is_stale
from client.shelf import Shelf
from keys.address import NOTE_BYTES, Board
from keys.calendar import Day
from keys.wire import Fields, pack

_LAST_DAY: Final = (1 << 32) - 1
_SERIAL: Final = 8


class Rank(IntEnum):
    """Who goes first: what somebody must hear before they open, before what can wait."""

    TAKEN_BACK = 0
    RELEASE = 1
    ANSWER = 2
    TURNED_AWAY = 3  # anybody can make us say it, as often as they like


@dataclass(frozen=True, slots=True)
class InLine:
    """A sealed note that waits for its tick.

    Attributes:
        day: whose epoch keys it is sealed to.
        owner: 16 bytes: the owed answer that is settled once this is acknowledged.
    """

    day: Day
    owner: bytes
    note: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        return pack(["in-line", 1, self.day, self.owner, self.note])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "in-line")
        made = cls(
            day=Day(fields.number("day", most=_LAST_DAY)),
            owner=fields.octets("owner", size=OWNER_BYTES),
            note=fields.octets("note", size=NOTE_BYTES),
        )
        fields.end()
        return made


class Line:
    """The lines of one member; every step is inside its caller's transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def join(
        self, rows: Transaction, board: Board, waiting: InLine, rank: Rank = Rank.ANSWER
    ) -> None:
        """Put a note behind those of its rank in a board's line, and before those of a lower."""
        of = self._of(board) + bytes([rank])
        last = [bytes(_SERIAL), *await rows.ids(Shelf.LANE, of)][-1]
        serial = int.from_bytes(last[-_SERIAL + 1 :], "big") + 1
        await rows.put(Shelf.LANE, of + serial.to_bytes(_SERIAL - 1, "big"), waiting.encode())

    async def drop(self, rows: Transaction, owner: bytes) -> None:
        """Take out of the line what is not to be said any more."""
        for row, value in await rows.rows(Shelf.LANE):
            if InLine.decode(value).owner == owner:
                await rows.delete(Shelf.LANE, row)

    async def leave(self, rows: Transaction, board: Board) -> InLine | None:
        """Take the first note out of a board's line, if one waits."""
        for row, value in await rows.rows(Shelf.LANE):
            if row.startswith(self._of(board)):
                await rows.delete(Shelf.LANE, row)
                return InLine.decode(value)
        return None

    async def boards(self, rows: Transaction) -> frozenset[Board]:
        """Return the boards for which a note waits."""
        of = {self._of(board): board for board in Board}
        return frozenset(of[row[:-_SERIAL]] for row in await rows.ids(Shelf.LANE))

    async def owners(self, rows: Transaction) -> frozenset[bytes]:
        """Return whose notes wait."""
        found = {InLine.decode(value).owner for _, value in await rows.rows(Shelf.LANE)}
        return frozenset(found - {NOBODY})

    async def drop_stale(self, rows: Transaction, today: Day) -> None:
        """Throw away the notes that nobody could open any more; whatever owes them remains."""
        for row, value in await rows.rows(Shelf.LANE):
            if is_stale(InLine.decode(value).day, today):
                await rows.delete(Shelf.LANE, row)

    async def clear(self, rows: Transaction) -> int:
        """Throw away every note; returns how many there were."""
        found = await rows.ids(Shelf.LANE)
        for row in found:
            await rows.delete(Shelf.LANE, row)
        return len(found)

    def _of(self, board: Board) -> bytes:
        return self._ledger.key(b"lane", board.value.encode())
