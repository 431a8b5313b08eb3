"""The HTTP edge: a table of routes in, answers and refusals out, and nothing about who asks.

This file knows how a request finds its handler, how a refusal becomes bytes, and what is never
sent (PROTOCOL.md P-4). It refuses to know the address of a connection: no line here or above asks
for it. It stands on aiohttp's low-level server, so that what aiohttp would say of its own accord
(a banner, an error page, a log line with an address) has one place where it is silenced.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self, cast
from urllib.parse import parse_qsl

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from broker.log import Log, Room
from broker.settings import Address
from keys.errors import (
    BadSettings,
    BrokerBusy,
    BrokerFault,
    Malformed,
    NotHere,
    Refusal,
    Unreachable,
    WrongShape,
    http_status,
)
from keys.wire import Packable, pack

MSGPACK: Final = "application/msgpack"
OCTETS: Final = "application/octet-stream"
IDLE_SECONDS: Final = 75
"""How long a connection may be silent between requests; longer than the proxy keeps one."""
LINGER_SECONDS: Final = 2
"""How long an unread body is read and thrown away, so that its client can read the refusal."""
DRAIN_SECONDS: Final = 15
"""How long requests in flight may go on, bodies and all, when the program stops."""
STOP_SECONDS: Final = 5
"""How long the connections of those that did not end in time may take to close."""
_TOLD: Final = ("seconds", "offset", "day")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: what its route captured from the path, and the request itself."""

    request: web.BaseRequest
    words: Mapping[str, str]
    query: str

    def header(self, name: str) -> str | None:
        """Return the header `name`; None when it is absent.

        Raises:
            WrongShape: it stands more than once, so two readers could take two meanings.
        """
        values = self.request.headers.getall(name, [])
        if len(values) > 1:
            raise WrongShape(field="header")
        return values[0] if values else None

    def numbers(self, **defaults: int) -> dict[str, int]:
        """Return the query's numbers, or their defaults (P-4.1).

        Raises:
            WrongShape: another parameter, one that stands twice, or no plain number.
        """
        found = dict(defaults)
        try:
            pairs = parse_qsl(self.query, strict_parsing=True) if self.query else []
        except ValueError:
            raise WrongShape(field="query") from None
        for name, value in pairs:
            if name not in defaults or not _DECIMAL.fullmatch(value):
                raise WrongShape(field="query")
            found[name] = int(value)
        if len(pairs) != len({name for name, _ in pairs}):
            raise WrongShape(field="query")
        return found


Handler = Callable[[Ask], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table: a method, the path's form, and what answers it.

    Args:
        path: literal text with `{name}` for one word of letters, digits, `.`, `_` and `-`.
    """

    method: str
    path: str
    handler: Handler

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression whose groups are its words."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9._-]+)", self.path))


class Site:
    """Finds a request's handler and turns whatever happens into an answer.

    Args:
        routes: the whole table.
        log: where faults are told.
        refused: told the code of every refusal, for counting.
    """

    def __init__(self, routes: tuple[Route, ...], log: Log, refused: Callable[[str], None]) -> None:
        self._routes = tuple((route.method, route.pattern, route.handler) for route in routes)
        self._log = log
        self._refused = refused
        self._at_work = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._leaving = False

    async def drain(self) -> None:
        """Begin no new request, and wait for those that were begun.

        aiohttp's own shutdown throws away what still comes of a body; so it must not begin before
        the bodies are in.
        """
        self._leaving = True
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; nothing but an answer or a lost connection comes out."""
        if self._leaving:
            return refusal_answer(BrokerBusy(seconds=DRAIN_SECONDS))
        self._at_work += 1
        self._idle.clear()
        try:
            return await self._judged(request)
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._idle.set()

    async def _judged(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            handler, ask = self._find(request)
            return await handler(ask)
        except Refusal as refusal:
            self._refused(refusal.code)
            return refusal_answer(refusal)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the one edge: an accident is told by its class
            self._log.fault(Room.SERVER, error)
            self._refused(BrokerFault.code)
            return refusal_answer(BrokerFault())

    def _find(self, request: web.BaseRequest) -> tuple[Handler, Ask]:
        path, _, query = request.raw_path.partition("?")
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(path) if method == request.method else None
            if found is not None:
                return handler, Ask(request, found.groupdict(), query)
        raise NotHere


def answer(value: Packable, status: int = 200) -> web.Response:
    """Return a structured answer (P-4.2)."""
    return web.Response(body=pack(value), status=status, content_type=MSGPACK)


def octets(body: bytes) -> web.Response:
    """Return an answer that is nothing but bytes."""
    return web.Response(body=body, content_type=OCTETS)


def empty(status: int, **headers: str) -> web.Response:
    """Return an answer without a body; underscores in names of headers become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, headers=named)


def refusal_body(refusal: Refusal) -> bytes:
    """Return the bytes of a refusal (P-4.4): its code, and only the facts that help to go on."""
    told = {name: refusal.facts[name] for name in _TOLD if name in refusal.facts}
    return pack(["refusal", 1, refusal.code, *([told] if told else [])])


def refusal_answer(refusal: Refusal, status: int | None = None) -> web.Response:
    """Return the answer that a refusal is; `status` only where its own would mislead (P-11.4)."""
    made = web.Response(
        body=refusal_body(refusal),
        status=status or http_status(type(refusal)),
        content_type=MSGPACK,
    )
    if "seconds" in refusal.facts:
        made.headers[hdrs.RETRY_AFTER] = str(refusal.facts["seconds"])
    return made


class _Request(web.BaseRequest):
    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        """Take away the banner that aiohttp has just put in (P-4.7)."""
        response.headers.popall(hdrs.SERVER, None)


class _Connection(web.RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats what was sent, so it is dropped
    ) -> web.StreamResponse:
        """Answer what is no HTTP, in the words of P-4.4 and without a log line."""
        if request.writer.output_size > 0:
            raise ConnectionError
        unforeseen = status >= 500 or exc is None  # noqa: PLR2004 - HTTP's own border
        leaf: type[Malformed | Unreachable] = BrokerFault if unforeseen else WrongShape
        made = refusal_answer(leaf())
        made.force_close()
        return made


class _Server(web.Server):
    """aiohttp's low-level server, with our request and connection in place of its own."""

    def __init__(self, site: Site, log: Log) -> None:
        super().__init__(site.answer, request_factory=_request)
        self._logger = log.library("aiohttp")

    def __call__(self) -> web.RequestHandler:
        return _Connection(
            self,
            loop=asyncio.get_running_loop(),
            logger=self._logger,
            access_log=self._logger,  # aiohttp asks whether it hears INFO; it does not
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGER_SECONDS,
            auto_decompress=False,
        )


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    return _Request(message, payload, protocol, writer, task, asyncio.get_running_loop())


class Listener:
    """A site on a socket: an async context manager; leaving it lets requests finish.

    Entering raises `BadSettings` when the address cannot be listened on.

    Args:
        site: what answers.
        log: where faults are told.
        address: where to listen.
    """

    def __init__(self, site: Site, log: Log, address: Address) -> None:
        self._site = site
        self._runner = web.ServerRunner(_Server(site, log), shutdown_timeout=STOP_SECONDS)
        self._address = address
        self.url = ""
        """Where it answers, without a slash at the end; the port is the system's when 0 was set."""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._address.host, self._address.port).start()
        except OSError:
            await self._runner.cleanup()
            raise BadSettings(field="listen") from None
        host, port = cast("tuple[str, int]", self._runner.addresses[0][:2])
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in self._runner.sites:
            await socket.stop()
        await self._site.drain()
        await self._runner.cleanup()
