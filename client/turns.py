"""When what waits here leaves: how many slots are before it, and what may leave at once.

This file knows who waits in which lane, and how many tokens the lanes can spare. It refuses to know
when a slot is, and to change anything.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from client.lanes import Lane, Turn
from client.ledger import Ledger
from client.line import Line, Rank
from client.posting import NOBODY
from client.postman import Postman
from client.wallet import Wallet
from keys.address import Board, CellClass, TokenClass
from keys.calendar import Day, week_of

HeldBack: TypeAlias = Callable[[], Mapping[TokenClass, int]]
"""Says how many tokens of every class that has a lane are the lanes' (`portions.held_back`)."""
_Queue: TypeAlias = tuple[list[bytes], list[bytes]]


class Turns:
    """What waits at one member, and until when. It keeps no state outside the ledger."""

    def __init__(
        self, ledger: Ledger, wallet: Wallet, postman: Postman, line: Line, held_back: HeldBack
    ) -> None:
        self._ledger = ledger
        self._wallet = wallet
        self._postman = postman
        self._line = line
        self._held_back = held_back

    async def of(self, board: Board, owner: bytes) -> Mapping[CellClass, Turn]:
        """Return when an envelope's cells leave that wait in lanes, by class."""
        found: dict[CellClass, Turn] = {}
        for cls, (bound, queue) in (await self._queues(board)).items():
            at = [place for place, one in enumerate(queue, start=1) if one == owner]
            ahead = len(bound)
            if at:
                found[cls] = Turn(ahead + at[-1], len(at) + bound.count(owner))
            elif owner in bound:
                found[cls] = Turn(ahead, bound.count(owner))
        return found

    async def room(self, board: Board, classes: Collection[CellClass]) -> Mapping[CellClass, Turn]:
        """Return when cells of these classes would leave that were put in line now."""
        counts, queues = Counter(classes), await self._queues(board)
        return {cls: _behind(queues[cls], count) for cls, count in counts.items()}

    async def lacking(
        self, board: Board, classes: Collection[CellClass], today: Day, own: bytes = NOBODY
    ) -> Mapping[CellClass, Turn]:
        """Return when those cells would leave that must wait for a slot if all were urgent now.

        Empty when all of them would leave at once, and when they would be refused, since a lane has
        no token at all. Where the note waits, all that has a lane does.

        Args:
            board: where they go.
            classes: of the cells.
            today: whose tokens are good.
            own: the envelope that they are of, when it waits already: it is not behind itself.
        """
        counts, queues = Counter(classes), await self._queues(board, Rank.SOON)
        week = week_of(today)
        found: dict[CellClass, Turn] = {}
        for cls, count in sorted(counts.items(), key=lambda one: one[0] is not CellClass.NOTE):
            spare = await self.spare(board, cls, today)
            if spare is None:
                continue
            spare = 0 if CellClass.NOTE in found else spare
            if count > spare:
                if not await self._wallet.stock(self._postman.token_class(board, cls), week):
                    return {}
                bound, waiting = queues[cls]
                others = (
                    [one for one in bound if one != own],
                    [one for one in waiting if one != own],
                )
                found[cls] = _behind(others, count - spare)
        return found

    async def spare(self, board: Board, cls: CellClass, today: Day) -> int | None:
        """Return how many cells of a class may leave at once now; None where it has no lane."""
        token_class, held = self._postman.token_class(board, cls), self._held_back()
        if token_class not in held:
            return None
        return max(0, await self._wallet.stock(token_class, week_of(today)) - held[token_class])

    async def unbegun(self) -> frozenset[bytes]:
        """Return the owners of all notes that have not left: nothing of theirs has."""
        return await self._notes(beside=True)

    async def notes_in_lanes(self) -> frozenset[bytes]:
        """Return the owners of all notes that wait for a slot."""
        return await self._notes(beside=False)

    async def _notes(self, *, beside: bool) -> frozenset[bytes]:
        """Return whose note waits in the lanes, or also `beside` them.

        In line is read first: what is bound meanwhile is not missed.
        """
        async with self._ledger.reading() as rows:
            waiting = await self._line.waiting(rows)
        bound = [one for _, one in await self._postman.postings() if one.lane or beside]
        in_line = {one.owner for one in waiting if not one.cell.file}
        return frozenset(in_line | {one.owner for one in bound if not one.file})

    async def _queues(
        self, board: Board, rank: Rank = Rank.TURNED_AWAY
    ) -> Mapping[CellClass, _Queue]:
        """Return for every class whose cells are bound to the next slot, and whose wait behind.

        Of those that wait, who goes before the next of `rank`.
        """
        bound = [one for _, one in await self._postman.postings() if one.lane]
        async with self._ledger.reading() as rows:
            return {
                cls: (
                    [one.owner for one in bound if (one.board, one.cls) == (board, cls)],
                    [one.owner for one in await self._line.queue(rows, Lane(board, cls), rank)],
                )
                for cls in CellClass
            }


def _behind(queue: _Queue, own: int) -> Turn:
    """Return the turn of `own` cells behind all that is bound or waits."""
    bound, waiting = queue
    return Turn(len(bound) + len(waiting) + own, own)
