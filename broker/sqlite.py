"""The store on SQLite and files: `Store`, for one process on one machine.

This file knows which rooms do what: the writer makes acts durable, the reader looks, the others
hold the rules. It refuses to hold a rule of its own.

The database is the only truth. A file counts because a row names it; what no row names is removed
at the next start. So every act is files first and then one transaction, or (forgetting) one
transaction and then files, and a crash between the two leaves an orphan and never a lie.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Self, TypeAlias

from broker import closing, expiring, opening, spending
from broker.database import Hold, Reader
from broker.files import make_directory, remove, write_file
from broker.layout import Layout
from broker.shelf import Shelf
from broker.slab import SMALL, Slabs
from broker.spending import Admitted
from broker.steady import Steady
from broker.storage import (
    AfterStep,
    Batch,
    BatchFile,
    CheckpointSigner,
    Counters,
    Kept,
    NewCell,
    NewUpload,
    Publication,
    Published,
    Upload,
    UploadId,
)
from broker.uploads import Uploads, random_name
from broker.writer import Writer, no_step
from keys.address import CELL_BYTES, Board, CellClass, MemberId
from keys.calendar import Day, Instant
from keys.errors import BrokerBusy, DiskFull, DoubleSpend, Expired, WrongSize
from keys.wire import lp


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is open before the event loop takes over."""

    hold: Hold
    connection: sqlite3.Connection
    slabs: Slabs

    def let_go(self) -> None:
        self.slabs.close()
        self.connection.close()
        self.hold.release()


def _open(layout: Layout, instance: str, sign: CheckpointSigner) -> _Opened:
    for directory in layout.directories:
        make_directory(directory)
    with ExitStack() as undo:
        hold = Hold(layout.lock)
        undo.callback(hold.release)
        connection = opening.connect_both(layout)
        undo.callback(connection.close)
        opening.take_name(connection, instance, sign)
        opening.settle_all(connection)
        opening.sweep(connection, layout)
        slabs = opening.open_slabs(connection, layout)
        undo.pop_all()
    return _Opened(hold, connection, slabs)


