"""Who is let in to the desk, and to which: of this machine alone, there is one browser.

This file knows what an entrance must answer. It refuses to know a page; the entrance for other PCs
is `house.py`.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from aiohttp import web

from client.web.desk import Desk
from client.web.door import COOKIE, Visit
from client.web.pages import Paper


class Entrance(Protocol):
    """What stands before the pages."""

    @property
    def origin(self) -> str:
        """Scheme, name and port under which our own pages ask."""
        ...

    @property
    def paper(self) -> Paper:
        """What is written on to whoever is not in."""
        ...

    async def turned_away(self, request: web.Request, /) -> web.Response | None:
        """Answer whoever may not even ask; None lets the request pass."""
        ...

    async def desk_of(self, request: web.Request, /) -> Desk | None:
        """Return the desk of the visit that asks, or None when it is not known."""
        ...

    async def stranger(self, request: web.Request, /) -> web.Response:
        """Answer a browser that is not known."""
        ...

    async def watch(self) -> None:
        """Look at the clock for ever, also while no page is asked for."""
        ...

    async def end(self) -> None:
        """End what is under way and lock everything: the program ends."""
        ...


def known_from_now(response: web.Response, visit: Visit) -> web.Response:
    """Give the browser the cookie by which its visit is known; no script reads it."""
    response.set_cookie(
        COOKIE, visit.cookie, path="/", secure=True, httponly=True, samesite="Strict"
    )
    return response


@dataclass(slots=True)
class Alone:
    """The entrance of this machine: one browser, once, over loopback."""

    desk: Desk

    @property
    def origin(self) -> str:
        """Plain HTTP: nothing leaves this machine."""
        return f"http://{self.desk.host}"

    @property
    def paper(self) -> Paper:
        """The desk's own."""
        return self.desk.paper

    async def turned_away(self, _request: web.Request, /) -> web.Response | None:
        """Let everybody ask who is on this machine."""
        return None

    async def desk_of(self, request: web.Request, /) -> Desk | None:
        """Return the desk to the browser that was let in."""
        return self.desk if self.desk.door.find(request.cookies.get(COOKIE, "")) else None

    async def stranger(self, _request: web.Request, /) -> web.Response:
        """Say how one is let in."""
        return self.paper.tell("web.no_visit", None, HTTPStatus.FORBIDDEN)

    async def watch(self) -> None:
        """Lock when nobody has touched anything."""
        await self.desk.watch()

    async def end(self) -> None:
        """End what is under way, and lock desk and service."""
        await self.desk.jobs.end()
        await self.desk.lock()
