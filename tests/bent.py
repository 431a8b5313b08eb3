"""A line between a member and the broker that somebody bends: it passes on what it does not change.

It stands where a broken proxy stands, or whoever holds the network, or a broker's own front that
knows who asks. It changes answers only: what a member posts arrives as it was. Where it fails a
request itself, that one arrives nowhere.
"""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import aiohttp
from aiohttp import web
from yarl import URL

from broker.web import refusal_answer
from keys.errors import BadToken, BrokerBusy, DiskFull, NotHere
from tests.crooked import refuses

Bending: TypeAlias = Callable[[bytes], bytes]
Failing: TypeAlias = Callable[[], web.Response] | None

NOTES: Final = r"/v1/boards/\w+/batches/\d+/cells/note"
BATCHES: Final = r"/v1/boards/\w+/batches"
NOTE: Final = r"POST /v1/boards/\w+/cells/note"
BEGIN: Final = r"POST /v1/boards/\w+/uploads/\w+"
PIECE: Final = r"PATCH /v1/uploads/[\w-]+"
READ: Final = r"GET /v1/boards/.*"
ROSTER: Final = r"GET /v1/roster/.*"
_LASTS: Final = 24 * 3_600
"""Seconds that a connection is kept: the world's clock is driven, and no real time closes it."""
_HOP: Final = frozenset(
    {"connection", "transfer-encoding", "content-length", "date", "server", "host"}
)


@dataclass(eq=False)
class Line:
    """The line; `bends` holds what is done to the answers of a path.

    Attributes:
        absent: paths of which it says, in the broker's own words, that nothing is there.
        fails: what is answered in the broker's place to «METHOD path»; None hangs up.
        bent: how many answers were changed.
    """

    door: URL
    bends: list[tuple[str, Bending]] = field(default_factory=list[tuple[str, Bending]])
    absent: list[str] = field(default_factory=list[str])
    fails: list[tuple[str, Failing]] = field(default_factory=list[tuple[str, "Failing"]])
    bent: int = 0
    url: URL = field(default_factory=URL)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Pass a request on, and its answer back, bent where the path is one of those."""
        if any(re.fullmatch(path, request.path) for path in self.absent):
            self.bent += 1
            return refuses(NotHere())
        headers = {name: value for name, value in request.headers.items() if _passes(name)}
        target = self.door.join(URL(request.path_qs, encoded=True))
        data = await request.read() if request.can_read_body else None
        for what, failing in self.fails:
            if re.fullmatch(what, f"{request.method} {request.path}"):
                return self._fail(request, failing)
        try:
            async with (
                aiohttp.ClientSession(auto_decompress=False) as http,
                http.request(request.method, target, data=data, headers=headers) as found,
            ):
                octets = await found.read()
                kept = {name: value for name, value in found.headers.items() if _passes(name)}
                status = found.status
        except aiohttp.ClientError:
            return web.Response(status=502)
        for path, bend in self.bends:
            if re.fullmatch(path, request.path) and octets:
                octets = bend(octets)
                self.bent += 1
        return web.Response(body=octets, status=status, headers=kept)

    def _fail(self, request: web.Request, failing: Failing) -> web.Response:
        self.bent += 1
        if failing is not None:
            return failing()
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


def busy() -> web.Response:
    """Return what a broker answers that has too much to do."""
    return refusal_answer(BrokerBusy(seconds=30))


def bad_token() -> web.Response:
    """Return what a broker answers that says a good token is none."""
    return refusal_answer(BadToken())


def full() -> web.Response:
    """Return what a broker answers whose disk is full."""
    return refusal_answer(DiskFull())


def broken() -> web.Response:
    """Return what stands in the place of an answer when a program has fallen over."""
    return web.Response(status=500, text="oops")


def _passes(name: str) -> bool:
    return name.lower() not in _HOP


@asynccontextmanager
async def bent_line(door: URL) -> AsyncGenerator[Line, None]:
    """Run a line to a broker until the block ends; members are given its `url` instead."""
    line = Line(door)
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{tail:.*}", line.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, keepalive_timeout=_LASTS)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    line.url = URL(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield line
    finally:
        await runner.cleanup()
