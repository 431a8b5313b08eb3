"""Taking back, with as many clicks as giving: all of it or some parts, and what happens then.

This file knows the page and its buttons. It refuses to know what a verb does, and to ask why.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.case import WITHOUT_CASE, name_of, parse_part_id
from client.cli import lines
from client.cli.backtext import withdrawn
from client.vocabulary import PhoneRole
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, said, status
from keys.errors import Locked, Refusal
from keys.wire import Packable

_SHUT: Final = frozenset({"", "intended", "sealed", "kept", "stored", "incomplete", "waiting"})
"""States in which nobody has opened it; of what was never sent there is no state."""
_NOT_SEALED: Final = frozenset({"", "intended"})


async def before(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what may be taken back, and what happens when it is."""
    return await _page(desk, visit, request, [])


async def back(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Take it back: she has said so, or a leader has decided it of whoever cannot be asked."""
    code_name = named(visit, request)
    form = await request.post()
    parts = [str(one) for one in form.getall("part", [])]
    some = await said(request, "do") == "parts"
    if some and not parts:
        told = [desk.paper.say("web.back.none"), desk.paper.say("sent.nothing")]
        return await _page(desk, visit, request, told)
    unasked = await said(request, "unasked") == "yes"
    given: dict[str, Packable] = {
        "code_name": code_name,
        "parts": [*parts] if some else [],
        "agreed_by_phone": await said(request, "agreed_by_phone") if some else "",
        "unasked": unasked,
        "leader": await said(request, "leader") if unasked else "",
    }
    try:
        found = await desk.do("withdraw", given)
    except Locked:
        raise
    except Refusal as refusal:
        return await _page(desk, visit, request, desk.paper.told(refusal))
    return desk.paper.write("said", visit, told=withdrawn(desk.paper, found, code_name))


async def _page(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    code_name, form = named(visit, request), await request.post()
    answer = await status(desk)
    came = lines.row(answer, "in", code_name)
    here = came is not None
    row = came or lines.row(answer, "out", code_name, "case_package") or {}
    state = lines.text(row, "state")
    code = HTTPStatus.OK if not told else HTTPStatus.UNPROCESSABLE_ENTITY
    if told and state not in _SHUT | {"opened", "confirmed"}:
        code = HTTPStatus.CONFLICT  # it has ended: nothing that is chosen here changes that
    return desk.paper.write(
        "back",
        visit,
        code,
        code_name=code_name,
        other=lines.text(row, "from" if here else "to"),
        told=told,
        about="web.back_here" if here else "web.back_all",
        here=here,
        shut=state in _SHUT - _NOT_SEALED,
        unsent=state in _NOT_SEALED,
        parts=[(one, lines.part_label(desk.paper, one)) for one in await _parts(desk, code_name)],
        ticked={str(one) for one in form.getall("part", [])},
        roles=[] if here or state in _NOT_SEALED else [*PhoneRole],
        unasked=form.get("unasked") == "yes",
    )


async def _parts(desk: Desk, code_name: str) -> list[str]:
    """Return what may be taken back part by part; nothing to whoever keeps out of the case."""
    for verb, more, name in (
        ("consent show", {"form": True}, "shared"),
        ("read", {}, "parts"),
    ):
        try:
            found = await desk.do(verb, {"code_name": code_name, **more})
        except Locked:
            raise
        except Refusal:
            continue
        if parts := lines.texts(found, name):
            return [one for one in parts if name_of(parse_part_id(one)) not in WITHOUT_CASE]
    return []
