"""The slots of the lanes: one cell for each, bound to its token before, posted in it.

This file knows that a dummy is made for every slot, needed or not, and that the same bytes go again
until they are acknowledged. It refuses to know what waits in a lane and why.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeAlias

from client import lanes
from client.cells import CellFiles
from client.lanes import Lane, Source
from client.ledger import Ledger
from client.line import InLine, Line
from client.posting import NOBODY, Bound, Cell, Posting
from client.postman import Postman
from client.shelf import Shelf
from client.transport import Transport
from client.wallet import Wallet
from keys.address import CellClass
from keys.calendar import Day
from keys.errors import Refusal

MakeDummy: TypeAlias = Callable[[Lane], Awaitable[Cell]]
"""Seals a cell of nothing, as long and as dear as any other of its lane."""

_Held: TypeAlias = Mapping[Lane, tuple[bytes, Posting]]
_NOTE: Final = CellClass.NOTE


class Rider:
    """Posts what rides the lanes of one member. It keeps no state outside the ledger."""

    def __init__(
        self, ledger: Ledger, wallet: Wallet, cells: CellFiles, postman: Postman, line: Line
    ) -> None:
        self._ledger = ledger
        self._wallet = wallet
        self._cells = cells
        self._postman = postman
        self._line = line

    async def prepare(
        self, today: Day, due: Iterable[Lane], dummy: MakeDummy
    ) -> tuple[Refusal, ...]:
        """Bind the next cell of every lane that is due; call it before the slot, not in it.

        A dummy is made for every lane, needed or not, so that a waiting cell changes neither what
        is computed nor how long it takes.
        """
        due = tuple(due)
        dummies = {lane: await _made(dummy, lane) for lane in due}
        refusals: list[Refusal] = []
        await self._drop_stale(today)
        held = await self._held(today)
        async with self._ledger.reading() as rows:
            queued = await self._line.lanes(rows)
        for slot in lanes.plan(due, frozenset(held), queued):
            made = dummies[slot.lane]
            used = False
            if slot.source is not Source.RETRY:
                try:
                    used = await self._bind(slot.lane, made, today)
                except Refusal as refusal:
                    refusals.append(refusal)
            if not used and isinstance(made, Cell) and made.file:
                with suppress(Refusal):  # a file that nobody names is swept one day
                    self._cells.delete(made.file)
        return tuple(refusals)

    async def tick(
        self, transport: Transport, today: Day, due: Collection[Lane], dummy: MakeDummy
    ) -> tuple[Refusal, ...]:
        """Post exactly one cell on every lane that is due; returns what was refused."""
        held = await self._held(today)
        refusals: list[Refusal] = []
        if any(lane not in held for lane in due):
            refusals += await self.prepare(today, due, dummy)
            held = await self._held(today)
        for lane in [one for one in due if one in held]:
            if lane not in (held := await self._held(today)):
                # Taken back or made urgent while another cell was on its way: a dummy goes.
                refusals += await self.prepare(today, (lane,), dummy)
                held = await self._held(today)
            if lane not in held:
                continue
            try:
                await self._postman.post(transport, *held[lane], today)
            except Refusal as refusal:
                refusals.append(refusal)
        return tuple(refusals)

    async def _bind(self, lane: Lane, dummy: Cell | Refusal, today: Day) -> bool:
        """Bind a slot's cell to a token: the first that may leave; says whether it is the dummy."""
        async with self._ledger.transaction("lane-bound") as rows:
            postings = [Posting.decode(value) for _, value in await rows.rows(Shelf.POSTING)]
            held = frozenset(one.owner for one in postings if one.cls is _NOTE) - {NOBODY}
            if isinstance(dummy, Refusal):
                raise dummy  # where no dummy could leave, what is real would be seen
            waiting = await self._line.leave(rows, lane, today, held)
            if waiting is None:
                waiting = InLine(today, NOBODY, dummy)
            cell = waiting.cell
            token_class = self._postman.token_class(lane.board, lane.cls)
            token = await self._wallet.take(rows, token_class, today)
            order = int(lane.cls is not _NOTE)
            to = Bound(lane.board, waiting.owner, waiting.day, order, lane=True)
            to = replace(to, envelope=waiting.envelope)
            await rows.put(Shelf.POSTING, cell.cell_hash, cell.bound(token, to).encode())
        return waiting.owner == NOBODY

    async def _drop_stale(self, today: Day) -> None:
        """Throw away notes that nobody could open any more, and dummies whose file is gone.

        Whatever owes a note remains; a dummy without its bytes would fill its lane for ever.

        An envelope's note stays bound beside the lane until it is known whether it has left.
        """
        async with self._ledger.transaction("lane-stale") as rows:
            await self._line.drop_stale(rows, today)
            for row, value in await rows.rows(Shelf.POSTING):
                posting = Posting.decode(value)
                late = posting.lane and not posting.envelope and posting.stale(today)
                if late or (posting.spare and not self._cells.length(posting.spare)):
                    await rows.delete(Shelf.POSTING, row)

    async def _held(self, today: Day) -> _Held:
        """Return the cell of every lane that has one bound which may still leave."""
        return {
            Lane(posting.board, posting.cls): (row, posting)
            for row, posting in await self._postman.postings()
            if posting.lane and not posting.stale(today)
        }


async def _made(dummy: MakeDummy, lane: Lane) -> Cell | Refusal:
    try:
        return await dummy(lane)
    except Refusal as refusal:
        return refusal
