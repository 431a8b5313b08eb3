"""One history for everybody: the Merkle tree over a board's cells, and its signed checkpoints.

This file knows RFC 6962's hashing and C2SP's tlog-checkpoint (ENVELOPE E-11). It refuses to know
what a cell holds, which boards a member reads, and where a reader keeps what it remembers; it
only decides whether two accounts of a board can both be true.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final, NewType, Self

from keys import signednote
from keys.address import CLASS_CODE, Board, CellClass, CellHash
from keys.armour import from_standard, to_standard
from keys.errors import (
    BatchMismatch,
    CheckpointForked,
    CheckpointRewound,
    WrongChannel,
    WrongShape,
)

Root = NewType("Root", bytes)
"""32 bytes: the root hash of a board's tree at one size."""

LEAF_BYTES: Final = 33
"""A record in a leaf list: class code, then the cell's hash (E-11.1)."""
HASH_BYTES: Final = 32
_SIZE_BYTES: Final = 8
_SIZE_LIMIT: Final = 1 << 63  # what every reader of C2SP checkpoints can count to
_TEXT: Final = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\nbatch (0|[1-9][0-9]{0,18})\n")


# ── The tree ─────────────────────────────────────────────────────────────────────────────────
def leaf_record(cls: CellClass, cell_hash: CellHash) -> bytes:
    """Return a cell's 33 bytes in a leaf list."""
    return bytes([CLASS_CODE[cls]]) + cell_hash


def leaf_hash(cls: CellClass, cell_hash: CellHash) -> bytes:
    """Return the leaf hash of a cell: SHA-256 of 0x00 and its record (RFC 6962 § 2.1)."""
    return hash_leaf(leaf_record(cls, cell_hash))


def hash_leaf(data: bytes) -> bytes:
    """Return RFC 6962's hash of a leaf that holds `data`."""
    return sha256(b"\0" + data).digest()


def _hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves as its fewest complete subtrees, largest first: a compact range.

    One hash for each 1 in the binary form of `size`, and all that is needed to add leaves.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """Return the tree with one more leaf hash (32 bytes); logarithmic in `size`."""
        hashes = list(self.hashes)
        _push(hashes, self.size, leaf)
        return Frontier(self.size + 1, tuple(hashes))

    @property
    def root(self) -> Root:
        """The tree's root; of the empty tree, the hash of nothing (RFC 6962 § 2.1)."""
        if not self.hashes:
            return Root(sha256().digest())
        *rest, node = self.hashes
        for left in reversed(rest):
            node = _hash_node(left, node)
        return Root(node)

    def encode(self) -> bytes:
        """Return the size as a u64 and then the hashes (E-11.3)."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.hashes)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            WrongShape: the number of hashes is not the number of 1s in the size, or the size 2^63
                or more.
        """
        size, rest = int.from_bytes(data[:_SIZE_BYTES], "big"), data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or size >= _SIZE_LIMIT:
            raise WrongShape(field="frontier")
        if len(rest) != HASH_BYTES * size.bit_count():
            raise WrongShape(field="frontier")
        return cls(size, tuple(_cut(rest, HASH_BYTES)))


def _push(hashes: list[bytes], size: int, leaf: bytes) -> None:
    """Add a leaf to the subtrees of a tree of `size` leaves: as a binary counter carries."""
    while size & 1:
        leaf = _hash_node(hashes.pop(), leaf)
        size >>= 1
    hashes.append(leaf)


def _cut(data: bytes, width: int) -> Iterator[bytes]:
    return (data[at : at + width] for at in range(0, len(data), width))


def records(leaves: bytes) -> tuple[bytes, ...]:
    """Return a batch's leaf list as its 33-byte records.

    Raises:
        BatchMismatch: a part record, an unknown class, disorder, or a record twice (E-11.2).
    """
    found = tuple(_cut(leaves, LEAF_BYTES))
    if len(leaves) % LEAF_BYTES or any(record[0] >= len(CLASS_CODE) for record in found):
        raise BatchMismatch
    if any(left >= right for left, right in pairwise(found)):
        raise BatchMismatch
    return found


def extend(frontier: Frontier, leaves: bytes) -> Frontier:
    """Return the tree after a batch whose leaf list is `leaves`.

    Raises:
        BatchMismatch: `leaves` is not a leaf list in its order (E-11.2).
    """
    hashes, found = list(frontier.hashes), records(leaves)
    for size, record in enumerate(found, frontier.size):
        _push(hashes, size, hash_leaf(record))
    return Frontier(frontier.size + len(found), tuple(hashes))


