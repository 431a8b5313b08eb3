"""Copies of a store: taken beside a running broker, and put back under the restore rule.

This file knows how a copy is consistent: one look at each database, then the waiting cells they
name (they move soonest), then the batch files (they never change). It refuses to copy what would
let a token be spent twice: a backup is born nameless (the rule is in `broker/storage.py`), also
when somebody puts it in place with a file manager.

A backup holds sealed cells, as the store does, and outlives their expiry; the runbook says how
long it may be kept. The first `expire` after a restore forgets what was missed.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

from broker.checking import (
    ALL_WAITING,
    IS_KEPT,
    KEPT_FILES,
    STILL_WAITS,
    check,
    read_waiting,
)
from broker.closing import waiting_of
from broker.database import database, reading, transaction
from broker.files import disk, make_directory, pieces, readable, remove, sync_directory, writing
from broker.layout import Layout
from broker.opening import connect_both, drop_tokens, settle_all, sweep
from broker.spending import CLASS_OF
from broker.uploads import random_name
from keys.address import CELL_BYTES, CLASS_CODE, Board
from keys.errors import AlreadyThere, BrokerBusy, StoreDamaged

_TRIES: Final = 5  # a batch closes every few minutes; a copy of what waits takes seconds
_RETRY_SECONDS: Final = 60
_MOVE_WAITING: Final = """
UPDATE pending SET slot = NULL, staged = ? WHERE board = ? AND class = ? AND cell_hash = ?
"""


def backup(directory: Path, destination: Path, burnt: str | None = None) -> None:
    """Copy the store in `directory` to the new directory `destination`, which appears when whole.

    A broker may be running on the store; it is not held up.

    Args:
        directory: the store's.
        destination: must not exist; the directory above it must.
        burnt: one more instance name that the copy must never bear.

    Raises:
        AlreadyThere: `destination` exists.
        StoreDamaged: a file or cell is not what the store says. `check` tells which.
        BrokerBusy: batches closed faster than their cells could be copied; try again.
        DiskFull: there is no room for the copy.
    """
    if destination.exists():
        raise AlreadyThere
    partial = destination.with_name(f".{destination.name}-{random_name()[:8]}")
    try:
        copy = Layout(partial)
        for needed in copy.directories:
            make_directory(needed)
        copy_all(Layout(directory), copy, burnt)
        with disk():
            partial.rename(destination)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync_directory(destination.parent)


def restore(source: Path, directory: Path, burnt: str) -> None:
    """Put the backup `source` in the new directory `directory`, when it is sound.

    Args:
        source: what `backup` made.
        directory: must not exist.
        burnt: the instance in the newest roster anybody knows. A backup knows the names up to the
            day it was taken; a restore since then has used another.

    Raises:
        AlreadyThere, DiskFull: as `backup`.
        StoreDamaged: the backup is not sound; nothing was made.
    """
    if not check(source).sound:
        raise StoreDamaged
    backup(source, directory, burnt)


def copy_all(source: Layout, copy: Layout, burnt: str | None, tries: int = _TRIES) -> None:
    """Copy until one look at the databases and the cells they name fit together.

    Raises:
        BrokerBusy: they did not in so many `tries`.
        StoreDamaged, DiskFull: as `backup`.
    """
    with reading(source.arrivals, source.kept) as live:
        for _ in range(tries):
            copy_databases(live, copy)
            with database(), closing(connect_both(copy)) as made:
                _make_nameless(made, burnt)
                if copy_waiting(source, copy, live, made):
                    copy_files(source, copy, live, made)
                    sweep(made, copy)
                    _make_readable(made)
                    return
    raise BrokerBusy(seconds=_RETRY_SECONDS)


def copy_databases(live: sqlite3.Connection, copy: Layout) -> None:
    """Copy what waits before what is kept: a cell that moves between is then in both."""
    for name, path in (("main", copy.arrivals), ("kept", copy.kept)):
        remove(path)
        with database(), closing(sqlite3.connect(path)) as raw:
            # Whatever is deleted from the copy is overwritten on this disk too.
            raw.execute("PRAGMA secure_delete = ON")
            live.backup(raw, name=name)


def _make_nameless(made: sqlite3.Connection, burnt: str | None) -> None:
    with transaction(made):
        drop_tokens(made, "spent", "finished")
        made.execute("UPDATE store SET instance = NULL")
        if burnt is not None:
            made.execute("INSERT OR IGNORE INTO former VALUES (?)", (burnt,))
    with transaction(made):
        drop_tokens(made, "spent_new", "uploads")
        made.execute("UPDATE state SET instance = NULL")
    settle_all(made)


def _make_readable(made: sqlite3.Connection) -> None:
    """Leave databases that can be read from a medium to which nobody can write."""
    for name in ("main", "kept"):
        made.execute(f"VACUUM {name}")
        made.execute(f"PRAGMA {name}.journal_mode = DELETE")


def copy_waiting(
    source: Layout, copy: Layout, live: sqlite3.Connection, made: sqlite3.Connection
) -> bool:
    """Give each waiting cell a file of its own; False when one has moved meanwhile.

    Raises:
        StoreDamaged: a cell still waits and is not what was accepted.
    """
    for board, *row in made.execute(ALL_WAITING).fetchall():
        cell = waiting_of(*row)
        key = (board, CLASS_CODE[cell.cls], cell.cell_hash)
        name = random_name()
        if not _copy_body(read_waiting(source, cell), copy.staged / name, cell.cell_hash):
            if live.execute(STILL_WAITS, key).fetchone() is not None:
                raise StoreDamaged
            return False
        made.execute(_MOVE_WAITING, (name, *key))
    return True


def copy_files(
    source: Layout, copy: Layout, live: sqlite3.Connection, made: sqlite3.Connection
) -> None:
    """Copy the batch files; one that has expired meanwhile is expired in the copy too.

    Raises:
        StoreDamaged: a file is not what the batch says.
    """
    for board, number, code, count, digest in made.execute(KEPT_FILES).fetchall():
        cls = CLASS_OF[code]
        body = pieces(source.batch(Board(board), number, cls), count * CELL_BYTES[cls])
        if _copy_body(body, copy.batch(Board(board), number, cls), digest):
            continue
        if live.execute(IS_KEPT, (board, number)).fetchone() is not None:
            raise StoreDamaged
        made.execute("UPDATE batches SET gone = 1 WHERE board = ? AND number = ?", (board, number))


def _copy_body(body: Iterator[bytes], path: Path, digest: bytes) -> bool:
    """Copy to `path`; False, and no file, when the bytes are not those of `digest`."""
    seen = sha256()
    with writing(path) as sink:
        for piece in readable(body):
            seen.update(piece)
            sink.write(piece)
    if seen.digest() == digest:
        return True
    remove(path)
    return False
