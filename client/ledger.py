"""The encrypted store of one member: rows sealed one by one, in one SQLite file.

This file knows how a step becomes durable, under which lock a row lies, and that one process at a
time holds the store. It refuses to know what any row means, and it opens no staff row while the
staff lock is closed.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Final, Self

import aiosqlite

from client.disk import in_words, make_private_file
from client.generations import Generations
from client.rows import Transaction
from client.shelf import Lock, Shelf, lock_of
from keys.errors import DiskFull, Locked, Refusal, StoreDamaged, StoreInUse, UnknownVersion
from keys.keystore import RowSealer

__all__ = ["Ledger", "Step", "Transaction"]

Step = Callable[[str], None]
"""Called with the name of a step just after it became durable."""

_SCHEMAS: Final = ("001.sql", "002.sql")
_PRAGMAS: Final = (
    # One process: a second service on the same store would post and read twice.
    "locking_mode=EXCLUSIVE",
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    # Nothing of a row, sealed as it is, in a file that nobody deletes.
    "temp_store=MEMORY",
)

_CUT: Final = "PRAGMA wal_checkpoint(TRUNCATE)"


def always() -> bool:
    """Let whoever asks read, as long as the lock is open."""
    return True


def no_step(_name: str) -> None:
    """Do nothing after a step, which is what an installed program does."""


class Ledger:
    """One member's store. Open it with `Ledger.open`, close it with `close`.

    It owns the sealers that it is given: `lock` and `close` wipe them.
    """

    def __init__(
        self,
        connection: aiosqlite.Connection,
        machine: RowSealer,
        index_key: bytes,
        after_step: Step,
        generations: Generations,
    ) -> None:
        self._connection = connection
        self.generations = generations
        self._machine = machine
        self._staff: RowSealer | None = None
        self._may_read: Callable[[], bool] = always
        self._index_key = index_key
        self._after_step = after_step
        self._turn = asyncio.Lock()
        self._damaged: set[tuple[Shelf, bytes]] = set()
        self._closed = generations.open(Lock.MACHINE, machine)

    @classmethod
    async def open(
        cls, path: Path, machine: RowSealer, index_key: bytes, *, after_step: Step = no_step
    ) -> Self:
        """Open the store at `path`, making it (mode 0600) when it is not there.

        Args:
            path: the SQLite file; its directory must exist and be the owner's alone.
            machine: seals the rows that the machine may read by itself.
            index_key: 32 bytes from which row ids are derived.
            after_step: told the name of each step once it is durable.

        Raises:
            StoreInUse: another process has it open.
            UnsafeFile: others than its owner may read or write it.
            UnknownVersion: a newer program wrote it.
            StoreDamaged: the file is no store of this program.
            DiskFull: there is no room to begin.
        """
        make_private_file(path)
        with _sql_in_words():
            connection = await aiosqlite.connect(path, isolation_level=None, timeout=0)
            try:
                generations = await _prepare(connection)
            except BaseException:
                await connection.close()
                raise
        return cls(connection, machine, index_key, after_step, generations)

    def unlock(self, staff: RowSealer, may_read: Callable[[], bool] = always) -> None:
        """Open the staff shelves.

        Args:
            staff: seals their rows.
            may_read: asked at every row whether they are open to whoever asks now.
        """
        self.lock()
        self._closed += self.generations.open(Lock.STAFF, staff)
        self._staff, self._may_read = staff, may_read

    def lock(self) -> None:
        """Close the staff shelves and wipe their sealer; a transaction under way is refused."""
        if self._staff is not None:
            self._staff.wipe()
        self._staff = None

    @property
    def unlocked(self) -> bool:
        """Whether the staff shelves are open."""
        return self._staff is not None

    @property
    def damaged(self) -> int:
        """How many rows and keys of them did not open as sealed, since the store was opened."""
        return len(self._damaged) + self._closed

    def sealer(self, shelf: Shelf) -> RowSealer:
        """Return what seals the rows of `shelf`.

        Raises:
            Locked: it lies under the staff lock, which is closed, or closed to whoever asks.
        """
        return self.sealer_of(lock_of(shelf))

    def sealer_of(self, lock: Lock) -> RowSealer:
        """Return what seals the rows under `lock`.

        Raises:
            Locked: it is the staff lock, which is closed, or closed to whoever asks.
        """
        if lock is Lock.MACHINE:
            return self._machine
        if self._staff is None or not self._may_read():
            raise Locked
        return self._staff

    def damage(self, shelf: Shelf, row: bytes) -> None:
        """Take note of a row that does not open as it was sealed."""
        self._damaged.add((shelf, row))

    def key(self, *parts: bytes) -> bytes:
        """Return a 16-byte row id for a natural key; the id alone tells nobody the key."""
        made = hashlib.blake2b(key=self._index_key, digest_size=16)
        for part in parts:
            made.update(len(part).to_bytes(4, "big") + part)
        return made.digest()

    @asynccontextmanager
    async def transaction(self, step: str) -> AsyncGenerator[Transaction, None]:
        """Run one durable step: all of it is on disk when the block ends, or none of it.

        Steps wait for one another, so a step inside a step would wait for ever.

        Raises:
            DiskFull: there is no room; nothing of the step was kept.
            StoreDamaged: the file cannot be read or written as a store.
        """
        async with self._turn:
            with _sql_in_words():
                rows = Transaction(self, self._connection, writes=True)
                try:
                    await self._connection.execute_fetchall("BEGIN IMMEDIATE")
                    yield rows
                    await self._connection.execute_fetchall("COMMIT")
                except BaseException:
                    await self._roll_back()
                    raise
                finally:
                    rows.end()
        self._after_step(step)
        with ExitStack() as actions:
            for action in reversed(rows.afterwards):
                actions.callback(action)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction, None]:
        """Read a consistent state; nothing may be written here.

        This connection is the only one (`locking_mode=EXCLUSIVE`) and steps wait for one another:
        nobody writes between two reads, so SQLite need not be told of a transaction.

        Raises:
            StoreDamaged: the file cannot be read as a store.
        """
        async with self._turn:
            with _sql_in_words():
                rows = Transaction(self, self._connection, writes=False)
                try:
                    yield rows
                finally:
                    rows.end()

    async def scrub(self) -> None:
        """Write the store anew and cut its log, so that deleted rows stay in no file.

        `secure_delete` overwrites a row where it lay last; a copy may be left in the free room of
        a page from which SQLite once moved it. Only a file that is written anew has none.

        Raises:
            StoreInUse: somebody is still reading, so the log still holds them.
            DiskFull, StoreDamaged: it cannot be written.
        """
        async with self._turn:
            with _sql_in_words():
                await self._connection.execute_fetchall(_CUT)  # and refuse if somebody reads
                await self._connection.execute_fetchall("VACUUM")
                await self._connection.execute_fetchall(_CUT)

    async def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the whole store to the new file `path`, for a backup.

        Raises:
            AlreadyThere: something is there.
            DiskFull: there is no room for it.
            StoreDamaged: it cannot be read.
        """
        with in_words():
            path.touch(mode=0o600, exist_ok=False)
        async with self._turn:
            with _sql_in_words():
                async with aiosqlite.connect(path) as copy:
                    await self._connection.backup(copy)

    async def close(self) -> None:
        """Close the file, once the step under way has ended, and both locks."""
        async with self._turn:
            self.lock()
            self._machine.wipe()
            await self._connection.close()

    async def _roll_back(self) -> None:
        """Undo what was not committed.

        The connection's thread takes one statement after another, so this one comes after
        whatever is under way, also when its caller was cancelled; it may then find that the
        transaction is over already.
        """
        with suppress(sqlite3.OperationalError):
            await self._connection.execute_fetchall("ROLLBACK")


async def _prepare(connection: aiosqlite.Connection) -> Generations:
    for pragma in _PRAGMAS:
        await connection.execute_fetchall(f"PRAGMA {pragma}")
    (found,) = await connection.execute_fetchall("PRAGMA user_version")
    done = int(found[0])
    if done > len(_SCHEMAS):
        raise UnknownVersion(version=done)
    for number, name in enumerate(_SCHEMAS[done:], start=done + 1):
        sql = resources.files("client").joinpath("schema", name).read_text("utf-8")
        await connection.executescript(f"BEGIN;{sql};PRAGMA user_version={number};COMMIT;")
    kept = await connection.execute_fetchall("SELECT lock, number, sealed FROM generations")
    return Generations((str(one[0]), int(one[1]), bytes(one[2])) for one in kept)


@contextmanager
def _sql_in_words() -> Generator[None, None, None]:
    """Let no error of SQLite out as it is: its words may quote values."""
    try:
        yield
    except sqlite3.Error as error:
        raise _refusal(error) from None


def _refusal(error: sqlite3.Error) -> Refusal:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR_WRITE")):
        return DiskFull()
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreInUse()
    return StoreDamaged()