class SqliteStore:
    """`Store` in a directory of its own; open it with `SqliteStore.open`."""

    def __init__(
        self,
        layout: Layout,
        opened: _Opened,
        reader: Reader,
        maker: closing.Maker,
        after_step: AfterStep,
        instance: str,
    ) -> None:
        self._instance = instance
        self._layout = layout
        self._opened = opened
        self._slabs = opened.slabs
        self._reader = reader
        self._writer = Writer(opened.connection, opened.slabs, after_step)
        self._steady = Steady()
        self._uploads = Uploads(layout.staged, self._writer, reader, self._steady, after_step)
        self._shelf = Shelf(layout, reader)
        self._maker = maker
        self._after_step = after_step
        self._tidying = asyncio.Lock()  # batches close and expire one at a time
        self._damaged: dict[Board, int] = {}

    @classmethod
    async def open(
        cls,
        directory: Path,
        instance: str,
        sign: CheckpointSigner,
        after_step: AfterStep = no_step,
    ) -> Self:
        """Open the store in `directory`, or make one there.

        Args:
            directory: absolute; it is made when missing.
            instance: the broker's name in the signed roster. A store that bore another name takes
                the new one, with new checkpoints and without the old tokens (the restore rule).
            sign: signs checkpoints under that name.
            after_step: told after each durable step.

        Raises:
            StoreInUse: another process has the store.
            InstanceReused: the name was borne before, and a restore lies between.
            UnknownVersion: a newer program wrote it.
            StoreDamaged, DiskFull: it cannot be opened.
        """
        layout = Layout(directory)
        opened = await asyncio.to_thread(_open, layout, instance, sign)
        try:
            reader = await Reader.open(layout.arrivals, layout.kept)
        except BaseException:
            opened.let_go()
            raise
        maker = closing.Maker(layout, closing.bodies_in(layout, opened.slabs), sign)
        return cls(layout, opened, reader, maker, after_step, instance)

    @property
    def instance(self) -> str:
        """The name under which this store answers."""
        return self._instance

    # ── Cells ────────────────────────────────────────────────────────────────────────────────
    async def admit(self, cell: NewCell) -> Kept:
        """Keep a cell and spend its token; see `Store.admit`."""
        if len(cell.body) != CELL_BYTES[cell.cls]:
            raise WrongSize
        if cell.cls in SMALL:
            return (await self._spend(cell, None)).kept
        return await self._steady.run(self._admit_large(cell))

    async def _admit_large(self, cell: NewCell) -> Kept:
        """Write the body to a file of its own first, outside the writer: others need not wait."""
        name = random_name()
        path = self._layout.staged / name
        await asyncio.to_thread(write_file, path, cell.body)
        self._after_step("admit.staged")
        try:
            admitted = await self._spend(cell, name)
        except (DoubleSpend, Expired, BrokerBusy, DiskFull):
            # After StoreDamaged nobody knows whether a row names the file; an orphan is no harm.
            await asyncio.to_thread(remove, path)
            raise
        if not admitted.is_new:
            await asyncio.to_thread(remove, path)
        return admitted.kept

    async def _spend(self, cell: NewCell, staged: str | None) -> Admitted:
        return await self._writer.run(
            lambda connection: spending.admit(connection, cell, self._slabs, staged)
        )

    async def begin_upload(self, new: NewUpload) -> Upload:
        """Spend the token on an upload; see `Store.begin_upload`."""
        return await self._uploads.begin(new)

    async def upload(self, upload_id: UploadId) -> Upload:
        """Say how far an upload is; see `Store.upload`."""
        return await self._uploads.find(upload_id)

    async def append(self, upload_id: UploadId, offset: int, piece: bytes) -> Upload:
        """Keep one piece; see `Store.append`."""
        return await self._uploads.append(upload_id, offset, piece)

    async def finish(self, upload_id: UploadId) -> Kept:
        """Make the whole body a cell that waits; see `Store.finish`."""
        return await self._uploads.finish(upload_id)

    # ── Batches ──────────────────────────────────────────────────────────────────────────────
    async def close_batch(self, board: Board, expires: Instant) -> Batch | None:
        """Make one immutable batch of what waits on `board`; see `Store.close_batch`."""
        return await self._steady.run(self._close_batch(board, expires))

    async def _close_batch(self, board: Board, expires: Instant) -> Batch | None:
        async with self._tidying:
            await self._settle(board)
            number, before = await self._shelf.tree(board)
            waiting = await self._reader.rows(closing.waiting_of, closing.WAITING, board)
            made = await asyncio.to_thread(
                self._maker.make, board, number + 1, before, waiting, self._after_step
            )
            self._damaged[board] = len(waiting) - (len(made.cells) if made else 0)
            if made is None:
                return None
            await self._writer.run(partial(closing.keep, made=made, expires=expires), alone=True)
            await self._settle(board)
            return made.batch

    async def _settle(self, board: Board) -> None:
        """Take cells that are in a batch out of the arrivals, and wipe what they waited in."""
        cells = await self._writer.run(partial(closing.settle, board=board), alone=True)
        if cells:
            await asyncio.to_thread(closing.wipe, self._layout, self._slabs, cells)
            self._after_step("close.wiped")
            await self._writer.run(partial(self._release, cells=cells), forget=True)

    def _release(self, _connection: sqlite3.Connection, cells: Sequence[closing.Waiting]) -> None:
        for cls, slots in closing.slots_of(cells).items():
            self._slabs[cls].release(slots)

    async def batches(self, board: Board, after: int, most: int) -> tuple[Batch, ...]:
        """Return batches above `after`; see `Store.batches`."""
        return await self._shelf.batches(board, after, most)

    async def leaves(self, board: Board, number: int) -> bytes:
        """Return a batch's leaf list; see `Store.leaves`."""
        return await self._shelf.leaves(board, number)

    async def batch_file(self, board: Board, number: int, cls: CellClass) -> BatchFile:
        """Return where cells of a batch lie; see `Store.batch_file`."""
        return await self._shelf.batch_file(board, number, cls)

    async def frontier(self, board: Board) -> bytes:
        """Return the board's tree; see `Store.frontier`."""
        _, tree = await self._shelf.tree(board)
        return tree.encode()

    # ── Keys, forgetting, sums ───────────────────────────────────────────────────────────────
    async def publish(
        self, member_id: MemberId, kind: Publication, signed: bytes, last_day: Day
    ) -> bool:
        """Keep signed bytes on the `keys` board; see `Store.publish`."""
        digest = sha256(lp(member_id, kind.encode(), signed)).digest()
        return await self._writer.run(
            partial(_publish, entry=(member_id, kind, digest, signed, last_day)), alone=True
        )

    async def published(self, after: int, most: int) -> tuple[Published, ...]:
        """Return entries above `after`; see `Store.published`."""
        return await self._shelf.published(after, most)

    async def latest_certificate(self, member_id: MemberId) -> bytes | None:
        """Return a member's last machine certificate; see `Store.latest_certificate`."""
        return await self._shelf.latest_certificate(member_id)

    async def expire(self, now: Instant) -> None:
        """Forget what is over; see `Store.expire`."""
        await self._steady.run(self._expire(now))

    async def _expire(self, now: Instant) -> None:
        async with self._tidying:
            gone = await self._writer.run(
                partial(expiring.forget_kept, layout=self._layout, now=now), alone=True
            )
            gone += await self._writer.run(
                partial(expiring.forget_arrivals, layout=self._layout, now=now), forget=True
            )
            for path in gone:
                await asyncio.to_thread(remove, path)
                self._after_step("expire.removed")
            while keys := await self._reader.rows(bytes, expiring.SPENT_OF_CLOSED_WEEKS):
                await self._writer.run(partial(expiring.forget_spent, keys=keys), alone=True)

    async def counters(self, now: Instant) -> Counters:
        """Count what is kept; see `Store.counters`."""
        return await self._shelf.counters(now, sum(self._damaged.values()))

    async def close(self) -> None:
        """Finish what is under way and let go of the files."""
        await self._steady.finish()
        await self._reader.close()
        await self._writer.close()
        self._opened.let_go()


_Entry: TypeAlias = tuple[MemberId, str, bytes, bytes, Day]


def _publish(connection: sqlite3.Connection, entry: _Entry) -> bool:
    made = connection.execute(
        "INSERT INTO published (member_id, kind, sha256, signed, last_day) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
        entry,
    )
    return made.rowcount > 0
