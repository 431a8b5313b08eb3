"""Reading a board again, whole days of it, for an own outer key that is here again.

This file knows when: a key that this member had published did not open when notes were read, and
now does. It refuses to go back for anything that a note says, and to fetch a batch alone: the
broker sees a member read whole days again, and that its keys were damaged, and no more (ADR 0030).
Only the keys that came are tried, on their own cursor; what was read before stays as it was, and
the tree must end where it ended the first time. A page of batches is read again at a time, after
all boards were read on: nothing that is new waits for it.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Final, Self

from client import answers, courier, untried
from client.alarms import Alarm, Alarms
from client.boards import EXPIRY_DAYS, Cursor
from client.courier import BatchRead
from client.fetching import bring
from client.ledger import Ledger
from client.pickup import Pickup
from client.report import Report
from client.rows import Transaction
from client.shelf import Shelf
from client.transport import Transport
from keys.address import Board
from keys.calendar import DAY_SECONDS
from keys.epoch import EpochSecret
from keys.errors import (
    BatchMismatch,
    CheckpointForked,
    DiskFull,
    Refusal,
    StoreDamaged,
    WrongShape,
)
from keys.roster import Roster
from keys.wire import Fields, pack

_BEFORE: Final = 1
"""Days before a key's own day on which a note to it may stand: a sender's clock may be ahead."""
_MOST_KEYS: Final = 64
_CURSOR_BYTES: Final = 1 << 12
_ID: Final = 16
_KNOWN: Final = (Shelf.POSTED, Shelf.POSTING, Shelf.ARRIVED)
"""Where notes stand that were there before."""


@dataclass(frozen=True, slots=True)
class Again:
    """How far a board was read again, up to where, and for which keys.

    Attributes:
        cursor: where reading again was left; None before it has begun.
        until: where it ends: what is behind it is read with every key.
        keys: the ids of the keys that came.
        hidden: in front of the first batch whose notes the broker did not give though they cannot
            have expired: from here it is read once more.
    """

    cursor: Cursor | None
    until: Cursor
    keys: frozenset[bytes]
    hidden: Cursor | None = None

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        cursor, hidden = (one.encode() if one else b"" for one in (self.cursor, self.hidden))
        return pack(["again", 1, cursor, self.until.encode(), sorted(self.keys), hidden])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "again")
        cursor = fields.octets("cursor", most=_CURSOR_BYTES)
        until = Cursor.decode(fields.octets("until", most=_CURSOR_BYTES))
        keys = fields.strings("keys", most=_MOST_KEYS, size=_ID)
        hidden = fields.octets("hidden", most=_CURSOR_BYTES)
        fields.end()
        if list(keys) != sorted(set(keys)):
            raise WrongShape(field="again.keys")
        begun, first = (Cursor.decode(one) if one else None for one in (cursor, hidden))
        return cls(begun, until, frozenset(keys), first)


@dataclass(frozen=True, slots=True)
class Rereading:
    """Reads boards again."""

    ledger: Ledger
    pickup: Pickup
    transport: Transport
    roster: Roster

    async def begin(self, cursor: Cursor) -> None:
        """Take note of keys that came, before a board is read on with them; nothing is fetched.

        Args:
            cursor: where the board was left; what is behind it is read with every key.

        Raises:
            DiskFull, StoreDamaged: it cannot be kept.
        """
        async with self.ledger.reading() as rows:
            before, now = await self._compared(rows, cursor)
        if before == now:
            return
        async with self.ledger.transaction("keys-tried") as rows:
            # Once more, in the step that writes: keys may have been made here meanwhile.
            _, (tried, again) = await self._compared(rows, cursor)
            await untried.put(rows, cursor.board, tried)
            await _put(rows, cursor.board, again)

    async def _compared(
        self, rows: Transaction, cursor: Cursor
    ) -> tuple[tuple[frozenset[bytes] | None, Again | None], tuple[frozenset[bytes], Again | None]]:
        """Return with which keys a board was read and is read again, as it is and is to be."""
        here = {one.key_id: one.day for one in (await untried.opening(rows)).values()}
        tried = await untried.tried(rows, cursor.board)
        again = await _again(rows, cursor.board)
        # A key that does not open any more is not remembered: when it does, it is a new one.
        known = frozenset(here) if tried is None else tried & here.keys()
        came = here.keys() - known
        due = frozenset(key for key in came if here[key] <= self.pickup.today + _BEFORE)
        meant = again
        if due != (frozenset() if again is None else again.keys):
            meant = Again(None, cursor, due) if due else None
        return (tried, again), (known, meant)

    async def go_on(self, cursors: Sequence[Cursor], secrets: Sequence[EpochSecret]) -> Report:
        """Read some batches of every board that is read again, a page of each.

        What is refused is told by the alarms and in no report: it is no reason to call what a
        board was read on to old.

        Args:
            cursors: how far the boards were read on.
            secrets: the own outer keys that open.
        """
        report = Report()
        for cursor in cursors:
            try:
                async with aclosing(self._board(cursor, secrets)) as found:
                    async for one in found:
                        report = report.plus(one)
            except Refusal as refusal:
                report = report.plus(Report(again=1))
                with suppress(DiskFull, StoreDamaged):
                    await Alarms(self.ledger).raised([refusal])
                if isinstance(refusal, answers.GONE):
                    break
        return report

    async def _board(
        self, newest: Cursor, secrets: Sequence[EpochSecret]
    ) -> AsyncGenerator[Report, None]:
        async with self.ledger.reading() as rows:
            again = await _again(rows, newest.board)
        if again is None:
            return
        wanted = [one for one in secrets if one.key_id in again.keys]
        if len(wanted) < len(again.keys):  # one has gone just now, and the next reading notes it
            yield Report(again=1)
            return
        cursor = again.cursor or await self._start(again, wanted)
        again = replace(again, cursor=cursor)
        batches = await bring(self.transport, courier.pending(cursor))
        batches = tuple(one for one in batches if one.number <= again.until.number)
        if not batches and cursor.number < again.until.number:
            raise BatchMismatch  # they were there when the board was read
        for batch in batches:
            steps = courier.read(cursor, batch, self.roster.checkpoint.public, ours=True)
            read = await bring(self.transport, steps)
            age = (newest.number - batch.number) * self.roster.schedule.note_slot_seconds
            expired = age >= EXPIRY_DAYS[0] * DAY_SECONDS
            if read.lost and not expired and again.hidden is None:
                again = replace(again, hidden=cursor)
            cursor = read.cursor
            again = replace(again, cursor=cursor)
            yield await self._keep(again, read, wanted, expired=expired)
        if cursor.number < again.until.number:
            yield Report(again=1)
        else:
            yield await self._done(again)

    async def _start(self, again: Again, wanted: Sequence[EpochSecret]) -> Cursor:
        """Return where to begin: the day before the first key's own, and no cell is older."""
        until = again.until
        days = self.pickup.today - min(one.day for one in wanted) + _BEFORE + 1
        days = min(days, EXPIRY_DAYS[1])  # whatever the clock says
        back = days * DAY_SECONDS // self.roster.schedule.note_slot_seconds
        steps = courier.join(
            Cursor(until.instance, until.board), self.roster.checkpoint.public, back
        )
        start = await bring(self.transport, steps)
        if start.number + back < until.number:
            raise BatchMismatch  # the board was longer when it was read
        # Who was away that long has not been there yet, and reads it with every key.
        start = min(start, until, key=_number)
        async with self.ledger.transaction("reading-again") as rows:
            await _put(rows, until.board, replace(again, cursor=start))
        return start

    async def _keep(
        self, again: Again, read: BatchRead, secrets: Sequence[EpochSecret], *, expired: bool
    ) -> Report:
        """Make one batch durable: what the keys open in it, and how far it was read."""
        step = self.pickup.keep("batch-again", read, secrets, _KNOWN, expired=expired)
        async with step as (rows, report):
            await _put(rows, read.cursor.board, again)
        if read.lost and not expired:  # it is read once more, and is one alarm however often
            await Alarms(self.ledger).once((Alarm.NOTES_HIDDEN,))
        return replace(report, own=0)  # what came back then is no test of today

    async def _done(self, again: Again) -> Report:
        """End it: the tree that was shown now is the one that was shown then.

        What was hidden is asked for again until it is given, or too old to be there.
        """
        board = again.until.board
        if again.cursor != again.until:
            raise CheckpointForked
        async with self.ledger.transaction("read-again") as rows:
            if again.hidden is not None:
                await _put(rows, board, replace(again, cursor=again.hidden, hidden=None))
                return Report(again=1)
            tried = await untried.tried(rows, board)
            if tried is not None:
                await untried.put(rows, board, tried | again.keys)
            await _put(rows, board, None)
        return Report()


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
