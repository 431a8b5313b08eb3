"""With which own outer keys a board has been read, so that a key that comes late is noticed.

This file knows the ids of the keys (ENVELOPE E-3.3) that every note up to the cursor was tried
with. It refuses to read a board: `rereading.py` does.
"""

from collections.abc import Collection, Iterable
from typing import Final

from client.rows import Transaction
from client.shelf import Shelf
from keys.address import Board
from keys.calendar import Day
from keys.epoch import KEY_ID_BYTES, EpochRole, EpochSecret

_DAY: Final = 4


def _row(board: Board) -> bytes:
    return b"tried-" + board.value.encode()


async def tried(rows: Transaction, board: Board) -> frozenset[bytes] | None:
    """Return the keys that a board was read with; None when nothing is known of it."""
    kept = await rows.get_whole(Shelf.CURSOR, _row(board))
    if kept is None:
        return None
    return frozenset(kept[at : at + KEY_ID_BYTES] for at in range(0, len(kept), KEY_ID_BYTES))


async def put(rows: Transaction, board: Board, ids: Iterable[bytes]) -> None:
    """Remember with which keys a board was read."""
    await rows.put(Shelf.CURSOR, _row(board), b"".join(sorted(ids)))


async def forget(rows: Transaction, board: Board) -> None:
    """Begin anew: the board is read from a place before everything that can be for this member."""
    await rows.delete(Shelf.CURSOR, _row(board))


async def opening(rows: Transaction) -> dict[bytes, EpochSecret]:
    """Return the own outer keys that open, by row."""
    return {
        row: EpochSecret.from_seed(EpochRole.OUTER, _day(row), seed)
        for row, seed in await rows.rows(Shelf.OUTER_KEY)
    }


async def made_here(rows: Transaction, secrets: Iterable[EpochSecret]) -> None:
    """Take note of keys that this member has just made: no note can be sealed to them yet."""
    ids = {one.key_id for one in secrets if one.role is EpochRole.OUTER}
    for board in Board:
        before = await tried(rows, board)
        if before is not None:
            await put(rows, board, before | ids)


async def drop(rows: Transaction, cap: int, done: int) -> frozenset[Day]:
    """Destroy outer keys that nothing can need; return the days of those that stay.

    Args:
        rows: the caller's transaction.
        cap: keys of earlier days go in any case.
        done: keys of earlier days go when every board was read with them. One that does not open
            has read nothing yet, nor has one that has come back just now.
    """
    opens = await opening(rows)
    unread = await _left(rows, opens.values())
    stay: set[Day] = set()
    for row in await rows.ids(Shelf.OUTER_KEY):
        has_read = row in opens and opens[row].key_id not in unread
        if _day(row) < cap or (has_read and _day(row) < done):
            await rows.delete(Shelf.OUTER_KEY, row)
        else:
            stay.add(_day(row))
    return frozenset(stay)


def _day(row: bytes) -> Day:
    return Day(int.from_bytes(row[:_DAY], "big"))


async def _left(rows: Transaction, secrets: Collection[EpochSecret]) -> frozenset[bytes]:
    """Return the ids of those keys with which some board must still be read again."""
    here = frozenset(one.key_id for one in secrets)
    found: frozenset[bytes] = frozenset()
    for board in Board:
        before = await tried(rows, board)
        found |= frozenset() if before is None else here - before
    return found
