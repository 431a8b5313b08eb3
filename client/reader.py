"""Reading the boards: the shell around the courier's rules.

This file knows how what was read becomes durable: everything of one batch in one transaction,
cursor included, so that a batch is read wholly or not at all. It refuses to know what the notes
mean: outer layers are opened by a function it is given, and inner layers wait for staff.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from client import answers, claims, courier, posted, rereading
from client.alarms import Alarm, Alarms, sound
from client.arrived import Arrived
from client.boards import BATCHES_AT_ONCE, EXPIRY_DAYS, Cursor
from client.cells import CellFiles
from client.courier import BatchRead
from client.fetching import BlobFiles, bring
from client.history import History
from client.keyring import Keyring
from client.ledger import Ledger, Transaction
from client.pickup import OpenOuter, Pickup
from client.report import Report
from client.rereading import Rereading
from client.shelf import Shelf
from client.transport import Progress, Transport
from keys.address import READERS, Board, Role, readable
from keys.body import Seen
from keys.calendar import DAY_SECONDS, Day
from keys.epoch import BATCH_DAYS, EpochSecret
from keys.errors import DiskFull, Refusal, StoreDamaged
from keys.roster import Roster

__all__ = ["Reader", "Report", "history_row"]

MOST_AT_ONCE: Final = 5_000
"""Batches of one board in one reading: more than a fortnight of slots."""
_CLAIM_DAYS: Final = EXPIRY_DAYS[1] + BATCH_DAYS
_DAY: Final = 4
_OWN: Final = (Shelf.POSTED, Shelf.POSTING)
"""Where notes stand that this member wrote."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one reading works with."""

    transport: Transport
    roster: Roster
    role: Role
    today: Day
    blobs: BlobFiles

    @property
    def public(self) -> bytes:
        """The broker's checkpoint key."""
        return self.roster.checkpoint.public


