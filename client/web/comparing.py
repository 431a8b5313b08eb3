"""Comparing a key by telephone: their digits, one's own, and what was heard; one member, or all.

This file knows two pages and their buttons. It refuses to know what is kept, and to say beforehand
what somebody heard: nothing is ticked.
"""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.cli import keys, lines
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.drawing import drawn
from client.web.errands import named_as, said
from client.web.pages import to
from client.web.settled import carried_out
from client.web.staffing import listed
from keys.wire import Packable

_KEY: Final = "key\n"
_VERBS: Final[Mapping[str, str]] = MappingProxyType(
    {"same": "key same", "differs": "key differs", "lift": "key lift"}
)
SHADES: Final[Mapping[str, str]] = MappingProxyType(
    {"same": "success", "unheard": "neutral", "changed": "warning", "stopped": "danger", "": ""}
)
"""How what is known of a key is shown."""


def place(visit: Visit, name: str) -> str:
    """Return where a member's key is compared."""
    return f"/key/{visit.word(_KEY + name)}"


async def before(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show a member's digits, the number to ring, and one's own digits."""
    return await _shown(desk, visit, request, [])


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write down what was heard; what is refused is told on the page."""
    name, heard = named_as(visit, request, _KEY), await said(request, "heard")
    if heard not in _VERBS:
        raise web.HTTPNotFound
    given: dict[str, Packable] = {"name": name}
    if heard == "same":
        given["digits"] = await said(request, "digits")

    def done(found: views.Answer) -> web.Response:
        visit.told = " ".join(_done(desk, heard, found))
        return to(place(visit, name))

    again = partial(_shown, desk, visit, request)
    return await carried_out(desk, _VERBS[heard], given, again, done)


def _done(desk: Desk, heard: str, found: views.Answer) -> list[str]:
    if heard == "differs":
        return keys.stopped(desk.paper, found)
    if heard == "lift":
        return [desk.paper.say("key.lifted")]
    return [desk.paper.say("key.kept" if lines.texts(found, "cases") else "key.nowhere")]


async def _shown(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    name = named_as(visit, request, _KEY)
    found = await desk.do("key show", {"name": name})
    own = lines.texts(found, "own")
    word = lines.text(found, "key")
    return desk.paper.write(
        "key",
        visit,
        HTTPStatus.CONFLICT if told else HTTPStatus.OK,
        told=told,
        done=visit.take(),
        member=name,
        phone=lines.text(found, "phone"),
        digits=lines.texts(found, "digits"),
        own=own,
        qr=drawn(" ".join(own)),
        key=word,
        shade=SHADES[word],
        state=keys.state(desk.paper, found),
        leads=any(leads and mine for _, leads, mine, _ in await listed(desk, visit)),
        cases=[(one, f"/send/{visit.word(one)}") for one in lines.texts(found, "unsent")],
    )


async def sheet(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show everybody's digits on one sheet."""
    return await _sheet(desk, visit, request, [])


async def gone_through(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write down what everybody read out, when each is ticked; else nothing is kept."""
    posted, found = await request.post(), await desk.do("key sheet", {})
    names = [lines.text(one, "name") for one in lines.rows(found, "members")]
    heard = {name: posted.get(f"heard.{at}") for at, name in enumerate(names)}
    version = await said(request, "version")
    if version == f"{lines.number(found, 'version')}":
        open_ = [name for name, one in heard.items() if one not in ("same", "differs")]
        if open_:
            lacks = [desk.paper.say("web.keys.lacks", name=name) for name in open_]
            return await _sheet(desk, visit, request, lacks)
    given: dict[str, Packable] = {
        "version": int(version) if version.isascii() and version.isdigit() else 0,
        "differs": [name for name, one in heard.items() if one == "differs"],
    }

    def done(found: views.Answer) -> web.Response:
        visit.told = " ".join(keys.gone_through(desk.paper, found))
        return to("/keys")

    return await carried_out(desk, "key all", given, partial(_sheet, desk, visit, request), done)


async def _sheet(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    posted, found = await request.post(), await desk.do("key sheet", {})
    rows = lines.rows(found, "members")
    return desk.paper.write(
        "keys",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        told=told,
        done=visit.take(),
        version=lines.number(found, "version"),
        own=lines.texts(found, "own"),
        members=[
            {
                "name": lines.text(one, "name"),
                "phone": lines.text(one, "phone"),
                "digits": lines.texts(one, "digits"),
                "state": keys.state(desk.paper, one),
                "shade": SHADES[lines.text(one, "key")],
                "heard": posted.get(f"heard.{at}", "") if told else "",
            }
            for at, one in enumerate(rows)
        ],
    )
