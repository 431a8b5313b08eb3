"""Keeping out of a case in the browser: oneself or a colleague, and reading it again.

This file knows one page and its buttons. It refuses to ask why: that is nobody's business here.
"""

from functools import partial

from aiohttp import web

from client.cli import lines
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, said
from client.web.settled import carried_out, form, lacks
from client.web.staffing import listed
from keys.wire import Packable


async def asked(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask who is to keep out of a case, and show who does."""
    return await _shown(desk, visit, request, [])


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Keep somebody out of a case, or end that; nobody is meant by silence."""
    who, lift = await said(request, "who"), await said(request, "lift") == "yes"
    again = partial(_shown, desk, visit, request)
    if not who:
        return await again(lacks(desk, "web.keep_out.lacks"))

    def done(found: views.Answer) -> web.Response:
        outcome = "cli.let_in" if lift else "cli.recused"
        told = [desk.paper.say(outcome, who=lines.text(found, "who"))]
        return desk.paper.write("said", visit, told=[*told, desk.paper.say("sent.nothing")])

    given: dict[str, Packable] = {"code_name": named(visit, request), "who": who, "lift": lift}
    return await carried_out(desk, "recuse", given, again, done)


async def _shown(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    code_name = named(visit, request)
    pairs = lines.kept_out(await desk.do("status", {}))
    out = [who for name, who in pairs if name == code_name]
    away = {who.casefold() for who in out}
    staff = [(name, mine) for name, _, mine, _ in await listed(desk, visit)]
    left = [(name, mine) for name, mine in staff if name.casefold() not in away]
    return form(desk, visit, "keep_out", told, code_name=code_name, out=out, staff=left)
