"""How the broker opens SQLite: durable, forgetful, by one process at a time.

This file knows the pragmas and what SQLite's errors mean here. It refuses to know any table.

`synchronous=FULL` in WAL mode makes every commit durable before it returns; `secure_delete`
overwrites what is deleted; the log is brought in rarely, because a slot's end does it anyway; one
process holds the store, by a lock that dies with it.

Source: sqlite.org/wal.html, /pragma.html#pragma_synchronous, /pragma.html#pragma_secure_delete.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TypeVar

import aiosqlite

from broker.files import disk
from keys.errors import DiskFull, StoreDamaged, StoreInUse

Made = TypeVar("Made")

_BUSY_SECONDS: Final = 5.0
_MOST_PAGES_REWRITTEN: Final = 8_192  # 32 MiB; nobody's cell waits longer than that takes
_KEPT: Final = "kept"
_PRAGMAS: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA secure_delete = ON;
PRAGMA trusted_schema = OFF;
PRAGMA temp_store = MEMORY;
"""


@contextmanager
def database() -> Generator[None, None, None]:
    """Turn SQLite's complaint into a refusal.

    Raises:
        DiskFull: there is no room.
        StoreDamaged: the file is not what was written, or the disk fails.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise (DiskFull if is_full(error) else StoreDamaged) from None


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether SQLite failed for want of room alone; its shared memory is a file as well."""
    return getattr(error, "sqlite_errorcode", None) in {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }


def connect(path: Path, kept: Path | None = None) -> sqlite3.Connection:
    """Open the database at `path` for writing; transactions are begun and ended by hand.

    The connection may move to the one thread that writes. With `kept`, that database is attached
    under this name; a transaction writes to one of the two only, because two logs are never
    committed as one (sqlite.org/wal.html, § 1).

    Raises:
        DiskFull, StoreDamaged: as `database`.
    """
    with database():
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            path.chmod(0o600)
            connection.executescript(_PRAGMAS)
            if kept is not None:
                connection.execute(f"ATTACH ? AS {_KEPT}", (str(kept),))
                connection.execute(f"PRAGMA {_KEPT}.synchronous = FULL")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None, None, None]:
    """Do the block as one transaction, whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def forget_order(connection: sqlite3.Connection) -> None:
    """Rewrite the first database and empty the logs: their pages are in order of arrival.

    A reader in the middle of a look (a backup) postpones the emptying to the next time, and so
    does a database that has grown large.
    """
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if pages <= _MOST_PAGES_REWRITTEN:
        connection.execute("VACUUM main")
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")


@contextmanager
def reading(path: Path, kept: Path) -> Generator[sqlite3.Connection, None, None]:
    """Open both databases for looking only, beside a process that writes.

    Raises:
        StoreDamaged: as `database`, also when there is no such file.
    """
    with database():
        connection = sqlite3.connect(_read_only(path), uri=True)
        try:
            connection.execute(f"ATTACH ? AS {_KEPT}", (_read_only(kept),))
            yield connection
        finally:
            connection.close()


def _read_only(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


class Reader:
    """A connection that cannot write, for the event loop.

    Writing does not go this way: a group of admissions would cross between two threads once per
    statement, and a group is what the writer's one thread makes in one go (`broker.writer`).
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, path: Path, kept: Path) -> Self:
        """Open both existing databases.

        Raises:
            StoreDamaged: one of them is not there, or is no database.
        """
        if not (path.is_file() and kept.is_file()):
            # Asked first: a connection that fails to open leaves its thread to end by itself.
            raise StoreDamaged
        with database():
            connection = aiosqlite.connect(_read_only(path), uri=True)
            # A reader that a fault left open must not keep a dying program alive.
            connection._thread.daemon = True  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no public way
            await connection
            try:
                await connection.execute(f"ATTACH ? AS {_KEPT}", (_read_only(kept),))
            except BaseException:
                await connection.close()
                raise
        return cls(connection)

    async def rows(self, make: Callable[..., Made], query: str, *values: object) -> list[Made]:
        """Return `make(*row)` for all rows of `query`, so that no look stays open.

        Raises:
            StoreDamaged: the database cannot be read.
        """
        with database():
            return [make(*row) for row in await self._connection.execute_fetchall(query, values)]

    async def close(self) -> None:
        """Let go of the file."""
        with database():
            await self._connection.close()


class Hold:
    """The lock by which one process holds a store; the system drops it when the process dies."""

    def __init__(self, path: Path) -> None:
        """Take the lock file at `path`.

        Raises:
            StoreInUse: another process has it.
        """
        with disk():
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise StoreInUse from None

    def release(self) -> None:
        """Let go."""
        os.close(self._descriptor)
