"""What a member sends: envelopes bound cell by cell or put in line, and answers put in line.

This file knows how a cell and its token become one durable act that may be repeated until it is
acknowledged (PROTOCOL P-5.7), and that what is urgent leaves the lanes their tokens (ADR 33). It
refuses to know what the cells hold and what acknowledgement means to a case: the outbox table does.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from client.answers import GONE
from client.cells import CellFiles
from client.going import Gone, unheard
from client.lanes import Lane, notes
from client.ledger import Ledger, Transaction
from client.line import InLine, Line, Rank
from client.posting import NOBODY, OWNER_BYTES, Bound, Cell, Posting, note_cell
from client.postman import Postman
from client.riding import MakeDummy, Rider
from client.shelf import Shelf
from client.spares import Spares
from client.transport import Transport
from client.turns import HeldBack, Turns
from client.wallet import Wallet
from keys.address import Board, CellClass, Role, TokenClass
from keys.calendar import Day, week_of
from keys.errors import (
    BrokerBusy,
    BrokerFault,
    Expired,
    OutOfTokens,
    Refusal,
    StoreDamaged,
)

_DISCARDED: Final = b"discarded-"
_ALL: Final = 1 << 32
"""More tokens than anybody has."""
NOT_NOW: Final = (*GONE, BrokerBusy, BrokerFault)
"""Refusals after which nothing else leaves at once either."""


class Poster:
    """Posts for one member. It keeps no state outside the ledger and `spares`."""

    def __init__(
        self,
        ledger: Ledger,
        wallet: Wallet,
        cells: CellFiles,
        role: Role,
        held_back: HeldBack,
        spares: Spares | None = None,
    ) -> None:
        self._ledger = ledger
        self._wallet = wallet
        self._role = role
        self._held_back = held_back
        self._line = Line(ledger)
        self._postman = Postman(ledger, wallet, cells, role, spares)
        self.turns = Turns(ledger, wallet, self._postman, self._line, held_back)
        self._rider = Rider(ledger, wallet, cells, self._postman, self._line)

    # ── the lane ─────────────────────────────────────────────────────────────────────────────
    async def queue(
        self, rows: Transaction, board: Board, note: bytes, day: Day, owner: bytes, rank: Rank
    ) -> None:
        """Put a sealed note in line for its tick, inside the caller's transaction.

        Args:
            rows: the caller's transaction.
            board: where it goes.
            note: sealed, 8,192 bytes.
            day: whose epoch keys it is sealed to; too late it is thrown away, and sealed anew.
            owner: row of the owed answer; removed when the note is acknowledged.
            rank: who goes first.
        """
        await self._line.join(rows, board, InLine(day, owner, note_cell(note)), rank)

    async def unqueue(self, rows: Transaction, owner: bytes) -> None:
        """Take a note out of the line; what is bound to a slot may have left."""
        await self._line.drop(rows, owner)

    async def queued(self) -> frozenset[bytes]:
        """Return the owners of all notes that are in line or on their way."""
        async with self._ledger.reading() as rows:
            waiting = await self._line.owners(rows)
        under_way = {posting.owner for _, posting in await self._postman.postings() if posting.lane}
        return frozenset(waiting | under_way - {NOBODY})

    async def prepare(
        self, today: Day, dummy: MakeDummy, due: Iterable[Lane] | None = None
    ) -> tuple[Refusal, ...]:
        """Bind the next cell of every lane that is `due`, or of the notes'; before the slot."""
        return await self._rider.prepare(today, self._due(due), dummy)

    async def tick(
        self,
        transport: Transport,
        today: Day,
        dummy: MakeDummy,
        due: Collection[Lane] | None = None,
    ) -> tuple[Refusal, ...]:
        """Post exactly one cell on every lane that is `due`, or of the notes'."""
        return await self._rider.tick(transport, today, self._due(due), dummy)

    def _due(self, due: Iterable[Lane] | None) -> tuple[Lane, ...]:
        return notes(self._role) if due is None else tuple(due)

    # ── envelopes that staff send ────────────────────────────────────────────────────────────
    async def bind(
        self, rows: Transaction, board: Board, owner: bytes, cells: Iterable[Cell], today: Day
    ) -> None:
        """Let an envelope, sealed today, leave at once, in the caller's transaction.

        Each cell is bound to a token that the lanes can spare. Where there is none it is put in
        line in its lane, before what is not urgent. When that is the note, all that has a lane is:
        a blob in haste without its note would say that the note's tokens are used up.

        Raises:
            OutOfTokens: a class without a lane has none, or a lane has none for its next slot;
                nothing of the envelope is bound.
        """
        await rows.delete(Shelf.META, _DISCARDED + owner)
        held, rides = self._held_back(), False
        for order, cell in enumerate(cells):
            to = Bound(board, owner, today, order, envelope=True)
            if not await self._bound(rows, cell, to, today, held, rides=rides):
                waiting = InLine(today, owner, cell, envelope=True)
                await self._line.join(rows, board, waiting, Rank.SOON)
                rides = rides or cell.cls is CellClass.NOTE

    async def line_up(
        self, rows: Transaction, board: Board, owner: bytes, cells: Iterable[Cell], today: Day
    ) -> None:
        """Put each cell of an envelope, sealed today, in line in its lane; tokens come later."""
        await rows.delete(Shelf.META, _DISCARDED + owner)
        for cell in cells:
            await self._line.join(rows, board, InLine(today, owner, cell, envelope=True))

    async def unbind(self, rows: Transaction, owner: bytes) -> None:
        """Let the cells of an envelope that have not left stay here.

        A spare dummy takes the place of what is bound to a slot, and its token if nobody can have
        seen that; other tokens are lost.
        """
        await rows.delete(Shelf.META, _DISCARDED + owner)
        await self._line.drop(rows, owner)
        for row, value in await rows.rows(Shelf.POSTING):
            posting = Posting.decode(value)
            if posting.owner == owner:
                await rows.delete(Shelf.POSTING, row)
                if posting.lane:
                    await self._postman.stand_in(rows, posting, gone=True)

    async def waiting(self, owner: bytes) -> int:
        """Return how many cells of an envelope still wait for their acknowledgement.

        Cells that were destroyed unposted count as one that waits: only sealing anew helps.

        Raises:
            StoreDamaged: some cell's row cannot be read, and nobody can say whose it was.
        """
        async with self._ledger.reading() as rows:
            found, waits = await rows.rows(Shelf.POSTING), await self._line.waiting(rows)
            there = await rows.ids(Shelf.POSTING), await rows.ids(Shelf.LANE)
            if (len(found), len(waits)) != tuple(map(len, there)):
                raise StoreDamaged
            discarded = len(await rows.ids(Shelf.META, _DISCARDED + owner))
            in_line = sum(one.owner == owner for one in waits)
        bound = sum(Posting.decode(value).owner == owner for _, value in found)
        return discarded + in_line + bound

    async def hasten(self, rows: Transaction, board: Board, owner: bytes, today: Day) -> None:
        """Let an envelope that waits in lanes leave at once after all, in the caller's transaction.

        What is bound to a slot keeps its token: it may have left in it, and is the same cell. The
        slot takes another token then, as a rule at once for its spare dummy; where the lanes can
        spare none, the cell keeps its slot too.
        What waits and finds no token goes before what is not urgent, and never back.

        Raises:
            OutOfTokens: there is none for its next slot either, or its class has no lane any more.
        """
        held, rides = dict(self._held_back()), False
        for row, value in await rows.rows(Shelf.POSTING):
            posting = Posting.decode(value)
            if posting.owner != owner or not posting.lane:
                continue
            token_class = self._postman.token_class(board, posting.cls)
            if token_class in held:
                held[token_class] += 1
                if await self._left(rows, token_class, today) < held[token_class]:
                    rides = rides or posting.cls is CellClass.NOTE
                    continue
            await rows.put(Shelf.POSTING, row, replace(posting, lane=False).encode())
            if token_class in held and await self._postman.stand_in(rows, posting, gone=False):
                held[token_class] -= 1
        for place, (row, one) in enumerate(await self._line.of(rows, owner), start=1):
            order = 0 if one.cell.cls is CellClass.NOTE else place
            to = Bound(board, owner, one.day, order, envelope=True)
            if await self._bound(rows, one.cell, to, today, held, rides=rides):
                await rows.delete(Shelf.LANE, row)
            else:
                await self._line.hurry(rows, board, row, one)
                rides = rides or not order

    async def _bound(
        self,
        rows: Transaction,
        cell: Cell,
        to: Bound,
        today: Day,
        held: Mapping[TokenClass, int],
        *,
        rides: bool,
    ) -> bool:
        """Bind a cell to a token that the lanes can spare; says whether there was one.

        Not one that has a lane when its note `rides`.

        Raises:
            OutOfTokens: its class has no lane, or that lane no token for its next slot.
        """
        token_class = self._postman.token_class(to.board, cell.cls)
        keep = _ALL if rides and token_class in held else held.get(token_class, 0)
        try:
            token = await self._wallet.take(rows, token_class, today, keep)
        except OutOfTokens:
            if token_class in held and await self._left(rows, token_class, today):
                return False
            raise
        await rows.put(Shelf.POSTING, cell.cell_hash, cell.bound(token, to).encode())
        return True

    async def _left(self, rows: Transaction, token_class: TokenClass, today: Day) -> int:
        return await self._wallet.count(rows, token_class, week_of(today))

    async def stale(self, today: Day) -> frozenset[bytes]:
        """Return the envelopes whose note did not leave in time: they must be sealed anew."""
        async with self._ledger.reading() as rows:
            in_line = await self._line.waiting(rows)
        bound = [posting for _, posting in await self._postman.postings()]
        both: list[Posting | InLine] = [*bound, *in_line]
        return frozenset(one.owner for one in both if one.envelope and one.stale(today))

    async def post_bound(
        self, transport: Transport, today: Day, progress: Gone = unheard
    ) -> tuple[Refusal, ...]:
        """Post what staff have sent: all notes first, then blobs, each envelope's in order.

        An envelope whose cell is refused, or whose note waits for its slot, waits for the next
        call; the others go on, unless nobody answers.
        """
        refusals: list[Refusal] = []
        bound = [found for found in await self._postman.postings() if not found[1].lane]
        # Read after them: what is bound meanwhile is of the next call, with its note.
        stuck = {*await self.turns.notes_in_lanes()}
        for row, posting in sorted(bound, key=lambda found: (found[1].order, found[1].owner)):
            if posting.owner in stuck:
                continue
            token_class = self._postman.token_class(posting.board, posting.cls)
            keep = self._held_back().get(token_class, 0)
            try:
                if posting.stale(today):
                    raise Expired(day=posting.day)
                tell = partial(progress, posting.owner)
                tell(0)
                await self._postman.post(transport, row, posting, today, tell, keep=keep)
            except Refusal as refusal:
                stuck.add(posting.owner)
                refusals.append(refusal)
                if isinstance(refusal, NOT_NOW):
                    break
        return tuple(refusals)

    # ── after a restore ──────────────────────────────────────────────────────────────────────
    async def discard_all(self) -> int:
        """Destroy every cell that has not left: after a restore it may have left already.

        `discarded` then names the envelopes that must be sealed anew.
        """
        async with self._ledger.transaction("cells-discarded") as rows:
            found = await rows.rows(Shelf.POSTING)
            bound = [Posting.decode(value) for _, value in found]
            both: list[Posting | InLine] = [*bound, *await self._line.waiting(rows)]
            for owner in {one.owner for one in both if one.envelope}:
                await rows.put(Shelf.META, _DISCARDED + owner, b"")
            unposted = await rows.ids(Shelf.POSTING)
            for row in unposted:
                await rows.delete(Shelf.POSTING, row)
            return len(unposted) + await self._line.clear(rows)

    async def discarded(self) -> frozenset[bytes]:
        """Return the envelopes whose cells were destroyed unposted."""
        async with self._ledger.reading() as rows:
            found = await rows.ids(Shelf.META, _DISCARDED)
        return frozenset(row[-OWNER_BYTES:] for row in found)
