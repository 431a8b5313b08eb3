"""Own cells on the boards: acknowledged, then seen in a signed leaf list, or missed.

This file knows when an acknowledged cell is overdue (design § 1: within two batches) and when a
board stands still. It refuses to know what the cells hold: dummies are watched like the rest,
which is how a broker that drops real cells is caught.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Self

from client import crowd
from client.posting import NOBODY, OWNER_BYTES, Posting
from client.rows import Transaction
from client.shelf import Shelf
from keys.address import Board, CellClass, CellHash
from keys.wire import U64, Fields, pack

GRACE: Final = 2
"""Batches within which an acknowledged cell must stand on its board."""
STILL: Final = 12
"""Readings in which a board may stand still although a cell on it was acknowledged: an hour."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One acknowledged cell.

    Attributes:
        board: where it must appear.
        mark: number of the last batch when the board was next read to its end; None before.
        readings: how often the board has been read to its end since, at most `STILL`.
        owner: the envelope that it is of; else `NOBODY`.
        rode: whether it rode a lane.
    """

    board: Board
    mark: int | None = None
    readings: int = 0
    owner: bytes = NOBODY
    rode: bool = False

    def after_reading(self, number: int) -> Self:
        """Return this once the board was read to its end, which was batch `number`."""
        if self.mark is None:
            return replace(self, mark=number)
        return replace(self, readings=min(STILL, self.readings + 1))

    def overdue(self, number: int) -> bool:
        """Whether batch `number`, which does not hold it, is one too many."""
        return self.mark is not None and number >= self.mark + GRACE

    @property
    def stalled(self) -> bool:
        """Whether it has waited through too many readings."""
        return self.readings >= STILL

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        seen = [self.board.value, self.mark, self.readings]
        return pack(["posted", 1, *seen, self.owner, self.rode])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "posted")
        board = fields.choice("board", Board)
        mark = fields.number("mark", most=U64) if fields.optional() else None
        readings = fields.number("readings", most=STILL)
        # A row that an older program wrote ends here.
        owner = NOBODY if fields.ended else fields.octets("owner", size=OWNER_BYTES)
        rode = False if fields.ended else fields.flag("rode")
        fields.end()
        return cls(board, mark, readings, owner, rode)


async def settle(rows: Transaction, row: bytes, posting: Posting, *, seen: bool) -> None:
    """Settle one posting that the broker has: by its acknowledgement, or `seen` on the board.

    Whichever comes first settles it, and the other finds nothing left to do: a cell whose
    acknowledgement was lost on the way is not missed after it has stood in a batch.
    """
    if not await rows.ids(Shelf.POSTING, row):
        return
    await rows.delete(Shelf.POSTING, row)
    if not seen:
        owner = posting.owner if posting.envelope else NOBODY
        posted = Posted(posting.board, owner=owner, rode=posting.lane)
        await rows.put(Shelf.POSTED, row, posted.encode())
    if posting.owner != NOBODY and not posting.envelope:
        await rows.delete(Shelf.OWED, posting.owner)


async def tick_off(
    rows: Transaction,
    board: Board,
    number: int,
    cells: Mapping[CellClass, tuple[CellHash, ...]],
    drop: Callable[[str], None],
) -> int:
    """Take off the list what stands in batch `number`; return how many cells are overdue.

    Where the cells of envelopes stood, and among how many, is noted. `drop` removes the file of a
    dummy that needs none any more.
    """
    hashes = {found: cls for cls, several in cells.items() for found in several}
    await crowd.counted(rows, board, number, {cls: len(found) for cls, found in cells.items()})
    for row, value in await rows.rows(Shelf.POSTING):
        if CellHash(row) in hashes and (posting := Posting.decode(value)).board is board:
            await settle(rows, row, posting, seen=True)
            if posting.spare:
                rows.after(partial(drop, posting.spare))
            if posting.envelope:
                cls, rode = posting.cls, posting.lane
                await crowd.stood(rows, posting.owner, board, number, cls, rode=rode)
    missing = 0
    for row, posted in await _of(rows, board):
        there = CellHash(row) in hashes
        if there and posted.owner != NOBODY:
            cls, rode = hashes[CellHash(row)], posted.rode
            await crowd.stood(rows, posted.owner, board, number, cls, rode=rode)
        late = not there and posted.overdue(number)
        missing += late
        if there or late:
            await rows.delete(Shelf.POSTED, row)
    return missing


async def watched(rows: Transaction, board: Board) -> bool:
    """Whether any acknowledged cell of a board has still to stand in a batch."""
    return bool(await _of(rows, board))


async def after_reading(rows: Transaction, board: Board, number: int) -> int:
    """Take note that a board was read to its end; return how many cells have begun to stall."""
    stalled = 0
    for row, posted in await _of(rows, board):
        after = posted.after_reading(number)
        if after != posted:
            await rows.put(Shelf.POSTED, row, after.encode())
            stalled += after.stalled
    return stalled


async def forget(rows: Transaction, board: Board) -> None:
    """Stop watching a board: the broker that acknowledged its cells is no more."""
    for row, _ in await _of(rows, board):
        await rows.delete(Shelf.POSTED, row)


async def _of(rows: Transaction, board: Board) -> list[tuple[bytes, Posted]]:
    found = ((row, Posted.decode(value)) for row, value in await rows.rows(Shelf.POSTED))
    return [(row, posted) for row, posted in found if posted.board is board]
