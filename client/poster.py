"""Posting cells: each bound to its token on disk before it leaves, and settled on disk after.

This file knows how a cell and its token become one durable act that may be repeated until it is
acknowledged (PROTOCOL P-5.7). It refuses to know what the cells hold and what acknowledgement
means to a case: the outbox table does.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from client import lanes
from client.answers import GONE
from client.cells import CellFiles
from client.lanes import Source
from client.ledger import Ledger, Transaction
from client.line import InLine, Line, Rank
from client.posted import settle
from client.posting import NOBODY, OWNER_BYTES, Cell, Posting, note_cell
from client.shelf import Shelf
from client.transport import Progress, Transport
from client.wallet import Wallet
from keys.address import Board, CellClass, CellHash, Role, TokenClass, writable, writer_class
from keys.calendar import Day
from keys.errors import (
    BadToken,
    BrokerBusy,
    BrokerFault,
    DoubleSpend,
    Expired,
    Refusal,
    StoreDamaged,
    WrongShape,
)

MakeDummy = Callable[[Board], Awaitable[bytes]]
"""Seals a note to this member itself, as long and as dear as any other."""

_DISCARDED: Final = b"discarded-"
_DEAD_TOKEN: Final = (BadToken, DoubleSpend, Expired)
"""Answers after which this token will never be taken; a new week's too early one will be."""
_NOT_NOW: Final = (*GONE, BrokerBusy, BrokerFault)


