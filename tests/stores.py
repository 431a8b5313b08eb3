"""The stores on which every promise is tried, and the names that the tests share."""

from pathlib import Path
from typing import Final

from broker.sqlite import SqliteStore
from broker.storage import Store
from keys.address import CELL_BYTES, Board, CellClass, MemberId
from tests.cells import INSTANCE, NOW, signer
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
