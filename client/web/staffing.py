"""Who can unlock: a colleague more, one fewer, who leads, and one's own passphrase.

This file knows forms and who is named in them. It refuses to show a passphrase again, and to know
who may change what: the service says so.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.cli import lines
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named_as, said
from client.web.pages import to
from keys.errors import Locked, Refusal
from keys.wire import Packable

_STAFF: Final = "staff\n"
_DONE: Final[Mapping[str, tuple[str, str, bool]]] = MappingProxyType(
    {
        "leads": ("staff lead", "cli.staff_leads", False),
        "leads_no_more": ("staff lead", "cli.staff_leads_no_more", True),
        "remove": ("staff remove", "cli.staff_removed", False),
    }
)
"""What a button does: the verb, what is said then, and whether it ends something."""


def colleague(visit: Visit, name: str) -> str:
    """Return where one of the staff is changed."""
    return f"/colleague/{visit.word(_STAFF + name)}"


async def listed(desk: Desk, visit: Visit) -> list[tuple[str, bool, bool, str]]:
    """Return who can unlock: the name, whether they lead, whether it is oneself, and where."""
    found = await desk.do("staff list", {})
    me = lines.text(found, "me")
    rows = [(lines.text(one, "name"), bool(one.get("leads"))) for one in lines.rows(found, "staff")]
    return [(name, leads, name == me, colleague(visit, name)) for name, leads in rows]


async def secret(request: web.Request, name: str) -> str:
    """Return a passphrase as it was typed: blanks at its ends are part of it."""
    found = (await request.post()).get(name, "")
    return found if isinstance(found, str) else ""


async def behind(request: web.Request) -> dict[str, Packable]:
    """Return who stands behind a change, and their passphrase, as a verb takes them."""
    return {"by": await said(request, "by"), "passphrase": await secret(request, "passphrase")}


async def before_adding(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the form for a colleague more."""
    return await _new(desk, visit, request, [])


async def add(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Let a colleague more unlock, with a passphrase that they have typed twice."""
    new = await secret(request, "new")
    if new != await secret(request, "again"):
        told = [desk.paper.say("cli.differ"), desk.paper.say("sent.nothing")]
        return await _new(desk, visit, request, told)
    given: dict[str, Packable] = {
        "name": await said(request, "name"),
        "new": new,
        "leads": await said(request, "leads") == "yes",
    }
    try:
        found = await desk.do("staff add", {**given, **await behind(request)})
    except Locked:
        raise
    except Refusal as refusal:
        return await _new(desk, visit, request, desk.paper.told(refusal))
    visit.told = desk.paper.say("cli.staff_added", name=lines.text(found, "name"))
    return to("/settings")


async def _new(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    return desk.paper.write(
        "staff_add",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        told=told,
        who=await said(request, "name"),
        leads=await said(request, "leads") == "yes",
        by=await said(request, "by"),
    )


async def shown(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show one of the staff, and what may be changed."""
    return await _one(desk, visit, request, [])


async def change(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Make a colleague a leader, end that, or take away that they can unlock."""
    name, do = named_as(visit, request, _STAFF), await said(request, "do")
    if do not in _DONE:
        raise web.HTTPNotFound
    verb, msgid, ends = _DONE[do]
    given: dict[str, Packable] = {"name": name, **({"ends": True} if ends else {})}
    try:
        await desk.do(verb, {**given, **await behind(request)})
    except Locked:
        raise
    except Refusal as refusal:
        return await _one(desk, visit, request, desk.paper.told(refusal))
    done = [desk.paper.say(msgid, name=name)]
    done += [desk.paper.say("cli.staff_old_copies")] if do == "remove" else []
    visit.told = " ".join(done)
    return to("/settings")


async def _one(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    name = named_as(visit, request, _STAFF)
    rows = [(leads, mine) for one, leads, mine, _ in await listed(desk, visit) if one == name]
    if not rows:
        raise web.HTTPNotFound
    leads, mine = rows[0]
    return desk.paper.write(
        "colleague",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        told=told,
        who=name,
        leads=leads,
        mine=mine,
        by=await said(request, "by"),
    )


async def before_passphrase(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show the form for another passphrase of one's own."""
    return _passphrase(desk, visit, [])


async def passphrase(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Give one's own slot another passphrase."""
    new = await secret(request, "new")
    if new != await secret(request, "again"):
        told = [desk.paper.say("cli.differ"), desk.paper.say("sent.nothing")]
        return _passphrase(desk, visit, told)
    given = {"passphrase": await secret(request, "passphrase"), "new": new}
    try:
        await desk.do("staff passphrase", given)
    except Locked:
        raise
    except Refusal as refusal:
        return _passphrase(desk, visit, desk.paper.told(refusal))
    both = desk.paper.say("cli.staff_passphrase"), desk.paper.say("cli.staff_old_copies")
    visit.told = " ".join(both)
    return to("/settings")


def _passphrase(desk: Desk, visit: Visit, told: list[str]) -> web.Response:
    code = HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK
    return desk.paper.write("passphrase", visit, code, told=told)
