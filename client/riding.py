"""The slots of the lanes: one cell for each, bound to its token before, posted in it.

This file knows that a dummy is made for every slot, needed or not, and that the same bytes go again
until they are acknowledged. It refuses to know what waits in a lane and why.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from client import lanes
from client.cells import CellFiles
from client.lanes import Lane, Source
from client.ledger import Ledger
from client.line import InLine, Line
from client.posting import NOBODY, Bound, Cell, Posting
from client.postman import Postman
from client.shelf import Shelf
from client.spares import Spare
from client.transport import Transport
from client.wallet import Wallet
from keys.address import CellClass
from keys.calendar import Day
from keys.errors import Refusal

MakeDummy: TypeAlias = Callable[[Lane], Awaitable[Cell]]
"""Seals a cell of nothing, as long and as dear as any other of its lane."""

_Held: TypeAlias = Mapping[Lane, tuple[bytes, Posting]]
_NOTE: Final = CellClass.NOTE
_TRIES: Final = 2
"""A cell that is taken back when it is about to leave, and the dummy that stands in for it."""


class Rider:
    """Posts what rides the lanes of one member.

    It keeps no state outside the ledger and the spare dummies of its postman.
    """

    def __init__(
        self, ledger: Ledger, wallet: Wallet, cells: CellFiles, postman: Postman, line: Line
    ) -> None:
        self._ledger = ledger
        self._wallet = wallet
        self._cells = cells
        self._postman = postman
        self._spares = postman.spares
        self._line = line

    async def prepare(
        self, today: Day, due: Iterable[Lane], dummy: MakeDummy
    ) -> tuple[Refusal, ...]:
        """Bind the next cell of every lane that is due; call it before the slot, not in it.

        A dummy is made for every lane, needed or not, so that a waiting cell changes neither what
        is computed nor how long it takes. It is spare until the slot, where it is not needed.
        """
        made = {lane: await _made(dummy, lane) for lane in due}
        refusals = await self._fill(today, made)
        self._clear()
        return tuple(refusals)

    async def tick(
        self, transport: Transport, today: Day, due: Collection[Lane], dummy: MakeDummy
    ) -> tuple[Refusal, ...]:
        """Post exactly one cell on every lane that is due; returns what was refused."""
        held = await self._held(today)
        refusals: list[Refusal] = []
        if lacking := [lane for lane in due if lane not in held]:
            spared = all(self._spares.of(lane) for lane in lacking)
            refusals += await self._fill(
                today,
                {lane: await self._some(dummy, lane) for lane in (lacking if spared else due)},
            )
            held = await self._held(today)
        for lane in [one for one in due if one in held]:
            refusals += await self._leave(transport, today, lane, dummy)
        for lane in due:
            self._spares.ends(lane)
        self._clear()
        return tuple(refusals)

    async def _leave(
        self, transport: Transport, today: Day, lane: Lane, dummy: MakeDummy
    ) -> list[Refusal]:
        """Post the cell of one lane, whatever is taken back or made urgent meanwhile."""
        for _ in range(_TRIES):
            if lane not in (held := await self._held(today)):
                # While another cell was on its way, and no dummy was spare: one is made now.
                refusals = await self._fill(today, {lane: await self._some(dummy, lane)})
                if lane not in (held := await self._held(today)):
                    return refusals
            try:
                if not await self._postman.post(transport, *held[lane], today):
                    break
            except Refusal as refusal:
                return [refusal]
        self._clear()  # by now, as the file of a dummy that has left
        return []

    async def _fill(self, today: Day, made: Mapping[Lane, Cell | Refusal]) -> list[Refusal]:
        """Bind a cell to the slot of every lane that has none, with the dummy made for it."""
        refusals: list[Refusal] = []
        await self._drop_stale(today)
        held = await self._held(today)
        async with self._ledger.reading() as rows:
            queued = await self._line.lanes(rows)
        for slot in lanes.plan(made, frozenset(held), queued):
            cell = made[slot.lane]
            if slot.source is not Source.RETRY:
                try:
                    await self._bind(slot.lane, cell, today)
                    continue
                except Refusal as refusal:
                    refusals.append(refusal)
            if isinstance(cell, Cell):
                self._spares.keep(slot.lane, Spare(today, cell))
        return refusals

    async def _some(self, dummy: MakeDummy, lane: Lane) -> Cell | Refusal:
        """Return the spare dummy of a lane, or one that is made now."""
        spare = self._spares.of(lane)
        return await _made(dummy, lane) if spare is None else spare.cell

    def _clear(self) -> None:
        """Remove the files of dummies that are spare no more; never between a slot and its cell."""
        for name in self._spares.over():
            with suppress(Refusal):  # a file that nobody names is swept one day
                self._cells.delete(name)

    async def _bind(self, lane: Lane, dummy: Cell | Refusal, today: Day) -> None:
        """Bind a slot's cell to a token: the first that may leave, or the dummy.

        A dummy that is not needed is spare with the step: what is taken back right after finds it.
        """
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
            if waiting.owner == NOBODY:
                rows.after(partial(self._spares.used, lane, dummy))
            else:
                rows.after(partial(self._spares.bound, lane, token, Spare(today, dummy)))

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
