"""How bodies are read: stalled, doubled and crowded ones are let go, and nobody else notices."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest
from aiohttp import web

from broker import bodies
from broker.bodies import BUSY_SECONDS, CHUNK, Bodies, declared
from broker.log import Log
from broker.settings import Address
from broker.web import Ask, Listener, Route, Site, answer, octets
from keys.errors import Truncated
from keys.wire import pack

BODY = b"b" * 1_000


class Reader:
    """A site that reads bodies and answers their hash; `word` in the path is the right to send."""

    def __init__(self, places: Bodies) -> None:
        self.places = places
        self.begun = asyncio.Event()
        self.refused: list[str] = []

    async def read(self, ask: Ask) -> web.StreamResponse:
        """Read a whole body."""
        key = ask.words["word"].encode()
        await self.places.settle(key)
        with self.places.reading(ask.request, declared(ask.request), key) as incoming:
            self.begun.set()
            body = await incoming.whole()
        return octets(sha256(body).digest())

    async def count(self, ask: Ask) -> web.StreamResponse:
        """Read a body piece by piece, and say how much of it came."""
        pieces = 0
        with self.places.reading(ask.request, declared(ask.request)) as incoming:
            while incoming.left:
                buffer = bytearray()
                if not await incoming.into(buffer, 2 * CHUNK):
                    raise Truncated
                pieces += 1
        return answer(["count", 1, pieces])


@asynccontextmanager
async def reading(places: Bodies) -> AsyncGenerator[tuple[Reader, str], None]:
    """Run a reader on loopback."""
    reader = Reader(places)
    routes = (Route("POST", "/read/{word}", reader.read), Route("POST", "/count", reader.count))
    log = Log(io.StringIO(), lambda: 0)
    site = Site(routes, log, reader.refused.append)
    async with Listener(site, log, Address("127.0.0.1", 0)) as listener:
        yield reader, listener.url


class Line:
    """One connection, driven by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str, target: str, size: int) -> AsyncGenerator["Line", None]:
        """Connect and send a request's head."""
        host, port = url.removeprefix("http://").split(":")
        line = cls(*await asyncio.open_connection(host, int(port)))
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        line.writer.write(f"{head}Content-Length: {size}\r\n\r\n".encode())
        try:
            yield line
        finally:
            line.writer.close()
            await line.writer.wait_closed()

    async def answer(self, sent: bytes = b"") -> bytes:
        """Send what is left and return the whole answer."""
        self.writer.write(sent)
        return await self.reader.read()


async def test_a_whole_body_is_read() -> None:
    """What is sent arrives, in however many pieces the network cuts it."""
    async with reading(Bodies()) as (_, url), Line.to(url, "/read/a", len(BODY)) as line:
        line.writer.write(BODY[:1])
        await line.writer.drain()
        assert (await line.answer(BODY[1:])).endswith(sha256(BODY).digest())


async def test_a_long_body_is_read_in_bounded_pieces() -> None:
    """A large body is never in memory as a whole."""
    size = 5 * CHUNK + 1
    async with reading(Bodies()) as (_, url), Line.to(url, "/count", size) as line:
        assert (await line.answer(bytes(size))).endswith(pack(["count", 1, 3]))


async def test_an_empty_body_is_read_too() -> None:
    """Nothing is also a body."""
    async with reading(Bodies()) as (_, url), Line.to(url, "/read/a", 0) as line:
        assert (await line.answer()).endswith(sha256(b"").digest())


@pytest.mark.parametrize("target", ["/read/a", "/count"])
async def test_a_client_that_stalls_is_let_go(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """Who sends nothing for too long loses its place."""
    monkeypatch.setattr(bodies, "STALL_SECONDS", 0.05)
    async with reading(Bodies()) as (reader, url), Line.to(url, target, len(BODY)) as line:
        assert b"truncated" in await line.answer(BODY[:-1])
        assert reader.refused == [Truncated.code]


async def test_a_client_that_goes_away_frees_its_place() -> None:
    """A place is free again as soon as the connection is gone."""
    async with reading(Bodies(small=1)) as (reader, url):
        async with Line.to(url, "/read/a", len(BODY)) as line:
            line.writer.write(BODY[:-1])
            await reader.begun.wait()
        async with asyncio.timeout(10), Line.to(url, "/read/a", len(BODY)) as line:
            assert (await line.answer(BODY)).endswith(sha256(BODY).digest())


async def test_when_every_place_is_taken_the_next_is_told_when_to_come() -> None:
    """More than fit are refused at once, with a time, and the others go on."""
    async with (
        reading(Bodies(small=1)) as (reader, url),
        Line.to(url, "/read/a", len(BODY)) as first,
    ):
        await reader.begun.wait()
        async with Line.to(url, "/read/b", len(BODY)) as second:
            refused = await second.answer(BODY)
        assert f"Retry-After: {BUSY_SECONDS}\r\n".encode() in refused
        assert refused.endswith(pack(["refusal", 1, "broker_busy", {"seconds": BUSY_SECONDS}]))
        assert (await first.answer(BODY)).endswith(sha256(BODY).digest())


async def test_large_and_small_bodies_have_places_of_their_own() -> None:
    """However many large uploads there are, a note always gets through."""
    async with reading(Bodies(large=0)) as (_, url):
        async with Line.to(url, "/count", CHUNK + 1) as large:
            assert b"broker_busy" in await large.answer(bytes(CHUNK + 1))
        async with Line.to(url, "/read/a", len(BODY)) as small:
            assert (await small.answer(BODY)).endswith(sha256(BODY).digest())


async def test_who_comes_again_takes_over_from_itself() -> None:
    """A client whose line went dead is not locked out by its own first try."""
    async with (
        reading(Bodies()) as (reader, url),
        Line.to(url, "/read/a", len(BODY)) as first,
    ):
        first.writer.write(BODY[:-1])
        await reader.begun.wait()
        async with Line.to(url, "/read/a", len(BODY)) as second:
            assert (await second.answer(BODY)).endswith(sha256(BODY).digest())
        assert b"truncated" in await first.answer()
