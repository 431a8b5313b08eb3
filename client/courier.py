"""What to fetch next and what to make of it, without fetching: the courier's reading rules.

This file knows the order in which a board is read (PROTOCOL P-8.9): leaf list before cells, notes
before blobs, whole batches in turn. It refuses to do any of it: each rule is a generator that
yields what it wants and is sent what came, so that a test can be the network.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from client.boards import BATCHES_AT_ONCE, Batch, Cursor, cut_notes
from keys.address import CELL_BYTES, Board, CellClass, CellHash
from keys.errors import BatchMismatch

_MOST_BATCHES: Final = 1 << 32
"""More than a board can have: a batch every second for a hundred years."""


@dataclass(frozen=True, slots=True)
class WantBatches:
    """The descriptors after number `after`, at most `most` of them."""

    board: Board
    after: int
    most: int


@dataclass(frozen=True, slots=True)
class WantLeaves:
    """The leaf list of one batch."""

    board: Board
    number: int


@dataclass(frozen=True, slots=True)
class WantNotes:
    """The note file of one batch, `size` bytes; None when the broker says it is not there."""

    board: Board
    number: int
    size: int


Want: TypeAlias = WantBatches | WantLeaves | WantNotes
Came: TypeAlias = tuple[Batch, ...] | bytes | None


@dataclass(frozen=True, slots=True)
class BatchRead:
    """A batch that verified: where it leaves the cursor, and what is in it.

    Attributes:
        cursor: the board after this batch.
        cells: all hashes by class, which stand in the leaf list.
        notes: the notes themselves, when the board is ours to read; else none.
        lost: whether the broker no longer has notes that this member had not read.
    """

    cursor: Cursor
    cells: Mapping[CellClass, tuple[CellHash, ...]]
    notes: tuple[bytes, ...]
    lost: bool = False

    @property
    def hashes(self) -> frozenset[CellHash]:
        """Every cell of the batch, for finding one's own."""
        return frozenset(found for hashes in self.cells.values() for found in hashes)


def join(cursor: Cursor, public: bytes, back: int = 0) -> Generator[Want, Came, Cursor]:
    """Begin a board never read before, `back` batches behind its newest one.

    Batches are numbered without gaps, so the newest is found by halving.

    Raises:
        BatchMismatch: the broker's answers do not fit together.
        BadSignature, CheckpointForked, Malformed: as `Cursor.join`.
    """
    low, high = 0, 1
    while (yield WantBatches(cursor.board, high - 1, 1)):
        low, high = high, high * 2
        if high > _MOST_BATCHES:
            raise BatchMismatch
    while high - low > 1:
        middle = (low + high) // 2
        if (yield WantBatches(cursor.board, middle - 1, 1)):
            low = middle
        else:
            high = middle
    start = low - back
    if start <= 0:
        return cursor
    found = _batches((yield WantBatches(cursor.board, start - 1, 1)))
    return cursor.join(_the(found, start), public)


def pending(cursor: Cursor) -> Generator[Want, Came, tuple[Batch, ...]]:
    """Ask for the next batches of a board; fewer than `BATCHES_AT_ONCE` means it is caught up."""
    came = yield WantBatches(cursor.board, cursor.number, BATCHES_AT_ONCE)
    return _batches(came)


def read(
    cursor: Cursor, batch: Batch, public: bytes, *, ours: bool
) -> Generator[Want, Came, BatchRead]:
    """Read one batch up to its notes.

    Args:
        cursor: where the board was left.
        batch: the next descriptor.
        public: the broker's checkpoint key.
        ours: whether this member's role may read the cells.

    Raises:
        BatchMismatch, CheckpointForked, CheckpointRewound, BadSignature, Malformed: as
            `Cursor.follow` and `Cursor.still` say; the cursor stays where it was.
    """
    leaves = _octets((yield WantLeaves(cursor.board, batch.number)))
    try:
        after = cursor.follow(batch, leaves, public)
    except BatchMismatch:
        # Damage and a rewritten past look alike from here, and a fork is proof to show others.
        yield from _still(cursor, public)
        raise
    cells = batch.cells(leaves)
    notes: tuple[bytes, ...] = ()
    expected = cells.get(CellClass.NOTE, ())
    if ours and expected:
        size = len(expected) * CELL_BYTES[CellClass.NOTE]
        file = yield WantNotes(cursor.board, batch.number, size)
        if file is None:
            return BatchRead(after, MappingProxyType(cells), (), lost=True)
        notes = cut_notes(_octets(file), expected)
    return BatchRead(after, MappingProxyType(cells), notes)


def _still(cursor: Cursor, public: bytes) -> Generator[Want, Came, None]:
    if cursor.number:
        came = _batches((yield WantBatches(cursor.board, cursor.number - 1, 1)))
        cursor.still(_the(came, cursor.number), public)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a wanted cell stands in a blob file: from `start`, `size` bytes."""

    cell_hash: CellHash
    start: int
    size: int


def sieve(
    cls: CellClass, hashes: tuple[CellHash, ...], wanted: frozenset[CellHash]
) -> tuple[Kept, ...]:
    """Return where the wanted cells of a blob file stand; all the rest is let go unread."""
    size = CELL_BYTES[cls]
    return tuple(Kept(found, at * size, size) for at, found in enumerate(hashes) if found in wanted)


BLOB_CLASSES: Final = tuple(cls for cls in CellClass if cls is not CellClass.NOTE)


def _the(found: tuple[Batch, ...], number: int) -> Batch:
    """Return the one batch that was asked for."""
    if not found or found[0].number != number:
        raise BatchMismatch
    return found[0]


def _batches(came: Came) -> tuple[Batch, ...]:
    if not isinstance(came, tuple):
        raise TypeError
    return came


def _octets(came: Came) -> bytes:
    if not isinstance(came, bytes):
        raise TypeError
    return came
