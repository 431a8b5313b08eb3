"""What one member remembers of each board, and whether the next batch may follow it.

This file knows descriptors, leaf lists and signed checkpoints (PROTOCOL P-8, ENVELOPE E-11). It
refuses to know what the cells hold, and it reads nothing itself: the courier brings the bytes.
"""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Self

from keys.address import (
    CELL_BYTES,
    CLASS_CODE,
    Board,
    CellClass,
    CellHash,
)
from keys.body import Seen
from keys.checkpoint import (
    Checkpoint,
    Frontier,
    Root,
    check_newer,
    follow,
    origin_of,
    parse_and_verify,
    records,
)
from keys.errors import BatchMismatch, CheckpointForked, WrongShape
from keys.wire import U64, Fields, Value, pack

BATCHES_AT_ONCE: Final = 20
EXPIRY_DAYS: Final = (12, 16)
"""Between how many days after its batch a cell is deleted (PROTOCOL P-8.8)."""
MOST_CELLS: Final = 65_536
"""Cells in one batch; 57 members that all come back after a day's outage post a quarter of it."""
_HASH: Final = 32
_FRONTIER_LIMIT: Final = 8 + 64 * _HASH
_TEXT_LIMIT: Final = 4_096
_CLASS_OF: Final = MappingProxyType({code: cls for cls, code in CLASS_CODE.items()})


@dataclass(frozen=True, slots=True)
class ClassFile:
    """One file of a batch, as its descriptor names it."""

    cls: CellClass
    count: int
    sha256: bytes

    @property
    def size(self) -> int:
        """The file's length in bytes."""
        return self.count * CELL_BYTES[self.cls]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the broker describes it; nothing is believed before `Cursor.follow`."""

    number: int
    files: tuple[ClassFile, ...]
    leaves_sha256: bytes
    frontier: bytes
    checkpoint: str

    @classmethod
    def read_all(cls, value: Value) -> tuple[Self, ...]:
        """Read the answer of P-8.4.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields(value, "batches")
        items = fields.items("batches", most=100)
        fields.end()
        return tuple(cls._read(item) for item in items)

    @classmethod
    def _read(cls, value: Value) -> Self:
        fields = Fields(value, "batch")
        number = fields.number("number", least=1)
        files = tuple(_file(item) for item in fields.items("files", most=len(CLASS_CODE)))
        leaves = fields.octets("leaves", size=_HASH)
        frontier = fields.octets("frontier", most=_FRONTIER_LIMIT)
        checkpoint = fields.text("checkpoint", most=_TEXT_LIMIT)
        fields.end()
        return cls(number, files, leaves, frontier, checkpoint)

    def cells(self, leaves: bytes) -> dict[CellClass, tuple[CellHash, ...]]:
        """Return the cell hashes of each class, once the leaf list is the one described.

        Raises:
            BatchMismatch: leaf list and descriptor do not fit together, or it holds no cell.
        """
        if sha256(leaves).digest() != self.leaves_sha256:
            raise BatchMismatch
        found: dict[CellClass, list[CellHash]] = {}
        for record in records(leaves):
            found.setdefault(_CLASS_OF[record[0]], []).append(CellHash(record[1:]))
        described = [(file.cls, file.count) for file in self.files]
        if not found or described != [(cls, len(hashes)) for cls, hashes in found.items()]:
            raise BatchMismatch
        return {cls: tuple(hashes) for cls, hashes in found.items()}


