"""The broker's real tables without bodies: for weeks and sizes whose bytes would fill a disk.

This file knows that the statements are the broker's own (`broker.spending`, `broker.closing`,
`broker.expiring`, on `broker/schema`), on its two databases, and that a cell is its hash here: no
body is kept, and no batch file written. Each is paid for by a token of its own, also one that stood
on a board before. It counts the rows' bytes and the processor time.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Self

from broker import opening
from broker.batcher import expiry
from broker.closing import WAITING, Made, keep, settle, waiting_of
from broker.database import transaction
from broker.expiring import SPENT_OF_CLOSED_WEEKS, forget_arrivals, forget_kept, forget_spent
from broker.layout import Layout
from broker.spending import admit
from broker.storage import Batch, ClassFile, Digest, NewCell, SpentKey
from keys.address import Board, CellClass, CellHash
from keys.calendar import DAY_SECONDS, Instant, day_of, week_of
from keys.checkpoint import Frontier, extend, leaf_record
from tests.cells import INSTANCE, signer


class Tables:
    """A `town.Broker` on the broker's tables: `with Tables.in_(path) as tables: …`."""

    def __init__(self, connection: sqlite3.Connection, layout: Layout) -> None:
        self.seconds = 0.0
        self.cells = 0
        self._connection = connection
        self._layout = layout
        self._trees = dict.fromkeys(Board, Frontier())
        self._numbers: Counter[Board] = Counter()
        self._new: list[tuple[Board, CellClass, CellHash]] = []
        self._sign = signer()

    @classmethod
    @contextmanager
    def in_(cls, path: Path) -> Iterator[Self]:
        """Make both databases in `path`. Nothing waits for a disk: no durability is measured."""
        layout = Layout(path)
        for directory in layout.directories:
            directory.mkdir(parents=True)
        with closing(opening.connect_both(layout)) as connection:
            opening.take_name(connection, INSTANCE, signer())
            connection.executescript("PRAGMA synchronous = OFF; PRAGMA kept.synchronous = OFF;")
            yield cls(connection, layout)

    @property
    def size(self) -> int:
        """Return how large the databases are."""
        return sum(path.stat().st_size for path in (self._layout.kept, self._layout.arrivals))

    def admit(self, board: Board, cls: CellClass, cell_hash: bytes, *, waited: bool) -> None:  # noqa: ARG002
        """Take note of a cell; it is kept with those of its slot."""
        self._new.append((board, cls, CellHash(cell_hash)))

    def close(self, now: Instant) -> Mapping[tuple[Board, CellClass], list[bytes]]:
        """Spend and keep what came in this slot, close all batches, forget what is over."""
        began = process_time()
        week = week_of(day_of(Instant(now - 1)))
        with transaction(self._connection):
            for board, cls, cell_hash in self._new:
                self.cells += 1
                spent = SpentKey(sha256(b"token %d" % self.cells).digest())
                new = NewCell(board, cls, cell_hash, spent, week, b"")
                admit(self._connection, new, None, "elsewhere")  # type: ignore[arg-type]
        self._new = []
        found: dict[tuple[Board, CellClass], list[bytes]] = {}
        for board in Board:
            rows = self._connection.execute(WAITING, (board,)).fetchall()
            for cell in (waiting := [waiting_of(*row) for row in rows]):
                found.setdefault((board, cell.cls), []).append(cell.cell_hash)
            if waiting:
                self._batch(board, waiting, now)
        if not now % DAY_SECONDS:
            self._forget(now)
        self.seconds += process_time() - began
        return found

    def _batch(self, board: Board, waiting: list, now: Instant) -> None:  # type: ignore[type-arg]
        self._numbers[board] += 1
        number = self._numbers[board]
        leaves = b"".join(leaf_record(cell.cls, cell.cell_hash) for cell in waiting)
        tree = self._trees[board] = extend(self._trees[board], leaves)
        counts = Counter(cell.cls for cell in waiting)
        digest = Digest(sha256(leaves).digest())
        files = tuple(ClassFile(cls, count, digest) for cls, count in counts.items())
        said = self._sign(board, number, tree.size, tree.root)
        batch = Batch(board, number, files, digest, tree.encode(), said)
        with transaction(self._connection):
            keep(self._connection, Made(batch, leaves, tuple(waiting), 0), expiry(now))
        with transaction(self._connection):
            settle(self._connection, board)

    def _forget(self, now: Instant) -> None:
        with transaction(self._connection):
            forget_kept(self._connection, self._layout, now)
        with transaction(self._connection):
            forget_arrivals(self._connection, self._layout, now)
        while keys := [one for (one,) in self._connection.execute(SPENT_OF_CLOSED_WEEKS)]:
            with transaction(self._connection):
                forget_spent(self._connection, keys)
