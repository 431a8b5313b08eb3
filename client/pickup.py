"""Picking up what is ours in a batch: notes that open, and the blobs they name.

This file knows what is kept of a batch, and that it becomes durable in the caller's transaction.
It refuses to know in which order boards are read, and what a note means.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from client import claims
from client.arrived import Arrived
from client.cells import CellFiles
from client.rows import Transaction
from client.shelf import Shelf
from keys.address import Board, CellHash
from keys.calendar import Day
from keys.epoch import EpochSecret
from keys.errors import Malformed

OpenOuter: TypeAlias = Callable[[bytes, Board, Sequence[EpochSecret]], Arrived | None]
"""Opens a note's outer layer with any of the secrets: None when it is not for this member."""


async def outers(
    open_outer: OpenOuter, board: Board, notes: Sequence[bytes], secrets: Sequence[EpochSecret]
) -> tuple[tuple[Arrived, ...], int]:
    """Try every note of a batch, in a thread so that no slot is late for it.

    A note that opens and is not in its form is dropped and counted: it must not keep the others
    from being read.
    """
    if not notes:
        return (), 0

    def every() -> tuple[tuple[Arrived, ...], int]:
        arrived: list[Arrived] = []
        dropped = 0
        for note in notes:
            try:
                found = open_outer(note, board, secrets)
            except Malformed:
                dropped += 1
                continue
            if found is not None:
                arrived.append(found)
        return tuple(arrived), dropped

    return await asyncio.to_thread(every)


async def keep(
    rows: Transaction,
    cells: CellFiles,
    arrived: Iterable[Arrived],
    files: Mapping[CellHash, str],
    today: Day,
) -> None:
    """Keep notes that opened, and the blobs that somebody still claims."""
    for one in arrived:
        await rows.put(Shelf.ARRIVED, one.note_hash, one.encode())
        await claims.claim(rows, one.blob_ids, one.note_hash, today)
    for blob, name in files.items():
        if await rows.ids(Shelf.WANTED, blob):
            await rows.put(Shelf.BLOB, blob, name.encode())
        else:  # given up while it was on its way
            rows.after(partial(cells.delete, name))
