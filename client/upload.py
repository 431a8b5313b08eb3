"""One large cell on its way up, piece by piece (PROTOCOL P-6).

This file knows how to go on where the broker says it stopped, and when to stop believing that it
gets anywhere. It refuses to know which cell it is and who sends it.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeAlias

import aiohttp
from yarl import URL

from client.answers import GOOD, LOST, PIECE, again, kept, number, structured
from keys.address import CELL_BYTES, CellClass, CellHash
from keys.errors import BrokerGone, NotHere, Sent, WrongOffset, WrongShape

_CREATED: Final = 201
_NOT_FOUND: Final = 404
_SPARE: Final = 8


Wanted: TypeAlias = Callable[[], Awaitable[bool]]
"""Whether what is on its way is still to arrive."""


async def always() -> bool:
    """Want it to the end."""
    return True


class Source(Protocol):
    """The sealed cell: a file on disk."""

    def seek(self, offset: int, /) -> int:
        """Go to `offset` from the beginning."""
        ...

    def read(self, most: int, /) -> bytes:
        """Return the next `most` bytes, fewer only at the end."""
        ...


class Upload:
    """One upload that the broker has begun.

    Args:
        session: fresh connections, without identity.
        where: the upload's own address.
        cls: the cell's class, which says its size.
        cell: the bytes.
        progress: told how many bytes have gone since the last call.
        wanted: asked between two pieces.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        where: URL,
        cls: CellClass,
        cell: Source,
        progress: Callable[[int], None],
        wanted: Wanted = always,
    ) -> None:
        self._session = session
        self._where = where
        self._size = CELL_BYTES[cls]
        self._cell = cell
        self._progress = progress
        self._wanted = wanted
        self._told = 0
        # Each piece once, and as many again for cuts: a broker that lets an upload run in a
        # circle must not hold up everything behind it.
        self._budget = 2 * (self._size // PIECE + 1) + _SPARE

    async def run(self) -> CellHash | None:
        """Send what is missing; returns the hash that the broker says it has on disk.

        Returns None when it was wanted no more before all of it had gone.

        Raises:
            BrokerGone: no answer, or no headway; the same upload goes on from there.
            NotHere: the broker has forgotten the upload.
            Malformed: an answer is not in its form.
            Refusal: what the broker answered.
        """
        offset = await again(self._offset, sent=Sent.MAYBE)
        for _ in range(self._budget):
            self._tell(offset)
            try:
                done = await self._piece(offset)
            except (WrongOffset, *LOST):
                done = await again(self._offset, sent=Sent.MAYBE)
            if isinstance(done, bytes):
                self._tell(self._size)
                return CellHash(done)
            offset = done
            if not await self._wanted():
                return None
        raise BrokerGone(sent=Sent.MAYBE)

    def _tell(self, offset: int) -> None:
        if offset > self._told:
            self._progress(offset - self._told)
            self._told = offset

    async def _offset(self) -> int:
        async with self._session.head(self._where, allow_redirects=False) as answer:
            if answer.status == _NOT_FOUND:
                raise NotHere
            if answer.status not in GOOD:
                raise BrokerGone(sent=Sent.MAYBE)
            return self._within(answer)

    async def _piece(self, offset: int) -> int | bytes:
        self._cell.seek(offset)
        piece = self._cell.read(PIECE)
        headers = {"Upload-Offset": str(offset)}
        async with self._session.patch(
            self._where, data=piece, headers=headers, allow_redirects=False
        ) as answer:
            value = await structured(answer)
            return kept(value) if answer.status == _CREATED else self._within(answer)

    def _within(self, answer: aiohttp.ClientResponse) -> int:
        offset = number(answer.headers.get("Upload-Offset", ""))
        if offset > self._size:
            raise WrongShape(field="upload_offset")
        return offset