class Poster:
    """Posts for one member. It keeps no state outside the ledger."""

    def __init__(self, ledger: Ledger, wallet: Wallet, cells: CellFiles, role: Role) -> None:
        self._ledger = ledger
        self._wallet = wallet
        self._cells = cells
        self._role = role
        self._boards = writable(role)
        self._line = Line(ledger)

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
        await self._line.join(rows, board, InLine(day, owner, note), rank)

    async def unqueue(self, rows: Transaction, owner: bytes) -> None:
        """Take a note out of the line; what is bound to a slot may have left."""
        await self._line.drop(rows, owner)

    async def queued(self) -> frozenset[bytes]:
        """Return the owners of all notes that are in line or on their way."""
        async with self._ledger.reading() as rows:
            waiting = await self._line.owners(rows)
        under_way = {posting.owner for _, posting in await self._postings() if posting.lane}
        return frozenset(waiting | under_way - {NOBODY})

    async def prepare(self, today: Day, dummy: MakeDummy) -> tuple[Refusal, ...]:
        """Bind the next tick's note of every board; call it before the slot, not in it.

        A dummy is made for every board, needed or not, so that a waiting note changes neither
        what is computed nor how long it takes.
        """
        dummies = {board: await _made(dummy, board) for board in self._boards}
        refusals: list[Refusal] = []
        await self._drop_stale(today)
        held = await self._held()
        async with self._ledger.reading() as rows:
            queued = await self._line.boards(rows)
        for slot in lanes.plan(self._role, frozenset(held), queued):
            if slot.source is not Source.RETRY:
                try:
                    await self._bind_lane(slot.board, dummies[slot.board], today)
                except Refusal as refusal:
                    refusals.append(refusal)
        return tuple(refusals)

    async def tick(self, transport: Transport, today: Day, dummy: MakeDummy) -> tuple[Refusal, ...]:
        """Post exactly one note on every board this member writes; returns what was refused."""
        held = await self._held()
        refusals: list[Refusal] = []
        ready = all(board in held and not held[board][1].stale(today) for board in self._boards)
        if not ready:
            refusals += await self.prepare(today, dummy)
            held = await self._held()
        for row, posting in [held[board] for board in self._boards if board in held]:
            try:
                await self._post(transport, row, posting, today)
            except Refusal as refusal:
                refusals.append(refusal)
        return tuple(refusals)

    # ── envelopes that staff send ────────────────────────────────────────────────────────────
    async def bind(
        self, rows: Transaction, board: Board, owner: bytes, cells: Iterable[Cell], today: Day
    ) -> None:
        """Bind each cell of an envelope, sealed today, to a token, in the caller's transaction.

        Raises:
            OutOfTokens: some class has none left; nothing of the envelope is bound.
        """
        await rows.delete(Shelf.META, _DISCARDED + owner)
        for order, cell in enumerate(cells):
            token = await self._wallet.take(rows, self._token_class(board, cell.cls), today)
            made = cell.bound(token, board, owner, order, today, lane=False)
            await rows.put(Shelf.POSTING, cell.cell_hash, made.encode())

    async def unbind(self, rows: Transaction, owner: bytes) -> None:
        """Let the cells of an envelope that have not left stay here; their tokens are lost."""
        await rows.delete(Shelf.META, _DISCARDED + owner)
        for row, value in await rows.rows(Shelf.POSTING):
            if Posting.decode(value).owner == owner:
                await rows.delete(Shelf.POSTING, row)

    async def waiting(self, owner: bytes) -> int:
        """Return how many cells of an envelope still wait for their acknowledgement.

        Cells that were destroyed unposted count as one that waits: only sealing anew helps.

        Raises:
            StoreDamaged: some posting cannot be read, and nobody can say whose it was.
        """
        async with self._ledger.reading() as rows:
            found = await rows.rows(Shelf.POSTING)
            if len(found) != len(await rows.ids(Shelf.POSTING)):
                raise StoreDamaged
            discarded = len(await rows.ids(Shelf.META, _DISCARDED + owner))
        return discarded + sum(Posting.decode(value).owner == owner for _, value in found)

    async def stale(self, today: Day) -> frozenset[bytes]:
        """Return the envelopes whose note did not leave in time: they must be sealed anew."""
        return frozenset(
            posting.owner
            for _, posting in await self._postings()
            if not posting.lane and posting.stale(today)
        )

    async def post_bound(
        self, transport: Transport, today: Day, progress: Progress = lambda _done: None
    ) -> tuple[Refusal, ...]:
        """Post what staff have sent: all notes first, then blobs, each envelope's in order.

        An envelope whose cell is refused waits for the next call; the others go on, unless
        nobody answers.
        """
        refusals: list[Refusal] = []
        stuck: set[bytes] = set()
        bound = [found for found in await self._postings() if not found[1].lane]
        for row, posting in sorted(bound, key=lambda found: (found[1].order, found[1].owner)):
            if posting.owner in stuck:
                continue
            try:
                if posting.stale(today):
                    raise Expired(day=posting.day)
                await self._post(transport, row, posting, today, progress)
            except Refusal as refusal:
                stuck.add(posting.owner)
                refusals.append(refusal)
                if isinstance(refusal, _NOT_NOW):
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
            for owner in {posting.owner for posting in bound if not posting.lane}:
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

    # ── one cell ─────────────────────────────────────────────────────────────────────────────
    async def _bind_lane(self, board: Board, dummy: bytes | Refusal, today: Day) -> None:
        """Bind the tick's note of a board to a token: the first in line, else the dummy."""
        async with self._ledger.transaction("lane-bound") as rows:
            waiting = await self._line.leave(rows, board)
            if waiting is None:
                if isinstance(dummy, Refusal):
                    raise dummy
                waiting = InLine(today, NOBODY, dummy)
            cell = note_cell(waiting.note)
            token = await self._wallet.take(rows, self._token_class(board, cell.cls), today)
            made = cell.bound(token, board, waiting.owner, 0, waiting.day, lane=True)
            await rows.put(Shelf.POSTING, cell.cell_hash, made.encode())

    async def _drop_stale(self, today: Day) -> None:
        """Throw away lane notes that nobody could open any more; whatever owes them remains."""
        async with self._ledger.transaction("lane-stale") as rows:
            await self._line.drop_stale(rows, today)
            for row, value in await rows.rows(Shelf.POSTING):
                posting = Posting.decode(value)
                if posting.lane and posting.stale(today):
                    await rows.delete(Shelf.POSTING, row)

    async def _post(
        self,
        transport: Transport,
        row: bytes,
        posting: Posting,
        today: Day,
        progress: Progress = lambda _done: None,
    ) -> None:
        if not await self._is_bound(row):
            return  # withdrawn while another cell was on its way
        try:
            kept = await self._once(transport, posting, progress)
        except _DEAD_TOKEN:
            # The token is worth nothing; the cell was never accepted under it.
            if (fresh := await self._renewed(row, posting, today)) is None:
                return
            kept = await self._once(transport, fresh, progress)
        if kept != row:
            raise WrongShape(field="kept.cell_hash")  # an answer to another cell settles nothing
        async with self._ledger.transaction("posted") as rows:
            await settle(rows, row, posting, seen=False)

    async def _once(self, transport: Transport, posting: Posting, progress: Progress) -> CellHash:
        if not posting.file:
            return await transport.post_cell(
                posting.board, posting.cls, posting.note, posting.token
            )
        with self._cells.reading(posting.file) as cell:
            return await transport.post_large(
                posting.board, posting.cls, cell, posting.token, progress
            )

    async def _is_bound(self, row: bytes) -> bool:
        async with self._ledger.reading() as rows:
            return bool(await rows.ids(Shelf.POSTING, row))

    async def _renewed(self, row: bytes, posting: Posting, today: Day) -> Posting | None:
        token_class = self._token_class(posting.board, posting.cls)
        async with self._ledger.transaction("token-renewed") as rows:
            if not await rows.ids(Shelf.POSTING, row):
                return None
            token = await self._wallet.take(rows, token_class, today)
            fresh = replace(posting, token=token)
            await rows.put(Shelf.POSTING, row, fresh.encode())
        return fresh

    async def _postings(self) -> list[tuple[bytes, Posting]]:
        async with self._ledger.reading() as rows:
            return [(row, Posting.decode(value)) for row, value in await rows.rows(Shelf.POSTING)]

    async def _held(self) -> Mapping[Board, tuple[bytes, Posting]]:
        """Return the lane note of every board that has one bound."""
        found = [(row, posting) for row, posting in await self._postings() if posting.lane]
        return {posting.board: (row, posting) for row, posting in found}

    def _token_class(self, board: Board, cls: CellClass) -> TokenClass:
        return TokenClass(writer_class(self._role, board), cls)


async def _made(dummy: MakeDummy, board: Board) -> bytes | Refusal:
    try:
        return await dummy(board)
    except Refusal as refusal:
        return refusal
