"""Makes a batch: one immutable file per class, cells by hash, and the tree one batch longer.

This file knows how a batch comes to be, in an order that a crash at any point leaves whole: files
first, then the one transaction that makes them a batch and the cells no longer wait, then the
wiping of what the cells waited in. It refuses to know when they came; it cannot, because what it
is given is in order of hashes.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol

from broker.files import Sink, pieces, readable, remove, writing
from broker.layout import Layout
from broker.slab import Slabs
from broker.spending import CLASS_OF
from broker.storage import AfterStep, Batch, CheckpointSigner, ClassFile, Digest
from keys.address import CELL_BYTES, CLASS_CODE, Board, CellClass, CellHash
from keys.calendar import Instant
from keys.checkpoint import Frontier, extend, leaf_record, records

WAITING: Final = """
SELECT class, cell_hash, slot, staged FROM pending WHERE board = ? ORDER BY class, cell_hash
"""

_KEEP_SPENT: Final = """
INSERT INTO spent SELECT spent_key, week, bound FROM spent_new WHERE board = ? ORDER BY spent_key
"""
_KEEP_FINISHED: Final = """
INSERT INTO finished SELECT upload_id, spent_key, board, class, last_day, kept FROM uploads
WHERE board = ? AND kept IS NOT NULL ORDER BY upload_id
"""
_LEAVES_AFTER: Final = """
SELECT number, records FROM leaves WHERE board = ? AND number > ? ORDER BY number
"""
_DROP_PENDING: Final = """
DELETE FROM pending WHERE board = ? AND class = ? AND cell_hash = ?
RETURNING class, cell_hash, slot, staged
"""
_DROP_SPENT: Final = """
DELETE FROM spent_new WHERE board = ?
AND EXISTS (SELECT 1 FROM spent WHERE spent.spent_key = spent_new.spent_key)
"""
_DROP_FINISHED: Final = """
DELETE FROM uploads WHERE board = ?
AND EXISTS (SELECT 1 FROM finished WHERE finished.upload_id = uploads.upload_id)
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A cell that waits, and where: `slot` for the small classes, else the file `staged`."""

    cls: CellClass
    cell_hash: CellHash
    slot: int | None
    staged: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """A batch whose files are on disk, before anything says that it is a batch.

    Attributes:
        cells: those that are in it; the bytes of each have been compared with its hash.
        damaged: how many were left out because their bytes are not what was accepted. They wait
            on: what was acknowledged is not thrown away.
    """

    batch: Batch
    leaves: bytes
    cells: tuple[Waiting, ...]
    damaged: int


Bodies = Callable[[Waiting], Iterator[bytes]]
"""Reads one waiting cell, piece by piece."""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


def waiting_of(code: int, cell_hash: bytes, slot: int | None, staged: str | None) -> Waiting:
    """Return the record of a row of `WAITING`."""
    return Waiting(CLASS_OF[code], CellHash(cell_hash), slot, staged)


def bodies_in(layout: Layout, slabs: Slabs) -> Bodies:
    """Return how to read the cells that wait in that directory."""

    def read(cell: Waiting) -> Iterator[bytes]:
        if cell.slot is not None:
            yield slabs[cell.cls].read(cell.slot)
        else:
            yield from pieces(layout.staged / str(cell.staged), CELL_BYTES[cell.cls])

    return read


class Maker:
    """Writes the files of the next batch of one board."""

    def __init__(self, layout: Layout, bodies: Bodies, sign: CheckpointSigner) -> None:
        self._layout = layout
        self._bodies = bodies
        self._sign = sign

    def make(
        self,
        board: Board,
        number: int,
        before: Frontier,
        waiting: Sequence[Waiting],
        after_step: AfterStep,
    ) -> Made | None:
        """Write batch `number` from cells in order of `WAITING`; None when none is sound.

        Raises:
            DiskFull, StoreDamaged: nothing has changed but for files that nothing names.
        """
        files: list[ClassFile] = []
        sound: list[Waiting] = []
        for cls, cells in groupby(waiting, key=lambda cell: cell.cls):
            path = self._layout.batch(board, number, cls)
            written, sha256_of_file = self._write(path, cells)
            after_step("close.file")
            if written:
                files.append(ClassFile(cls, len(written), sha256_of_file))
                sound += written
            else:
                remove(path)
        if not sound:
            return None
        leaves = b"".join(leaf_record(cell.cls, cell.cell_hash) for cell in sound)
        tree = extend(before, leaves)
        batch = Batch(
            board=board,
            number=number,
            files=tuple(files),
            leaves_sha256=Digest(sha256(leaves).digest()),
            frontier=tree.encode(),
            checkpoint=self._sign(board, number, tree.size, tree.root),
        )
        return Made(batch, leaves, tuple(sound), len(waiting) - len(sound))

    def _write(self, path: Path, cells: Iterable[Waiting]) -> tuple[list[Waiting], Digest]:
        written: list[Waiting] = []
        digest = sha256()
        with writing(path) as sink:
            for cell in cells:
                so_far = digest.copy()
                if self._copy(cell, sink, so_far):
                    digest = so_far
                    written.append(cell)
        return written, Digest(digest.digest())

    def _copy(self, cell: Waiting, sink: Sink, digest: _Digest) -> bool:
        """Add one cell to the file; False, and nothing added, when it is not what it was."""
        begin = sink.length
        own = sha256()
        for piece in readable(self._bodies(cell)):
            own.update(piece)
            digest.update(piece)
            sink.write(piece)
        if own.digest() == cell.cell_hash:
            return True
        sink.cut(begin)
        return False


def keep(connection: sqlite3.Connection, made: Made, expires: Instant) -> None:
    """Make it a batch, in the lasting database alone. From here on its cells wait no longer.

    The board's tokens and finished uploads are copied in order of their keys, so that no page
    shows how they came. `settle` then takes all that out of the arrivals.
    """
    batch = made.batch
    board, number = batch.board, batch.number
    connection.execute(
        "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, 0)",
        (board, number, batch.leaves_sha256, batch.frontier, batch.checkpoint, expires),
    )
    connection.execute("INSERT INTO leaves VALUES (?, ?, ?)", (board, number, made.leaves))
    connection.executemany(
        "INSERT INTO files VALUES (?, ?, ?, ?, ?)",
        ((board, number, CLASS_CODE[f.cls], f.count, f.sha256) for f in batch.files),
    )
    connection.execute(_KEEP_SPENT, (board,))
    connection.execute(_KEEP_FINISHED, (board,))


def settle(connection: sqlite3.Connection, board: Board) -> tuple[Waiting, ...]:
    """Take out of the arrivals, and return, what is in a batch of `board` by now.

    The one step between two databases that are never committed as one: a crash, or a full disk,
    after `keep` leaves cells that wait and stand in a batch. So opening a store and closing the
    next batch begin here, and when there is nothing to settle nothing changes.
    """
    (done,) = connection.execute(
        "SELECT coalesce(max(number), 0) FROM closed WHERE board = ?", (board,)
    ).fetchone()
    found = connection.execute(_LEAVES_AFTER, (board, done)).fetchall()
    if not found:
        return ()
    gone = [
        row
        for _, leaves in found
        for leaf in records(leaves)
        for row in connection.execute(_DROP_PENDING, (board, leaf[0], leaf[1:])).fetchall()
    ]
    connection.execute(_DROP_SPENT, (board,))
    connection.execute(_DROP_FINISHED, (board,))
    connection.execute("INSERT OR REPLACE INTO closed VALUES (?, ?)", (board, found[-1][0]))
    return tuple(waiting_of(*row) for row in gone)


def wipe(layout: Layout, slabs: Slabs, cells: Sequence[Waiting]) -> None:
    """Destroy what the cells of a kept batch waited in.

    Raises:
        StoreDamaged: the disk fails; opening the store wipes again.
    """
    for cls, slots in slots_of(cells).items():
        slabs[cls].wipe(slots)
    for cell in cells:
        if cell.staged is not None:
            remove(layout.staged / cell.staged)


def slots_of(cells: Iterable[Waiting]) -> dict[CellClass, list[int]]:
    """Return the slots of those cells that wait in one, by class."""
    found: dict[CellClass, list[int]] = {}
    for cell in cells:
        if cell.slot is not None:
            found.setdefault(cell.cls, []).append(cell.slot)
    return found
