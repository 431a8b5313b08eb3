"""Real cells to draw from: sealed by the client's own functions, drawn again once they are free.

This file knows that in weeks and pools nobody can seal every cell anew: a day of 143 members is
eight gigabytes. Each cell that is posted there is one of a stock of real notes and blobs, with
real words and of nothing, under the hash of its bytes. What waits in a line or for its batch is
nobody else's meanwhile, for the broker keeps a cell once; after that it is drawn again. A new one
is sealed whenever none is free. Notes lie here whole, as they ride the line; of a blob the hash is
enough. It refuses to know who posts what: which one is drawn says nothing of it.
"""

from collections import Counter
from functools import cache
from itertools import count
from typing import Final

from client.lanes import Lane
from client.posting import Cell
from keys.address import Board, CellClass
from keys.calendar import day_of
from tests.bench.simulation.dice import Dice
from tests.bench.simulation.people import People
from tests.bench.simulation.scene import START
from tests.bench.simulation.traffic import Pool, Saying, Thread, Word

_AMONG: Final = Pool(2, 1)


class Stock:
    """Cells that were sealed once: `draw` gives one that is free, `give_back` frees it."""

    def __init__(self, seed: str = "stock") -> None:
        self.sealed: Counter[CellClass] = Counter()
        self._people = People(seed, _AMONG, day_of(START))
        self._dice = Dice(seed, "drawn")
        self._turn = count()
        self._free: dict[CellClass, list[Cell]] = {cls: [] for cls in CellClass}

    def draw(self, cls: CellClass) -> Cell:
        """Give any cell of a class that is free."""
        free = self._free[cls]
        while not free:
            self._seal(cls)
        at = self._dice.below(len(free))
        free[at], free[-1] = free[-1], free[at]
        return free.pop()

    def give_back(self, cell: Cell) -> None:
        """Let a cell be drawn again: it stands in a batch."""
        self._free[cell.cls].append(cell)

    def _seal(self, cls: CellClass) -> None:
        """Seal what has such a cell: by turns one of nothing, and a word with all that it names."""
        turn = next(self._turn)
        if turn % 2:
            cells = [self._people.dummy(0, Lane(Board.CENTRE, cls))]
        else:
            pictures = cls is CellClass.M
            thread = Thread(turn, 0, 0, 1, (1,), pictures=pictures, seed="stock")
            word = Word.INQUIRY if cls is CellClass.NOTE else Word.CASE
            cells = self._people.sealed(Saying(0, word, 0, 1, thread))
        for cell in cells:
            if cell.file:
                self._people.memory.delete(cell.file)
            self.sealed[cell.cls] += 1
            self._free[cell.cls].append(cell)


@cache
def stock() -> Stock:
    """Return the stock of this process, sealed once for all that it lives through."""
    return Stock()
