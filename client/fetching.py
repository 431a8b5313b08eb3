"""Bringing what the courier's rules want, and blobs into files.

This file knows which call answers which want, and what a broker's «not here» means for each. It
refuses to decide what is wanted, and to make anything durable but a cell's bytes.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import aclosing
from functools import partial
from typing import TypeVar

from client import courier
from client.boards import MOST_CELLS, Batch, Cursor
from client.cells import CellFiles
from client.courier import Came, Kept, Want, WantBatches, WantLeaves
from client.disk import settle
from client.stream import Stream, pieces
from client.transport import Progress, Transport
from keys.address import CELL_BYTES, CellClass, CellHash
from keys.checkpoint import LEAF_BYTES
from keys.errors import BatchMismatch, Malformed, NotHere, WrongShape

Wanted = TypeVar("Wanted")
Given = TypeVar("Given")
Result = TypeVar("Result")


async def bring(transport: Transport, steps: Generator[Want, Came, Result]) -> Result:
    """Bring what a rule of the courier wants until it is done.

    Raises:
        BrokerGone: no answer.
        BatchMismatch: a leaf list is not there, or longer than any board's.
        Refusal: what the broker answered, or the rule refused.
    """
    return await converse(steps, partial(_one, transport))


async def converse(
    steps: Generator[Wanted, Given, Result], fetch: Callable[[Wanted], Awaitable[Given]]
) -> Result:
    """Fetch what a conversation asks for, one thing after the other, until it answers."""
    try:
        want = next(steps)
        while True:
            want = steps.send(await fetch(want))
    except StopIteration as done:
        result: Result = done.value
        return result


async def _one(transport: Transport, want: Want) -> Came:
    if isinstance(want, WantBatches):
        return Batch.read_all(await transport.batches(want.board, want.after, want.most))
    if isinstance(want, WantLeaves):
        try:
            return await transport.leaves(want.board, want.number, MOST_CELLS * LEAF_BYTES)
        except (NotHere, Malformed):
            raise BatchMismatch from None  # leaf lists do not expire (PROTOCOL P-8.5)
    try:
        return await transport.note_file(want.board, want.number, want.size)
    except NotHere:
        return None
    except Malformed:
        raise BatchMismatch from None


class BlobFiles:
    """Fetches the blob files of batches into cell files.

    Args:
        transport: this member's connections.
        cells: where wanted blobs come to rest.
        progress: told how many bytes have come since the last call.
    """

    def __init__(self, transport: Transport, cells: CellFiles, progress: Progress) -> None:
        self._transport = transport
        self._cells = cells
        self._progress = progress

    async def fetch(
        self,
        cursor: Cursor,
        cells: Mapping[CellClass, tuple[CellHash, ...]],
        wanted: frozenset[CellHash],
    ) -> tuple[dict[CellHash, str], int]:
        """Stream every blob file of a batch, as everybody does; keep the wanted cells.

        Returns the files by blob, and how many wanted blobs the broker says are not here. On a
        refusal nothing is left.

        Raises:
            BrokerGone: no answer, or no headway.
            BatchMismatch: the bytes are not those that the leaf list names.
            DiskFull, StoreDamaged: a cell could not be kept.
        """
        kept: dict[CellHash, str] = {}
        absent = 0
        try:
            for cls in courier.BLOB_CLASSES:
                hashes = cells.get(cls, ())
                if hashes:
                    absent += await self._file(cursor, cls, hashes, wanted, kept)
        except BaseException:
            for name in kept.values():
                self._cells.delete(name)
            raise
        return kept, absent

    async def _file(
        self,
        cursor: Cursor,
        cls: CellClass,
        hashes: tuple[CellHash, ...],
        wanted: frozenset[CellHash],
        kept: dict[CellHash, str],
    ) -> int:
        places = courier.sieve(cls, hashes, wanted)
        total = len(hashes) * CELL_BYTES[cls]
        file = pieces(self._transport, cursor.board, cursor.number, cls, total)
        try:
            async with aclosing(file):
                stream = Stream(file, self._progress)
                for place in places:
                    await stream.skip_to(place.start)
                    kept[place.cell_hash] = await self._cell(stream, place)
                await stream.skip_to(total)
        except NotHere:
            return sum(place.cell_hash not in kept for place in places)
        except WrongShape:
            raise BatchMismatch from None
        return 0

    async def _cell(self, stream: Stream, place: Kept) -> str:
        digest, left = hashlib.sha256(), place.size
        with self._cells.writing() as (name, file):
            while left:
                piece = await stream.next(left)
                digest.update(piece)
                file.write(piece)
                left -= len(piece)
            if digest.digest() != place.cell_hash:
                raise BatchMismatch
            await asyncio.to_thread(settle, file)
        return name
