"""The answer to a place inquiry: four closed words, and with a no its reasons and a way on.

This file knows a form, and addresses that name nobody. It refuses to know a person: neither the
question nor the answer says anything about one, and there is no free text.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.cli import lines
from client.vocabulary import AnswerValue, NoReason
from client.web.days import iso
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import centres, named, row_of, said
from keys.errors import Locked, Refusal
from keys.wire import Packable

_CHOSEN: Final = ("value", "reason", "suggest")


async def asked(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what is asked, and the four answers; none is chosen beforehand."""
    return await _form(desk, visit, request, HTTPStatus.OK, [])


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Send the answer that was chosen; what lacks is asked for again, and the rest stays."""
    code_name = named(visit, request)
    form = await request.post()
    value = await said(request, "value")
    if value not in {*AnswerValue}:
        told = [desk.paper.say("web.place.none"), desk.paper.say("sent.nothing")]
        return await _form(desk, visit, request, HTTPStatus.UNPROCESSABLE_ENTITY, told)
    given: dict[str, Packable] = {"code_name": code_name, "value": value}
    if value == AnswerValue.YES_FROM:
        given["from"] = iso(await said(request, "from"))
    if value == AnswerValue.NO:
        given["reasons"] = [str(one) for one in form.getall("reason", [])]
        given["suggest"] = await said(request, "suggest")
    try:
        found = await desk.do("answer", given)
    except Locked:
        raise
    except Refusal as refusal:
        told = desk.paper.told(refusal)
        return await _form(desk, visit, request, HTTPStatus.UNPROCESSABLE_ENTITY, told)
    soon = lines.soon(desk.paper, found)
    return desk.paper.write("said", visit, told=[desk.paper.say("cli.answered"), *soon])


async def _form(
    desk: Desk, visit: Visit, request: web.Request, code: HTTPStatus, told: list[str]
) -> web.Response:
    code_name, kept = named(visit, request), await request.post()
    row = await row_of(desk, "inquiries", code_name)
    asker = lines.text(row, "centre")
    others = [lines.text(one, "name") for one in await centres(desk)]
    return desk.paper.write(
        "place",
        visit,
        code,
        code_name=code_name,
        centre=asker,
        facts=lines.facts(desk.paper, row),
        values=[*AnswerValue],
        reasons=[*NoReason],
        centres=[name for name in others if name != asker],
        told=told,
        chosen={str(one) for name in _CHOSEN for one in kept.getall(name, [])},
        since=kept.get("from", ""),
    )
