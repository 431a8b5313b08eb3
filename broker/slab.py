"""Bodies that wait for their batch: one preallocated file of equal slots per small cell class.

This file knows slots: which are free, and how one is filled, read and wiped. It refuses to know
which cell is in which slot; that is in the database, in the transaction that spends the token.

Why not a row per body: a body in the database is written twice (log and page), and once more as
zeros when it leaves. A slot is written once, in place, and its blocks are used again, so that one
fdatasync makes a whole group durable and mostly leaves the file system's journal alone.
Why a random slot: the order of slots would be the order of arrival (property P3).
"""

import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final, Self

from broker.files import disk, sync_directory, write_all
from broker.layout import Layout
from keys.address import CELL_BYTES, CellClass
from keys.errors import StoreDamaged

SMALL: Final = (CellClass.NOTE, CellClass.S)
"""The classes whose bodies wait in slots; larger ones have a file each."""
_BLOCK: Final = 4_096  # a slot begins on a block, so that no write has to read first
_GROW_BYTES: Final = 8 << 20
_KEEP_BYTES: Final = 64 << 20  # an empty slab above this size is cut back to nothing


class Slab:
    """The slots of one class. Only the writer's thread takes and releases; anyone may read."""

    def __init__(self, descriptor: int, cls: CellClass, used: Collection[int]) -> None:
        self._descriptor = descriptor
        self._bytes = CELL_BYTES[cls]
        self._slot = slot_bytes(cls)
        self._count = max(used, default=-1) + 1
        self._free = [slot for slot in range(self._count) if slot not in used]
        self._taken: list[int] = []

    @classmethod
    def open(cls, path: Path, cell: CellClass, used: Collection[int]) -> Self:
        """Open the slab at `path` in which `used` slots hold waiting cells.

        Every other slot is wiped: a crash may have left a body there that was never
        acknowledged, or that is in its batch already.

        Raises:
            DiskFull, StoreDamaged: as `broker.files.disk`.
        """
        with disk():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        slab = cls(descriptor, cell, used)
        try:
            slab._settle()
            sync_directory(path.parent)
        except BaseException:
            slab.close()
            raise
        return slab

    def _settle(self) -> None:
        with disk():
            os.ftruncate(self._descriptor, self._count * self._slot)
            self.wipe(self._free)

    def fill(self, body: bytes) -> int:
        """Write `body` into a free slot, chosen at random; durable after `flush`.

        Raises:
            DiskFull: there is no room for more slots.
            StoreDamaged: the disk does not take it.
        """
        if not self._free:
            self._grow()
        at = secrets.randbelow(len(self._free))
        slot = self._free[at]
        with disk():
            write_all(self._descriptor, body, slot * self._slot)
        self._free[at] = self._free[-1]
        self._free.pop()
        self._taken.append(slot)
        return slot

    def _grow(self) -> None:
        more = _GROW_BYTES // self._slot
        with disk():
            # The room is taken now, so that a full disk is known before a body is written.
            os.posix_fallocate(self._descriptor, self._count * self._slot, more * self._slot)
        self._free += range(self._count, self._count + more)
        self._count += more

    def read(self, slot: int) -> bytes:
        """Return the body in `slot`.

        Raises:
            StoreDamaged: the file ends before it.
        """
        return _read(self._descriptor, self._bytes, slot * self._slot)

    def flush(self) -> None:
        """Make what was written durable."""
        if self._taken:
            with disk():
                os.fdatasync(self._descriptor)

    def keep(self) -> None:
        """Let the slots taken since last time belong to their cells."""
        self._taken.clear()

    def abandon(self) -> None:
        """Take the slots back that were taken since last time: their cells were not kept."""
        self._free += self._taken
        self._taken.clear()

    def wipe(self, slots: Iterable[int]) -> None:
        """Overwrite the bodies in `slots` with zeros, durably; any thread may."""
        with disk():
            for slot in slots:
                write_all(self._descriptor, bytes(self._slot), slot * self._slot)
            os.fdatasync(self._descriptor)

    def release(self, slots: Iterable[int]) -> None:
        """Make wiped `slots` free; an empty slab that has grown large is cut back."""
        self._free += slots
        if len(self._free) == self._count and self._count * self._slot > _KEEP_BYTES:
            with disk():
                os.ftruncate(self._descriptor, 0)
            self._free.clear()
            self._count = 0

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class Slabs:
    """The slabs of all small classes, for what is done to each."""

    def __init__(self, by_class: Mapping[CellClass, Slab]) -> None:
        self._by_class = by_class

    @classmethod
    def open(cls, layout: Layout, used: Mapping[CellClass, Collection[int]]) -> Self:
        """Open every slab; see `Slab.open`."""
        opened: dict[CellClass, Slab] = {}
        try:
            for cell in SMALL:
                path = layout.slab(cell)
                opened[cell] = Slab.open(path, cell, used.get(cell, frozenset()))
        except BaseException:
            cls(opened).close()
            raise
        return cls(opened)

    def __getitem__(self, cell: CellClass) -> Slab:
        return self._by_class[cell]

    def flush(self) -> None:
        """Make what was written to any slab durable."""
        for slab in self._by_class.values():
            slab.flush()

    def keep(self) -> None:
        """See `Slab.keep`."""
        for slab in self._by_class.values():
            slab.keep()

    def abandon(self) -> None:
        """See `Slab.abandon`."""
        for slab in self._by_class.values():
            slab.abandon()

    def close(self) -> None:
        """Let go of the files."""
        for slab in self._by_class.values():
            slab.close()


def slot_bytes(cls: CellClass) -> int:
    """Return how far apart the slots of a class are."""
    return -(-CELL_BYTES[cls] // _BLOCK) * _BLOCK


def read_slot(path: Path, cls: CellClass, slot: int) -> bytes:
    """Return the body in a slot of the slab at `path`, beside the process that owns it.

    Raises:
        StoreDamaged: there is no such slot.
    """
    with disk(), path.open("rb", buffering=0) as file:
        return _read(file.fileno(), CELL_BYTES[cls], slot * slot_bytes(cls))


def _read(descriptor: int, size: int, offset: int) -> bytes:
    with disk():
        body = os.pread(descriptor, size, offset)
    if len(body) != size:
        raise StoreDamaged
    return body
