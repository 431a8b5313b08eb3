"""A batch's blob file as one stream of bytes that goes on after a cut.

This file knows how to go on where a connection broke, and that a file has an end. It refuses to
know which cells are wanted.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from client.answers import GONE
from client.transport import Progress, Transport
from keys.address import Board, CellClass
from keys.errors import BatchMismatch, BrokerGone, Refusal

_STALLS: Final = 3


async def pieces(
    transport: Transport, board: Board, number: int, cls: CellClass, total: int
) -> AsyncGenerator[bytes, None]:
    """Yield a blob file from start to end, going on where a cut left off.

    Raises:
        BatchMismatch: the file goes on beyond `total` bytes.
        BrokerGone, ProxyGone: it was cut several times without a byte in between.
        NotHere, WrongShape: as `Transport.blob_file`.
    """
    at = stalls = 0
    last: type[Refusal] = BrokerGone
    while at < total:
        before = at
        try:
            async with aclosing(transport.blob_file(board, number, cls, at)) as file:
                async for piece in file:
                    at += len(piece)
                    if at > total:
                        raise BatchMismatch
                    yield piece
        except GONE as gone:
            last = type(gone)
        stalls = stalls + 1 if at == before else 0
        if stalls > _STALLS:
            raise last


class Stream:
    """Cuts pieces of any size to measure.

    Args:
        pieces: what comes, in order; the caller closes it.
        progress: told how many bytes have come since the last call.
    """

    def __init__(self, pieces: AsyncGenerator[bytes, None], progress: Progress) -> None:
        self._pieces = pieces
        self._progress = progress
        self._rest = b""
        self._at = 0

    async def next(self, most: int) -> bytes:
        """Return the next bytes, at least one and at most `most`.

        Raises:
            BatchMismatch: the file has ended.
        """
        if not self._rest:
            self._rest = await anext(self._pieces, b"")
            self._progress(len(self._rest))
        if not self._rest:
            raise BatchMismatch
        piece, self._rest = self._rest[:most], self._rest[most:]
        self._at += len(piece)
        return piece

    async def skip_to(self, start: int) -> None:
        """Let the bytes before `start` go."""
        while self._at < start:
            await self.next(start - self._at)
