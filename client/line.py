"""The lines of sealed cells that wait for their slot, one line for each lane.

This file knows ranks, first in, first out among equals, that a note is worth posting for a short
time only, and that no blob goes before the note that names it. It refuses to know what a cell holds
and when its slot is.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Self

from client.lanes import Lane
from client.ledger import Ledger, Transaction
from client.posting import NOBODY, OWNER_BYTES, Cell, is_stale, note_cell
from client.shelf import Shelf
from keys.address import NOTE_BYTES, Board, CellClass, CellHash
from keys.calendar import Day
from keys.errors import WrongShape, WrongSize
from keys.wire import Fields, Packable, pack

_LAST_DAY: Final = (1 << 32) - 1
_SERIAL: Final = 8
_HASH: Final = 32
_FILE: Final = 64


class Rank(IntEnum):
    """Who goes first: what somebody must hear before they open, before what can wait."""

    TAKEN_BACK = 0
    SOON = 1  # what opens a case, and what staff call urgent
    ANSWER = 2  # and what staff send
    TURNED_AWAY = 3  # anybody can make us say it, as often as they like


@dataclass(frozen=True, slots=True)
class InLine:
    """A sealed cell that waits for its slot.

    Attributes:
        day: whose epoch keys a note is sealed to; on which a blob was sealed.
        owner: 16 bytes: the envelope that it is of, or the owed answer that is settled once this is
            acknowledged.
        cell: the note or the blob's file.
        envelope: whether `owner` is an envelope.
    """

    day: Day
    owner: bytes
    cell: Cell = field(repr=False)
    envelope: bool = False

    def stale(self, today: Day) -> bool:
        """Whether it is a note that nobody could open any more."""
        return self.cell.cls is CellClass.NOTE and is_stale(self.day, today)

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        cell = self.cell
        blob: list[Packable] = [cell.cls.value, cell.cell_hash, cell.file]
        return pack(["in-line", 1, self.day, self.owner, cell.note, blob, self.envelope])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "in-line")
        day = Day(fields.number("day", most=_LAST_DAY))
        owner = fields.octets("owner", size=OWNER_BYTES)
        note = fields.octets("note", most=NOTE_BYTES)
        if fields.ended:  # a row that an older program wrote: an answer
            return cls(day, owner, _note(note))
        about = Fields(["cell", 1, *fields.items("cell", least=3, most=3)], "cell")
        envelope = fields.flag("envelope")
        fields.end()
        of = about.choice("class", CellClass)
        cell_hash = CellHash(about.octets("hash", size=_HASH))
        file = about.text("file", most=_FILE)
        about.end()
        cell = _note(note) if of is CellClass.NOTE else Cell(of, cell_hash, file=file)
        if (cell.cell_hash, cell.note, cell.file) != (cell_hash, note, file):
            raise WrongShape(field="in-line.cell")
        return cls(day, owner, cell, envelope)


def _note(note: bytes) -> Cell:
    if len(note) != NOTE_BYTES:
        raise WrongSize(field="in-line.note")
    return note_cell(note)


class Line:
    """The lines of one member; every step is inside its caller's transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def join(
        self, rows: Transaction, board: Board, waiting: InLine, rank: Rank = Rank.ANSWER
    ) -> None:
        """Put a cell behind those of its rank in its lane, and before those of a lower."""
        of = self._of(Lane(board, waiting.cell.cls)) + bytes([rank])
        last = [bytes(_SERIAL), *await rows.ids(Shelf.LANE, of)][-1]
        serial = int.from_bytes(last[-_SERIAL + 1 :], "big") + 1
        await rows.put(Shelf.LANE, of + serial.to_bytes(_SERIAL - 1, "big"), waiting.encode())

    async def drop(self, rows: Transaction, owner: bytes) -> None:
        """Take out of the line what is not to be said any more."""
        for row, _ in await self.of(rows, owner):
            await rows.delete(Shelf.LANE, row)

    async def of(self, rows: Transaction, owner: bytes) -> tuple[tuple[bytes, InLine], ...]:
        """Return what waits of one owner, each with its row, its note first."""
        found = [(row, InLine.decode(value)) for row, value in await rows.rows(Shelf.LANE)]
        own = [(row, one) for row, one in found if one.owner == owner]
        return tuple(sorted(own, key=lambda one: one[1].cell.cls is not CellClass.NOTE))

    async def hurry(self, rows: Transaction, board: Board, row: bytes, waiting: InLine) -> None:
        """Put a cell that waits before what is not urgent; one that is there keeps its place."""
        if row[-_SERIAL] > Rank.SOON:
            await rows.delete(Shelf.LANE, row)
            await self.join(rows, board, waiting, Rank.SOON)

    async def leave(
        self,
        rows: Transaction,
        lane: Lane,
        today: Day,
        held: frozenset[bytes] = frozenset(),
    ) -> InLine | None:
        """Take the first cell out of a lane that may leave, if one waits.

        Args:
            rows: the caller's transaction.
            lane: whose slot it is.
            today: a note too old for it stays, to be sealed anew.
            held: owners whose note has been bound and is not acknowledged yet.
        """
        waiting = [(row, InLine.decode(value)) for row, value in await rows.rows(Shelf.LANE)]
        notes = {one.owner for _, one in waiting if one.cell.cls is CellClass.NOTE} | held
        for row, one in waiting:
            blob = lane.cls is not CellClass.NOTE
            if not row.startswith(self._of(lane)) or one.stale(today):
                continue
            if blob and one.owner in notes:
                continue
            await rows.delete(Shelf.LANE, row)
            return one
        return None

    async def lanes(self, rows: Transaction) -> frozenset[Lane]:
        """Return the lanes in which a cell waits."""
        of = {self._of(Lane(board, cls)): Lane(board, cls) for board in Board for cls in CellClass}
        return frozenset(of[row[:-_SERIAL]] for row in await rows.ids(Shelf.LANE))

    async def waiting(self, rows: Transaction) -> tuple[InLine, ...]:
        """Return all that waits."""
        return tuple(InLine.decode(value) for _, value in await rows.rows(Shelf.LANE))

    async def queue(
        self, rows: Transaction, lane: Lane, rank: Rank = Rank.TURNED_AWAY
    ) -> tuple[InLine, ...]:
        """Return what leaves one lane before the next of `rank`, in that order."""
        of = self._of(lane)
        return tuple(
            InLine.decode(value)
            for row, value in await rows.rows(Shelf.LANE)
            if row.startswith(of) and row[len(of)] <= rank
        )

    async def owners(self, rows: Transaction) -> frozenset[bytes]:
        """Return whose cells wait."""
        return frozenset(one.owner for one in await self.waiting(rows)) - {NOBODY}

    async def drop_stale(self, rows: Transaction, today: Day) -> None:
        """Throw away the answers that nobody could open any more; whatever owes them remains.

        An envelope's note stays: nobody else knows that the envelope is to be sealed anew.
        """
        for row, value in await rows.rows(Shelf.LANE):
            one = InLine.decode(value)
            if one.stale(today) and not one.envelope:
                await rows.delete(Shelf.LANE, row)

    async def clear(self, rows: Transaction) -> int:
        """Throw away every cell; returns how many there were."""
        found = await rows.ids(Shelf.LANE)
        for row in found:
            await rows.delete(Shelf.LANE, row)
        return len(found)

    def _of(self, lane: Lane) -> bytes:
        cls = (lane.cls.value.encode(),) if lane.cls is not CellClass.NOTE else ()
        return self._ledger.key(b"lane", lane.board.value.encode(), *cls)
