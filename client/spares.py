"""The dummies that no slot has needed yet, each made for its lane before the slot.

This file knows which dummy may still stand in for the cell that is bound to its lane's next slot,
and of which bound token nobody can have seen anything. It refuses to know why something is taken
off a lane. It is in memory only: after a crash nothing is spare, and every token may have been
seen; a file that nobody names is swept one day.
"""

from dataclasses import dataclass

from client.lanes import Lane
from client.posting import Cell
from keys.calendar import Day
from keys.token import SpentKey, Token


@dataclass(frozen=True, slots=True)
class Spare:
    """A dummy that is bound to nothing.

    Attributes:
        day: of the slot that it was made for.
        cell: what it is; a blob's file is nobody else's.
    """

    day: Day
    cell: Cell


class Spares:
    """The spare dummies of one member, until the cells of their lanes have begun to leave."""

    def __init__(self) -> None:
        self._kept: dict[Lane, Spare] = {}
        self._untried: dict[Lane, SpentKey] = {}
        self._over: list[str] = []

    def of(self, lane: Lane) -> Spare | None:
        """Return the spare dummy of a lane, if there is one."""
        return self._kept.get(lane)

    def keep(self, lane: Lane, spare: Spare) -> None:
        """Keep a dummy that was made for a lane, in place of an older one."""
        self._part(lane, spare.cell)
        self._kept[lane] = spare

    def used(self, lane: Lane, cell: Cell) -> None:
        """Take note that a dummy is bound now: its file is the ledger's."""
        self._part(lane, cell)
        self._untried.pop(lane, None)

    def bound(self, lane: Lane, token: Token, spare: Spare) -> None:
        """Take note that a real cell was bound to a lane's slot under a fresh token.

        Args:
            lane: whose slot it is.
            token: seen by nobody until the cell begins to leave.
            spare: the dummy that was made for that slot.
        """
        self.keep(lane, spare)
        self._untried[lane] = token.spent_key

    def untried(self, lane: Lane, token: Token) -> bool:
        """Whether it is certain that nobody has seen the token bound to a lane's slot."""
        return self._untried.get(lane) == token.spent_key

    def begins(self, lane: Lane, cell_hash: bytes) -> None:
        """Take note that the cell of a lane begins to leave: nothing stands in for it any more."""
        self._untried.pop(lane, None)
        spare = self._kept.pop(lane, None)
        if spare is not None and spare.cell.file and spare.cell.cell_hash != cell_hash:
            self._over.append(spare.cell.file)

    def ends(self, lane: Lane) -> None:
        """Take note that a lane's slot is over, also where nothing was bound to it."""
        self.begins(lane, b"")

    def over(self) -> tuple[str, ...]:
        """Return the files of the dummies that are spare no more, once each."""
        over, self._over = tuple(self._over), []
        return over

    def _part(self, lane: Lane, cell: Cell) -> None:
        before = self._kept.pop(lane, None)
        if before is not None and before.cell.file not in ("", cell.file):
            self._over.append(before.cell.file)