# ── The signed text ──────────────────────────────────────────────────────────────────────────
def origin_of(instance: str, board: Board) -> str:
    """Return the origin, and key name, of a board's checkpoints: `instance/board` (E-11.5)."""
    return f"{instance}/{board}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a broker signs after each batch: this board is so long, and this is its root."""

    origin: str
    size: int
    root: Root
    batch: int

    @property
    def text(self) -> str:
        """The four lines that are signed (E-11.5)."""
        return f"{self.origin}\n{self.size}\n{to_standard(self.root)}\nbatch {self.batch}\n"

    def sign(self, seed: bytes) -> str:
        """Return the signed checkpoint, by the key `seed` (32 bytes) whose name is the origin.

        Raises:
            WrongShape: the seed is not 32 bytes, or the origin is no key name.
        """
        return signednote.sign(self.text, self.origin, seed)


def parse_and_verify(text: str, public: bytes, origin: str) -> Checkpoint:
    """Read a signed checkpoint of the board `origin`.

    Raises:
        OverLong: longer than a signed note may be.
        WrongShape: not a signed note, or not these four lines.
        BadSignature: no valid signature by the key `public` under that name.
        WrongChannel: the key speaks of another board than its name.
    """
    found = _TEXT.fullmatch(signednote.open_(text, origin, public))
    if found is None:
        raise WrongShape(field="checkpoint")
    size, batch = int(found[2]), int(found[4])
    root = from_standard(found[3], "checkpoint.root")
    if len(root) != HASH_BYTES or max(size, batch) >= _SIZE_LIMIT:
        raise WrongShape(field="checkpoint")
    if found[1] != origin:
        raise WrongChannel
    return Checkpoint(found[1], size, Root(root), batch)


# ── Can both be true? ────────────────────────────────────────────────────────────────────────
def follow(before: Frontier, leaves: bytes, checkpoint: Checkpoint) -> Frontier:
    """Return the tree after a batch, when it is the one that `checkpoint` signs (E-11.7).

    Raises:
        BatchMismatch: tree and leaf list do not make the checkpoint's size and root.
    """
    after = extend(before, leaves)
    if (after.size, after.root) != (checkpoint.size, checkpoint.root):
        raise BatchMismatch
    return after


def check_newer(size: int, root: Root, checkpoint: Checkpoint) -> None:
    """Hold a new checkpoint against the size and root remembered from an older one (E-11.8).

    A longer board passes: `same_history` then shows that it only grew.

    Raises:
        CheckpointRewound: the board is now shorter.
        CheckpointForked: the same size has another root.
    """
    if checkpoint.size < size:
        raise CheckpointRewound
    if checkpoint.size == size and checkpoint.root != root:
        raise CheckpointForked


def same_history(
    size: int, root: Root, before: Frontier, leaves: bytes, checkpoint: Checkpoint
) -> Frontier:
    """Return the tree after a batch, when what was remembered is a beginning of it (E-11.8).

    Args:
        size: of the board, as remembered from a checkpoint that verified.
        root: its root then.
        before: the tree before this batch, as the broker gives it; nobody signs it alone.
        leaves: the batch's leaf list.
        checkpoint: the batch's own, verified.

    Raises:
        CheckpointRewound: the board is now shorter.
        BatchMismatch: tree and leaf list do not make the checkpoint, or batches are left out
            between what is remembered and this one.
        CheckpointForked: both checkpoints are signed, and both cannot be true.
    """
    check_newer(size, root, checkpoint)
    after = follow(before, leaves, checkpoint)
    if size < before.size:
        raise BatchMismatch
    if extend(before, leaves[: (size - before.size) * LEAF_BYTES]).root != root:
        raise CheckpointForked
    return after


def agrees(size: int, root: Root, known: Mapping[int, Root]) -> bool:
    """Hold what another member saw against every checkpoint this reader followed (E-11.9).

    Args:
        size: of the board, as a note repeats it.
        root: its root then.
        known: roots by size, of an unbroken run of batches.

    Returns:
        False when it cannot be judged: older than the run, or newer.

    Raises:
        CheckpointForked: that size has another root, or no batch ended there.
    """
    if not known or not min(known) <= size <= max(known):
        return False
    if known.get(size) != root:
        raise CheckpointForked
    return True
