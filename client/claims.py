"""Claims on blobs: who still needs which, so that one refused note cannot destroy another's.

This file knows that an opened outer layer may name any blob of the board, whosesoever it is. A
blob is fetched while somebody claims it and kept until nobody does. It refuses to know what the
holders are: a note's hash as long as its inner layer waits, a package's id afterwards.
"""

from collections.abc import Iterable
from typing import Final

from client.rows import Transaction
from client.shelf import Shelf
from keys.address import CellHash
from keys.calendar import Day

_HASH: Final = 32
_DAY: Final = 4


async def claim(rows: Transaction, blobs: Iterable[CellHash], holder: bytes, today: Day) -> None:
    """Claim blobs for `holder`."""
    for blob in blobs:
        await rows.put(Shelf.WANTED, blob + holder, today.to_bytes(_DAY, "big"))


async def wanted(rows: Transaction) -> frozenset[CellHash]:
    """Return the claimed blobs that have not come."""
    claimed = {CellHash(row[:_HASH]) for row in await rows.ids(Shelf.WANTED)}
    return frozenset(claimed - {CellHash(row) for row in await rows.ids(Shelf.BLOB)})


async def pass_on(rows: Transaction, holder: bytes, to: bytes) -> None:
    """Give every claim of `holder` to `to`."""
    days = dict(await rows.rows(Shelf.WANTED))
    for row in await _of(rows, holder):
        await rows.delete(Shelf.WANTED, row)
        await rows.put(Shelf.WANTED, row[:_HASH] + to, days.get(row, b""))


async def drop(rows: Transaction, holder: bytes) -> tuple[str, ...]:
    """Give up every claim of `holder`.

    Returns the names of the files that nobody claims any more, their rows removed: delete them
    once the transaction is on disk.
    """
    return await _release(rows, await _of(rows, holder))


async def drop_one(rows: Transaction, blob: CellHash, holder: bytes) -> tuple[str, ...]:
    """Give up one claim of `holder`; returns what `drop` does."""
    return await _release(rows, [blob + holder])


async def drop_before(rows: Transaction, day: Day) -> tuple[str, ...]:
    """Give up the claims from before `day` on blobs that have not come: they never will."""
    missing = await wanted(rows)
    old = [
        row
        for row, value in await rows.rows(Shelf.WANTED)
        if CellHash(row[:_HASH]) in missing and int.from_bytes(value, "big") < day
    ]
    return await _release(rows, old)


async def _of(rows: Transaction, holder: bytes) -> list[bytes]:
    return [row for row in await rows.ids(Shelf.WANTED) if row[_HASH:] == holder]


async def _release(rows: Transaction, claims: Iterable[bytes]) -> tuple[str, ...]:
    files: list[str] = []
    for row in claims:
        await rows.delete(Shelf.WANTED, row)
        blob = row[:_HASH]
        if await rows.ids(Shelf.WANTED, blob):
            continue
        # Of a damaged row, the next sweep finds the file by itself.
        name = await rows.get_whole(Shelf.BLOB, blob)
        files += [] if name is None else [name.decode()]
        await rows.delete(Shelf.BLOB, blob)
    return tuple(files)
