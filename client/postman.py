"""One cell to the broker: under its token, again under a fresh one, and settled on disk.

This file knows what may go wrong between a bound cell and its acknowledgement (PROTOCOL P-5.7). It
refuses to know which cells leave when: the lanes and the envelopes do.
"""

from dataclasses import replace
from functools import partial
from typing import Final

from client.cells import CellFiles
from client.lanes import Lane
from client.ledger import Ledger, Transaction
from client.posted import settle
from client.posting import NOBODY, Bound, Posting
from client.shelf import Shelf
from client.spares import Spares
from client.transport import Progress, Transport
from client.upload import always
from client.wallet import Wallet
from keys.address import Board, CellClass, CellHash, Role, TokenClass, writer_class
from keys.calendar import Day
from keys.errors import BadToken, DoubleSpend, Expired, OutOfTokens, WrongShape

_DEAD_TOKEN: Final = (BadToken, DoubleSpend, Expired)
"""Answers after which this token will never be taken; a new week's too early one will be."""


class Postman:
    """Carries bound cells for one member. It keeps no state outside the ledger and `spares`."""

    def __init__(
        self,
        ledger: Ledger,
        wallet: Wallet,
        cells: CellFiles,
        role: Role,
        spares: Spares | None = None,
    ) -> None:
        self._ledger = ledger
        self._wallet = wallet
        self._cells = cells
        self._role = role
        self.spares = spares or Spares()

    async def post(
        self,
        transport: Transport,
        row: bytes,
        posting: Posting,
        today: Day,
        progress: Progress = lambda _done: None,
        *,
        keep: int = 0,
    ) -> bool:
        """Post one bound cell, unless it was taken back meanwhile, and settle it.

        Returns whether it was taken back before anything of it was shown.

        Args:
            transport: to the broker.
            row: the cell's hash.
            posting: what is bound.
            today: whose tokens are good.
            progress: told how many bytes have gone.
            keep: tokens of its class that are not for it.

        Raises:
            OutOfTokens: its token was dead, and there is no other to spare.
            WrongShape: what was acknowledged is another cell.
            Refusal: what the broker answered.
        """
        async with self._ledger.reading() as rows:
            if not await rows.ids(Shelf.POSTING, row):
                return True  # withdrawn while another cell was on its way
            if posting.lane:  # no step is under way here: it comes before, or finds it begun
                self.spares.begins(Lane(posting.board, posting.cls), row)
        try:
            kept = await self._once(transport, row, posting, progress)
        except _DEAD_TOKEN:
            # The token is worth nothing; the cell was never accepted under it.
            if (fresh := await self._renewed(row, posting, today, keep)) is None:
                return False
            kept = await self._once(transport, row, fresh, progress)
        if kept is None:
            return False
        if kept != row:
            raise WrongShape(field="kept.cell_hash")  # an answer to another cell settles nothing
        async with self._ledger.transaction("posted") as rows:
            await settle(rows, row, posting, seen=False)
            if posting.spare:
                rows.after(lambda: self._cells.delete(posting.spare))
        return False

    async def stand_in(self, rows: Transaction, left: Posting, *, gone: bool) -> bool:
        """Bind the spare dummy of a lane in place of what rides it no more.

        In its slot nothing is left then but to post. Where there is none, or no token for it, the
        slot makes one.

        Args:
            rows: the caller's transaction, in which `left` was taken off the lane.
            left: what rode the lane.
            gone: whether it leaves nowhere: its token is the dummy's, if nobody can have seen it.

        Returns whether another token was taken.
        """
        lane = Lane(left.board, left.cls)
        if (spare := self.spares.of(lane)) is None:
            return False
        bound = [Posting.decode(value) for _, value in await rows.rows(Shelf.POSTING)]
        riding = [one for one in bound if one.lane and not one.stale(spare.day)]
        if lane in {Lane(one.board, one.cls) for one in riding}:
            return False
        free = gone and self.spares.untried(lane, left.token)
        try:
            token_class = self.token_class(left.board, left.cls)
            token = left.token if free else await self._wallet.take(rows, token_class, spare.day)
        except OutOfTokens:
            return False
        order = int(lane.cls is not CellClass.NOTE)
        to = Bound(lane.board, NOBODY, spare.day, order, lane=True)
        await rows.put(Shelf.POSTING, spare.cell.cell_hash, spare.cell.bound(token, to).encode())
        rows.after(partial(self.spares.used, lane, spare.cell))
        return not free

    def token_class(self, board: Board, cls: CellClass) -> TokenClass:
        """Return which token pays for a cell of that class on that board."""
        return TokenClass(writer_class(self._role, board), cls)

    async def postings(self) -> list[tuple[bytes, Posting]]:
        """Return every bound cell with its row; a damaged one is left out."""
        async with self._ledger.reading() as rows:
            return [(row, Posting.decode(value)) for row, value in await rows.rows(Shelf.POSTING)]

    async def _once(
        self, transport: Transport, row: bytes, posting: Posting, progress: Progress
    ) -> CellHash | None:
        """Return what was acknowledged, or None when it was taken back on its way.

        What rides a lane goes all the way: whoever counts must not see that it is wanted no more.
        """
        if not posting.file:
            return await transport.post_cell(
                posting.board, posting.cls, posting.note, posting.token
            )
        with self._cells.reading(posting.file) as cell:
            wanted = always if posting.lane else partial(self._is_bound, row)
            return await transport.post_large(
                posting.board, posting.cls, cell, posting.token, progress, wanted
            )

    async def _is_bound(self, row: bytes) -> bool:
        async with self._ledger.reading() as rows:
            return bool(await rows.ids(Shelf.POSTING, row))

    async def _renewed(self, row: bytes, posting: Posting, today: Day, keep: int) -> Posting | None:
        token_class = self.token_class(posting.board, posting.cls)
        async with self._ledger.transaction("token-renewed") as rows:
            if not await rows.ids(Shelf.POSTING, row):
                return None
            token = await self._wallet.take(rows, token_class, today, keep)
            fresh = replace(posting, token=token)
            await rows.put(Shelf.POSTING, row, fresh.encode())
        return fresh
