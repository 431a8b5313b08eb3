"""One cell to the broker: under its token, again under a fresh one, and settled on disk.

This file knows what may go wrong between a bound cell and its acknowledgement (PROTOCOL P-5.7). It
refuses to know which cells leave when: the lanes and the envelopes do.
"""

from dataclasses import replace
from functools import partial
from typing import Final

from client.cells import CellFiles
from client.ledger import Ledger
from client.posted import settle
from client.posting import Posting
from client.shelf import Shelf
from client.transport import Progress, Transport
from client.upload import always
from client.wallet import Wallet
from keys.address import Board, CellClass, CellHash, Role, TokenClass, writer_class
from keys.calendar import Day
from keys.errors import BadToken, DoubleSpend, Expired, WrongShape

_DEAD_TOKEN: Final = (BadToken, DoubleSpend, Expired)
"""Answers after which this token will never be taken; a new week's too early one will be."""


class Postman:
    """Carries bound cells for one member. It keeps no state outside the ledger."""

    def __init__(self, ledger: Ledger, wallet: Wallet, cells: CellFiles, role: Role) -> None:
        self._ledger = ledger
        self._wallet = wallet
        self._cells = cells
        self._role = role

    async def post(
        self,
        transport: Transport,
        row: bytes,
        posting: Posting,
        today: Day,
        progress: Progress = lambda _done: None,
        *,
        keep: int = 0,
    ) -> None:
        """Post one bound cell, unless it was taken back meanwhile, and settle it.

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
        if not await self._is_bound(row):
            return  # withdrawn while another cell was on its way
        try:
            kept = await self._once(transport, row, posting, progress)
        except _DEAD_TOKEN:
            # The token is worth nothing; the cell was never accepted under it.
            if (fresh := await self._renewed(row, posting, today, keep)) is None:
                return
            kept = await self._once(transport, row, fresh, progress)
        if kept is None:
            return
        if kept != row:
            raise WrongShape(field="kept.cell_hash")  # an answer to another cell settles nothing
        async with self._ledger.transaction("posted") as rows:
            await settle(rows, row, posting, seen=False)
            if posting.spare:
                rows.after(lambda: self._cells.delete(posting.spare))

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
