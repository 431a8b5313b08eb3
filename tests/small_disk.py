"""A store on a disk of 64 MiB, in a process of its own: what is refused, and what works after.

Run with the directory to mount as argument, in a mount namespace of its own (`unshare`). It ends
well when every promise was kept.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

from broker.sqlite import SqliteStore
from broker.storage import Kept, NewCell
from keys.address import CELL_BYTES
from keys.errors import DiskFull
from tests.cells import INSTANCE, LATER, NOW, body_of, cell, cells_of, hash_of, signer, upload
from tests.stores import CENTRE, NOTE, M, S

_FILLER = bytes(1 << 20)


class Ballast:
    """A file that takes up room until it is thrown out."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self) -> None:
        """Take all the room there is."""
        with self._path.open("ab", buffering=0) as file:
            for piece in (_FILLER, _FILLER[:4096]):
                try:
                    while file.write(piece) == len(piece):
                        pass
                except OSError:
                    continue

    def give(self, size: int) -> None:
        """Give back `size` bytes."""
        with self._path.open("r+b") as file:
            file.truncate(max(0, self._path.stat().st_size - size))


async def refused(work: object) -> bool:
    """Whether that was refused for want of room."""
    assert asyncio.iscoroutine(work)
    try:
        await work
    except DiskFull:
        return True
    return False


async def small_cells(store: SqliteStore, ballast: Ballast) -> list[NewCell]:
    """Admit until the disk is full, make room, and admit what was refused."""
    kept: list[NewCell] = []
    while True:
        new = cell(cls=S)
        if await refused(store.admit(new)):
            break
        kept.append(new)
    assert (await store.counters(NOW)).pending[CENTRE] == len(kept)
    ballast.give(10 << 20)
    assert await store.admit(new) == Kept(new.cell_hash)
    return [*kept, new]


async def closing(store: SqliteStore, ballast: Ballast, kept: list[NewCell]) -> None:
    """Close with no room for the batch, then with room."""
    ballast.fill()
    assert await refused(store.close_batch(CENTRE, LATER))
    assert (await store.counters(NOW)).pending[CENTRE] == len(kept)
    ballast.give(24 << 20)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    files = await cells_of(store, batch)
    assert files[S] == b"".join(new.body for new in sorted(kept, key=lambda new: new.cell_hash))


async def pieces(store: SqliteStore, ballast: Ballast) -> None:
    """Send a large cell into a full disk, and go on where it was when there is room."""
    body = body_of(M)
    begun = await store.begin_upload(upload(cls=M))
    half = CELL_BYTES[M] // 2
    await store.append(begun.upload_id, 0, body[:half])
    ballast.fill()
    assert await refused(store.append(begun.upload_id, half, body[half:]))
    assert await refused(store.admit(cell(cls=M)))
    assert (await store.upload(begun.upload_id)).offset == half
    ballast.give(12 << 20)
    await store.append(begun.upload_id, half, body[half:])
    assert await store.finish(begun.upload_id) == Kept(hash_of(body))


async def index(store: SqliteStore, ballast: Ballast) -> None:
    """Fill the disk when only the database has to grow: slots are there already."""
    ballast.fill()
    kept: list[NewCell] = []
    new = cell()
    while not await refused(store.admit(new)):
        kept.append(new)
        new = cell()
    ballast.give(1 << 30)
    assert await store.admit(new) == Kept(new.cell_hash)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert [file.count for file in batch.files if file.cls is NOTE] == [len(kept) + 2]


async def main(disk: Path) -> None:
    """See every promise kept on one small disk."""
    ballast = Ballast(disk / "ballast")
    store = await SqliteStore.open(disk / "store", INSTANCE, signer())
    ballast.fill()
    ballast.give(17 << 20)
    kept = await small_cells(store, ballast)
    await closing(store, ballast, kept)
    await pieces(store, ballast)
    await store.admit(cell())
    await index(store, ballast)
    await store.close()


if __name__ == "__main__":
    subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", sys.argv[1]], check=True
    )
    asyncio.run(main(Path(sys.argv[1])))
