"""Is the store what it says it is? Every leaf list, tree, file and waiting cell, from the disk.

This file knows what must agree with what. It refuses to mend anything, and it needs no lock: it
looks beside a running broker, and what moved while it looked is looked up again before it counts.
"""

import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from broker.closing import Waiting, waiting_of
from broker.database import reading
from broker.files import pieces, readable
from broker.layout import Layout
from broker.opening import orphans
from broker.slab import read_slot
from broker.spending import CLASS_OF
from keys.address import CELL_BYTES, CLASS_CODE, Board, CellClass
from keys.checkpoint import Frontier, extend
from keys.errors import BatchMismatch, WrongShape

_PAGE: Final = 500


_STORED: Final = """
SELECT number, leaves_sha256, frontier, checkpoint, records
FROM batches JOIN leaves USING (board, number)
WHERE board = ? AND number > ? ORDER BY number LIMIT ?
"""
KEPT_FILES: Final = """
SELECT board, number, class, count, sha256 FROM files JOIN batches USING (board, number)
WHERE gone = 0 ORDER BY board, number, class
"""
IS_KEPT: Final = "SELECT 1 FROM batches WHERE board = ? AND number = ? AND gone = 0"
ALL_WAITING: Final = """
SELECT board, class, cell_hash, slot, staged FROM pending ORDER BY board, class, cell_hash
"""
STILL_WAITS: Final = """
SELECT 1 FROM pending WHERE board = ? AND class = ? AND cell_hash = ?
"""


class Finding(StrEnum):
    """What can be wrong."""

    DATABASE = "database"  # SQLite's own integrity check complains
    GAP = "gap"  # a batch number is missing
    LEAVES = "leaves"  # a leaf list is not the one the batch was made with
    TREE = "tree"  # leaf lists, frontier and checkpoint do not make one tree
    FILE = "file"  # a batch file is missing or has other bytes
    CELL = "cell"  # a waiting cell's bytes are not those that were accepted
    ORPHAN = "orphan"  # a file nothing names; the next start removes it


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where; never what a cell is."""

    finding: Finding
    board: Board | None = None
    number: int | None = None
    cls: CellClass | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong. Orphans are told, and harm nothing."""

    batches: int
    files: int
    waiting: int
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether everything that was promised is there."""
        return all(problem.finding is Finding.ORPHAN for problem in self.problems)


@dataclass(frozen=True, slots=True)
class _Stored:
    number: int
    leaves_sha256: bytes
    frontier: bytes
    checkpoint: str
    records: bytes


class _Check:
    def __init__(self, connection: sqlite3.Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self.batches = 0
        self.files = 0
        self.waiting = 0

    def run(self) -> Iterator[Problem]:
        yield from self._database()
        for board in Board:
            yield from self._trees(board)
        yield from self._files()
        yield from self._cells()
        for _ in orphans(self._connection, self._layout):
            yield Problem(Finding.ORPHAN)

    def _database(self) -> Iterator[Problem]:
        rows = self._connection.execute("PRAGMA integrity_check(1)").fetchall()
        if rows != [("ok",)]:
            yield Problem(Finding.DATABASE)

    def _trees(self, board: Board) -> Iterator[Problem]:
        tree = Frontier()
        for number, row in enumerate(self._stored(board), 1):
            self.batches += 1
            if row.number != number:
                yield Problem(Finding.GAP, board, number)
                return
            if sha256(row.records).digest() != row.leaves_sha256:
                yield Problem(Finding.LEAVES, board, number)
            try:
                tree = extend(tree, row.records)
            except BatchMismatch:
                yield Problem(Finding.LEAVES, board, number)
                return
            if not _is_tree(tree, row):
                yield Problem(Finding.TREE, board, number)

    def _stored(self, board: Board) -> Iterator[_Stored]:
        """Read a page at a time: an open look would keep the write-ahead log from emptying."""
        last = 0
        while rows := self._connection.execute(_STORED, (board, last, _PAGE)).fetchall():
            for row in rows:
                yield _Stored(*row)
            last = rows[-1][0]

    def _files(self) -> Iterator[Problem]:
        for board, number, code, count, digest in self._connection.execute(KEPT_FILES).fetchall():
            self.files += 1
            cls = CLASS_OF[code]
            path = self._layout.batch(Board(board), number, cls)
            if _digest(pieces(path, count * CELL_BYTES[cls])) != digest and self._kept(
                board, number
            ):
                yield Problem(Finding.FILE, Board(board), number, cls)

    def _kept(self, board: str, number: int) -> bool:
        """Ask again: a batch may have expired between the list and the look."""
        found = self._connection.execute(IS_KEPT, (board, number)).fetchone()
        return found is not None

    def _cells(self) -> Iterator[Problem]:
        for board, *row in self._connection.execute(ALL_WAITING).fetchall():
            self.waiting += 1
            cell = waiting_of(*row)
            sound = _digest(read_waiting(self._layout, cell)) == cell.cell_hash
            if not sound and self._waits(board, cell):
                yield Problem(Finding.CELL, Board(board), None, cell.cls)

    def _waits(self, board: str, cell: Waiting) -> bool:
        """Ask again: the cell may be in its batch by now, and the slot another's."""
        key = (board, CLASS_CODE[cell.cls], cell.cell_hash)
        return self._connection.execute(STILL_WAITS, key).fetchone() is not None


def check(directory: Path) -> Report:
    """Look at everything in a store's or a backup's directory, also while a broker runs on it.

    Raises:
        StoreDamaged: there is no database that can be read at all.
    """
    layout = Layout(directory)
    with reading(layout.arrivals, layout.kept) as connection:
        work = _Check(connection, layout)
        problems = tuple(work.run())
    return Report(work.batches, work.files, work.waiting, problems)


def read_waiting(layout: Layout, cell: Waiting) -> Iterator[bytes]:
    """Read a waiting cell from outside the process that writes."""
    if cell.slot is not None:
        yield read_slot(layout.slab(cell.cls), cell.cls, cell.slot)
    else:
        yield from pieces(layout.staged / str(cell.staged), CELL_BYTES[cell.cls])


def _is_tree(tree: Frontier, row: _Stored) -> bool:
    """Compare with what the batch says, and with lines 2 and 3 of its C2SP tlog-checkpoint."""
    try:
        said = Frontier.decode(row.frontier)
    except WrongShape:
        return False
    signed = row.checkpoint.split("\n")[1:3]
    return tree == said and signed == [str(tree.size), b64encode(tree.root).decode()]


def _digest(body: Iterator[bytes]) -> bytes:
    digest = sha256()
    for piece in readable(body):
        digest.update(piece)
    return digest.digest()
