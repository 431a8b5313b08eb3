"""How bodies are read: of the declared size, not too slowly, not too many at once.

This file knows what of a request's head decides whether its body is read at all, and when a
client that stalls is given up (PROTOCOL.md P-4.3, P-4.9, P-5.8, P-5.9). It refuses to know what
the bytes are. A slow client costs one small buffer and one place among many; it holds up nobody.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from aiohttp import HttpVersion11, hdrs, web

from keys.errors import BrokerBusy, Truncated, WrongSize

CHUNK: Final = 1 << 17
"""Bytes that must come within `STALL_SECONDS`: a small body whole, a share of any other."""
STALL_SECONDS: Final = 30
SMALL_AT_ONCE: Final = 512
"""More than one member has tokens a day: no member alone can take every place."""
LARGE_AT_ONCE: Final = 32
BUSY_SECONDS: Final = 5
_CODED: Final = frozenset({hdrs.TRANSFER_ENCODING, hdrs.CONTENT_ENCODING})


def declared(request: web.BaseRequest) -> int:
    """Return the length that a request's head promises of its body.

    Raises:
        WrongSize: it promises none, or a body that is coded (P-4.3).
    """
    length = request.content_length
    if length is None or any(name in request.headers for name in _CODED):
        raise WrongSize
    return length


class Incoming:
    """One body being read.

    Args:
        request: whose body it is.
        size: the length that its head declared.
    """

    def __init__(self, request: web.BaseRequest, size: int) -> None:
        self.left = size
        self._request = request
        self._begun = False
        self._given_up = False
        self._timer: asyncio.Timeout | None = None
        self.over = asyncio.Event()
        """Set when nobody reads it any more, and what came of it has been dealt with."""

    def give_up(self) -> None:
        """Read no more of it; whoever waits for it is told that it was cut."""
        self._given_up = True
        if self._timer is not None:
            self._timer.reschedule(asyncio.get_running_loop().time())

    async def whole(self) -> bytes:
        """Return all of a body that is no longer than `CHUNK`.

        Raises:
            Truncated: the client stalled, went away or came again.
        """
        buffer = bytearray()
        if not await self.into(buffer, CHUNK):
            raise Truncated
        return bytes(buffer)

    async def into(self, buffer: bytearray, most: int) -> bool:
        """Add the next bytes to `buffer`: `most` of them, or what is left.

        Returns:
            False when the body was cut; what came of it has been added.
        """
        goal = len(buffer) + min(most, self.left)
        try:
            await self._begin()
            while len(buffer) < goal:
                await self._share(buffer, min(goal, len(buffer) + CHUNK))
        except (TimeoutError, ConnectionError, web.RequestPayloadError):
            return False
        return True

    async def _begin(self) -> None:
        """Tell a client that asked first that its body is wanted (P-4.10)."""
        if self._begun:
            return
        self._begun = True
        request = self._request
        asked = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
        if asked and request.version == HttpVersion11:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            # These bytes are not the answer's: an answer may still be begun.
            request.writer.output_size = 0

    async def _share(self, buffer: bytearray, goal: int) -> None:
        if self._given_up:
            raise ConnectionResetError
        try:
            async with asyncio.timeout(STALL_SECONDS) as self._timer:
                while len(buffer) < goal:
                    piece = await self._request.content.read(goal - len(buffer))
                    if not piece:
                        raise ConnectionResetError
                    buffer += piece
                    self.left -= len(piece)
        finally:
            self._timer = None


class Bodies:
    """All bodies being read, so that they are not too many, and none twice."""

    def __init__(self, small: int = SMALL_AT_ONCE, large: int = LARGE_AT_ONCE) -> None:
        self._free = {True: small, False: large}
        self._open: dict[object, Incoming] = {}

    async def settle(self, key: bytes) -> None:
        """Give up the body that `key` gave the right to send, if one is still being read.

        Whoever asks again has lost the first connection; when this returns, what came over it
        has been dealt with (P-5.9, P-6.3).
        """
        while (older := self._open.get(key)) is not None:
            older.give_up()
            await older.over.wait()

    @contextmanager
    def reading(
        self, request: web.BaseRequest, size: int, key: bytes | None = None
    ) -> Generator[Incoming, None, None]:
        """Take a place to read a body of `size` bytes; `key` is the right to send it.

        Raises:
            BrokerBusy: every place of its kind is taken, or that right is in use (P-5.8).
        """
        small, right = size <= CHUNK, key if key is not None else object()
        if not self._free[small] or right in self._open:
            raise BrokerBusy(seconds=BUSY_SECONDS)
        made = self._open[right] = Incoming(request, size)
        self._free[small] -= 1
        try:
            yield made
        finally:
            self._free[small] += 1
            del self._open[right]
            made.over.set()
