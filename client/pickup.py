"""Picking up what is ours in a batch: notes that open, and the blobs they name.

This file knows what is kept of a batch, and that it becomes durable in one step with whatever else
its reader writes. It refuses to know in which order boards are read, and what a note means.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from client import claims
from client.alarms import Alarm, sound
from client.arrived import Arrived
from client.cells import CellFiles
from client.courier import BatchRead
from client.fetching import BlobFiles
from client.ledger import Ledger
from client.report import Report
from client.rows import Transaction
from client.shelf import Shelf
from keys.address import Board, CellHash
from keys.calendar import Day
from keys.epoch import EpochSecret
from keys.errors import Malformed, Refusal

OpenOuter: TypeAlias = Callable[[bytes, Board, Sequence[EpochSecret]], Arrived | None]
"""Opens a note's outer layer with any of the secrets: None when it is not for this member."""


@dataclass(frozen=True, slots=True)
class Pickup:
    """Picks up what is ours, batch by batch, in one reading of the boards."""

    ledger: Ledger
    cells: CellFiles
    open_outer: OpenOuter
    blobs: BlobFiles
    today: Day

    @asynccontextmanager
    async def keep(
        self,
        step: str,
        read: BatchRead,
        secrets: Sequence[EpochSecret],
        known: Sequence[Shelf],
        *,
        expired: bool | None,
        ours: bool = True,
    ) -> AsyncGenerator[tuple[Transaction, Report], None]:
        """Fetch what is ours in a batch, and keep it in one step with what the block writes.

        Whatever refuses the step, nothing of the batch is left. For notes that are hidden the block
        raises the alarm: how often is for it to say. It begins no other step: that would wait for
        this one for ever.

        Args:
            step: the name of the step.
            read: the batch.
            secrets: the own outer keys to try.
            known: shelves of notes that are not new: one that opens and stands there is an own one.
            expired: whether it can be too old to be there; None when nobody knows.
            ours: whether this member's role may read its cells.
        """
        async with self.ledger.reading() as rows:
            before = await rows.ids_on(*known)
            wanted = await claims.wanted(rows)
        opened, dropped = await self._outers(read.cursor.board, read.notes, secrets)
        arrived = [one for one in opened if one.note_hash not in before]
        wanted |= {blob for one in arrived for blob in one.blob_ids}
        files, absent = await self.blobs.fetch(read.cursor, read.cells if ours else {}, wanted)
        lost, notes_hidden = (int(read.lost and expired is when) for when in (True, False))
        blobs_hidden = absent if expired is False else 0
        report = Report(
            notes=len(arrived),
            own=len(opened) - len(arrived),
            blobs=len(files),
            lost=lost,
            hidden=notes_hidden + blobs_hidden,
            dropped=dropped,
        )
        undone = dict(files)
        try:
            async with self.ledger.transaction(step) as rows:
                rows.after(undone.clear)  # on disk, they stay, whatever is refused afterwards
                await self._put(rows, arrived, files)
                yield rows, report
                await sound(rows, Alarm.NOTES_LOST, lost)
                await sound(rows, Alarm.BLOBS_HIDDEN, blobs_hidden)
                await sound(rows, Alarm.NOTES_DROPPED, dropped)
        except Refusal:
            for name in undone.values():
                self.cells.delete(name)
            raise

    async def _put(
        self, rows: Transaction, arrived: Iterable[Arrived], files: Mapping[CellHash, str]
    ) -> None:
        """Keep notes that opened, and the blobs that somebody still claims."""
        for one in arrived:
            await rows.put(Shelf.ARRIVED, one.note_hash, one.encode())
            await claims.claim(rows, one.blob_ids, one.note_hash, self.today)
        for blob, name in files.items():
            if await rows.ids(Shelf.WANTED, blob):
                await rows.put(Shelf.BLOB, blob, name.encode())
            else:  # given up while it was on its way
                rows.after(partial(self.cells.delete, name))

    async def _outers(
        self, board: Board, notes: Sequence[bytes], secrets: Sequence[EpochSecret]
    ) -> tuple[tuple[Arrived, ...], int]:
        """Try every note of a batch, in a thread so that no slot is late for it.

        A note that opens and is not in its form is dropped and counted: it must not keep the
        others from being read.
        """
        if not notes:
            return (), 0

        def every() -> tuple[tuple[Arrived, ...], int]:
            arrived: list[Arrived] = []
            dropped = 0
            for note in notes:
                try:
                    found = self.open_outer(note, board, secrets)
                except Malformed:
                    dropped += 1
                    continue
                if found is not None:
                    arrived.append(found)
            return tuple(arrived), dropped

        return await asyncio.to_thread(every)
