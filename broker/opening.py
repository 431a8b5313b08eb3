"""What happens before a store answers: it takes its name, and forgets what a crash left behind.

This file knows the restore rule (`broker/storage.py`) and which files nothing names. It refuses
to run while cells arrive: it is over before the writer begins.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from broker.closing import settle
from broker.database import connect, database, transaction
from broker.files import remove
from broker.layout import Layout
from broker.migrate import migrate
from broker.slab import Slabs
from broker.spending import CLASS_OF
from broker.storage import CheckpointSigner
from keys.address import Board, CellClass
from keys.checkpoint import Frontier
from keys.errors import InstanceReused

STILL_NAMED = """
SELECT staged FROM pending WHERE staged IS NOT NULL
UNION ALL SELECT upload_id FROM uploads WHERE kept IS NULL
"""
FILES = """
SELECT board, number, class FROM files JOIN batches USING (board, number) WHERE gone = 0
"""


def connect_both(layout: Layout) -> sqlite3.Connection:
    """Open the store's two databases for writing, made or brought forward where needed.

    Raises:
        UnknownVersion, StoreDamaged, DiskFull: as `broker.migrate.migrate`.
    """
    for path, schema in ((layout.kept, "kept"), (layout.arrivals, "arrivals")):
        with closing(connect(path)) as connection:
            migrate(connection, schema)
    return connect(layout.arrivals, layout.kept)


def take_name(connection: sqlite3.Connection, instance: str, sign: CheckpointSigner) -> None:
    """Let the store answer as `instance`.

    Under a new name no token of before is valid, so none of their traces is needed; and every
    tree is signed anew.

    Raises:
        InstanceReused: the store, or one it was restored from, bore that name before.
    """
    with database():
        (named,) = connection.execute("SELECT instance FROM store").fetchone()
        if named != instance:
            former = connection.execute("SELECT 1 FROM former WHERE instance = ?", (instance,))
            if former.fetchone() is not None:
                raise InstanceReused
            with transaction(connection):
                _rename(connection, instance, sign)
        (tokens_of,) = connection.execute("SELECT instance FROM state").fetchone()
        if tokens_of != instance:
            # A transaction of its own: the names differ after a crash between the two as well.
            with transaction(connection):
                drop_tokens(connection, "spent_new", "uploads")
                connection.execute("UPDATE state SET instance = ?", (instance,))


def _rename(connection: sqlite3.Connection, instance: str, sign: CheckpointSigner) -> None:
    drop_tokens(connection, "spent", "finished")
    trees = connection.execute("SELECT board, number, frontier FROM batches").fetchall()
    for board, number, encoded in trees:
        tree = Frontier.decode(encoded)
        text = sign(Board(board), number, tree.size, tree.root)
        connection.execute(
            "UPDATE batches SET checkpoint = ? WHERE board = ? AND number = ?",
            (text, board, number),
        )
    connection.execute("UPDATE store SET instance = ?, closed_week = -1", (instance,))
    connection.execute("INSERT INTO former VALUES (?)", (instance,))


def settle_all(connection: sqlite3.Connection) -> None:
    """Finish what a crash left between two databases; see `broker.closing.settle`."""
    with database():
        for board in Board:
            with transaction(connection):
                settle(connection, board)


def drop_tokens(connection: sqlite3.Connection, *tables: str) -> None:
    """Forget every trace of a token in these tables."""
    for table in tables:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant


def orphans(connection: sqlite3.Connection, layout: Layout) -> tuple[Path, ...]:
    """Return the files that nothing in the database names: half-made, or already forgotten."""
    with database():
        known = {layout.staged / name for (name,) in connection.execute(STILL_NAMED)}
        known |= {
            layout.batch(Board(board), number, CLASS_OF[code])
            for board, number, code in connection.execute(FILES)
        }
    return tuple(
        path
        for directory in layout.directories
        for path in sorted(directory.iterdir())
        if path not in known
    )


def sweep(connection: sqlite3.Connection, layout: Layout) -> None:
    """Remove every orphan."""
    for path in orphans(connection, layout):
        remove(path)


def open_slabs(connection: sqlite3.Connection, layout: Layout) -> Slabs:
    """Open the slabs, with the slots in which cells wait taken and all others wiped."""
    used: dict[CellClass, set[int]] = {}
    with database():
        query = "SELECT class, slot FROM pending WHERE slot IS NOT NULL"
        for code, slot in connection.execute(query):
            used.setdefault(CLASS_OF[code], set()).add(slot)
    return Slabs.open(layout, used)