def _file(value: Value) -> ClassFile:
    if not isinstance(value, list):
        raise WrongShape(field="batch.files")
    fields = Fields(["file", 1, *value], "file")
    code = fields.number("class", most=max(_CLASS_OF))
    count = fields.number("count", least=1, most=MOST_CELLS)
    digest = fields.octets("sha256", size=_HASH)
    fields.end()
    return ClassFile(_CLASS_OF[code], count, digest)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one board has been read, and what tree that leaves.

    Attributes:
        instance: of the broker; a new one begins every board anew (PROTOCOL P-11.6).
        number: of the last batch that was read whole, 0 before the first.
    """

    instance: str
    board: Board
    number: int = 0
    frontier: Frontier = field(default_factory=Frontier)

    @property
    def seen(self) -> Seen:
        """What this member repeats inside its own notes (ENVELOPE E-5)."""
        return Seen(self.board, self.frontier.size, self.frontier.root)

    def follow(self, batch: Batch, leaves: bytes, public: bytes) -> Self:
        """Return the cursor after `batch`, when it continues this board and no other.

        Args:
            batch: the descriptor.
            leaves: the batch's leaf list.
            public: the broker's checkpoint key, from the signed roster.

        Raises:
            BatchMismatch: it does not follow, or its parts do not fit together; `still` tells
                whether that is a fork.
            CheckpointRewound, CheckpointForked: the broker tells two stories.
            BadSignature, WrongChannel, Malformed: the checkpoint is not the broker's word.
        """
        checkpoint = self._verified(batch, public)
        if batch.number != self.number + 1:
            raise BatchMismatch
        batch.cells(leaves)
        check_newer(self.frontier.size, Root(self.frontier.root), checkpoint)
        after = follow(self.frontier, leaves, checkpoint)
        return replace(self, number=batch.number, frontier=after)

    def still(self, batch: Batch, public: bytes) -> None:
        """Hold the broker's present word about this cursor's own batch against its first one.

        Args:
            batch: the descriptor of batch `number`, asked for again.
            public: the broker's checkpoint key.

        Raises:
            CheckpointForked: it has signed two accounts of that batch.
            BatchMismatch: it answers with another batch.
            BadSignature, WrongChannel, Malformed: the checkpoint is not the broker's word.
        """
        checkpoint = self._verified(batch, public)
        if batch.number != self.number:
            raise BatchMismatch
        if (checkpoint.size, checkpoint.root) != (self.frontier.size, self.frontier.root):
            raise CheckpointForked

    def join(self, batch: Batch, public: bytes) -> Self:
        """Return the cursor of a late joiner, which begins behind `batch` without reading it.

        Raises:
            CheckpointForked: the tree that the broker hands out is not the one it signs.
            BadSignature, WrongChannel, Malformed: the checkpoint is not the broker's word.
        """
        checkpoint = self._verified(batch, public)
        frontier = Frontier.decode(batch.frontier)
        if (frontier.size, frontier.root) != (checkpoint.size, checkpoint.root):
            raise CheckpointForked
        return replace(self, number=batch.number, frontier=frontier)

    def _verified(self, batch: Batch, public: bytes) -> Checkpoint:
        origin = origin_of(self.instance, self.board)
        checkpoint = parse_and_verify(batch.checkpoint, public, origin)
        if checkpoint.batch != batch.number:
            raise BatchMismatch
        return checkpoint

    def encode(self) -> bytes:
        """Return this cursor as bytes, for the ledger."""
        return pack(
            ["cursor", 1, self.instance, self.board.value, self.number, self.frontier.encode()]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "cursor")
        instance = fields.text("instance", least=1, most=64)
        board = fields.choice("board", Board)
        number = fields.number("number", most=U64)
        frontier = Frontier.decode(fields.octets("frontier", most=_FRONTIER_LIMIT))
        fields.end()
        return cls(instance, board, number, frontier)


def cut_notes(file: bytes, expected: tuple[CellHash, ...]) -> tuple[bytes, ...]:
    """Cut a note file into its notes, each the one that the leaf list names.

    Raises:
        BatchMismatch: the broker serves other bytes than it signed.
    """
    size = CELL_BYTES[CellClass.NOTE]
    if len(file) != size * len(expected):
        raise BatchMismatch
    notes = tuple(file[at : at + size] for at in range(0, len(file), size))
    if tuple(CellHash(sha256(note).digest()) for note in notes) != expected:
        raise BatchMismatch
    return notes
