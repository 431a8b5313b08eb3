"""Taking back: what she wills, what went to the wrong centre, and what came and is not for us.

Each is one page that says what is deleted and who is told, and two buttons. This file knows which
verb stands behind which page. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.cli import lines
from client.cli.backtext import withdrawn
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, status
from keys.wire import Packable

_WRONG: Final = MappingProxyType[str, Packable]({"wrong_recipient": True})
_NOTHING: Final = MappingProxyType[str, Packable]({})


async def before_back(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say what happens when all of a case is taken back, where it was sent or where it came."""
    here = await _came(desk, named(visit, request))
    return _sure(desk, visit, request, "web.back_here" if here else "web.back_all")


async def back(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Take all of it back, for she has said so."""
    answer = await _done(desk, visit, request, "withdraw", _NOTHING)
    told = withdrawn(desk.paper, answer, named(visit, request))
    return desk.paper.write("said", visit, told=told)


async def before_wrong(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say what happens when a case was sent to the wrong centre."""
    return _sure(desk, visit, request, "web.wrong")


async def wrong(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Take back what was sent to the wrong centre; tasks stand in the list then."""
    answer = await _done(desk, visit, request, "withdraw", _WRONG)
    told = [*withdrawn(desk.paper, answer, named(visit, request)), desk.paper.say("web.wrong.next")]
    return desk.paper.write("said", visit, told=told)


async def before_not_ours(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say what happens to a case that came and was never meant for this centre."""
    return _sure(desk, visit, request, "web.not_ours")


async def not_ours(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Destroy what was never meant for this centre, and tell its sender."""
    answer = await _done(desk, visit, request, "misrouted", _NOTHING)
    soon = lines.soon(desk.paper, answer)
    told = [desk.paper.say("cli.misrouted"), *soon, desk.paper.say("web.not_ours.next")]
    return desk.paper.write("said", visit, told=told)


def _sure(desk: Desk, visit: Visit, request: web.Request, about: str) -> web.Response:
    return desk.paper.write("sure", visit, code_name=named(visit, request), about=about)


async def _done(
    desk: Desk, visit: Visit, request: web.Request, verb: str, given: Mapping[str, Packable]
) -> views.Answer:
    return await desk.do(verb, {"code_name": named(visit, request), **given})


async def _came(desk: Desk, code_name: str) -> bool:
    found = lines.rows(await status(desk), "in")
    return any(lines.text(one, "code_name") == code_name for one in found)
