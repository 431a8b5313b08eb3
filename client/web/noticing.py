"""The new district's page: one sheet, whom to ring here, and one word on a place.

This file knows a form. It refuses to have a way on from here: what is answered goes to the home
district, and the centre gets nothing of it.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.cli import lines
from client.vocabulary import ViewWord
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, row_of, said
from client.web.pages import to
from client.web.reviewform import Slip, slips_of
from client.web.reviewing import read, unread
from keys.errors import Locked, Refusal
from keys.wire import Packable

_VIEW: Final = "police_view"


async def notice(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the sheet; one that nobody has opened is not opened by being looked at."""
    return await _page(desk, visit, request)


async def open_(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Open it: the home district is told that it was received."""
    await read(desk, named(visit, request))
    return to(f"/notice/{request.match_info['word']}")


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Tell the home district whom to ring here, or one word on the place; nobody else."""
    say = desk.paper.say
    role, phone = await said(request, "role"), await said(request, "phone")
    given: dict[str, Packable] = {
        "code_name": named(visit, request),
        "role": role,
        "phone": phone,
    }
    slips = _half(desk, role, phone)
    verb = "police contact"
    if await said(request, "kind") == _VIEW:
        verb, word = "police answer", await said(request, "word")
        slips = [] if not role and not phone else slips
        if word not in {*ViewWord}:
            slips = [(say("web.journal.none"), "word.0"), *slips]
        given["word"] = word
    if slips:
        return await _page(desk, visit, request, [*slips, (say("sent.nothing"), "")])
    try:
        found = await desk.do(verb, given)
    except Locked:
        raise
    except Refusal as refusal:
        return await _page(desk, visit, request, slips_of(desk, refusal))
    told = [say("web.police.answered"), say("police.to_home_only"), *lines.soon(desk.paper, found)]
    return desk.paper.write("said", visit, told=told)


def _half(desk: Desk, role: str, phone: str) -> list[Slip]:
    """Return which half of a contact is missing."""
    both = ("role", role, "web.contact.no_role"), ("phone", phone, "web.contact.no_phone")
    return [(desk.paper.say(msgid), name) for name, there, msgid in both if not there]


async def paper(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show a notice or a request as one sheet of paper; the log knows that it was printed."""
    code_name, word = named(visit, request), request.match_info["word"]
    view = await said(request, "view") == "yes"
    language = desk.paper.words.lang.value
    made = await desk.do(
        "police print", {"code_name": code_name, "view": view, "language": language}
    )
    back = await said(request, "back")
    page = back if back in ("review", "notice", "police-check") else "notice"
    return desk.paper.write(
        "police_paper",
        visit,
        code_name=code_name,
        kind=lines.text(made, "kind"),
        blocks=views.blocks(made),
        back=f"/{page}/{word}",
    )


async def _page(
    desk: Desk, visit: Visit, request: web.Request, slips: Sequence[Slip] = ()
) -> web.Response:
    code_name = named(visit, request)
    row = await row_of(desk, "in", code_name)
    if lines.text(row, "state") in views.UNREAD:
        return unread(desk, visit, request, row)
    found = await read(desk, code_name)
    settled = bool(row.get("settled"))
    return desk.paper.write(
        "notice",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if slips else HTTPStatus.OK,
        code_name=code_name,
        word=request.match_info["word"],
        kind=lines.text(row, "kind"),
        blocks=views.blocks(found),
        open=lines.text(row, "state") == "opened" and not settled,
        settled=settled,
        words=[*ViewWord],
        chosen=await said(request, "word"),
        role=await said(request, "role"),
        phone=await said(request, "phone"),
        slips=slips,
    )
