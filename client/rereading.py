"""Reading a board again, whole days of it, for an own outer key that is here again.

This file knows when: a key that this member had published did not open when notes were read, and
now does. It refuses to go back for anything that a note says, and to fetch a batch alone: the
broker sees a member read whole days again, and that its keys were damaged, and no more (ADR 0030).
Only the keys that came are tried, on their own cursor; what was read before stays as it was, and
the tree must end where it ended the first time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from client import claims, courier, pickup, untried
from client.boards import BATCHES_AT_ONCE, Cursor
from client.cells import CellFiles
from client.courier import BatchRead
from client.fetching import BlobFiles, bring
from client.ledger import Ledger
from client.pickup import OpenOuter
from client.report import Report
from client.rows import Transaction
from client.shelf import Shelf
from client.transport import Transport
from keys.address import Board
from keys.calendar import DAY_SECONDS, Day
from keys.epoch import EpochSecret
from keys.errors import CheckpointForked, Refusal, WrongShape
from keys.roster import Roster
from keys.wire import Fields, pack

_BEFORE: Final = 1
"""Days before a key's own day on which a note to it may stand: a sender's clock may be ahead."""
_MOST_KEYS: Final = 64
_CURSOR_BYTES: Final = 1 << 12
_ID: Final = 16


@dataclass(frozen=True, slots=True)
class Again:
    """How far a board was read again, up to where, and for which keys."""

    cursor: Cursor
    until: Cursor
    keys: frozenset[bytes]

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        return pack(["again", 1, self.cursor.encode(), self.until.encode(), sorted(self.keys)])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "again")
        cursor = Cursor.decode(fields.octets("cursor", most=_CURSOR_BYTES))
        until = Cursor.decode(fields.octets("until", most=_CURSOR_BYTES))
        keys = fields.strings("keys", most=_MOST_KEYS, size=_ID)
        fields.end()
        if list(keys) != sorted(set(keys)):
            raise WrongShape(field="again.keys")
        return cls(cursor, until, frozenset(keys))


@dataclass(frozen=True, slots=True)
class Rereading:
    """Reads one board again.

    Attributes:
        most: batches in one reading.
    """

    ledger: Ledger
    cells: CellFiles
    open_outer: OpenOuter
    transport: Transport
    roster: Roster
    today: Day
    blobs: BlobFiles
    most: int

    async def begin(self, cursor: Cursor, secrets: Sequence[EpochSecret]) -> None:
        """Take note of keys that came, before the board is read on with them.

        Args:
            cursor: where the board was left; what is behind it is read with every key.
            secrets: the own outer keys that open.

        Raises:
            Refusal: the broker's answer, or what its answer shows.
        """
        board, here = cursor.board, {one.key_id: one for one in secrets}
        async with self.ledger.reading() as rows:
            tried = await untried.tried(rows, board)
            before = await _again(rows, board)
        if tried is None or not tried <= here.keys():
            # A key that does not open any more is not forgotten: when it does, it is a new one.
            tried = frozenset(here) if tried is None else tried & here.keys()
            async with self.ledger.transaction("keys-tried") as rows:
                await untried.put(rows, board, tried)
        came = {key: one.day for key, one in here.items() if key not in tried}
        due = frozenset(key for key, day in came.items() if day <= self.today + _BEFORE)
        if due == (frozenset() if before is None else before.keys):
            return
        again = None
        if due:
            days = self.today - min(came[key] for key in due) + _BEFORE + 1
            back = days * DAY_SECONDS // self.roster.schedule.note_slot_seconds
            steps = courier.join(
                Cursor(cursor.instance, board), self.roster.checkpoint.public, back
            )
            start = await bring(self.transport, steps)
            # Who was away that long has not been there yet, and reads it with every key.
            again = Again(min(start, cursor, key=_number), cursor, due)
        async with self.ledger.transaction("reading-again") as rows:
            await _put(rows, board, again)

    async def go_on(self, board: Board, secrets: Sequence[EpochSecret]) -> Report:
        """Read on where reading again was left.

        Raises:
            Refusal: the broker's answer, or what its answer shows; what was read is kept.
        """
        report = Report()
        async with self.ledger.reading() as rows:
            again = await _again(rows, board)
        if again is None:
            return report
        wanted = [one for one in secrets if one.key_id in again.keys]
        for _ in range(self.most // BATCHES_AT_ONCE):
            batches = await bring(self.transport, courier.pending(again.cursor))
            for batch in batches:
                if batch.number > again.until.number:
                    break
                public = self.roster.checkpoint.public
                steps = courier.read(again.cursor, batch, public, ours=True)
                read = await bring(self.transport, steps)
                again, found = await self._keep(again, read, wanted)
                report = report.plus(found)
            if again.cursor.number >= again.until.number:
                await self._done(again)
                return report
            if not batches:
                break
        return report.plus(Report(behind=1))

    async def _keep(
        self, again: Again, read: BatchRead, secrets: Sequence[EpochSecret]
    ) -> tuple[Again, Report]:
        """Make one batch durable: what the keys open in it, and how far it was read."""
        board = read.cursor.board
        async with self.ledger.reading() as rows:
            known = await rows.ids_on(Shelf.POSTED, Shelf.POSTING, Shelf.ARRIVED)
            wanted = await claims.wanted(rows)
        opened, _ = await pickup.outers(self.open_outer, board, read.notes, secrets)
        arrived = [one for one in opened if one.note_hash not in known]
        wanted |= {blob for one in arrived for blob in one.blob_ids}
        files, _ = await self.blobs.fetch(read.cursor, read.cells, wanted)
        again = replace(again, cursor=read.cursor)
        try:
            async with self.ledger.transaction("batch-again") as rows:
                await pickup.keep(rows, self.cells, arrived, files, self.today)
                await _put(rows, board, again)
        except Refusal:
            for name in files.values():
                self.cells.delete(name)
            raise
        return again, Report(notes=len(arrived), blobs=len(files))

    async def _done(self, again: Again) -> None:
        """End it: the tree that was shown now is the one that was shown then."""
        board = again.until.board
        if again.cursor != again.until:
            raise CheckpointForked
        async with self.ledger.transaction("read-again") as rows:
            tried = await untried.tried(rows, board)
            if tried is not None:
                await untried.put(rows, board, tried | again.keys)
            await _put(rows, board, None)


async def forget(rows: Transaction, board: Board) -> None:
    """Begin anew with a board that is read from its beginning, with every key there is."""
    await untried.forget(rows, board)
    await _put(rows, board, None)


def _number(cursor: Cursor) -> int:
    return cursor.number


def _row(board: Board) -> bytes:
    return b"again-" + board.value.encode()


async def _again(rows: Transaction, board: Board) -> Again | None:
    kept = await rows.get_whole(Shelf.CURSOR, _row(board))
    return None if kept is None else Again.decode(kept)


async def _put(rows: Transaction, board: Board, again: Again | None) -> None:
    if again is None:
        await rows.delete(Shelf.CURSOR, _row(board))
    else:
        await rows.put(Shelf.CURSOR, _row(board), again.encode())
