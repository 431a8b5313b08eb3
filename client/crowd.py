"""Among how many each cell of ours stands: what `folge operator-view` counts.

This file knows how many cells of each class stood in the last batches of a board, in which of them
our own cells stood, and which of those rode a lane. Where they stood is on the board for all to
read; which are ours is known here alone. It refuses to know whom anything is for, and to keep more
than the last batches: about two days.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from client.rows import Transaction
from client.shelf import Shelf
from keys.address import CLASS_CODE, Board, CellClass
from keys.errors import WrongShape
from keys.wire import U64, Fields, Packable, pack

T = TypeVar("T")

MOST: Final = 576
"""Batches of a board that are counted: two days of slots of five minutes."""
_MOST_OWN: Final = 256
_MOST_CELLS: Final = 65_536
_CLASSES: Final = tuple(CLASS_CODE)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The last batches of one board, oldest first: the number, and how many cells of each class."""

    batches: tuple[tuple[int, Mapping[CellClass, int]], ...] = ()

    def after(self, number: int, counts: Mapping[CellClass, int]) -> Self:
        """Return this with one more batch; a board that begins anew is counted anew."""
        before = self.batches if not self.batches or self.batches[-1][0] < number else ()
        return type(self)((*before, (number, counts))[-MOST:])

    def among(self, number: int, cls: CellClass, batches: int = 1) -> int:
        """Return how many cells of a class stood in the run of batches that `number` is one of.

        Args:
            number: of a batch.
            cls: of the cells.
            batches: how long a run is; runs begin at multiples of it.
        """
        at = number // batches
        return sum(counts.get(cls, 0) for one, counts in self.batches if one // batches == at)

    @property
    def first(self) -> int:
        """The number of the oldest batch that is counted."""
        return self.batches[0][0] if self.batches else 0

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        flat: list[Packable] = [
            [number, *(counts.get(cls, 0) for cls in _CLASSES)] for number, counts in self.batches
        ]
        return pack(["crowd", 1, flat])

    @classmethod
    def decode(cls, data: bytes | None) -> Self:
        """Read what `encode` writes; of nothing, an empty crowd.

        Raises:
            Malformed: it has not that form.
        """
        return cls(tuple(_listed(data, ("crowd", "batches"), MOST, _batch)))


@dataclass(frozen=True, slots=True)
class Own:
    """Where the cells of one envelope stood: board, number of the batch, class, and if it rode."""

    cells: tuple[tuple[Board, int, CellClass, bool], ...] = ()

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        flat: list[Packable] = [
            [board.value, at, cls.value, rode] for board, at, cls, rode in self.cells
        ]
        return pack(["own", 1, flat])

    @classmethod
    def decode(cls, data: bytes | None) -> Self:
        """Read what `encode` writes; of nothing, no cells.

        Raises:
            Malformed: it has not that form.
        """
        return cls(tuple(_listed(data, ("own", "cells"), _MOST_OWN, _cell)))


async def counted(
    rows: Transaction, board: Board, number: int, counts: Mapping[CellClass, int]
) -> None:
    """Count one batch of a board, and forget what stood in older ones than are counted."""
    crowd = (await of(rows, board)).after(number, counts)
    await rows.put(Shelf.CROWD, board.value.encode(), crowd.encode())
    for row, value in await rows.rows(Shelf.OWN_CELLS):
        own = Own.decode(value)
        left = tuple(
            one for one in own.cells if one[0] is not board or crowd.first <= one[1] <= number
        )
        if not left:
            await rows.delete(Shelf.OWN_CELLS, row)
        elif left != own.cells:
            await rows.put(Shelf.OWN_CELLS, row, Own(left).encode())


async def stood(
    rows: Transaction, owner: bytes, board: Board, number: int, cls: CellClass, *, rode: bool
) -> None:
    """Note that a cell of an envelope stood in a batch, and whether it rode a lane."""
    before = Own.decode(await rows.get_whole(Shelf.OWN_CELLS, owner))
    cells = (*before.cells, (board, number, cls, rode))[-_MOST_OWN:]
    await rows.put(Shelf.OWN_CELLS, owner, Own(cells).encode())


async def of(rows: Transaction, board: Board) -> Crowd:
    """Return what was counted on a board; damaged, it is counted anew."""
    return Crowd.decode(await rows.get_whole(Shelf.CROWD, board.value.encode()))


async def own(rows: Transaction, owner: bytes) -> Own:
    """Return where the cells of an envelope stood, as far back as is counted."""
    return Own.decode(await rows.get_whole(Shelf.OWN_CELLS, owner))


def _listed(
    data: bytes | None, named: tuple[str, str], most: int, read: Callable[[Fields], T]
) -> Iterator[T]:
    """Read a row that is one list of lists; of nothing, nothing.

    Args:
        data: the row.
        named: what it is, and what its list holds.
        most: how long the list may be.
        read: what reads one of the lists.
    """
    if data is None:
        return
    tag, name = named
    fields = Fields.decode(data, tag)
    items = fields.items(name, most=most)
    fields.end()
    for item in items:
        if not isinstance(item, list):
            raise WrongShape(field=f"{tag}.{name}")
        inner = Fields([name, 1, *item], name)
        yield read(inner)
        inner.end()


def _batch(fields: Fields) -> tuple[int, Mapping[CellClass, int]]:
    number = fields.number("number", most=U64)
    counts = {cls: fields.number("count", most=_MOST_CELLS) for cls in _CLASSES}
    return number, {cls: count for cls, count in counts.items() if count}


def _cell(fields: Fields) -> tuple[Board, int, CellClass, bool]:
    board = fields.choice("board", Board)
    number, cls = fields.number("number", most=U64), fields.choice("class", CellClass)
    # A row that an older program wrote ends here: its envelope knows whether it rode.
    return board, number, cls, False if fields.ended else fields.flag("rode")
