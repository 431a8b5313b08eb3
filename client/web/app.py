"""The desk as a web application: every request passes the same guards, in the same order.

This file knows addresses and guards. It refuses to know a case; it logs a fault by its kind alone,
and no request at all.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from client.web import arriving, errands, helping, placing, undoing
from client.web.defence import HEADERS, WRITES, Asked, foreign
from client.web.desk import Desk
from client.web.door import COOKIE, Visit, may_write
from keys.errors import Locked, Refusal

Errand = Callable[[Desk, Visit, web.Request], Awaitable[web.StreamResponse]]

LOCKED: Final = "/unlock"
MOST: Final = 65_536
"""The longest form in bytes."""
_TYPES: Final = MappingProxyType(
    {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
)
_SHUT: Final = frozenset({LOCKED, "/lock", "/language", "/help", "/broker"})
_log: Final = logging.getLogger("folge")
_MUTE: Final = logging.getLogger("folge.desk")
_MUTE.disabled = True  # what the server would log quotes requests


@dataclass(frozen=True, slots=True)
class _Guard:
    desk: Desk

    async def passes(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer a request, or say why not; the answer carries the headers of the desk."""
        try:
            response = await self._answered(request, handler)
        except web.HTTPException as wrong:
            response = self._told("web.no_page", HTTPStatus(wrong.status))
        except Refusal as refusal:
            response = self.desk.paper.refuse(refusal, self.desk.door.visit)
        except Exception as fault:  # noqa: BLE001 - a fault of ours may quote a case in its trace
            _log.error("a page failed: %s", type(fault).__name__)
            told, status = self.desk.paper.say("web.fault"), HTTPStatus.INTERNAL_SERVER_ERROR
            response = web.Response(text=told, status=status)
        response.headers.update(HEADERS)
        return response

    def _told(self, msgid: str, status: HTTPStatus) -> web.Response:
        return self.desk.paper.tell(msgid, None, status)

    async def _answered(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        desk = self.desk
        if foreign(Asked.of(request.method, request.headers), desk.host) is not None:
            return self._told("web.foreign", HTTPStatus.FORBIDDEN)
        if request.path.startswith(("/static/", "/start/")):
            return await handler(request)
        visit = desk.door.find(request.cookies.get(COOKIE, ""))
        if visit is None:
            return self._told("web.no_visit", HTTPStatus.FORBIDDEN)
        await desk.lock_when_idle()
        if request.method in WRITES:
            said = (await request.post()).get("csrf", "")
            if not isinstance(said, str) or not may_write(visit, said):
                return desk.paper.tell("web.old_form", visit, HTTPStatus.FORBIDDEN)
        return await self._inside(visit, request, handler)

    async def _inside(
        self,
        visit: Visit,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Answer the browser that was let in; while it is locked, with the lock."""
        if not visit.name and request.path not in _SHUT:
            return _to(LOCKED)
        visit.touched = self.desk.clock.now()
        try:
            response = await handler(request)
        except Locked:  # somebody locked it at the keyboard
            await self.desk.lock()
            return _to(LOCKED)
        if response.status == HTTPStatus.OK:  # what a button did is not done again
            visit.at = request.path if request.method not in WRITES else "/"
        return response


def _to(place: str) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": place})


def application(desk: Desk) -> web.Application:
    """Return the application; it locks when it stops."""
    guard = _Guard(desk)

    @web.middleware
    async def guarded(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        return await guard.passes(request, handler)

    async def watched(_app: web.Application) -> AsyncIterator[None]:
        watching = asyncio.create_task(desk.watch())
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await desk.lock()

    app = web.Application(middlewares=[guarded], client_max_size=MOST)
    app.cleanup_ctx.append(watched)
    app.router.add_get("/start/{token}", _starting(desk))
    app.router.add_get("/static/{name}", _static)
    for (method, path), errand in ERRANDS.items():
        app.router.add_route(method, path, _handler(desk, errand))
    return app


ERRANDS: Final = MappingProxyType[tuple[str, str], Errand](
    {
        ("GET", LOCKED): errands.locked,
        ("POST", LOCKED): errands.unlock,
        ("POST", "/lock"): errands.lock,
        ("POST", "/stay"): errands.stay,
        ("POST", "/language"): errands.language,
        ("GET", "/help"): helping.help_,
        ("GET", "/broker"): helping.broker,
        ("GET", "/"): errands.inbox,
        ("GET", "/list"): errands.list_,
        ("POST", "/seen"): errands.seen,
        ("GET", "/place/{word}"): placing.asked,
        ("POST", "/place/{word}"): placing.answer,
        ("GET", "/arrival/{word}"): arriving.code,
        ("POST", "/arrival/{word}"): arriving.arrive,
        ("GET", "/card/{word}"): arriving.card,
        ("POST", "/paper/{word}"): arriving.paper,
        ("GET", "/confirm/{word}"): arriving.before_confirming,
        ("POST", "/confirm/{word}"): arriving.confirm,
        ("GET", "/journal/{word}"): arriving.journal,
        ("POST", "/journal/{word}"): arriving.answer,
        ("GET", "/back/{word}"): undoing.before_back,
        ("POST", "/back/{word}"): undoing.back,
        ("GET", "/wrong/{word}"): undoing.before_wrong,
        ("POST", "/wrong/{word}"): undoing.wrong,
        ("GET", "/not-ours/{word}"): undoing.before_not_ours,
        ("POST", "/not-ours/{word}"): undoing.not_ours,
    }
)
"""Every page and button of the desk; a method and an address to what is done."""


def _handler(desk: Desk, errand: Errand) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        visit = desk.door.visit
        if visit is None:
            raise web.HTTPForbidden
        return await errand(desk, visit, request)

    return handle


def _starting(desk: Desk) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def start(request: web.Request) -> web.StreamResponse:
        visit = desk.door.launch(unquote(request.match_info["token"]), desk.clock.now())
        if visit is None:
            return desk.paper.tell("web.used", None, HTTPStatus.FORBIDDEN)
        response = _to(LOCKED)
        response.set_cookie(
            COOKIE, visit.cookie, path="/", secure=True, httponly=True, samesite="Strict"
        )
        return response

    return start


def _shelf() -> dict[str, tuple[bytes, str]]:
    """Read what pages are drawn with; nothing else has an address."""
    found: dict[str, tuple[bytes, str]] = {}
    static = files("client.web") / "static"
    for place in (static, static / "vendor"):
        for one in place.iterdir():
            kind = _TYPES.get(f".{one.name.rpartition('.')[2]}")
            if kind is not None:
                found[one.name] = (one.read_bytes(), kind)
    return found


_STATIC: Final = _shelf()


async def _static(request: web.Request) -> web.StreamResponse:
    found = _STATIC.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    body, kind = found
    return web.Response(body=body, content_type=kind)


@asynccontextmanager
async def opened(desk: Desk, port: int = 0) -> AsyncGenerator[str, None]:
    """Serve the desk on loopback until the block ends; gives the address that lets one in, once."""
    runner = web.AppRunner(application(desk), access_log=None, logger=_MUTE)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        desk.host = f"{desk.name}:{runner.addresses[0][1]}"
        yield f"http://{desk.host}/start/{desk.door.token}"
    finally:
        await runner.cleanup()