class Reader:
    """Reads every board for one member. It keeps no state outside the ledger.

    Args:
        ledger: where everything that was read becomes durable.
        keyring: the outer keys to try.
        cells: where wanted blobs come to rest.
        open_outer: opens one note.
        most: batches of one board in one reading.
    """

    def __init__(
        self,
        ledger: Ledger,
        keyring: Keyring,
        cells: CellFiles,
        open_outer: OpenOuter,
        *,
        most: int = MOST_AT_ONCE,
    ) -> None:
        self._ledger = ledger
        self._keyring = keyring
        self._cells = cells
        self._open_outer = open_outer
        self._most = most

    async def sync(
        self,
        transport: Transport,
        roster: Roster,
        role: Role,
        today: Day,
        progress: Progress = lambda _done: None,
    ) -> Report:
        """Read every board as far as it goes.

        No refusal is raised: what one board meets keeps no other from being read, and what was
        counted before it is not lost with it. What was read whole is kept, and the rest is next.
        Only when all boards were read on is some of one read again (`rereading`).
        """
        blobs = BlobFiles(transport, self._cells, progress)
        reading = _Reading(transport, roster, role, today, blobs)
        report, unread = Report(), list(Board)
        while unread and not any(isinstance(one, answers.GONE) for one in report.refusals):
            report = report.plus(await self._board(reading, unread.pop(0)))
        if not any(isinstance(one, answers.GONE) for one in report.refusals):
            report = report.plus(await self._go_back(reading))
        return report.plus(Report(behind=len(unread)))

    async def forget(self, today: Day) -> int:
        """Destroy what nobody can open any more; returns how many notes were never opened.

        An inner layer whose key is over is lost on purpose (design § 5), and a blob that has not
        come long after its batch has expired never will.
        """
        async with self._ledger.transaction("unopened-forgotten") as rows:
            files: list[str] = []
            lost = 0
            for row, value in await rows.rows(Shelf.ARRIVED):
                if Arrived.decode(value).day < today - BATCH_DAYS:
                    await rows.delete(Shelf.ARRIVED, row)
                    files += await claims.drop(rows, row)
                    lost += 1
            files += await claims.drop_before(rows, Day(today - _CLAIM_DAYS))
            await sound(rows, Alarm.UNOPENED_LOST, lost)
            for name in files:
                rows.after(partial(self._cells.delete, name))
        return lost

    async def seen(self, role: Role) -> tuple[Seen, ...]:
        """Return what this member has seen of the boards it reads, to repeat in its notes."""
        async with self._ledger.reading() as rows:
            found = [await _cursor(rows, board) for board in readable(role)]
        return tuple(cursor.seen for cursor in found if cursor is not None)

    async def _board(self, reading: _Reading, board: Board) -> Report:
        report, ours = Report(), reading.role in READERS[board]
        try:
            cursor = await self._begin(reading, board)
            if ours:
                await self._again(reading).begin(cursor)
            for _ in range(self._most // BATCHES_AT_ONCE):
                batches = await bring(reading.transport, courier.pending(cursor))
                # Now, and not before: staff may have unlocked meanwhile, and new keys be told.
                secrets = await self._keyring.outer(reading.today) if batches else ()
                for batch in batches:
                    steps = courier.read(cursor, batch, reading.public, ours=ours)
                    read = await bring(reading.transport, steps)
                    report = report.plus(await self._keep(reading, read, secrets, ours=ours))
                    cursor = read.cursor
                if len(batches) < BATCHES_AT_ONCE:
                    return report.plus(await self._reached(cursor, reading.today))
        except Refusal as refusal:
            with suppress(DiskFull, StoreDamaged):  # the report says it all the same
                await Alarms(self._ledger).raised([refusal])
            return report.plus(Report(behind=1, refusals=(refusal,)))
        return report.plus(Report(behind=1))

    async def _go_back(self, reading: _Reading) -> Report:
        """Read on where boards are read again for a key that came late."""
        try:
            async with self._ledger.reading() as rows:
                found = [await _cursor(rows, board) for board in readable(reading.role)]
            cursors = [one for one in found if one and one.instance == reading.roster.instance]
            secrets = await self._keyring.outer(reading.today)
        except Refusal:
            return Report(again=1)  # of this machine's store: the next writing meets it
        return await self._again(reading).go_on(cursors, secrets)

    def _again(self, reading: _Reading) -> Rereading:
        return Rereading(self._ledger, self._pickup(reading), reading.transport, reading.roster)

    def _pickup(self, reading: _Reading) -> Pickup:
        return Pickup(self._ledger, self._cells, self._open_outer, reading.blobs, reading.today)

    async def _begin(self, reading: _Reading, board: Board) -> Cursor:
        """Return where a board was left, or where to begin it.

        A new member begins a day of slots behind the newest batch, so that nothing is missed that
        was sent as soon as its keys stood on the board. On a new broker (PROTOCOL P-11.6), or
        when the memory of the board is damaged, one begins behind everything that can have
        expired; what comes twice is known by its hash.
        """
        roster = reading.roster
        async with self._ledger.reading() as rows:
            before = await rows.ids(Shelf.CURSOR, board.value.encode())
            cursor = await _cursor(rows, board)
        if cursor is not None and cursor.instance == roster.instance:
            return cursor
        days = EXPIRY_DAYS[1] if before else 1
        back = days * DAY_SECONDS // roster.schedule.note_slot_seconds
        fresh = Cursor(roster.instance, board)
        steps = courier.join(fresh, reading.public, back)
        cursor = await bring(reading.transport, steps)
        async with self._ledger.transaction("board-joined") as rows:
            await _put_cursor(rows, cursor, History())
            await rows.delete(Shelf.CURSOR, _reached_row(board))
            await rereading.forget(rows, board)
            if before:  # else what was posted in this very slot is still to be seen
                await posted.forget(rows, board)
        return cursor

    async def _keep(
        self, reading: _Reading, read: BatchRead, secrets: Sequence[EpochSecret], *, ours: bool
    ) -> Report:
        """Make one batch durable: what is ours in it, what it proves, and the cursor."""
        board, number = read.cursor.board, read.cursor.number
        async with self._ledger.reading() as rows:
            expired = await _may_have_expired(rows, board, reading.today)
            history = History.decode(await rows.get_whole(Shelf.CURSOR, history_row(board)))
        step = self._pickup(reading).keep("batch", read, secrets, _OWN, expired=expired, ours=ours)
        async with step as (rows, report):
            missing = await posted.tick_off(rows, board, number, read.cells, self._cells.delete)
            await _put_cursor(rows, read.cursor, history)
            await sound(rows, Alarm.CELL_MISSING, missing)
            await sound(rows, Alarm.NOTES_HIDDEN, int(read.lost and expired is False))
        return replace(report, missing=missing)

    async def _reached(self, cursor: Cursor, today: Day) -> Report:
        """Take note that a board was read to its end today."""
        row, day = _reached_row(cursor.board), today.to_bytes(_DAY, "big")
        async with self._ledger.reading() as rows:
            known = await rows.get_whole(Shelf.CURSOR, row) == day
            watched = not known or await posted.watched(rows, cursor.board)
        if not watched:
            return Report()
        async with self._ledger.transaction("board-read") as rows:
            await rows.put(Shelf.CURSOR, row, day)
            stalled = await posted.after_reading(rows, cursor.board, cursor.number)
            await sound(rows, Alarm.BOARD_STALLED, stalled)
        return Report(stalled=stalled)


def history_row(board: Board) -> bytes:
    """Return where the checkpoints of a board that were followed are kept."""
    return b"history-" + board.value.encode()


def _reached_row(board: Board) -> bytes:
    return b"reached-" + board.value.encode()


async def _cursor(rows: Transaction, board: Board) -> Cursor | None:
    kept = await rows.get_whole(Shelf.CURSOR, board.value.encode())
    return Cursor.decode(kept) if kept is not None else None


async def _put_cursor(rows: Transaction, cursor: Cursor, history: History) -> None:
    await rows.put(Shelf.CURSOR, cursor.board.value.encode(), cursor.encode())
    after = history.after(cursor.frontier)
    await rows.put(Shelf.CURSOR, history_row(cursor.board), after.encode())


async def _may_have_expired(rows: Transaction, board: Board, today: Day) -> bool | None:
    """Whether a batch that was not read yet can be too old to be there still.

    It is younger than the day on which the board was last read to its end; None before the first
    time, when nobody knows which of them were meant for this member.
    """
    kept = await rows.get_whole(Shelf.CURSOR, _reached_row(board))
    if kept is None:
        return None
    return today >= int.from_bytes(kept, "big") + EXPIRY_DAYS[0]
