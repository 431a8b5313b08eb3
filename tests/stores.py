"""The stores on which every promise is tried, and the names that the tests share."""

from pathlib import Path
from typing import Final

from broker.sqlite import SqliteStore
from broker.storage import Publication, Store
from keys.address import CELL_BYTES, Board, CellClass, MemberId
from tests.cells import INSTANCE, LATER, NOW, TODAY, body_of, cell, signer, token, upload
from tests.memory_store import MemoryStore

KINDS: Final = ("memory", "sqlite")
CENTRE, POLICE, REPLY = Board.CENTRE, Board.POLICE, Board.REPLY
NOTE, S, M = CellClass.NOTE, CellClass.S, CellClass.M
A, B = MemberId(bytes(32)), MemberId(b"\1" * 32)
HALF: Final = CELL_BYTES[S] // 2


async def open_store(kind: str, directory: Path) -> Store:
    """Open an empty store of that kind."""
    if kind == "memory":
        return MemoryStore(directory, INSTANCE, signer())
    return await SqliteStore.open(directory / "store", INSTANCE, signer())


async def count(store: Store) -> int:
    """How many cells wait."""
    return sum((await store.counters(NOW)).pending.values())


async def filled(store: Store) -> None:
    """Two batches, three cells that wait, half an upload and a published key."""
    for slot in range(2):
        for number in range(3):
            await store.admit(cell(number=slot * 10 + number))
        await store.admit(cell(cls=M, number=slot * 10 + 5))
        await store.close_batch(CENTRE, LATER)
    for number, cls in ((20, NOTE), (21, S), (22, M)):
        await store.admit(cell(cls=cls, number=number))
    begun = await store.begin_upload(upload(spent_key=token(30)))
    await store.append(begun.upload_id, 0, body_of(S)[:HALF])
    await store.publish(A, Publication.CERT, b"certificate", TODAY)
