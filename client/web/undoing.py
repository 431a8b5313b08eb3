"""What went to the wrong centre: taken back, destroyed where it came, and who read it there.

Each is one page that says what is deleted and who is told, and its buttons. This file knows which
verb stands behind which page. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.cli import lines
from client.cli.backtext import withdrawn
from client.vocabulary import ReadBy
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named
from keys.errors import Locked, Refusal
from keys.wire import Packable

_WRONG: Final = MappingProxyType[str, Packable]({"wrong_recipient": True})
_NOTHING: Final = MappingProxyType[str, Packable]({})


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


async def before_astray(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask who read what went to the wrong centre, in closed words."""
    return await _read_by(desk, visit, request, [])


async def astray(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write down who read it, as the two desks have told each other; nothing leaves."""
    words = [str(one) for one in (await request.post()).getall("word", [])]
    try:
        found = await desk.do("astray", {"code_name": named(visit, request), "words": [*words]})
    except Locked:
        raise
    except Refusal as refusal:
        return await _read_by(desk, visit, request, desk.paper.told(refusal))
    said = ", ".join(desk.paper.say(f"read_by.{word}") for word in lines.texts(found, "words"))
    told_ = [desk.paper.say("cli.astray", said=said), desk.paper.say("stays_here")]
    return desk.paper.write("said", visit, told=told_)


async def _read_by(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    form = await request.post()
    code = HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK
    holds = {"told": told, "words": [*ReadBy], "ticked": {*map(str, form.getall("word", []))}}
    return desk.paper.write("astray", visit, code, code_name=named(visit, request), **holds)
