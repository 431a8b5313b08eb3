"""Reading and writing rows inside one durable step: the client's only SQL over rows.

This file knows how a row is found, sealed and opened in its place. It refuses to know what any
row means, and it leaves out a damaged row rather than keep the others from being read.
"""

import sqlite3
from collections.abc import Callable, Collection
from typing import Final, Protocol

import aiosqlite

from client.shelf import Lock, Shelf, lock_of
from keys.errors import StoreDamaged
from keys.keystore import RowSealer
from keys.rows import FIRST, GENERATION_BYTES

_PAST_ANY_ID: Final = b"\xff" * 64
"""Put behind a prefix, it is greater than every id that begins with the prefix."""


class Locks(Protocol):
    """What a transaction needs of the store that it belongs to."""

    def sealer(self, shelf: Shelf) -> RowSealer:
        """Return what seals the rows of `shelf`.

        Raises:
            Locked: it lies under the staff lock, which is closed.
        """
        ...

    def damage(self, shelf: Shelf, row: bytes) -> None:
        """Take note of a row that does not open as it was sealed."""
        ...


class Transaction:
    """Reads and writes that become durable together, or not at all.

    It is good inside its block only; using it later, or writing in one that only reads, is a
    programming error (RuntimeError).
    """

    def __init__(self, locks: Locks, connection: aiosqlite.Connection, *, writes: bool) -> None:
        self._locks = locks
        self._connection = connection
        self._writes = writes
        self._over = False
        self.afterwards: list[Callable[[], None]] = []

    def after(self, action: Callable[[], None]) -> None:
        """Have `action` done once the transaction is on disk, and not at all when it is not.

        A crash may come between: the action must be one that somebody makes up for, as the sweep
        of cell files does.
        """
        self.afterwards.append(action)

    def end(self) -> None:
        """Refuse every further use."""
        self._over = True

    async def put(self, shelf: Shelf, row: bytes, value: bytes) -> None:
        """Write a row, replacing what stood there.

        Raises:
            Locked: the shelf lies under the staff lock, which is closed.
        """
        sealer = self._locks.sealer(shelf)
        found = await self._sql(
            "SELECT version FROM rows WHERE shelf = ? AND id = ?", shelf.value, row
        )
        version = 1 + (int(found[0][0]) if found else 0)
        sealed = sealer.seal(shelf.value, row, version, value)
        await self._write(
            "INSERT INTO rows (shelf, id, version, sealed) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
            shelf.value,
            row,
            version,
            sealed,
        )

    async def get(self, shelf: Shelf, row: bytes) -> bytes | None:
        """Return a row's value, or None when there is none.

        Raises:
            Locked: the shelf lies under the staff lock, which is closed.
            StoreDamaged: the row does not open as it was sealed.
        """
        sealer = self._locks.sealer(shelf)
        found = await self._sql(
            "SELECT version, sealed FROM rows WHERE shelf = ? AND id = ?", shelf.value, row
        )
        if not found:
            return None
        version, sealed = found[0]
        try:
            return sealer.open(shelf.value, row, int(version), bytes(sealed))
        except StoreDamaged:
            self._locks.damage(shelf, row)
            raise

    async def get_whole(self, shelf: Shelf, row: bytes) -> bytes | None:
        """Return a row's value, or None when there is none or it is damaged.

        For rows that can be made anew; the damage is counted all the same.

        Raises:
            Locked: the shelf lies under the staff lock, which is closed.
        """
        try:
            return await self.get(shelf, row)
        except StoreDamaged:
            return None

    async def rows(self, shelf: Shelf) -> list[tuple[bytes, bytes]]:
        """Return the rows of a shelf as (id, value), in the order of their ids.

        A row that does not open is left out and counted (`Ledger.damaged`): one bad sector must
        not take the whole service down.

        Raises:
            Locked: the shelf lies under the staff lock, which is closed.
        """
        sealer = self._locks.sealer(shelf)
        found = await self._sql(
            "SELECT id, version, sealed FROM rows WHERE shelf = ? ORDER BY id", shelf.value
        )
        opened: list[tuple[bytes, bytes]] = []
        for row, version, sealed in found:
            try:
                value = sealer.open(shelf.value, bytes(row), int(version), bytes(sealed))
            except StoreDamaged:
                self._locks.damage(shelf, bytes(row))
                continue
            opened.append((bytes(row), value))
        return opened

    async def ids(self, shelf: Shelf, prefix: bytes = b"") -> list[bytes]:
        """Return the ids of a shelf that begin with `prefix`, in order.

        Their number is all that a closed staff lock leaves readable of a staff shelf.
        """
        found = await self._sql(
            "SELECT id FROM rows WHERE shelf = ? AND id >= ? AND id < ? ORDER BY id",
            shelf.value,
            prefix,
            prefix + _PAST_ANY_ID,
        )
        return [bytes(row[0]) for row in found]

    async def ids_on(self, *shelves: Shelf) -> frozenset[bytes]:
        """Return the ids on several shelves at once."""
        found = await self._sql(
            f"SELECT id FROM rows WHERE shelf IN ({_marks(shelves)})",  # noqa: S608 - nothing but marks
            *(shelf.value for shelf in shelves),
        )
        return frozenset(bytes(row[0]) for row in found)

    async def delete(self, shelf: Shelf, row: bytes) -> None:
        """Remove a row and overwrite its bytes; removing what is not there is no error.

        It takes no key: what is over is destroyed also while staff are away.
        """
        await self._write("DELETE FROM rows WHERE shelf = ? AND id = ?", shelf.value, row)

    # ── generations of the keys (E-14.7) ─────────────────────────────────────────────────────
    async def next_generation(self, lock: Lock) -> int:
        """Return a number above every one that stands here of `lock`, and above the first."""
        sql = "SELECT coalesce(max(number), ?) FROM generations WHERE lock = ?"
        ((newest,),) = await self._sql(sql, FIRST, lock.value)
        return 1 + max(FIRST, int(newest))

    async def add_generation(self, lock: Lock, number: int, sealed: bytes) -> None:
        """Keep a generation's key as it lies sealed under its lock."""
        sql = "INSERT INTO generations (lock, number, sealed) VALUES (?, ?, ?)"
        await self._write(sql, lock.value, number, sealed)

    async def end_generation(self, lock: Lock, number: int) -> None:
        """Destroy the key of one generation of `lock`."""
        sql = "DELETE FROM generations WHERE lock = ? AND number = ?"
        await self._write(sql, lock.value, number)

    async def generations_before(self, lock: Lock, newest: int) -> dict[int, bool]:
        """Return the generations of `lock` before that number, and whether a row stands under each.

        What has no key here is told by its number alone: nothing is opened.
        """
        shelves = [shelf.value for shelf in Shelf if lock_of(shelf) is lock]
        kept = await self._sql(
            "SELECT number FROM generations WHERE lock = ? AND number < ?", lock.value, newest
        )
        found = await self._sql(
            "SELECT DISTINCT substr(sealed, 1, ?) FROM rows"  # noqa: S608 - nothing but marks
            f" WHERE shelf IN ({_marks(shelves)})",
            GENERATION_BYTES,
            *shelves,
        )
        stand = {int.from_bytes(bytes(one[0]), "big") for one in found}
        return {int(one[0]): int(one[0]) in stand for one in kept}

    async def left_behind(self, lock: Lock) -> list[tuple[Shelf, bytes, int]]:
        """Return the rows under `lock` that its newest generation does not seal, and their lengths.

        Raises:
            Locked: the lock is closed.
        """
        shelves = [shelf for shelf in Shelf if lock_of(shelf) is lock]
        newest = self._locks.sealer(shelves[0]).generation
        found = await self._sql(
            "SELECT shelf, id, length(sealed) FROM rows"  # noqa: S608 - nothing but marks
            f" WHERE shelf IN ({_marks(shelves)})"
            " AND substr(sealed, 1, ?) != ?",
            *(shelf.value for shelf in shelves),
            GENERATION_BYTES,
            newest.to_bytes(GENERATION_BYTES, "big"),
        )
        return [(Shelf(shelf), bytes(row), int(size)) for shelf, row, size in found]

    async def move(self, shelf: Shelf, row: bytes) -> bool:
        """Seal a row anew under the newest generation; its version stays, for nobody wrote it.

        Returns:
            Whether it is sealed under it now, or gone; a damaged row stays as it is.

        Raises:
            Locked: the shelf lies under the staff lock, which is closed.
        """
        found = await self._sql(
            "SELECT version, sealed FROM rows WHERE shelf = ? AND id = ?", shelf.value, row
        )
        if not found:
            return True
        sealer = self._locks.sealer(shelf)
        version, sealed = int(found[0][0]), bytes(found[0][1])
        try:
            value = sealer.open(shelf.value, row, version, sealed)
        except StoreDamaged:
            self._locks.damage(shelf, row)
            return False
        await self._write(
            "UPDATE rows SET sealed = ? WHERE shelf = ? AND id = ?",
            sealer.seal(shelf.value, row, version, value),
            shelf.value,
            row,
        )
        return True

    async def _write(self, sql: str, *values: str | bytes | int) -> None:
        if not self._writes:
            msg = "written in a transaction that only reads"
            raise RuntimeError(msg)
        await self._sql(sql, *values)

    async def _sql(self, sql: str, *values: str | bytes | int) -> list[sqlite3.Row]:
        if self._over:
            msg = "used after its block"
            raise RuntimeError(msg)
        return list(await self._connection.execute_fetchall(sql, values))


def _marks(values: Collection[object]) -> str:
    """Return as many marks as there are values, for a statement that takes them."""
    return ", ".join("?" * len(values))
