"""The desk as a web application: every request passes the same guards, in the same order.

This file knows guards. It refuses to know a case; it logs a fault by its kind alone,
and no request at all.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ssl import SSLContext
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from client.web import uploads
from client.web.addresses import ALIVE, ERRANDS, LOCKED, Errand
from client.web.assets import asset
from client.web.defence import HEADERS, WRITES, Asked, foreign
from client.web.desk import Desk
from client.web.door import Visit, may_write
from client.web.entrance import Alone, Entrance, known_from_now
from client.web.house import House
from client.web.pages import Paper, to
from keys.errors import BadSettings, Locked, Refusal

WATCHED: Final = "/job/"
"""The pages that look by themselves how far something is."""
MOST: Final = 65_536
"""The longest form in bytes."""
_ALWAYS: Final = frozenset(
    {"/lock", "/language", "/text-size", "/help", "/broker", "/accessibility"}
)
_DESK: Final = web.RequestKey("desk", Desk)
_log: Final = logging.getLogger("folge")
_MUTE: Final = logging.getLogger("folge.desk")
_MUTE.disabled = True  # what the server would log quotes requests


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of an application.

    Attributes:
        errands: every page and button.
        begin: where one is led who has not unlocked.
        shut: what is shown then.
    """

    errands: Mapping[tuple[str, str], Errand]
    begin: str
    shut: frozenset[str]


DESK: Final = Pages(ERRANDS, LOCKED, _ALWAYS | {LOCKED})


@dataclass(frozen=True, slots=True)
class _Guard:
    entrance: Entrance
    pages: Pages

    async def passes(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer a request, or say why not; the answer carries the headers of the desk."""
        try:
            response = await self._answered(request, handler)
        except web.HTTPException as wrong:
            paper, visit = self._whose(request)
            response = paper.tell("web.no_page", visit, HTTPStatus(wrong.status))
        except Refusal as refusal:
            paper, visit = self._whose(request)
            response = paper.refuse(refusal, visit)
        except Exception as fault:  # noqa: BLE001 - a fault of ours may quote a case in its trace
            _log.error("a page failed: %s", type(fault).__name__)
            told, status = self.entrance.paper.say("web.fault"), HTTPStatus.INTERNAL_SERVER_ERROR
            response = web.Response(text=told, status=status)
        response.headers.update(HEADERS)
        return response

    def _whose(self, request: web.Request) -> tuple[Paper, Visit | None]:
        """Return what is written on to whoever asks, and the visit of one who was let in."""
        desk = request.get(_DESK)
        return (self.entrance.paper, None) if desk is None else (desk.paper, desk.door.visit)

    def _told(self, msgid: str, status: HTTPStatus) -> web.Response:
        return self.entrance.paper.tell(msgid, None, status)

    async def _answered(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        entrance = self.entrance
        if foreign(Asked.of(request.method, request.headers), entrance.origin) is not None:
            return self._told("web.foreign", HTTPStatus.FORBIDDEN)
        turned = await entrance.turned_away(request)
        if turned is not None:
            return turned
        if request.path.startswith(("/static/", "/start/")):
            return await handler(request)
        desk = await entrance.desk_of(request)
        visit = desk.door.visit if desk is not None else None
        if desk is None or visit is None:
            return await entrance.stranger(request)
        request[_DESK] = desk
        await desk.lock_when_idle()
        if request.method in WRITES and not may_write(visit, await _token(request)):
            return desk.paper.tell("web.old_form", visit, HTTPStatus.FORBIDDEN)
        return await self._inside(desk, visit, request, handler)

    async def _inside(
        self,
        desk: Desk,
        visit: Visit,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Answer the browser that was let in; while it is locked, with the lock."""
        if not visit.name and request.path not in self.pages.shut:
            return to(self.pages.begin)
        if request.path != ALIVE and not request.path.startswith(WATCHED):
            visit.touched = desk.clock.now()  # a page that looks by itself is nobody
        try:
            response = await handler(request)
        except Locked:  # somebody locked it at the keyboard
            await desk.lock()
            return to(LOCKED)
        if response.status == HTTPStatus.OK and response.content_type == "text/html":
            # What a button did is not done again.
            visit.at = request.path if request.method not in WRITES else "/"
        return response


async def _token(request: web.Request) -> str:
    """Return what a form carries; of one that brings a file, before any of the file is read."""
    if request.path.startswith(uploads.PLACE):
        return await uploads.token(request)
    said = (await request.post()).get("csrf", "")
    return said if isinstance(said, str) else ""


def application(entrance: Entrance, pages: Pages = DESK) -> web.Application:
    """Return the application; it locks when it stops."""
    guard = _Guard(entrance, pages)

    @web.middleware
    async def guarded(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        return await guard.passes(request, handler)

    async def watched(_app: web.Application) -> AsyncIterator[None]:
        watching = asyncio.create_task(entrance.watch())
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await entrance.end()

    app = web.Application(middlewares=[guarded], client_max_size=MOST)
    app.cleanup_ctx.append(watched)
    if isinstance(entrance, Alone):
        app.router.add_get("/start/{token}", _starting(entrance.desk, pages.begin))
    app.router.add_get("/static/{name}", asset)
    for (method, path), errand in pages.errands.items():
        app.router.add_route(method, path, _handler(errand))
    return app


def _handler(errand: Errand) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        desk = request.get(_DESK)
        visit = desk.door.visit if desk is not None else None
        if desk is None or visit is None:
            raise web.HTTPForbidden
        return await errand(desk, visit, request)

    return handle


def _starting(desk: Desk, begin: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def start(request: web.Request) -> web.StreamResponse:
        visit = desk.door.launch(unquote(request.match_info["token"]), desk.clock.now())
        if visit is None:
            return desk.paper.tell("web.used", None, HTTPStatus.FORBIDDEN)
        return known_from_now(to(begin), visit)

    return start


@asynccontextmanager
async def opened(desk: Desk, port: int = 0, pages: Pages = DESK) -> AsyncGenerator[str, None]:
    """Serve the desk on loopback until the block ends; gives the address that lets one in, once."""
    async with _served(Alone(desk), "127.0.0.1", port, pages=pages) as heard:
        desk.host = f"{desk.name}:{heard}"
        yield f"http://{desk.host}/start/{desk.door.token}"


@asynccontextmanager
async def opened_to_pcs(house: House, at: str, port: int) -> AsyncGenerator[str, None]:
    """Serve the desk to enrolled PCs until the block ends; gives the address for their browsers.

    Args:
        house: with its `tls`.
        at: the address of this machine to listen at.
        port: the same.

    Raises:
        BadSettings: nothing can listen there.
    """
    async with _served(house, at, port, house.tls) as heard:
        house.port = heard
        yield f"{house.origin}/"


@asynccontextmanager
async def _served(
    entrance: Entrance,
    at: str,
    port: int,
    tls: SSLContext | None = None,
    pages: Pages = DESK,
) -> AsyncGenerator[int, None]:
    runner = web.AppRunner(application(entrance, pages), access_log=None, logger=_MUTE)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, at, port, ssl_context=tls).start()
        except OSError:
            raise BadSettings(field="listen") from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
