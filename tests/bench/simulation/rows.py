"""A member's rows in memory, for the line and the rider of the client: the same steps, no disk.

This file knows what those two ask of a ledger. It keeps nothing when the program ends.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any, TypeVar

from client.shelf import Shelf

T = TypeVar("T")


class Rows:
    """What a transaction of the ledger offers; and the ledger that begins it."""

    def __init__(self) -> None:
        self._rows: dict[Shelf, dict[bytes, bytes]] = {}

    def __bool__(self) -> bool:
        return any(self._rows.values())

    def key(self, *parts: bytes) -> bytes:
        """Return a row id, as `Ledger.key`."""
        made = blake2b(digest_size=16)
        for part in parts:
            made.update(len(part).to_bytes(4, "big") + part)
        return made.digest()

    @asynccontextmanager
    async def transaction(self, _step: str) -> AsyncGenerator["Rows", None]:
        """Begin a step."""
        yield self

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["Rows", None]:
        """Begin a look."""
        yield self

    def sealer(self, _shelf: Shelf) -> None:
        """Refuse nothing, as `Ledger.sealer`: no lock is shut here."""

    async def rows(self, shelf: Shelf) -> list[tuple[bytes, bytes]]:
        """Return a shelf's rows in the order of their ids."""
        return sorted(self._rows.get(shelf, {}).items())

    async def ids(self, shelf: Shelf, prefix: bytes = b"") -> list[bytes]:
        """Return the ids that begin with `prefix`, in order."""
        return sorted(row for row in self._rows.get(shelf, {}) if row.startswith(prefix))

    async def put(self, shelf: Shelf, row: bytes, value: bytes) -> None:
        """Write a row."""
        self._rows.setdefault(shelf, {})[row] = value

    async def get(self, shelf: Shelf, row: bytes) -> bytes | None:
        """Return a row's value, if there is one."""
        return self._rows.get(shelf, {}).get(row)

    get_whole = get

    async def delete(self, shelf: Shelf, row: bytes) -> None:
        """Remove a row."""
        self._rows.get(shelf, {}).pop(row, None)

    def after(self, action: Callable[[], None]) -> None:
        """Do what is to be done once a step is durable: at once, for nothing here is."""
        action()


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    work.close()
    raise AssertionError(work)
