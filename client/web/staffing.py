"""Who can unlock: a colleague more, one fewer, who leads, and one's own passphrase.

This file knows forms and who is named in them. It refuses to show a passphrase again, and to know
who may change what: the service says so.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.cli import lines
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named_as, said
from client.web.settled import behind, carried_out, form, lacks, secret, settled
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


async def before_adding(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the form for a colleague more."""
    return await _new(desk, visit, request, [])


async def add(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Let a colleague more unlock, with a passphrase that they have typed twice."""
    again, new = partial(_new, desk, visit, request), await secret(request, "new")
    if new != await secret(request, "again"):
        return await again(lacks(desk, "cli.differ"))
    given: dict[str, Packable] = {
        "name": await said(request, "name"),
        "new": new,
        "leads": await said(request, "leads") == "yes",
        **await behind(request),
    }

    def done(found: views.Answer) -> web.Response:
        name = lines.text(found, "name")
        return settled(visit, desk.paper.say("cli.staff_added", name=name))

    return await carried_out(desk, "staff add", given, again, done)


async def _new(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    leads = await said(request, "leads") == "yes"
    who, by = await said(request, "name"), await said(request, "by")
    return form(desk, visit, "staff_add", told, who=who, leads=leads, by=by)


async def shown(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show one of the staff, and what may be changed."""
    return await _one(desk, visit, request, [])


async def change(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Make a colleague a leader, end that, or take away that they can unlock."""
    name, do = named_as(visit, request, _STAFF), await said(request, "do")
    if do not in _DONE:
        raise web.HTTPNotFound
    verb, msgid, ends = _DONE[do]
    given = {"name": name, **({"ends": True} if ends else {}), **await behind(request)}

    def done(_: views.Answer) -> web.Response:
        told = [desk.paper.say(msgid, name=name)]
        told += [desk.paper.say("cli.staff_old_copies")] if do == "remove" else []
        return settled(visit, " ".join(told))

    return await carried_out(desk, verb, given, partial(_one, desk, visit, request), done)


async def _one(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    name = named_as(visit, request, _STAFF)
    rows = [(leads, mine) for one, leads, mine, _ in await listed(desk, visit) if one == name]
    if not rows:
        raise web.HTTPNotFound
    leads, mine = rows[0]
    by = await said(request, "by")
    return form(desk, visit, "colleague", told, who=name, leads=leads, mine=mine, by=by)


async def before_passphrase(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show the form for another passphrase of one's own."""
    return await _passphrase(desk, visit, [])


async def passphrase(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Give one's own slot another passphrase."""
    again, new = partial(_passphrase, desk, visit), await secret(request, "new")
    if new != await secret(request, "again"):
        return await again(lacks(desk, "cli.differ"))
    given = {"passphrase": await secret(request, "passphrase"), "new": new}

    def done(_: views.Answer) -> web.Response:
        both = desk.paper.say("cli.staff_passphrase"), desk.paper.say("cli.staff_old_copies")
        return settled(visit, " ".join(both))

    return await carried_out(desk, "staff passphrase", given, again, done)


async def _passphrase(desk: Desk, visit: Visit, told: list[str]) -> web.Response:
    return form(desk, visit, "passphrase", told)
